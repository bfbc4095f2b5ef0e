package line

import "strings"

// Address is an address as a setting has it, without what can be a secret: the user and
// password in front of a host, and what is behind ? and #. It need not be a valid one,
// and of one that is not, more may be missing.
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
