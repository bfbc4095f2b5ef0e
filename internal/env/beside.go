package env

import "strings"

// Beside reports whether programs ask a server that serves this command alone (vault exec
// --server, vault serve --connect), and returns its host and port.
func Beside(vars Vars, s State) (address string, ok bool) {
	if !s.Active() || !s.About.Served || s.About.Via == ViaServer {
		return "", false
	}
	for _, name := range []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_EC2_METADATA_SERVICE_ENDPOINT"} {
		if rest, found := strings.CutPrefix(vars[name], "http://"); found {
			address, _, _ = strings.Cut(rest, "/")
			return address, true
		}
	}
	return "", true
}

// Way returns how programs get credentials, as --via names it.
func (s State) Way() string {
	switch {
	case s.About.Served:
		return ViaServer
	case s.About.Via == "":
		return ViaEnv
	}
	return s.About.Via
}
