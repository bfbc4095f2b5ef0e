// Package grammar is the command line as data: a table of every command, argument and flag,
// and one reader that splits the words of a call by that table. A test generates the table
// from the command structs in package cmd, so completions, help, manual, hooks and parser
// always agree.
//
// It does not know what a command does or what a value means. It knows neither the parser
// (kong) nor the environment: callers pass in the words, and a function that looks up a
// variable.
package grammar

import (
	"slices"
	"strings"
)

// Command describes a command. The entry without a name holds the flags of every command. A
// name with a blank is a command in a group, such as "sso login".
type Command struct {
	Name    string
	Help    string
	Group   string // its section in the help
	Aliases []string
	Hidden  bool // omitted from help and completions
	Args    []Arg
	Flags   []Flag
}

// Arg is a positional argument.
type Arg struct {
	Name     string
	Help     string
	Optional bool
	Many     bool // it takes all that follow
	Runs     bool // it begins the command line of another program
}

// Several is the group of flags for running exec's command with several profiles.
const Several = "For several profiles"

// Flag describes a flag.
type Flag struct {
	Name      string // without the dashes
	Short     string // one letter, or nothing
	Aliases   []string
	Value     string // the placeholder for its value in the help; empty for a switch
	Help      string
	Group     string   // its section in the command's help, if the help has sections
	Env       []string // the variables that set it if the line does not
	Default   string
	Hidden    bool
	Negatable bool   // --no-NAME exists
	Many      bool   // it may be repeated
	Word      string // for a switch that also takes a word: --NAME=WORD
	Required  bool
}

// Text returns the flag's line in the help, with its variables.
func (f *Flag) Text() string {
	if len(f.Env) == 0 {
		return f.Help
	}
	names := "($" + strings.Join(f.Env, ", $") + ")"
	if text, ok := strings.CutSuffix(f.Help, "."); ok {
		return text + " " + names + "."
	}
	return strings.TrimLeft(f.Help+" "+names, " ")
}

// Commands returns all commands in the order of the help. The first has no name and holds the
// flags of every command.
func Commands() []Command { return table[:] }

// Globals returns the flags of every command.
func Globals() []Flag { return table[0].Flags }

// Takes tells whether a command has a flag of its own.
func Takes(command, flag string) bool {
	c := Find(command)
	return c != nil && slices.ContainsFunc(c.Flags, func(f Flag) bool { return f.Name == flag })
}

// Find is the command of that name, which may be an alias; nil if there is none.
func Find(name string) *Command {
	for i := 1; i < len(table); i++ {
		if table[i].is(name) {
			return &table[i]
		}
	}
	return nil
}

// is reports whether the command has the given name or alias.
func (c *Command) is(name string) bool {
	if c.Name == name {
		return true
	}
	for _, alias := range c.Aliases {
		if alias == name {
			return true
		}
	}
	return false
}

// Children returns the commands of a group, or the top-level commands for "".
func Children(group string) []*Command {
	var list []*Command
	for i := 1; i < len(table); i++ {
		if parent, _ := Split(table[i].Name); parent == group {
			list = append(list, &table[i])
		}
	}
	return list
}

// Split returns the group in a command's name, which most names lack, and the last word.
func Split(name string) (group, last string) {
	if i := strings.LastIndexByte(name, ' '); i >= 0 {
		return name[:i], name[i+1:]
	}
	return "", name
}

// ValueFlags returns the flags of every command that take a value, as they are typed. A hook
// has to skip those values to find the command's word.
func ValueFlags() []string {
	var list []string
	for _, f := range Globals() {
		if f.Value == "" {
			continue
		}
		list = append(list, "--"+f.Name)
		for _, alias := range f.Aliases {
			list = append(list, "--"+alias)
		}
		if f.Short != "" {
			list = append(list, "-"+f.Short)
		}
	}
	return list
}
