package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// table is what is printed: what, median, least, ratio, budget, verdict.
type table struct {
	out   io.Writer
	w     *tabwriter.Writer
	over  int
	notes []string
}

func newTable(out io.Writer) *table {
	t := &table{out: out, w: tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)}
	fmt.Fprintln(t.w, "what\tmedian ms\tleast ms\tratio\tbudget\t")
	return t
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()*1000) }

func ms1(d time.Duration) float64 { return d.Seconds() * 1000 }

func (t *table) verdict(within bool) string {
	if within {
		return "ok"
	}
	t.over++
	return "OVER"
}

func (t *table) time(s *subject) {
	budget, verdict := "", ""
	if s.budget > 0 {
		budget, verdict = fmt.Sprintf("%.1f", s.budget), t.verdict(s.ratio() <= s.budget)
	}
	fmt.Fprintf(t.w, "%s\t%s\t%s\t%.2f\t%s\t%s\n", s.name, ms(s.median()), ms(s.least()), s.ratio(), budget, verdict)
}

// prompt is the cost of a quiet prompt beside that of one $(/bin/true), and of
// direnv's prompt.
func (t *table) prompt(p prompt) {
	const process, direnv = 1. / 5, 1. / 20
	ratio := float64(p.quiet) / float64(p.process)
	fmt.Fprintf(t.w, "quiet prompt, %s, %s\t%.3f\t\t%.2f\t%.1f\t%s\n", p.shell, p.state, p.quiet.Seconds()*1000, ratio, process, t.verdict(ratio <= process))
	if p.direnv > 0 {
		ratio := float64(p.quiet) / float64(p.direnv)
		fmt.Fprintf(t.w, "  direnv's, beside it\t%.3f\t\t%.3f\t%.2f\t%s\n", p.direnv.Seconds()*1000, ratio, direnv, t.verdict(ratio <= direnv))
	}
}

// figure is a number with a limit.
func (t *table) figure(name string, got, most float64, decimals int) {
	fmt.Fprintf(t.w, "%s\t%.*f\t\t\t%.0f\t%s\n", name, decimals, got, most, t.verdict(got <= most))
}

func (t *table) note(text string) { t.notes = append(t.notes, text) }

// print prints the table and reports whether everything is within its budget.
func (t *table) print() bool {
	t.w.Flush()
	fmt.Fprintln(t.out)
	for _, n := range t.notes {
		fmt.Fprintln(t.out, n)
	}
	return t.over == 0
}
