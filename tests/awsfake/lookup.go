package awsfake

import "time"

// User returns the user with that name, or nil.
func (a *Account) User(name string) *User {
	a.state.mu.Lock()
	defer a.state.mu.Unlock()
	return a.users[name]
}

// Keys returns the status of each of the user's keys, by id.
func (u *User) Keys() map[string]string {
	u.account.state.mu.Lock()
	defer u.account.state.mu.Unlock()
	keys := map[string]string{}
	for _, k := range u.liveKeys() {
		keys[k.ID] = string(k.status)
	}
	return keys
}

// DeleteKey deletes one of the user's keys at once.
func (u *User) DeleteKey(id string) {
	u.account.state.mu.Lock()
	defer u.account.state.mu.Unlock()
	for _, k := range u.keys {
		if k.ID == id {
			k.status, k.effective = deleted, time.Time{}
		}
	}
}

// Center finds an Identity Center by its start URL, or returns nil.
func (s *Server) Center(startURL string) *Center {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.center(startURL)
}
