package front

import (
	"awsvault/internal/program"
	"awsvault/internal/say"
)

// CalledName is the variable in which a hook passes the name of its function, which is what
// the user types. The function sets it for each call, so the variable also shows that the
// shell has the hook.
const CalledName = "AWS_VAULT_CALLED"

// Called returns what the user types to run this program. In a call from a hook that is the
// name of the hook's function, otherwise the file name in argv[0] without .exe. A symlink
// counts under its own name.
func (w *World) Called() string {
	name := w.called
	if name == "" && w.Shell == nil {
		name = program.Name(w.Argv0)
	}
	if !say.Callable(name) {
		return say.OwnName
	}
	return name
}

// Hooked reports whether the call came through the hook's function.
func (w *World) Hooked() bool { return w.Shell != nil || w.called != "" }

// Named replaces the program's name in our text with the name that the user called.
func (w *World) Named(text string) string { return say.Named(text, w.Called()) }
