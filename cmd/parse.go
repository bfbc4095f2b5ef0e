package cmd

import (
	"awsvault/internal/bind"
	"awsvault/internal/grammar"
	"awsvault/internal/journal"
	"awsvault/internal/parser"
)

// command is what a word of the command line runs.
type command interface{ Run(*App) error }

// parse reads a line into the struct of its command, and returns that; nil if the
// line asked for help, which is printed.
func parse(app *App, line *grammar.Line) (command, error) {
	cli := &CLI{}
	read := !line.Wrong && !line.Help && bind.Fill(line, cli.command(line.Command.Name)) && bind.Fill(line, &cli.Globals)
	if !read { // the parser says what is wrong, and when help is wanted
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

// parser reads what the fast reader cannot.
func (a *App) parser() parser.Parser {
	return parser.Parser{Name: a.Called(), Stdout: a.Stdout, Stderr: a.Stderr, Getenv: a.Getenv, Help: a.printHelp}
}

// command is the struct of a command, found by its name; nil if there is none.
func (c *CLI) command(name string) any { return bind.Command(c, name) }
