package doctor

import (
	"fmt"
	"slices"
	"strings"

	"awsvault/internal/line"
)

// Report holds the findings of all checks: Text is for people, and JSON for programs.
type Report struct {
	Schema   int     `json:"schema"`
	Version  string  `json:"version"`
	Findings []shown `json:"findings"`
	OK       int     `json:"ok"`
	Warnings int     `json:"warnings"`
	Problems int     `json:"problems"`
}

// shown is a finding in a report.
type shown struct {
	Check   string  `json:"check"`
	State   State   `json:"state"`
	Text    string  `json:"text"`
	Hint    *string `json:"hint"`
	Fixable bool    `json:"fixable"`
	Fixed   bool    `json:"fixed"`
	aside   bool
}

// NewReport makes a report from results. With fix, it fixes what is safe to fix. show makes a
// text safe to display.
func NewReport(version string, results []Result, fix bool, show func(string) string) Report {
	r := Report{Schema: 1, Version: version, Findings: []shown{}}
	for _, result := range results {
		for _, f := range result.Findings {
			s := shown{Check: result.Check, Fixable: f.Fix != nil, aside: f.Aside}
			f, s.Fixed = f.Mend(fix)
			s.State, s.Text = f.State, show(f.Text)
			if hint := show(f.Hint); hint != "" {
				s.Hint = &hint
			}
			r.add(s)
		}
	}
	return r
}

func (r *Report) add(s shown) {
	switch s.State {
	case OK:
		r.OK++
	case Warning:
		r.Warnings++
	case Problem:
		r.Problems++
	}
	r.Findings = append(r.Findings, s)
}

// areas are the sections of the text, with the names of their checks. All other checks are in
// the last section.
var areas = [...]struct {
	title  string
	checks []string
}{
	{"This shell", []string{"program", "hook", "start-up file", "path", "activation", "variables", "settings"}},
	{"Keystores", []string{"keystores", "key ages", "message bus", "kernel keyring"}},
	{"AWS files", []string{"config", "default profile", "profiles", "plaintext keys", "modes", "leftovers", "log"}},
	{"AWS", nil},
}

func areaOf(check string) int {
	for i, a := range areas {
		if slices.Contains(a.checks, check) {
			return i
		}
	}
	return len(areas) - 1
}

// Text returns a line for each finding and one for its hint, by section, and the totals.
// Findings that concern few people are omitted unless all is set. Lines are wrapped to screen
// columns; zero: not wrapped. mark returns the mark of a finding, two columns wide, and head
// the title of a section.
func (r Report) Text(all bool, screen int, mark func(State) string, head func(string) string) string {
	text := &strings.Builder{}
	aside := 0
	for i, area := range areas {
		begun := false
		for _, s := range r.Findings {
			switch {
			case areaOf(s.Check) != i:
				continue
			case s.aside && !all:
				aside++
				continue
			case !begun:
				text.WriteString(head(area.title) + "\n")
				begun = true
			}
			const margin = "     " // as wide as the mark
			said := strings.TrimPrefix(line.Wrap(margin+s.Text, screen, len(margin)), margin)
			fmt.Fprintf(text, "  %s %s\n", mark(s.State), said)
			if s.Hint != nil {
				fmt.Fprintln(text, line.Wrap("       hint: "+*s.Hint, screen, 13))
			}
		}
	}
	sum := fmt.Sprintf("%d ok, %s, %s", r.OK, line.Count(r.Warnings, "warning"), line.Count(r.Problems, "problem"))
	if aside > 0 {
		sum += fmt.Sprintf("; %d more with --verbose", aside)
	}
	return text.String() + line.Wrap(sum, screen, 2) + "\n"
}
