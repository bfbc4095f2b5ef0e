package front

import (
	"awsvault/internal/program"
	"awsvault/internal/say"
)

// CalledName is the variable in which a hook says by which name a person calls the
// program: the name of the hook's function. It is set for each call by the function, so it
// also says that the shell has the hook.
const CalledName = "AWS_VAULT_CALLED"

// Called is what a person types to run this program: the name of the hook's function in
// a call by a hook, else the file's name in argv[0], without .exe. A symlink has the name
// that it was given.
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

// Hooked tells whether the call came through the hook's function.
func (w *World) Hooked() bool { return w.Shell != nil || w.called != "" }

// Named gives a text of ours the name that the program was called by.
func (w *World) Named(text string) string { return say.Named(text, w.Called()) }
