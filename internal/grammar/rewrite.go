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
	if i := slices.Index(args, "-v"); i > 0 && args[0] == "doctor" { // elsewhere it is aws-vault's --version
		args = slices.Replace(slices.Clone(args), i, i+1, "--verbose")
	}
	if name := strings.Join(args, " "); len(Children(name)) > 0 { // a group by itself: vault sso
		args = append(slices.Clone(args), "--help")
	}
	return args
}
