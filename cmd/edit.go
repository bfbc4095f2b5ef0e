package cmd

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"awsvault/internal/fault"
	"awsvault/internal/process"
)

// EditCmd opens the config file in the person's editor.
type EditCmd struct {
	Profile string `arg:"" optional:"" help:"The profile to go to."`
}

// Help is the second part of `vault edit --help`.
func (EditCmd) Help() string {
	return `Opens ~/.aws/config in your editor ($VISUAL, else $EDITOR), at the line of the
profile. A file that can no longer be read afterwards is said.

  vault edit
  vault edit prod`
}

// Run starts the editor.
func (c *EditCmd) Run(a *App) error {
	path, err := a.ConfigPath()
	if err != nil {
		return err
	}
	line := 0
	if c.Profile != "" {
		config, err := a.Config()
		if err != nil {
			return err
		}
		at, err := config.Where(c.Profile)
		if err != nil {
			return err
		}
		if line = at.Line; config.InCredentials(at) {
			if path, err = a.CredentialsPath(); err != nil {
				return err
			}
		}
	}
	text := cmp.Or(a.Environ["VISUAL"], a.Environ["EDITOR"], usualEditor())
	args, err := process.SplitOn(runtime.GOOS, text)
	if err != nil || len(args) == 0 {
		return fault.Hinted(errors.New("VISUAL or EDITOR is not a command line"), "export EDITOR=vi")
	}
	args = append(args, editorArgs(args[0], path, line)...)
	program, err := exec.LookPath(args[0])
	if err != nil {
		return fault.New(fmt.Sprintf("there is no editor %q", args[0]), "export EDITOR=vi")
	}
	ended, err := process.Attend(process.Command{Path: program, Argv: args, Environ: a.CommandEnviron(args[0]), Stdin: os.Stdin, Stdout: a.Stdout, Stderr: a.Stderr})
	if err != nil {
		return fmt.Errorf("run %s: %w", program, err)
	}
	if ended.Status != 0 {
		return fmt.Errorf("the editor %s ended with status %d", args[0], ended.Status)
	}
	_, err = a.Config()
	return err
}

// usualEditor is the one that every system of the kind has.
func usualEditor() string {
	if runtime.GOOS == "windows" {
		return "notepad"
	}
	return "vi"
}

// editorArgs are an editor's words for a line of a file.
func editorArgs(editor, path string, line int) []string {
	name := strings.TrimSuffix(strings.ToLower(filepath.Base(editor)), ".exe")
	at := strconv.Itoa(line)
	switch {
	case line <= 0 || name == "notepad":
		return []string{path}
	case name == "code" || name == "codium" || name == "cursor":
		return []string{"--goto", path + ":" + at}
	case name == "subl" || name == "hx" || name == "zed":
		return []string{path + ":" + at}
	}
	return []string{"+" + at, path} // vi, nano, emacs and their kin
}
