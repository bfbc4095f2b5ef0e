package tty

import "strings"

// isPty recognises the pipes with which Cygwin and MSYS2 (Git Bash) imitate a terminal for
// their own programs: \msys-1888ae32e00d56aa-pty0-from-master. In a mintty window without
// ConPTY, a Windows program gets such pipes as its streams, and has no visible console.
func isPty(pipe string) bool {
	pipe = strings.TrimPrefix(pipe, `\`)
	rest, ok := strings.CutPrefix(pipe, "msys-")
	if !ok {
		if rest, ok = strings.CutPrefix(pipe, "cygwin-"); !ok {
			return false
		}
	}
	_, rest, ok = strings.Cut(rest, "-pty")
	number := strings.TrimLeft(rest, "0123456789")
	return ok && number != rest && (strings.HasPrefix(number, "-from-master") || strings.HasPrefix(number, "-to-master"))
}
