package console

import "awsvault/internal/fault"

// Wish describes the page that a person wants, and what decides its address.
type Wish struct {
	Region string // the profile's; may be empty
	ARN    string // the identity of the credentials; may be empty

	Service string // the path of a service's page; empty: none was named
	Global  bool   // the service has no regions
	Path    string // a page by its path or its address; empty: none was named
	SignOut bool   // end the browser's session first
}

// Destination returns the page, and the partition whose console it belongs to.
func (w Wish) Destination() (p Partition, page string, err error) {
	if p, err = PartitionOf(w.Region, w.ARN); err != nil {
		return p, "", err
	}
	if w.SignOut && p.Name != "aws" {
		return p, "", fault.NewUsage("--auto-logout: after signing out, AWS opens the next console only in the partition aws, not in "+p.Name, "sign out in the browser, or use --incognito")
	}
	switch {
	case w.Service != "":
		region := w.Region
		if w.Global && region != "" {
			region = p.Global()
		}
		page, err = p.Path(w.Service, region)
	case w.Path != "":
		if page, err = p.Path(w.Path, w.Region); err != nil {
			err = fault.NewUsage(err.Error(), fault.HintOf(err))
		}
	default:
		page = p.Home(w.Region)
	}
	return p, page, err
}
