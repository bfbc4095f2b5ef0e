package vault

import (
	"context"
	"fmt"

	"awsvault/internal/awsconf"
	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// Sync writes a profile into the config file for each role that a person has in IAM Identity
// Center. Its profiles carry a mark, and it changes no others.
type Sync struct {
	Session    *Session
	SSOSession string // the name of the [sso-session]
	Template   string // for the names of the profiles
	Region     string // for new profiles; empty: none
	// AskRegion returns the region of new profiles if Region is empty; nil: they get none.
	AskRegion func(ctx context.Context) (string, error)
	Prune     bool // remove profiles that sync wrote for roles that are gone
	DryRun    bool
	Yes       bool // write without asking
	// Print receives the document of a dry run; nil: the person sees the result instead.
	Print func(document any) error
}

// SSORole is a role in an account.
type SSORole struct {
	Account     string // 12 digits
	AccountName string
	Email       string
	Role        string
}

// SSORoles lists the roles that a person has.
type SSORoles struct {
	Roles []SSORole
	Left  []string // accounts whose roles are unknown: sync keeps their profiles
}

// ConfigFile is the file that gets new profiles.
type ConfigFile struct {
	Shown string // its path, for people
	Text  func() ([]byte, error)
	// Update replaces the text with the result of change. It calls change again if another
	// program has written the file in the meantime.
	Update func(ctx context.Context, change func([]byte) ([]byte, error)) error
}

// Run shows what would change, asks, and writes it.
func (s Sync) Run(ctx context.Context, roles SSORoles, file ConfigFile) error {
	var plan SyncPlan
	change := func(data []byte) (after []byte, err error) {
		if plan, err = s.Plan(file.Shown, data, roles); err != nil {
			return nil, err
		}
		return awsconf.Apply(data, plan.Edits)
	}
	data, err := file.Text()
	if err != nil {
		return err
	}
	if _, err := change(data); err != nil {
		return err
	}
	if len(plan.Of(Added)) > 0 && s.Region == "" && s.AskRegion != nil && !s.DryRun && !s.Yes {
		if s.Region, err = s.AskRegion(ctx); err != nil {
			return err
		}
		s.AskRegion = nil
		return s.Run(ctx, roles, file)
	}
	if s.Print != nil && s.DryRun {
		return s.Print(s.document(plan, file.Shown))
	}
	s.show(plan, len(roles.Roles))
	if len(plan.Edits) == 0 || s.DryRun {
		return nil
	}
	if !s.Yes {
		ok, err := s.Session.person.Confirm(ctx, Question{
			Text: fmt.Sprintf("Write %s to %s?", line.Count(len(plan.Edits), "change"), file.Shown), Yes: true, Unasked: SyncUnasked(),
		})
		if err != nil || !ok {
			return err
		}
	}
	// This plans again with the file's present text: an editor may have been open.
	if err := file.Update(ctx, change); err != nil {
		return err
	}
	s.Session.person.Done(fmt.Sprintf("%s written, %d changed, %d removed in %s", line.Count(len(plan.Of(Added)), "profile"), len(plan.Of(Changed)), len(plan.Of(Removed)), file.Shown))
	return nil
}

// SyncUnasked reports that sync asks before it writes, and that there is no terminal.
func SyncUnasked() error {
	return fault.NewUsage("there is no terminal to ask on", "--yes writes without asking, --dry-run only shows")
}

// show shows the changes, but no more than one screen.
func (s Sync) show(p SyncPlan, assigned int) {
	const most = 15
	say := s.Session.person.Say
	for _, part := range []struct {
		sign string
		kind Change
	}{{"+", Added}, {"~", Changed}, {"-", Removed}} {
		changes := p.Of(part.kind)
		for i, c := range changes {
			if i == most && len(changes) > most+1 {
				say(fmt.Sprintf("  %s ... %d more", part.sign, len(changes)-most))
				break
			}
			say("  " + part.sign + " " + c.String())
		}
	}
	for _, c := range p.Of(Taken) {
		say("vault: warning: you have another profile of this name: " + c.String())
	}
	if len(p.Edits) == 0 {
		s.Session.person.Done(fmt.Sprintf("nothing to write: %d of %s have a profile", p.There, line.Count(assigned, "role")))
	}
}
