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

// Terminal is what the person is at.
type Terminal interface {
	Print(text string)
	Ask(ctx context.Context, prompt string) (string, error)
	Draw(ctx context.Context, d tty.Drawing, begin, end string, later ...func() func()) error
}

// Way is how a person chooses.
type Way string

// The ways, as AWS_VAULT_PICKER names them.
const (
	Screen Way = ""
	Plain  Way = "plain"
	Fzf    Way = "fzf"
)

// WayOf is the way that a setting names. Without one it is the screen, unless the
// terminal cannot move its cursor.
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

// Program is how fzf is run.
type Program struct {
	Look    func(name string) (path string, err error)
	Environ []string
	Screen  *os.File // where fzf draws
}

// Choice is a choice to be made.
type Choice struct {
	State    *pick.State
	Way      Way
	Terminal Terminal
	Fzf      Program
	// Later are run while the screen is shown, which shows what they find out.
	Later []func() func()
}

// Make has the person choose. Afterwards the state has what was chosen. A person who
// chooses nothing is an [tty.ErrInterrupted].
func (c Choice) Make(ctx context.Context) error {
	switch c.Way {
	case Plain:
		return c.plainly(ctx)
	case Fzf:
		return c.withFzf(ctx)
	}
	return c.Terminal.Draw(ctx, c.State, pick.Begin, pick.End, c.Later...)
}

// One has the person choose, and is the name of what they have chosen.
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

// mostListed is how many profiles a list has that cannot be scrolled.
const mostListed = 30

// plainly is for terminals that cannot move the cursor, and for people who hear the
// screen: a numbered list, and a question.
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

// withFzf has the person's own fzf do it. fzf gets numbers, by which the answer comes
// back, and lines that are safe to show.
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
