package tty

import "strings"

// isPty tells the pipes by which Cygwin and MSYS2 (Git Bash) play a terminal for programs
// of their own: \msys-1888ae32e00d56aa-pty0-from-master. In a window of mintty without
// ConPTY, a program of Windows gets these as its streams, and has no console that is seen.
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
