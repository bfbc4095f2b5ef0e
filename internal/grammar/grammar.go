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

// Command is a command, or the flags of every command: then it has no name. A name
// with a blank is a command of a group, like "sso login".
type Command struct {
	Name    string
	Help    string
	Group   string // the section of the help that it is in
	Aliases []string
	Hidden  bool // not in help and completions
	Args    []Arg
	Flags   []Flag
}

// Arg is a positional argument.
type Arg struct {
	Name     string
	Help     string
	Optional bool
	Many     bool // all that follow belong to it
	Runs     bool // it begins the command line of another program
}

// Several is the group of flags with which exec runs its command for several profiles.
const Several = "For several profiles"

// Flag is a flag.
type Flag struct {
	Name      string // without the dashes
	Short     string // one letter, or nothing
	Aliases   []string
	Value     string // what stands for its value in the help; empty for a switch
	Help      string
	Group     string   // the part of the command's help that it is in, where it has parts
	Env       []string // the variables that set it where the flag is not given
	Default   string
	Hidden    bool
	Negatable bool   // --no-NAME exists
	Many      bool   // it may be given again
	Word      string // a switch that is on with more: --NAME=WORD
	Required  bool
}

// Text is the flag's line in the help, with its variables.
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

// Commands are all commands in the order of the help. The first has no name: its
// flags are those of every command.
func Commands() []Command { return table[:] }

// Globals are the flags of every command.
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

// is reports whether the command is called by a name.
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

// Children are the commands of a group, or of the top for "".
func Children(group string) []*Command {
	var list []*Command
	for i := 1; i < len(table); i++ {
		if parent, _ := Split(table[i].Name); parent == group {
			list = append(list, &table[i])
		}
	}
	return list
}

// Split is the group of a command's name, empty for most, and its last word.
func Split(name string) (group, last string) {
	if i := strings.LastIndexByte(name, ' '); i >= 0 {
		return name[:i], name[i+1:]
	}
	return "", name
}

// ValueFlags are the flags of every command that are followed by a value, as they
// are typed. A hook has to step over those values to find the command's word.
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
