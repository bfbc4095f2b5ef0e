// Package nodbus keeps github.com/99designs/keyring off the message bus.
//
// That library dials the D-Bus session bus while the program starts, even if no keystore is
// needed. A bus that does not answer would hang the program before its first line. If the
// environment names no bus, godbus looks for /run/user/UID/bus and then runs dbus-launch,
// which leaves one dbus-daemon behind for each process and costs 8 ms. Importing this
// package prevents both: while the process starts, its environment names a bus that cannot
// exist, so the dial fails at once. internal/store dials Address itself, with a time limit,
// when it needs a keystore on the bus.
//
// The package works only if it is initialised first. Of the packages whose imports are
// ready, Go initialises the one with the first path in sorted order. So two things must not
// change: the module's path sorts before "github.com", and this package imports nothing
// that godbus does not import too.
//
// It does not know what a keystore is.
package nodbus

const variable = "DBUS_SESSION_BUS_ADDRESS"

// The original value of the variable, if this package changed it. Only init writes them.
var (
	changed  bool
	present  bool
	original string
)

// Environ returns environ for a child process: with the bus address with which this process
// was started, or without one if there was none.
func Environ(environ []string) []string {
	if !changed {
		return environ
	}
	const prefix = variable + "="
	clean := make([]string, 0, len(environ))
	for _, entry := range environ {
		ours := len(entry) >= len(prefix) && entry[:len(prefix)] == prefix
		if ours && !present {
			continue
		}
		if ours {
			entry = prefix + original
		}
		clean = append(clean, entry)
	}
	return clean
}
