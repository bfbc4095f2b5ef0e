// Package handbook has the contents of vault's help and manuals: the commands, as the table
// of the command line lists them, and what applies to all of them: topics, files and
// examples.
//
// It does not know the layout of a page (internal/manual), or what a command does.
package handbook

import (
	"cmp"
	"embed"
	"strings"

	"awsvault/internal/grammar"
	"awsvault/internal/manual"
)

// pages are the second parts of the commands' help: a file each, named like the command,
// with _ for a space.
//
//go:embed commands
var pages embed.FS

// Detail returns the second part of a command's help, or "".
func Detail(name string) string {
	text, _ := pages.ReadFile("commands/" + strings.ReplaceAll(name, " ", "_") + ".txt") // an error means that it has none
	return strings.TrimSuffix(string(text), "\n")
}

// Of returns the description of vault for its manuals, made from the table of its commands.
func Of(table []grammar.Command) manual.Program {
	p := manual.Program{
		Name: "vault", Summary: "AWS credentials for the shell you are in.",
		Flags:    flagsOf(table[0].Flags),
		Sections: []manual.Section{{Group: "shell", Title: "This shell"}, {Group: "keys", Title: "Profiles"}, {Group: "scripts", Title: "Scripts"}, {Group: "setup", Title: "Set-up"}},
		Topics:   topics[:],
		Examples: "\n  vault use dev                     vault exec prod -- terraform plan\n",
		Made:     "go test ./cmd -run 'Grammar|Manual' -update",
		Files: []manual.Entry{
			{Word: "~/.aws/config, ~/.aws/credentials", Text: "profiles."},
			{Word: "$XDG_STATE_HOME/awsvault", Text: "trust of directories, locks."},
		},
		See: "aws (1)",
	}
	for _, c := range table[1:] {
		if !c.Hidden {
			p.Commands = append(p.Commands, Command(c))
		}
	}
	return p
}

// Command returns the description of a command for its help.
func Command(c grammar.Command) manual.Command {
	out := manual.Command{Name: c.Name, Synopsis: c.Name, Group: c.Group, Help: c.Help, Detail: cmp.Or(Detail(c.Name), c.Help), Flags: flagsOf(c.Flags)}
	for _, a := range c.Args {
		name := strings.ToUpper(a.Name)
		if a.Many {
			name += "..."
		}
		if a.Optional {
			name = "[" + name + "]"
		}
		out.Synopsis += " " + name
	}
	return out
}

func flagsOf(flags []grammar.Flag) (out []manual.Flag) {
	for _, f := range flags {
		out = append(out, manual.Flag{Name: f.Name, Short: f.Short, Aliases: f.Aliases, Value: f.Value, Text: f.Text(), Negatable: f.Negatable, Hidden: f.Hidden, Group: f.Group})
	}
	return out
}
