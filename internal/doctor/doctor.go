// Package doctor looks for problems: in a shell, the keystores, the AWS files, the
// variables, the clock and the network. It runs its checks in parallel, each with a time
// limit, and knows how to show their findings to the user, to a program, and in a report
// without private data.
//
// [Facts] carries what the checks need to know about this run; keystores and sign-ins are
// interfaces. So the package does not know how a keystore is opened, how AWS is called or
// how a flag is spelled. It asks no questions, and changes something only in
// [Finding.Mend].
package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// State says how bad a finding is.
type State int

// A warning may be intended; with a problem, something will not work.
const (
	OK State = iota
	Note
	Warning
	Problem
)

// String returns the mark at the beginning of a line.
func (s State) String() string { return [...]string{"ok", "-", "!", "x"}[s] }

// Mark is like String for programs; with signs, it uses the signs of a terminal.
func (s State) Mark(signs bool) string {
	switch {
	case signs && s == OK:
		return "✓"
	case signs && s == Problem:
		return "✗"
	}
	return s.String()
}

// MarshalText returns the word for JSON.
func (s State) MarshalText() ([]byte, error) {
	return []byte([...]string{"ok", "note", "warning", "problem"}[s]), nil
}

// Finding is one line of doctor's answer.
type Finding struct {
	State State
	Text  string
	Hint  string // what to do about it; may be empty
	// Aside means that all is well, and few people care: only --verbose shows the finding.
	Aside bool
	// Fix repairs the problem, if that is safe; nil: a person has to.
	Fix func() error
}

// Mend fixes the finding if the person wants that and it is safe, and describes the result. If
// it is safe but not wanted, it adds a hint with the command.
func (f Finding) Mend(wanted bool) (after Finding, fixed bool) {
	switch {
	case f.Fix == nil:
	case !wanted && !strings.Contains(f.Hint, "--fix"):
		f.Hint += "   or: vault doctor --fix"
	case !wanted:
	default:
		if err := f.Fix(); err != nil {
			f.Hint = "not fixed: " + err.Error() + "; " + f.Hint
			return f, false
		}
		f.State, f.Text, f.Hint = OK, "fixed: "+f.Text, ""
		return f, true
	}
	return f, false
}

// Check examines one thing.
type Check struct {
	Name string
	Look func(ctx context.Context) []Finding
}

// Result holds the findings of a check.
type Result struct {
	Check    string
	Findings []Finding
}

// Run runs all checks at once, and returns their findings in order. A check that exceeds limit
// is abandoned, and reported as a finding.
func Run(ctx context.Context, checks []Check, limit time.Duration) []Result {
	results := make([]Result, len(checks))
	var all sync.WaitGroup
	for i, c := range checks {
		all.Go(func() {
			limited, cancel := context.WithTimeout(ctx, limit)
			defer cancel()
			found := make(chan []Finding, 1)
			go func() { found <- c.Look(limited) }()
			results[i].Check = c.Name
			select {
			case results[i].Findings = <-found:
			case <-limited.Done():
				results[i].Findings = []Finding{{State: Warning, Text: fmt.Sprintf("%s: unknown, the check took longer than %v", c.Name, limit)}}
			}
		})
	}
	all.Wait()
	return results
}

// Few returns the first findings of a list, and says how many more there are: each of 10,000
// profiles could have one.
func Few(found []Finding, limit int) []Finding {
	if len(found) <= limit {
		return found
	}
	worst, more := Note, found[limit:]
	for _, f := range more {
		worst = max(worst, f.State)
	}
	return append(slices.Clip(found[:limit]), Finding{State: worst, Text: fmt.Sprintf("and %d more like these", len(more))})
}
