package cmd

import (
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"awsvault/cmd/instant"
	"awsvault/internal/grammar"
	"awsvault/internal/handbook"
	"awsvault/internal/line"
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
	_, err := io.WriteString(ctx.Stdout, line.Fit(a.Named(text), a.Screen()))
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
func described(table []grammar.Command) manual.Program { return handbook.Of(table, detail) }

func describedCommand(c grammar.Command) manual.Command { return handbook.Command(c, detail) }

// detail is the second part of a command's help; empty if it has none.
func detail(name string) string {
	if text := handbook.Detail(name); text != "" {
		return text
	}
	if h, ok := (&CLI{}).command(name).(interface{ Help() string }); ok {
		return h.Help()
	}
	return ""
}
