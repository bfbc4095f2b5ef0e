package cmd

import (
	"strings"

	"github.com/alecthomas/kong"

	"awsvault/cmd/instant"
	"awsvault/internal/grammar"
	"awsvault/internal/handbook"
	"awsvault/internal/manual"
)

// printHelp is the help of the command that was named, or of all of them, in
// place of kong's: it fits a screen of 24 rows and 80 columns.
func (a *App) printHelp(_ kong.HelpOptions, ctx *kong.Context) error {
	program := a.described()
	text := program.Help()
	if node := ctx.Selected(); node != nil {
		text = program.CommandHelp(handbook.Command(*grammar.Find(node.Name)))
	}
	return a.Help(text)
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
	p := handbook.Of(grammar.Commands())
	p.Name = a.Called()
	p.Date, _, _ = strings.Cut(instant.Date, "T")
	return p
}
