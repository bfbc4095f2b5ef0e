// Package choose lets the user choose a profile: on the whole screen, from a numbered list,
// or with the user's own fzf.
//
// It does not know what a profile means, how profiles are found and described, or what
// happens with the chosen one.
package choose

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"awsvault/internal/fault"
	"awsvault/internal/pick"
	"awsvault/internal/process"
	"awsvault/internal/tty"
)

// Terminal is the person's terminal.
type Terminal interface {
	Print(text string)
	Ask(ctx context.Context, prompt string) (string, error)
	Draw(ctx context.Context, d tty.Drawing, begin, end string, later ...func() func()) error
}

// Way says how a person chooses.
type Way string

// The ways, with their names in AWS_VAULT_PICKER.
const (
	Screen Way = ""
	Plain  Way = "plain"
	Fzf    Way = "fzf"
)

// WayOf returns the way that a setting names. Without a setting it returns Screen, or Plain if
// the terminal cannot move its cursor.
func WayOf(setting string, dumb bool) (Way, error) {
	switch w := Way(setting); w {
	case Screen:
		if dumb {
			return Plain, nil
		}
		return Screen, nil
	case Plain, Fzf:
		return w, nil
	}
	return "", fault.NewUsage(fmt.Sprintf("AWS_VAULT_PICKER: there is no picker %q", setting), "plain, fzf, or nothing")
}

// Program describes how to run fzf.
type Program struct {
	Look    func(name string) (path string, err error)
	Environ []string
	Screen  *os.File // the terminal on which fzf draws
}

// Choice describes one choice that a person makes.
type Choice struct {
	State    *pick.State
	Way      Way
	Terminal Terminal
	Fzf      Program
	// Later run while the screen is shown. The screen then shows their results.
	Later []func() func()
}

// Make lets the person choose. Afterwards the state holds the choice. If the person chooses
// nothing, Make returns [tty.ErrInterrupted].
func (c Choice) Make(ctx context.Context) error {
	switch c.Way {
	case Plain:
		return c.plainly(ctx)
	case Fzf:
		return c.withFzf(ctx)
	}
	return c.Terminal.Draw(ctx, c.State, pick.Begin, pick.End, c.Later...)
}

// One lets the person choose, and returns the name of the chosen item.
func (c Choice) One(ctx context.Context) (string, error) {
	if err := c.Make(ctx); err != nil {
		return "", err
	}
	name, ok := c.State.Chosen()
	if !ok {
		return "", tty.ErrInterrupted
	}
	return name, nil
}

// mostListed is the largest number of profiles in a list that cannot scroll.
const mostListed = 30

// plainly prints a numbered list and asks a question. It is for terminals that cannot move the
// cursor and for people who use a screen reader.
func (c Choice) plainly(ctx context.Context) error {
	t := c.Terminal
	for {
		lines := c.State.Lines()
		shown := lines[:min(len(lines), mostListed)]
		for i, line := range shown {
			t.Print(fmt.Sprintf("%3d  %s\n", i+1, line))
		}
		if more := len(lines) - len(shown); more > 0 {
			t.Print(fmt.Sprintf("     and %d more\n", more))
		}
		if len(lines) == 0 {
			t.Print("nothing matches\n")
		}
		answer, err := t.Ask(ctx, "Number, or a part of the name: ")
		if err != nil {
			return err
		}
		answer = strings.TrimSpace(answer)
		if answer == "" {
			return tty.ErrInterrupted
		}
		if n, err := strconv.Atoi(answer); err == nil && n >= 1 && n <= len(shown) {
			c.State.Choose(n - 1)
			return nil
		}
		c.State.Search(answer)
		if names := c.State.Matches(); len(names) == 1 || len(names) > 0 && names[0] == answer {
			c.State.Choose(0)
			return nil
		}
	}
}

// withFzf runs the person's own fzf. fzf gets lines that are safe to show, with numbers by
// which it returns the answer.
func (c Choice) withFzf(ctx context.Context) error {
	path, err := c.Fzf.Look("fzf")
	if err != nil {
		return fault.Hinted(errors.New("AWS_VAULT_PICKER is fzf, which is not installed"), "unset AWS_VAULT_PICKER")
	}
	var in bytes.Buffer
	for i, line := range c.State.Lines() {
		fmt.Fprintf(&in, "%d\t%s\n", i, line)
	}
	out, err := process.Output(ctx, process.Program{
		Name:  "fzf",
		Args:  []string{path, "--delimiter=\t", "--with-nth=2..", "--no-multi", "--prompt=profile: ", "--height=40%", "--reverse", "--tiebreak=begin,index"},
		Input: in.Bytes(), Screen: c.Fzf.Screen, Together: true, Environ: c.Fzf.Environ,
	})
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && (exit.ExitCode() == 1 || exit.ExitCode() == int(fault.Interrupted)) {
		return tty.ErrInterrupted // nothing was chosen
	}
	if err != nil {
		return err
	}
	number, _, _ := strings.Cut(string(out), "\t")
	if i, err := strconv.Atoi(number); err == nil && c.State.Choose(i) {
		return nil
	}
	return errors.New("fzf returned something that was not in the list")
}
