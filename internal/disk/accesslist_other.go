//go:build unix && !linux

package disk

// listed returns false: access lists do not show in a file's mode, and have no form that
// systems share.
func listed(string, int, uint16) bool { return false }
