package line

import "strings"

// Address removes possible secrets from an address in a setting: the user and password before
// a host, and the parts after ? and #. The address need not be valid. Address may remove more
// of an invalid one.
func Address(text string) string {
	scheme := ""
	if i := strings.Index(text, "://"); i >= 0 {
		scheme, text = text[:i+3], text[i+3:]
	}
	if i := strings.LastIndexByte(text, '@'); i >= 0 {
		text = "***" + text[i:]
	}
	if i := strings.IndexAny(text, "?#"); i >= 0 {
		text = text[:i+1] + "***"
	}
	return Printable(scheme + text)
}
