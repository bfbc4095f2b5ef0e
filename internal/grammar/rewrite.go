package grammar

import (
	"slices"
	"strings"
)

// Rewritten are the words of a call with those of aws-vault, and of a person who asks for
// help, in place of ours.
func Rewritten(args []string) []string {
	switch args[0] {
	case "help": // vault help use
		args = append(slices.Clone(args[1:]), "--help")
	case "--help-man": // aws-vault's
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
	if name := strings.Join(args, " "); len(Children(name)) > 0 { // a group by itself: vault sso
		args = append(slices.Clone(args), "--help")
	}
	return args
}

// AnswersJSON tells whether the answer to a line was wanted as JSON, so that an error is
// JSON too. --json of exec is aws-vault's, and what stands behind -- is another program's;
// what a hook puts in front of its -- is not.
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
