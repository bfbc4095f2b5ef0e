package proxy

import "strconv"

// Environ returns the environment for the program that becomes root. That program may ask for
// a password, and gets no secret.
func Environ(vars map[string]string) (environ []string) {
	for _, name := range []string{"PATH", "HOME", "TERM", "LANG", "LC_ALL", "USER", "LOGNAME", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "SUDO_ASKPASS", "SUDO_PROMPT"} {
		if v, ok := vars[name]; ok {
			environ = append(environ, name+"="+v)
		}
	}
	return environ
}

// Became returns the users who became root with sudo(8) or pkexec(1), as these programs record
// it.
func Became(getenv func(string) string) (users []int) {
	for _, name := range []string{"SUDO_UID", "PKEXEC_UID"} {
		if uid, err := strconv.ParseUint(getenv(name), 10, 31); err == nil {
			users = append(users, int(uid))
		}
	}
	return users
}
