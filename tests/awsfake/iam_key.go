package awsfake

import "time"

const maxKeys = 2

// SetKeyDelay sets how long a created, deactivated or deleted key keeps its previous status
// from now on. Options.KeyDelay sets the same from the start.
func (s *Server) SetKeyDelay(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keyDelay = d
}

func (q *request) createAccessKey() (any, *Error) {
	u, err := q.user()
	if err != nil {
		return nil, err
	}
	if len(u.liveKeys()) >= maxKeys {
		return nil, refuse(409, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: %d", maxKeys)
	}
	k := u.newKey(Key{newKeyID("AKIA", u.account.ID), newSecret()})
	k.created, k.effective = q.now, q.now.Add(q.keyDelay) // was: deleted, until the delay is over
	return struct{ AccessKey accessKeyDetail }{k.detail(true)}, nil
}

type accessKeyDetail struct {
	UserName        string
	AccessKeyID     string `xml:"AccessKeyId"`
	Status          keyStatus
	SecretAccessKey string `xml:",omitempty"`
	CreateDate      string
}

// detail contains the secret only in the answer that creates the key.
func (k *accessKey) detail(withSecret bool) accessKeyDetail {
	d := accessKeyDetail{UserName: k.user.Name, AccessKeyID: k.ID, Status: k.status, CreateDate: stamp(k.created)}
	if withSecret {
		d.SecretAccessKey = k.Secret
	}
	return d
}

func (q *request) listAccessKeys() (any, *Error) {
	u, err := q.user()
	if err != nil {
		return nil, err
	}
	var all []accessKeyDetail
	for _, k := range u.liveKeys() {
		all = append(all, k.detail(false))
	}
	keys, rest := page(q.params, all)
	return struct {
		AccessKeyMetadata list[accessKeyDetail]
		paging
	}{keys, rest}, nil
}

// key returns the key that AccessKeyId names, if it belongs to the user.
func (q *request) key() (*accessKey, *Error) {
	u, err := q.user()
	if err != nil {
		return nil, err
	}
	for _, k := range u.liveKeys() {
		if k.ID == q.params.text("AccessKeyId") {
			return k, nil
		}
	}
	return nil, refuse(404, "NoSuchEntity", "The Access Key with id %s cannot be found.", q.params.text("AccessKeyId"))
}

func (q *request) updateAccessKey() (any, *Error) {
	k, err := q.key()
	if err == nil {
		k.change(keyStatus(q.params.text("Status")), q.now.Add(q.keyDelay))
	}
	return nil, err
}

func (q *request) deleteAccessKey() (any, *Error) {
	k, err := q.key()
	if err == nil {
		k.change(deleted, q.now.Add(q.keyDelay))
	}
	return nil, err
}

// getAccessKeyLastUsed knows each use at once. AWS may take hours.
func (q *request) getAccessKeyLastUsed() (any, *Error) {
	id := q.params.text("AccessKeyId")
	k := q.keys[id]
	if k == nil || k.status == deleted || k.user.account.ID != q.caller.account {
		return nil, notAuthorized(q.caller, "iam:GetAccessKeyLastUsed", "access key "+id)
	}
	type use struct {
		LastUsedDate        string `xml:",omitempty"`
		ServiceName, Region string
	}
	used := use{ServiceName: "N/A", Region: "N/A"}
	if !k.used.at.IsZero() {
		used = use{stamp(k.used.at), k.used.service, k.used.region}
	}
	return struct {
		UserName          string
		AccessKeyLastUsed use
	}{k.user.Name, used}, nil
}
