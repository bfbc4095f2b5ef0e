// Package editor knows how to tell an editor which line of a file to open. It starts no
// editor, and does not know what the file is.
package editor

import (
	"cmp"
	"errors"
	"path/filepath"
	"strconv"
	"strings"

	"awsvault/internal/fault"
	"awsvault/internal/process"
)

// Line returns the command line that opens a file at a line; 0 stands for no line. setting is
// the value of VISUAL or EDITOR. If it is empty, Line takes the editor that every such system
// has.
func Line(goos, setting, path string, line int) ([]string, error) {
	usual := "vi"
	if goos == "windows" {
		usual = "notepad"
	}
	args, err := process.SplitOn(goos, cmp.Or(setting, usual))
	if err != nil || len(args) == 0 {
		return nil, fault.Hinted(errors.New("VISUAL or EDITOR is not a command line"), "export EDITOR=vi")
	}
	return append(args, at(args[0], path, line)...), nil
}

// at returns the arguments with which an editor opens a file at a line.
func at(editor, path string, line int) []string {
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
	return []string{"+" + at, path} // vi, nano, emacs and similar editors
}
