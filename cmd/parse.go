package cmd

import (
	"awsvault/internal/bind"
	"awsvault/internal/grammar"
	"awsvault/internal/journal"
	"awsvault/internal/parser"
)

// command is a command of the command line.
type command interface{ Run(*App) error }

// parse reads a line into the struct of its command, and returns the struct. If the line
// asks for help, parse prints the help and returns nil.
func parse(app *App, line *grammar.Line) (command, error) {
	cli := &CLI{}
	read := !line.Wrong && !line.Help && bind.Fill(line, cli.command(line.Command.Name)) && bind.Fill(line, &cli.Globals)
	if !read { // the parser reports errors and prints help
		cli = &CLI{}
		var wanted any
		if line.Command != nil {
			wanted = cli.command(line.Command.Name)
		}
		if helped, err := app.parser().Read(line, &cli.Globals, wanted); helped || err != nil {
			return nil, err
		}
	}
	app.globals, app.flags, app.by = cli.Globals, line.Text, journal.For(line.Command.Name, line.Run)
	found := cli.command(line.Command.Name)
	if c, ok := found.(interface{ runs(program []string) }); ok {
		c.runs(line.Run)
	}
	return found.(command), nil
}

// parser returns the slow parser, for lines that the fast reader cannot read.
func (a *App) parser() parser.Parser {
	return parser.Parser{Name: a.Called(), Stdout: a.Stdout, Stderr: a.Stderr, Getenv: a.Getenv, Help: a.printHelp}
}

// command returns the struct of the command with that name, or nil.
func (c *CLI) command(name string) any { return bind.Command(c, name) }
