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

// State is how bad a finding is.
type State int

// A warning may be intended; a problem will not work.
const (
	OK State = iota
	Note
	Warning
	Problem
)

// String is the mark in front of a line.
func (s State) String() string { return [...]string{"ok", "-", "!", "x"}[s] }

// Mark is String for programs, and for a terminal that has the signs a sign.
func (s State) Mark(signs bool) string {
	switch {
	case signs && s == OK:
		return "✓"
	case signs && s == Problem:
		return "✗"
	}
	return s.String()
}

// MarshalText is the word in JSON.
func (s State) MarshalText() ([]byte, error) {
	return []byte([...]string{"ok", "note", "warning", "problem"}[s]), nil
}

// Finding is one line of the answer.
type Finding struct {
	State State
	Text  string
	Hint  string // what can be done; may be empty
	// Aside: it is as it should be, and concerns few: only a person who asks for all
	// is shown it.
	Aside bool
	// Fix mends it, where that is safe; nil: a person has to.
	Fix func() error
}

// Mend fixes the finding, if it is wanted and safe, and says what has become of it.
// Where it is only safe, the hint says how to have it fixed.
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

// Check looks at one thing.
type Check struct {
	Name string
	Look func(ctx context.Context) []Finding
}

// Result is what a check found.
type Result struct {
	Check    string
	Findings []Finding
}

// Run runs all checks at once, and returns what they found in their order. One
// that has not ended after limit is left behind, and that is what is found.
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

// Few shows the first findings of a list, and says how many there are more: of
// 10,000 profiles, each could have one.
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
