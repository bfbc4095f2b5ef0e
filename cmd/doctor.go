package cmd

import (
	"strings"

	"awsvault/cmd/instant"
	"awsvault/internal/doctor"
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/say"
)

// DoctorCmd looks for problems.
type DoctorCmd struct {
	JSON    bool   `name:"json" help:"Print one JSON object."`
	Report  bool   `help:"Without names, ids, and paths in your home: to paste into an issue."`
	Fix     bool   `help:"Fix what is safe to fix: file permissions and leftover temporary files."`
	Verbose bool   `help:"Show everything, unused keystores too (-v)."`
	Hook    string `hidden:"" help:"What the hook says of itself."`
}

// Run runs the checks and prints their findings.
func (c *DoctorCmd) Run(a *App) error {
	e := doctor.New(a.ctx, a.facts(c.Hook))
	results := doctor.Run(a.ctx, e.Checks(), doctor.Limit)
	if a.ctx.Err() != nil {
		return a.ctx.Err()
	}
	show := func(text string) string { return line.Printable(a.Named(text)) }
	if c.Report {
		scrubber := doctor.Scrubber{Home: a.Home(), Names: e.Names()}
		show = func(text string) string { return line.Printable(scrubber.Scrub(a.Named(text))) }
	}
	doc := doctor.NewReport(instant.Version, results, c.Fix, show)
	var err error
	if c.JSON {
		err = a.PrintJSON(doc)
	} else {
		_, err = a.Stdout.WriteString(doc.Text(c.Verbose || c.Report, a.Screen(), a.doctorsMark, func(text string) string { return a.Inked(say.Bold, text) }))
	}
	if err == nil && doc.Problems > 0 {
		err = fault.Silent(fault.Failed)
	}
	return err
}

// doctorsMark returns the mark of a finding, two columns wide. Programs get ok and x.
func (a *App) doctorsMark(s doctor.State) string {
	mark := s.Mark(a.OK() == "✓" && a.Screen() > 0)
	blanks := strings.Repeat(" ", 2-line.Width(mark))
	if colour := map[doctor.State]string{doctor.OK: say.Green, doctor.Warning: say.Yellow, doctor.Problem: say.Red}[s]; colour != "" {
		mark = a.Inked(colour, mark)
	}
	return mark + blanks
}
