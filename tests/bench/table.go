package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// table is what is printed: what, median, least, ratio, budget, verdict.
type table struct {
	out   io.Writer
	w     *tabwriter.Writer
	slack float64
	over  []string // beyond slack times their budget
	notes []string
}

func newTable(out io.Writer, slack float64) *table {
	t := &table{out: out, w: tabwriter.NewWriter(out, 0, 0, 2, ' ', 0), slack: slack}
	fmt.Fprintln(t.w, "what\tmedian ms\tleast ms\tratio\tbudget\t")
	return t
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()*1000) }

func (t *table) verdict(name string, got, budget float64) string {
	if got > budget*t.slack {
		t.over = append(t.over, strings.TrimSpace(name))
	}
	if got > budget {
		return "OVER"
	}
	return "ok"
}

func (t *table) time(s *subject) {
	budget, verdict := "", ""
	if s.budget > 0 {
		budget, verdict = fmt.Sprintf("%.1f", s.budget), t.verdict(s.name, s.ratio(), s.budget)
	}
	fmt.Fprintf(t.w, "%s\t%s\t%s\t%.2f\t%s\t%s\n", s.name, ms(s.median()), ms(s.least()), s.ratio(), budget, verdict)
}

// prompt is the cost of a quiet prompt beside that of one $(/bin/true).
func (t *table) prompt(p prompt) {
	const budget = 1. / 10
	name := fmt.Sprintf("%s, %s, %s", quietPrompt, p.shell, p.state)
	fmt.Fprintf(t.w, "%s\t%.3f\t\t%.3f\t%.2f\t%s\n", name, p.quiet.Seconds()*1000, p.ratio, budget, t.verdict(name, p.ratio, budget))
}

// figure is a number with a limit.
func (t *table) figure(name string, got, most float64, decimals int) {
	fmt.Fprintf(t.w, "%s\t%.*f\t\t\t%.0f\t%s\n", name, decimals, got, most, t.verdict(name, got, most))
}

func (t *table) note(text string) { t.notes = append(t.notes, text) }

func (t *table) print() {
	t.w.Flush()
	fmt.Fprintln(t.out)
	for _, n := range t.notes {
		fmt.Fprintln(t.out, n)
	}
}
