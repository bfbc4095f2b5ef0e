package resolve

import (
	"slices"
	"strings"
)

// address is the part of an http or https URL that says where it leads.
type address struct {
	scheme string // in lower case
	host   string // without port and brackets
}

// parseAddress reads a URL in the form that all readers of URLs understand alike: visible
// ASCII, a host name or an IP address, optionally a port, and no user. It is stricter than
// net/url, with which a test compares it. net/url would initialise net, which takes as long as
// everything else that a cached session needs from this package.
func parseAddress(text string) (a address, ok bool) {
	if !printable(text) || !goodEscapes(text) {
		return address{}, false
	}
	scheme, rest, found := strings.Cut(text, "://")
	a.scheme = strings.ToLower(scheme)
	if !found || a.scheme != "http" && a.scheme != "https" {
		return address{}, false
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	port := ""
	if strings.HasPrefix(rest, "[") {
		if a.host, port, found = strings.Cut(rest[1:], "]"); !found || !isIPv6(a.host) || port != "" && port[0] != ':' {
			return address{}, false
		}
		port = strings.TrimPrefix(port, ":")
	} else {
		a.host, port, _ = strings.Cut(rest, ":")
		if a.host == "" || !only(a.host, ".-") {
			return address{}, false
		}
	}
	return a, len(port) <= 5 && digits(port, len(port))
}

// goodEscapes reports whether two hexadecimal digits follow each percent sign.
func goodEscapes(text string) bool {
	for i := range len(text) {
		if text[i] == '%' && (i+2 >= len(text) || !isHex(text[i+1]) || !isHex(text[i+2])) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// isIPv6 reports whether a text is an IPv6 address in hexadecimal, without a zone.
func isIPv6(text string) bool {
	groups := strings.Split(text, ":")
	gap := strings.Contains(text, "::")
	if gap && (strings.Count(text, "::") > 1 || strings.Contains(text, ":::")) || !gap && len(groups) != 8 {
		return false
	}
	// Each side of a gap has only groups that are not empty, or is empty as a whole.
	count := 0
	for side := range strings.SplitSeq(text, "::") {
		if side == "" {
			continue
		}
		for group := range strings.SplitSeq(side, ":") {
			if count++; group == "" || len(group) > 4 || strings.ContainsFunc(group, func(r rune) bool { return r > 'f' || !isHex(byte(r)) }) {
				return false
			}
		}
	}
	return count <= 7 || !gap && count == 8
}

// isLocal reports whether credentials may come from the host without TLS: it is this machine,
// or the address of ECS or EKS on it.
func (a address) isLocal() bool {
	if a.host == "localhost" || a.host == "::1" || slices.Contains(containerHosts, a.host) {
		return true
	}
	parts := strings.Split(a.host, ".")
	for _, part := range parts {
		if part == "" || len(part) > 3 || !digits(part, len(part)) || len(part) > 1 && part[0] == '0' || len(part) == 3 && part > "255" {
			return false
		}
	}
	return len(parts) == 4 && parts[0] == "127"
}
