// Package parser lets kong read the lines that the fast reader cannot: lines with a
// mistake, and calls for help. It reports a mistake in vault's own words.
//
// It does not know which commands exist, what they do, or the environment: callers pass in
// the structs and the variables.
package parser

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"time"

	"github.com/alecthomas/kong"

	"awsvault/internal/fault"
	"awsvault/internal/grammar"
	"awsvault/internal/misuse"
	"awsvault/internal/resolve"
)

// Parser parses the lines of a program.
type Parser struct {
	Name           string
	Stdout, Stderr io.Writer
	Getenv         func(name string) string
	Help           kong.HelpPrinter
}

// Read parses a line into globals and into the struct of its command. kong finds the arguments
// of a command by reflection. It therefore gets only the command that the line names, or a
// group if the line names none of its commands. helped reports that the line asked for help,
// which Read has printed.
func (p Parser) Read(line *grammar.Line, globals, command any) (helped bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(HelpShown); !ok {
				panic(r)
			}
			helped, err = true, nil
		}
	}()
	options := p.Options()
	if c := line.Command; c != nil {
		options = append(options, kong.DynamicCommand(c.Name, c.Help, "", command))
	}
	parser, err := kong.New(globals, options...)
	if err != nil {
		return false, fmt.Errorf("the command line's own grammar: %w", err)
	}
	p.heedVariables(line, parser.Model.Node)
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

// HelpShown is the panic that ends kong after --help. kong itself would exit the process.
type HelpShown struct{}

// heedVariables hides variables from kong that must not count: empty ones, and those of flags
// that are on the line.
func (p Parser) heedVariables(line *grammar.Line, node *kong.Node) {
	for _, f := range node.Flags {
		given := line.Given(f.Name)
		f.Tag.Envs = slices.DeleteFunc(f.Tag.Envs, func(name string) bool { return given || p.Getenv(name) == "" })
	}
	for _, child := range node.Children {
		p.heedVariables(line, child)
	}
}

// Options returns the options for kong.
func (p Parser) Options() []kong.Option {
	return []kong.Option{
		kong.Name(p.Name),
		kong.Writers(p.Stdout, p.Stderr),
		kong.Exit(func(int) { panic(HelpShown{}) }),
		kong.Help(p.Help),
		kong.KindMapper(reflect.String, textMapper{}),
		kong.TypeMapper(reflect.TypeFor[time.Duration](), durationMapper{}),
	}
}

// textMapper takes a text unchanged. kong's own mapper goes through JSON, which loses bytes
// that are not UTF-8.
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

// durationMapper reads durations as aws-vault does: Go's, and days and weeks.
type durationMapper struct{}

// Decode implements kong.Mapper.
func (durationMapper) Decode(ctx *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := ctx.Scan.PopValueInto("duration", &text); err != nil {
		return err
	}
	d, err := resolve.ParseDuration(text)
	if err != nil {
		return err
	}
	target.SetInt(int64(d))
	return nil
}
