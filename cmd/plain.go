package cmd

import (
	"reflect"
	"strings"
)

// plainCall returns the command of a hook's call without flags, which is nearly
// every one: `use dev`, `off`, `refresh`. To read its grammar, kong looks through
// all commands by reflection, and that takes as long as everything else that a
// `use` with a cached session does. What is not plain is kong's: ok is false.
func plainCall(args []string) (command interface{ Run(*App) error }, ok bool) {
	if len(args) == 0 {
		return nil, false
	}
	switch args[0] {
	case "use":
		switch {
		case len(args) == 1:
			return &UseCmd{}, true
		case len(args) == 2 && (args[1] == "-" || !strings.HasPrefix(args[1], "-")):
			return &UseCmd{Profile: args[1]}, true
		}
	case "off":
		return &OffCmd{}, len(args) == 1
	case "refresh":
		return &RefreshCmd{}, len(args) == 1
	case "prompt":
		return &PromptCmd{}, len(args) == 1
	}
	return nil, false
}

// plainExec returns the command of an `exec` without flags of its own.
func plainExec(args []string) (*ExecCmd, bool) {
	if len(args) < 3 || args[0] != "exec" || args[1] == "" || args[1][0] == '-' {
		return nil, false
	}
	command := args[2:]
	switch {
	case command[0] == "--":
		command = command[1:]
	case strings.HasPrefix(command[0], "-"):
		return nil, false
	}
	return &ExecCmd{Profile: args[1], Command: command}, true
}

// fill sets the fields of a struct that has kong's tags to what its flags are if
// none is given: the variable that `env` names, else what `default` says. It
// returns false, having set some or none, if that is more than a text to copy.
func (a *App) fill(flags any) bool {
	v := reflect.ValueOf(flags).Elem()
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		text, given := tag.Lookup("default")
		for name := range strings.SplitSeq(tag.Get("env"), ",") {
			if value, ok := a.environ[name]; ok {
				text, given = value, true
				break
			}
		}
		if !given {
			continue
		}
		if _, limited := tag.Lookup("enum"); limited || v.Field(i).Kind() != reflect.String {
			return false
		}
		v.Field(i).SetString(text)
	}
	return true
}
