//go:build !unix

package dirprofile

// checkWay has no objection: on Windows a file has an access control list instead
// of an owner and a mode, and the user's profile is closed to others by its list.
// What is outside of it is taken as it is: there, only the person's decision
// protects.
func (s Search) checkWay(path, dir, last string) error { return nil }
