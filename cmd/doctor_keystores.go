package cmd

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"awsvault/cmd/front"
	"awsvault/internal/doctor"
	"awsvault/internal/fault"
	"awsvault/internal/store"
)

// checkKeystores says which keystores there are, which is the chosen one, and why
// not one that comes before it.
func (e *examination) checkKeystores(ctx context.Context) []doctor.Finding {
	findings := store.Open(e.quietStore()).Examine(ctx)
	var found []doctor.Finding
	if b := e.globals.SessionBackend; b != "" && !slices.Contains(store.Backends(), b) {
		found = append(found, doctor.Finding{State: doctor.Problem, Text: fmt.Sprintf("AWS_VAULT_SESSION_BACKEND: there is no keystore %q", b),
			Hint: "one of " + strings.Join(store.Backends(), ", ")})
	}
	chosen := slices.IndexFunc(findings, func(f store.Finding) bool { return f.Chosen })
	for i, f := range findings {
		line := keystoreFinding(f, i < chosen && e.globals.Backend == "")
		if line.State == doctor.Note && i < chosen && e.globals.Backend == "" && f.Err != nil && f.Took >= keystoreLimit {
			line.State = doctor.Warning // each command that opens the keystore waits for it
			line.Hint = "AWS_VAULT_BACKEND=" + findings[chosen].Backend + " spares the waiting"
		}
		found = append(found, line)
	}
	if chosen < 0 {
		found = append(found, doctor.Finding{State: doctor.Problem, Text: "no keystore can be used, so no key can be stored", Hint: "--backend=file needs nothing but a directory that can be written"})
	}
	return append(found, e.remembered()...)
}

// remembered compares what vault remembers of the keystore with what that says.
func (e *examination) remembered() []doctor.Finding {
	c, err := e.compared()
	switch {
	case err != nil || c.Known == 0:
		return nil
	case len(c.Wrong) > 0:
		return []doctor.Finding{{State: doctor.Note, Text: fmt.Sprintf("another program added or removed stored keys: vault remembered %s wrongly, and knows now", front.Counted(len(c.Wrong), "name"))}}
	}
	return []doctor.Finding{{Text: fmt.Sprintf("what vault remembers of stored keys is right: %s", front.Counted(c.Known, "name"))}}
}

// keystoreFinding is the line of one keystore. before: it comes before the one
// that is used, and was passed over.
func keystoreFinding(f store.Finding, before bool) doctor.Finding {
	took := "at once"
	if f.Took >= time.Millisecond {
		took = "in " + f.Took.Round(time.Millisecond).String()
	}
	switch {
	case f.Err == nil && f.Chosen:
		return doctor.Finding{Text: fmt.Sprintf("keystore %s is used: %s, answers %s", f.Backend, front.Counted(f.Keys, "key"), took)}
	case f.Err == nil && f.Keys > 0:
		return doctor.Finding{State: doctor.Note, Text: fmt.Sprintf("keystore %s: %s, not used; answers %s", f.Backend, front.Counted(f.Keys, "key"), took),
			Hint: fmt.Sprintf("--backend=%s uses it; vault migrate-backend --from=%s copies what is in it", f.Backend, f.Backend)}
	case f.Err == nil:
		return doctor.Finding{State: doctor.Note, Text: fmt.Sprintf("keystore %s: empty, not used; answers %s", f.Backend, took)}
	}
	found := doctor.Finding{State: doctor.Note, Text: fmt.Sprintf("keystore %s: %s", f.Backend, store.Reason(f.Err))}
	if f.Chosen || f.Locked || before {
		found.Hint = fault.HintOf(f.Err)
	}
	switch {
	case f.Chosen && f.Locked:
		found.State = doctor.Warning
	case f.Chosen:
		found.State = doctor.Problem
	case before:
		found.Text = fmt.Sprintf("keystore %s was passed over: %s", f.Backend, store.Reason(f.Err))
	}
	return found
}

// checkBus counts the daemons that a keystore library leaks where there is no bus.
func (e *examination) checkBus(context.Context) []doctor.Finding {
	if runtime.GOOS != "linux" {
		return nil
	}
	n := doctor.BusDaemons(os.DirFS("/proc"), os.Getuid())
	if n < 2 {
		return []doctor.Finding{{Text: "no message buses were left behind"}}
	}
	return []doctor.Finding{{State: doctor.Warning, Text: fmt.Sprintf("%d message buses of dbus-launch run, as aws-vault leaves one each time where there is no session bus", n),
		Hint: "look with: ps -fC dbus-daemon   and end those that nothing uses; this program starts none"}}
}

// checkQuota looks at the kernel's room for keys, where sessions may go.
func (e *examination) checkQuota(context.Context) []doctor.Finding {
	text, err := os.ReadFile("/proc/key-users")
	if err != nil {
		return nil
	}
	if f, known := doctor.KeyQuota(string(text), os.Getuid()); known {
		return []doctor.Finding{f}
	}
	return nil
}
