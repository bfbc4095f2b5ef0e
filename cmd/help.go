package cmd

import (
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"awsvault/cmd/instant"
	"awsvault/internal/grammar"
	"awsvault/internal/manual"
)

// printHelp is the help of the command that was named, or of all of them, in
// place of kong's: it fits a screen of 24 rows and 80 columns.
func (a *App) printHelp(_ kong.HelpOptions, ctx *kong.Context) error {
	program := a.described()
	text := program.Help()
	if node := ctx.Selected(); node != nil {
		text = program.CommandHelp(describedCommand(*grammar.Find(node.Name)))
	}
	_, err := io.WriteString(ctx.Stdout, a.Named(text))
	return err
}

// ManualCmd prints the manual, which `make install` installs and docs/commands.md
// is: of the same source as --help.
type ManualCmd struct {
	Markdown bool `help:"As Markdown."`
}

// Run prints it.
func (c *ManualCmd) Run(a *App) error {
	program := a.described()
	text := program.Man()
	if c.Markdown {
		text = program.Markdown()
	}
	_, err := a.Stdout.WriteString(a.Named(text))
	return err
}

// described is this program, by the name that it was called by.
func (a *App) described() manual.Program {
	p := described(grammar.Commands())
	p.Name = a.Called()
	p.Date, _, _ = strings.Cut(instant.Date, "T")
	return p
}

// described is vault as its manuals describe it.
func described(table []grammar.Command) manual.Program {
	p := manual.Program{
		Name: "vault", Summary: "AWS credentials for the shell you are in.",
		Flags:    describedFlags(table[0].Flags),
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
			p.Commands = append(p.Commands, describedCommand(c))
		}
	}
	return p
}

func describedCommand(c grammar.Command) manual.Command {
	out := manual.Command{Name: c.Name, Synopsis: c.Name, Group: c.Group, Help: c.Help, Detail: c.Help, Flags: describedFlags(c.Flags)}
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
	if h, ok := (&CLI{}).command(c.Name).(interface{ Help() string }); ok {
		out.Detail = h.Help()
	}
	return out
}

func describedFlags(flags []grammar.Flag) (out []manual.Flag) {
	for _, f := range flags {
		out = append(out, manual.Flag{Name: f.Name, Short: f.Short, Aliases: f.Aliases, Value: f.Value, Text: f.Text(), Negatable: f.Negatable, Hidden: f.Hidden})
	}
	return out
}
