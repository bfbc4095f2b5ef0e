package instant

import (
	_ "embed"
	"strings"
)

// Grammar is the command line as text, for completions: the parser that knows it
// takes as long to initialise as the whole answer. A test in package cmd makes it
// of the parser's model, and fails if this is not what it would make. Each line has
// a word that says what it is, and fields between tabs:
//
//	command NAME HELP ARGS     what follows is the command's
//	flag NAME SHORT VALUE HELP VALUE is empty for a switch
//
// Flags before the first command are everybody's. A name with a blank is a command
// of a command. ARGS are the names of the positional arguments, the last with ...
// if there may be more of it.
//
//go:embed grammar.txt
var Grammar string

type flag struct{ name, short, value, help string }

type command struct {
	name, help string
	args       []string
	flags      []flag
}

// grammar reads Grammar; the first command has no name and the flags of all.
func grammar() []command {
	all := []command{{}}
	for line := range strings.Lines(Grammar) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		switch {
		case f[0] == "command" && len(f) == 4:
			all = append(all, command{name: f[1], help: f[2], args: strings.Fields(f[3])})
		case f[0] == "flag" && len(f) == 5:
			last := &all[len(all)-1]
			last.flags = append(last.flags, flag{f[1], f[2], f[3], f[4]})
		}
	}
	return all
}
