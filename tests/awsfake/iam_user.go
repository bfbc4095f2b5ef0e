package awsfake

import "strconv"

// user returns the user with the name UserName. Without UserName it returns the caller.
func (q *request) user() (*User, *Error) {
	if !q.params.has("UserName") {
		if q.caller.user == nil {
			return nil, refuse(400, "ValidationError", "Must specify userName when calling with non-User credentials")
		}
		return q.caller.user, nil
	}
	name := q.params.text("UserName")
	u := q.accounts[q.caller.account].users[name]
	if u == nil {
		return nil, refuse(404, "NoSuchEntity", "The user with name %s cannot be found.", name)
	}
	return u, nil
}

type userDetail struct {
	Path       string `xml:",omitempty"`
	UserName   string `xml:",omitempty"` // the root user has none
	UserID     string `xml:"UserId"`
	Arn        string
	CreateDate string
}

func (q *request) getUser() (any, *Error) {
	u, err := q.user()
	if err != nil {
		return nil, err
	}
	return struct{ User userDetail }{userDetail{u.Path, u.Name, u.ID, u.ARN(), stamp(u.created)}}, nil
}

// createUser supports no paths, permissions boundaries or tags.
func (q *request) createUser() (any, *Error) {
	name, a := q.params.text("UserName"), q.accounts[q.caller.account]
	if a.users[name] != nil {
		return nil, refuse(409, "EntityAlreadyExists", "User with name %s already exists.", name)
	}
	u := &User{Name: name, Path: "/", ID: newID("AIDA"), account: a, created: q.now}
	a.users[name] = u
	return struct{ User userDetail }{userDetail{u.Path, u.Name, u.ID, u.ARN(), stamp(u.created)}}, nil
}

type mfaDevice struct{ UserName, SerialNumber, EnableDate string }

func (q *request) listMFADevices() (any, *Error) {
	u, err := q.user()
	if err != nil {
		return nil, err
	}
	var all []mfaDevice
	for _, d := range u.devices {
		all = append(all, mfaDevice{u.Name, d.Serial, stamp(d.enabled)})
	}
	devices, rest := page(q.params, all)
	return struct {
		MFADevices list[mfaDevice]
		paging
	}{devices, rest}, nil
}

func (q *request) listAccountAliases() (any, *Error) {
	var all []string
	if alias := q.accounts[q.caller.account].alias; alias != "" {
		all = append(all, alias)
	}
	aliases, rest := page(q.params, all)
	return struct {
		AccountAliases list[string]
		paging
	}{aliases, rest}, nil
}

// paging tells a client that a list continues. The marker is opaque to clients. Here it is
// the index of the next item.
type paging struct {
	IsTruncated bool
	Marker      string `xml:",omitempty"`
}

// page returns the part of a list that Marker and MaxItems select.
func page[T any](p params, all []T) (list[T], paging) {
	from, _ := strconv.Atoi(p.text("Marker"))
	from = min(max(from, 0), len(all))
	to := len(all)
	if most, err := strconv.Atoi(p.text("MaxItems")); err == nil {
		to = min(to, from+most)
	}
	if to < len(all) {
		return list[T]{all[from:to]}, paging{true, strconv.Itoa(to)}
	}
	return list[T]{all[from:to]}, paging{}
}
