package doctor

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/store"
)

// checkKeystores reports which keystores there are, which one is used, and why earlier ones
// are not.
func (e *Examination) checkKeystores(ctx context.Context) []Finding {
	findings := e.Keystores.Examine(ctx)
	var found []Finding
	if b := e.SessionBackend; b != "" && !slices.Contains(store.Backends(), b) {
		found = append(found, Finding{State: Problem, Text: fmt.Sprintf("AWS_VAULT_SESSION_BACKEND: there is no keystore %q", b),
			Hint: "one of " + strings.Join(store.Backends(), ", ")})
	}
	chosen := slices.IndexFunc(findings, func(f store.Finding) bool { return f.Chosen })
	for i, f := range findings {
		line := keystoreFinding(f, i < chosen && e.Backend == "")
		line.Aside = line.State == Note && (f.Err != nil && !f.Locked || f.Err == nil && f.Keys == 0)
		if line.State == Note && i < chosen && e.Backend == "" && f.Err != nil && f.Took >= KeystoreLimit {
			line.State, line.Aside = Warning, false // each command that opens the keystore waits for it
			line.Hint = "AWS_VAULT_BACKEND=" + findings[chosen].Backend + " avoids the wait"
		}
		found = append(found, line)
	}
	if chosen < 0 {
		found = append(found, Finding{State: Problem, Text: "no keystore can be used, so no key can be stored", Hint: "--backend=file needs only a writable directory"})
	}
	return append(found, e.remembered()...)
}

// remembered compares vault's list of stored keys with the keystore.
func (e *Examination) remembered() []Finding {
	c, err := e.compared()
	switch {
	case err != nil || c.Known == 0:
		return nil
	case len(c.Wrong) > 0:
		return []Finding{{State: Note, Text: fmt.Sprintf("another program added or removed stored keys: vault corrected %s in its list", line.Count(len(c.Wrong), "name"))}}
	}
	return []Finding{{Text: fmt.Sprintf("the list of stored keys that vault remembers is correct: %s", line.Count(c.Known, "name"))}}
}

// keystoreFinding returns the line for one keystore. before means that the keystore comes
// before the one in use, and was passed over.
func keystoreFinding(f store.Finding, before bool) Finding {
	took := "at once"
	if f.Took >= time.Millisecond {
		took = "in " + f.Took.Round(time.Millisecond).String()
	}
	switch {
	case f.Err == nil && f.Chosen:
		return Finding{Text: fmt.Sprintf("keystore %s is used: %s, answers %s", f.Backend, line.Count(f.Keys, "key"), took)}
	case f.Err == nil && f.Keys > 0:
		return Finding{State: Note, Text: fmt.Sprintf("keystore %s: %s, not used; answers %s", f.Backend, line.Count(f.Keys, "key"), took),
			Hint: fmt.Sprintf("--backend=%s uses it; vault migrate-backend --from=%s copies what is in it", f.Backend, f.Backend)}
	case f.Err == nil:
		return Finding{State: Note, Text: fmt.Sprintf("keystore %s: empty, not used; answers %s", f.Backend, took)}
	}
	found := Finding{State: Note, Text: fmt.Sprintf("keystore %s: %s", f.Backend, store.Reason(f.Err))}
	if f.Chosen || f.Locked || before {
		found.Hint = fault.HintOf(f.Err)
	}
	switch {
	case f.Chosen && f.Locked:
		found.State = Warning
	case f.Chosen:
		found.State = Problem
	case before:
		found.Text = fmt.Sprintf("keystore %s was skipped: %s", f.Backend, store.Reason(f.Err))
	}
	return found
}

// checkBus counts the daemons that a keystore library leaves behind if there is no bus.
func (e *Examination) checkBus(context.Context) []Finding {
	if e.Proc == nil {
		return nil
	}
	n := BusDaemons(e.Proc, e.User)
	if n < 2 {
		return []Finding{{Text: "no D-Bus daemons were left behind", Aside: true}}
	}
	return []Finding{{State: Warning, Text: fmt.Sprintf("%d leftover dbus-daemon processes: without a session bus, aws-vault leaves one behind on each run", n),
		Hint: "ps -fC dbus-daemon   lists them; end those that nothing uses. vault starts none"}}
}

// checkQuota checks the kernel's quota of keys, where sessions may be stored.
func (e *Examination) checkQuota(context.Context) []Finding {
	if e.Proc == nil {
		return nil
	}
	text, err := fs.ReadFile(e.Proc, "key-users")
	if err != nil {
		return nil
	}
	if f, known := KeyQuota(string(text), e.User); known {
		f.Aside = f.State == OK
		return []Finding{f}
	}
	return nil
}
