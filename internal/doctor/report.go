package doctor

import (
	"fmt"
	"strings"

	"awsvault/internal/line"
)

// Report is what the checks found, as it is shown: to people as Text, to programs as
// JSON.
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
}

// NewReport reports results. With fix, what is safe to fix is fixed. show makes each
// text fit to be shown.
func NewReport(version string, results []Result, fix bool, show func(string) string) Report {
	r := Report{Schema: 1, Version: version, Findings: []shown{}}
	for _, result := range results {
		for _, f := range result.Findings {
			s := shown{Check: result.Check, Fixable: f.Fix != nil}
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

// Text is a line for each finding, one for its hint, and the numbers.
func (r Report) Text() string {
	text := &strings.Builder{}
	for _, s := range r.Findings {
		fmt.Fprintf(text, "%-3s %s\n", s.State, s.Text)
		if s.Hint != nil {
			fmt.Fprintf(text, "      hint: %s\n", *s.Hint)
		}
	}
	fmt.Fprintf(text, "%d ok, %s, %s\n", r.OK, line.Count(r.Warnings, "warning"), line.Count(r.Problems, "problem"))
	return text.String()
}
