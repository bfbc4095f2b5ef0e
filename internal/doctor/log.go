package doctor

import (
	"context"
	"errors"
	"fmt"

	"awsvault/internal/disk"
	"awsvault/internal/journal"
)

// checkLog finds a log to which no session can be added. Commands that get a session do not
// warn, because they would do so each time.
func (e *Examination) checkLog(context.Context) []Finding {
	path := journal.Path(e.Places.State)
	switch {
	case e.Places.State == "": // no home directory is known, which another check reports
		return nil
	case e.Environ[journal.Variable] == "off":
		return []Finding{{Text: "no session is logged: " + journal.Variable + "=off", Aside: true}}
	}
	err := journal.Check(e.Places.State)
	foreign := (*journal.ForeignError)(nil)
	switch {
	case errors.As(err, &foreign):
		return []Finding{{State: Warning, Text: "no session is logged: " + e.Tilde(foreign.Path) + " " + foreign.Flaw, Hint: "rm " + wordOf(Path{Path: foreign.Path, Shown: e.Tilde(foreign.Path)}) + "   the next session creates it"}}
	case err != nil:
		return []Finding{{State: Warning, Text: fmt.Sprintf("no session is logged: %s cannot be written: %v", e.Tilde(path), disk.Cause(err))}}
	}
	return []Finding{{Text: "vault log shows which sessions were issued", Aside: true}}
}
