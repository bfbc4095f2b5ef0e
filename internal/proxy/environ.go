package proxy

import "strconv"

// Environ is what the program may have that becomes root: it may ask for a password, and
// gets no secret.
func Environ(vars map[string]string) (environ []string) {
	for _, name := range []string{"PATH", "HOME", "TERM", "LANG", "LC_ALL", "USER", "LOGNAME", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "SUDO_ASKPASS", "SUDO_PROMPT"} {
		if v, ok := vars[name]; ok {
			environ = append(environ, name+"="+v)
		}
	}
	return environ
}

// Became are the persons who became root by sudo(8) or pkexec(1), as those say.
func Became(getenv func(string) string) (users []int) {
	for _, name := range []string{"SUDO_UID", "PKEXEC_UID"} {
		if uid, err := strconv.ParseUint(getenv(name), 10, 31); err == nil {
			users = append(users, int(uid))
		}
	}
	return users
}
