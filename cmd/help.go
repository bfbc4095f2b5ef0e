package cmd

import (
	"strings"

	"github.com/alecthomas/kong"

	"awsvault/cmd/instant"
	"awsvault/internal/grammar"
	"awsvault/internal/handbook"
	"awsvault/internal/manual"
)

// printHelp replaces kong's help: it prints the help of one command, or the overview of all.
// Its text fits a screen of 24 rows and 80 columns.
func (a *App) printHelp(_ kong.HelpOptions, ctx *kong.Context) error {
	program := a.described()
	text := program.Help()
	if node := ctx.Selected(); node != nil {
		text = program.CommandHelp(handbook.Command(*grammar.Find(node.Name)))
	}
	return a.Help(text)
}

// ManualCmd prints the manual. `make install` installs it, and docs/commands.md is its
// Markdown form. It has the same source as --help.
type ManualCmd struct {
	Markdown bool `help:"As Markdown."`
}

// Run prints the manual.
func (c *ManualCmd) Run(a *App) error {
	program := a.described()
	text := program.Man()
	if c.Markdown {
		text = program.Markdown()
	}
	_, err := a.Stdout.WriteString(a.Named(text))
	return err
}

// described returns the program's manual, with the name that the user called.
func (a *App) described() manual.Program {
	p := handbook.Of(grammar.Commands())
	p.Name = a.Called()
	p.Date, _, _ = strings.Cut(instant.Date, "T")
	return p
}
