package cmd

import (
	"fmt"
	"strings"

	"awsvault/cmd/front"
	"awsvault/cmd/instant"
	"awsvault/internal/doctor"
	"awsvault/internal/fault"
)

// DoctorCmd looks for what is wrong.
type DoctorCmd struct {
	JSON   bool   `name:"json" help:"Print one JSON object."`
	Report bool   `help:"Without names, ids, and paths in your home: to paste into an issue."`
	Fix    bool   `help:"Fix what is safe to fix: file permissions and leftover temporary files."`
	Hook   string `hidden:"" help:"What the hook says of itself."`
}

// Help is the second part of `vault doctor --help`.
func (DoctorCmd) Help() string {
	return `Looks at this shell, the keystores, the AWS files, the variables, the clock and the
network, and says in a line each what is good, a warning (!) or a problem (x).
Asks no questions, changes nothing without --fix, and takes 2 seconds at most.
Exit status 1 if there is a problem.

  vault doctor
  vault doctor --fix
  vault doctor --report`
}

type doctorJSON struct {
	Schema   int           `json:"schema"`
	Version  string        `json:"version"`
	Findings []findingJSON `json:"findings"`
	OK       int           `json:"ok"`
	Warnings int           `json:"warnings"`
	Problems int           `json:"problems"`
}

type findingJSON struct {
	Check   string       `json:"check"`
	State   doctor.State `json:"state"`
	Text    string       `json:"text"`
	Hint    *string      `json:"hint"`
	Fixable bool         `json:"fixable"`
	Fixed   bool         `json:"fixed"`
}

// Run prints what the checks found.
func (c *DoctorCmd) Run(a *App) error {
	e := doctor.New(a.ctx, a.facts(c.Hook))
	results := doctor.Run(a.ctx, e.Checks(), doctor.Limit)
	if a.ctx.Err() != nil {
		return a.ctx.Err()
	}
	show := front.Printable
	if c.Report {
		scrubber := doctor.Scrubber{Home: a.Home(), Names: e.Names()}
		show = func(text string) string { return front.Printable(scrubber.Scrub(text)) }
	}
	doc := doctorJSON{Schema: 1, Version: instant.Version, Findings: []findingJSON{}}
	for _, r := range results {
		for _, f := range r.Findings {
			shown := findingJSON{Check: r.Check, Fixable: f.Fix != nil}
			f, shown.Fixed = f.Mend(c.Fix)
			shown.State, shown.Text, shown.Hint = f.State, show(f.Text), front.Optional(show(f.Hint))
			doc.add(shown)
		}
	}
	var err error
	if c.JSON {
		err = a.PrintJSON(doc)
	} else {
		_, err = a.Stdout.WriteString(doc.text())
	}
	if err == nil && doc.Problems > 0 {
		err = fault.Silent(fault.Failed)
	}
	return err
}

func (d *doctorJSON) add(f findingJSON) {
	switch f.State {
	case doctor.OK:
		d.OK++
	case doctor.Warning:
		d.Warnings++
	case doctor.Problem:
		d.Problems++
	}
	d.Findings = append(d.Findings, f)
}

func (d doctorJSON) text() string {
	text := &strings.Builder{}
	for _, f := range d.Findings {
		fmt.Fprintf(text, "%-3s %s\n", f.State, f.Text)
		if f.Hint != nil {
			fmt.Fprintf(text, "      hint: %s\n", *f.Hint)
		}
	}
	fmt.Fprintf(text, "%d ok, %s, %s\n", d.OK, front.Counted(d.Warnings, "warning"), front.Counted(d.Problems, "problem"))
	return text.String()
}
