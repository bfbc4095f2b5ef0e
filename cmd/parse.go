package cmd

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/alecthomas/kong"

	"awsvault/internal/bind"
	"awsvault/internal/fault"
	"awsvault/internal/grammar"
	"awsvault/internal/misuse"
)

// command is what a word of the command line runs.
type command interface{ Run(*App) error }

// parse reads a line into the struct of its command, and returns that; nil if the
// line asked for help, which is printed.
func parse(app *App, line *grammar.Line) (command, error) {
	cli := &CLI{}
	read := !line.Wrong && !line.Help && bind.Fill(line, cli.command(line.Command.Name)) && bind.Fill(line, &cli.Globals)
	if !read {
		if shown, err := viaKong(app, &cli, line); shown || err != nil {
			return nil, err
		}
	}
	app.globals, app.flags = cli.Globals, line.Text
	found := cli.command(line.Command.Name)
	if c, ok := found.(interface{ runs(program []string) }); ok {
		c.runs(line.Run)
	}
	return found.(command), nil
}

// viaKong has kong read a line: it says what is wrong, and when help is wanted. It
// finds out by reflection what a command takes, so it is given the one command that
// the line names, and not all.
func viaKong(app *App, cli **CLI, line *grammar.Line) (helped bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(helpShown); !ok {
				panic(r)
			}
			helped, err = true, nil
		}
	}()
	*cli = &CLI{}
	parser, err := newParser(app, *cli, line)
	if err != nil {
		return false, fmt.Errorf("the command line's own grammar: %w", err)
	}
	if _, err := parser.Parse(line.Ours); err != nil {
		var refused *kong.ParseError
		if !errors.As(err, &refused) {
			return false, fault.NewUsage(err.Error(), "")
		}
		return false, misuse.Error(refused.Error(), refused.Unwrap(), line)
	}
	if line.Command == nil {
		return false, fault.NewUsage("a command is missing", "vault --help")
	}
	return false, nil
}

// helpShown ends kong after --help: kong itself would leave the process.
type helpShown struct{}

// newParser makes the parser of one command: of a whole group where the line names
// none of its commands.
func newParser(app *App, cli *CLI, line *grammar.Line) (*kong.Kong, error) {
	options := parserOptions(app)
	if c := line.Command; c != nil {
		options = append(options, kong.DynamicCommand(c.Name, c.Help, "", cli.command(c.Name)))
	}
	parser, err := kong.New(&cli.Globals, options...)
	if err != nil {
		return nil, err
	}
	heedVariables(app, line, parser.Model.Node)
	return parser, nil
}

// heedVariables keeps kong from variables that do not count: those that are set to
// nothing, and those of flags that the line has.
func heedVariables(app *App, line *grammar.Line, node *kong.Node) {
	for _, f := range node.Flags {
		given := line.Given(f.Name)
		f.Tag.Envs = slices.DeleteFunc(f.Tag.Envs, func(name string) bool { return given || app.Getenv(name) == "" })
	}
	for _, child := range node.Children {
		heedVariables(app, line, child)
	}
}

func parserOptions(app *App) []kong.Option {
	return []kong.Option{
		kong.Name(app.Called()),
		kong.Writers(app.Stdout, app.Stderr),
		kong.Exit(func(int) { panic(helpShown{}) }),
		kong.Help(app.printHelp),
		kong.KindMapper(reflect.String, textMapper{}),
		kong.TypeMapper(reflect.TypeFor[time.Duration](), durationMapper{}),
	}
}

// textMapper takes a text as it is. kong's own goes by way of JSON, where what is
// not UTF-8 is lost.
type textMapper struct{}

// Decode implements kong.Mapper.
func (textMapper) Decode(ctx *kong.DecodeContext, target reflect.Value) error {
	token, err := ctx.Scan.PopValue("string")
	if err != nil {
		return err
	}
	text, _ := token.Value.(string)
	target.SetString(text)
	return nil
}

// command is the struct of a command, found by its name; nil if there is none.
func (c *CLI) command(name string) any { return bind.Command(c, name) }
