package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"awsvault/internal/env"
	"awsvault/internal/startup"
)

// Hook holds what the hook's shell function passes on with `doctor`, and only then, so that
// prompts cost nothing. The zero value: no hook called.
type Hook struct {
	Shell     string
	Version   string
	Manual    bool // --no-auto
	Displaced bool // prompts do not run the hook
}

// ReadHook reads "zsh 1.2.0 auto displaced". Only the first word is required.
func ReadHook(text string) (h Hook) {
	words := strings.Fields(text)
	if len(words) > 0 && slices.Contains(env.Hooks(), words[0]) {
		h.Shell = words[0]
		h.Manual = !slices.Contains(words, "auto")
		for _, w := range words[1:] {
			switch w {
			case "auto", "manual":
			case "displaced":
				h.Displaced = true
			default:
				h.Version = w
			}
		}
	}
	return h
}

func (e *Examination) checkProgram(context.Context) []Finding {
	if err := e.Shell.ProgramError; err != nil {
		return []Finding{{State: Warning, Text: err.Error()}}
	}
	return []Finding{{Text: fmt.Sprintf("%s %s %s/%s at %s", e.program(), e.Version, e.GOOS, e.GOARCH, e.Tilde(e.Shell.Program))}}
}

func (e *Examination) checkHook(context.Context) []Finding {
	h := e.Shell.Hook
	again := "open a new shell"
	switch {
	case h.Shell == "":
		return []Finding{{State: Warning, Text: "this shell has no hook, so use, off and refresh do not work in it", Hint: e.Shell.SetUp}}
	case h.Displaced:
		return []Finding{{State: Problem, Text: fmt.Sprintf("this %s does not run the hook at prompts: vault cannot renew credentials or follow directories", h.Shell),
			Hint: "something loaded later replaced it; load the hook last in the start-up file"}}
	case h.Version != e.Version:
		if h.Version == "" {
			h.Version = "an older one"
		}
		return []Finding{{State: Warning, Text: fmt.Sprintf("this %s has the hook of version %s, and the program has version %s", h.Shell, h.Version, e.Version), Hint: again}}
	case h.Manual:
		return []Finding{{State: Note, Text: fmt.Sprintf("this %s has the hook, but does not run it at prompts: --no-auto, or a shell without prompts", h.Shell)}}
	}
	return []Finding{{Text: fmt.Sprintf("this %s runs the hook at prompts, in the same version as the program", h.Shell)}}
}

func (e *Examination) checkStartup(ctx context.Context) []Finding {
	shell := e.Shell.Name
	if shell == "powershell" && e.GOOS == "windows" && e.Shell.Hook.Shell != "" {
		return nil // finding its file would mean starting another shell
	}
	if !slices.Contains(env.Hooks(), shell) {
		return []Finding{{State: Note, Text: fmt.Sprintf("there is no hook for %s", shell)}}
	}
	path, err := e.Shell.Startup.File(ctx, shell)
	if err != nil {
		return []Finding{{State: Warning, Text: err.Error()}}
	}
	text, err := startup.Read(path)
	if err != nil {
		return []Finding{{State: Warning, Text: err.Error()}}
	}
	at := startup.Lines(shell, text)
	for _, n := range at {
		program := startup.Program(text, n)
		if program == "" {
			continue
		}
		if _, err := os.Stat(program); err != nil {
			return []Finding{{State: Problem, Text: fmt.Sprintf("%s:%d calls %s, which does not exist", e.Tilde(path), n, e.Tilde(program)),
				Hint: fmt.Sprintf("vault init %s --undo, then vault init %s", shell, shell)}}
		}
	}
	switch {
	case len(at) == 0:
		return []Finding{{State: Warning, Text: fmt.Sprintf("%s does not load the hook, so new shells will not have it", e.Tilde(path)), Hint: e.Shell.SetUp}}
	case len(at) > 1:
		return []Finding{{State: Warning, Text: fmt.Sprintf("%s loads the hook %d times, first in line %d", e.Tilde(path), len(at), at[0]), Hint: "keep only the last of these lines"}}
	}
	if policy := e.Shell.Startup.Policy(ctx, shell); policy != "" {
		return []Finding{{State: Problem, Text: fmt.Sprintf("PowerShell does not read %s while its ExecutionPolicy is %s", e.Tilde(path), policy), Hint: startup.Allow}}
	}
	return []Finding{{Text: fmt.Sprintf("%s:%d loads the hook", e.Tilde(path), at[0])}}
}

// program returns the name of this program's file: vault, or awsvault if a package installed
// it under that name.
func (e *Examination) program() string {
	name := strings.TrimSuffix(strings.ToLower(filepath.Base(e.Shell.Program)), ".exe")
	if e.Shell.Program == "" {
		name = "vault"
	}
	return name
}

// hashicorp is the module of HashiCorp's tool, which has the same name.
const hashicorp = "github.com/hashicorp/vault"

func (e *Examination) checkPath(context.Context) []Finding {
	if e.Shell.ProgramError != nil {
		return nil
	}
	name := e.program()
	names := []string{name}
	if e.GOOS == "windows" {
		names = []string{name + ".exe"}
	}
	found, ours := []Finding{}, false
	for i, p := range OnPath(e.Environ["PATH"], names, e.Shell.Program) {
		if p.Own {
			ours = true
			continue
		}
		f := Finding{State: Warning}
		if i == 0 && !ours {
			f.State = Problem
		}
		if line := e.Shell.Rename; line != "" {
			f.Hint = line + "   gives this tool the name av"
		}
		switch p.Module {
		case hashicorp:
			f.Text = fmt.Sprintf("%s on PATH is also HashiCorp's Vault: %s", name, e.Tilde(p.Path))
		case "awsvault":
			f.State, f.Text, f.Hint = Warning, fmt.Sprintf("there is another copy of this program on PATH: %s", e.Tilde(p.Path)), "remove one of the two"
		default:
			f.Text = fmt.Sprintf("%s on PATH is also another program: %s", name, e.Tilde(p.Path))
		}
		found = append(found, f)
	}
	if len(found) == 0 && !ours {
		return []Finding{{State: Note, Text: name + " is not on PATH; the hook calls it by its full path"}}
	}
	if len(found) == 0 {
		return []Finding{{Text: name + " on PATH is this program, and the only one"}}
	}
	return found
}
