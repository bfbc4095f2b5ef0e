package instant

import (
	"strings"

	"awsvault/internal/env"
	"awsvault/internal/resolve"
	"awsvault/internal/services"
	"awsvault/internal/vault"
)

// values returns the possible values of an argument or a flag with that name.
func values(name, prefix, current string, fits match, look lookup) (found []candidate, directive string) {
	var list []string
	switch strings.ToLower(name) {
	case "profile":
		found = look(func(name string) bool { return fits(prefix+name, current) })
		for i := 0; prefix != "" && i < len(found); i++ {
			found[i].value = prefix + found[i].value
		}
		return found, ""
	case "shell":
		list = env.Hooks()
	case "region":
		list = resolve.Regions()
	case "format":
		list = env.Formats()
	case "json": // exec --lines
		list = []string{"json"}
	case "backend":
		list = Backends[:]
	case "service":
		for _, s := range services.All() {
			for _, n := range s.Names {
				found = append(found, candidate{value: prefix + n, help: s.Title})
			}
		}
	case "browser":
		list = Browsers[:]
	case "tool": // init --from
		list = vault.ToolNames()
	case "way": // use --via
		list = []string{env.ViaEnv, env.ViaServer, env.ViaProfile}
	case "policy":
		if strings.ContainsAny(current, "/.~") {
			return nil, ":files"
		}
		list = policies[:]
	case "path", "dir", "file", "program":
		return nil, ":files"
	case "duration":
		list = []string{"15m", "1h", "4h", "8h", "12h"}
	case "name": // --backend=NAME
		list = Backends[:]
	}
	for _, v := range list {
		found = append(found, candidate{value: prefix + v})
	}
	return found, ""
}

// Backends lists the keystores, with their names in internal/store.
var Backends = [...]string{"wincred", "winhello", "keychain", "secret-service", "kwallet", "keyctl", "pass", "passage", "file", "op-connect", "op", "op-desktop"}

// policies lists AWS managed policies that often narrow a session.
var policies = [...]string{"ReadOnlyAccess", "SecurityAudit", "PowerUserAccess", "AmazonS3ReadOnlyAccess", "AmazonEC2ReadOnlyAccess", "CloudWatchReadOnlyAccess", "IAMReadOnlyAccess"}

// Browsers lists the names of browsers, as in internal/browser.
var Browsers = [...]string{"firefox", "firefox-developer", "firefox-nightly", "librewolf", "waterfox", "zen", "chrome", "chromium", "edge", "brave", "vivaldi", "opera", "safari"}
