package grammar

import (
	"slices"
	"strings"
)

// Rewritten translates the words of a call that come from aws-vault, or from a person who asks
// for help, into vault's own.
func Rewritten(args []string) []string {
	switch args[0] {
	case "help": // vault help use
		args = append(slices.Clone(args[1:]), "--help")
	case "--help-man": // an option of aws-vault
		args = []string{"__manual"}
	case "--help-long":
		args = []string{"__manual", "--markdown"}
	}
	// aws-vault's, behind its command; behind a profile it may be another program's.
	if i := slices.IndexFunc(args, func(w string) bool { return w == "--help-long" || w == "--help-man" }); i > 0 {
		if c := Find(strings.Join(args[:i], " ")); c != nil || len(Children(strings.Join(args[:i], " "))) > 0 {
			args = append(slices.Clone(args[:i]), "--help")
		}
	}
	if i := slices.Index(args, "-v"); i > 0 && args[0] == "doctor" { // elsewhere it is aws-vault's --version
		args = slices.Replace(slices.Clone(args), i, i+1, "--verbose")
	}
	if name := strings.Join(args, " "); len(Children(name)) > 0 { // only a group: vault sso
		args = append(slices.Clone(args), "--help")
	}
	return args
}

// AnswersJSON reports whether the line asks for an answer in JSON, so that an error is JSON
// too. Two exceptions: exec's --json comes from aws-vault, and the words after -- belong to
// another program, unless a hook put the -- there.
func AnswersJSON(args []string, byHook bool) bool {
	if i := slices.Index(args, "--"); i >= 0 && !byHook {
		args = args[:i]
	}
	if len(args) == 0 || !slices.Contains(args, "--json") {
		return false
	}
	command := Find(args[0])
	return command == nil || command.Name != "exec"
}
