package front

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"awsvault/internal/aws"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// Printable makes a text that may hold anything (names, paths, what a server said)
// safe to print on a terminal.
func Printable(s string) string { return line.Printable(s) }

// Report prints an error, one line and perhaps a hint, and returns the exit status.
// It is the only place that prints errors.
func (w *World) Report(err error) int {
	status := int(fault.KindOf(err))
	if err == nil || fault.IsSilent(err) || status == int(fault.Interrupted) {
		return status
	}
	text := func(s string) string { return line.Quotes(Printable(w.Named(s))) }
	if w.wantsJSON() {
		io.WriteString(w.Stderr, errorJSON(text(err.Error()), text(fault.HintOf(err)), status))
		return status
	}
	io.WriteString(w.Stderr, w.ink(w.Stderr).failed(w.Called(), text(err.Error()), text(fault.HintOf(err))))
	return status
}

// noRegion stands where a region would: AWS tools then ask for one.
const noRegion = "no region"

// Renewed is the line that says what has been renewed.
func (w *World) Renewed(t env.Target) string {
	t.Profile = "renewed " + t.Profile
	return w.Activated(t)
}

// Activated is the line that says what is active now.
func (w *World) Activated(t env.Target) string {
	parts := []string{w.OK(), t.Profile}
	if t.About.Narrowed != "" {
		parts = append(parts, Narrowed(t.About.Narrowed))
	}
	if id := Who(t.About); id != "" {
		parts = append(parts, id)
	}
	if account := accountOf(t.About, t.Credentials.AccessKeyID); account != "" {
		parts = append(parts, account)
	}
	parts = append(parts, cmp.Or(t.Region, noRegion))
	if t.ByProfile {
		return strings.Join(append(parts, "by AWS_PROFILE"), "  ")
	}
	return strings.Join(append(parts, w.Lasts(t.Credentials.SessionToken, t.Credentials.Expires)), "  ")
}

// accountOf is the account of an activation. That of a user's own key stands in the key's
// id, which is good enough to show, and decides nothing.
func accountOf(about env.About, keyID string) string {
	if about.Account != "" {
		return about.Account
	}
	account, _ := aws.AccountOf(keyID)
	return account
}

// Narrowed says in a word how a session is narrowed, by its mark in a prompt.
func Narrowed(mark string) string {
	if mark == "ro" {
		return "read-only"
	}
	return mark
}

// Lasts is Expiry for credentials. Those of a session end, even where what delivered
// them did not say when.
func (w *World) Lasts(token string, t time.Time) string {
	if token != "" && t.IsZero() {
		return "expires at an unknown time"
	}
	return w.Expiry(t)
}

// Expiry says until when, in the person's own time, and how long that is.
func (w *World) Expiry(t time.Time) string {
	if t.IsZero() {
		return "does not expire"
	}
	now := w.Now()
	left := t.Sub(now)
	if left <= 0 {
		return fmt.Sprintf("expired %s ago", Brief(-left))
	}
	clock := t.Local().Format("15:04")
	switch {
	case left >= 6*24*time.Hour:
		clock = t.Local().Format("2006-01-02")
	case left >= 24*time.Hour:
		clock = t.Local().Format("Mon 15:04")
	}
	return fmt.Sprintf("expires %s (%s)", clock, line.Left(left))
}

// Brief is a duration in at most two units, rounded.
func Brief(d time.Duration) string { return line.Rounded(d) }

// Who is a short name of the user or role that the credentials are of.
func Who(about env.About) string { return about.Who() }

// Identity shortens an ARN to role/NAME or user/NAME.
func Identity(arn string) string { return env.About{ARN: arn}.Who() }

// Row writes a label and a value, if there is one.
func Row(w io.Writer, label, value, note string) {
	if value == "" {
		return
	}
	if note != "" {
		note = "   (" + Printable(note) + ")"
	}
	fmt.Fprintf(w, "%-9s %s%s\n", label, Printable(value), note)
}

// Counted is a number of things.
func Counted(n int, what string) string { return line.Count(n, what) }

// Optional is a text, or nil if it is empty.
func Optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// PrintJSON prints a document. JSON lets every character but C0 stand as it is; a
// terminal may take some of the others for an order, so they are escaped.
func (w *World) PrintJSON(v any) error {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := io.WriteString(w.Stdout, escapeJSON(b.String()))
	return err
}

// escapeJSON escapes characters that cannot be seen, in a document that is valid.
func escapeJSON(text string) string {
	hidden := func(r rune) bool { return r > '~' && !unicode.IsPrint(r) }
	last := len(text) - 1
	for last >= 0 && text[last] <= '~' { // as nearly always, all of it
		last--
	}
	if last < 0 || strings.IndexFunc(text, hidden) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if !hidden(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, "\\u%04x", unit)
		}
	}
	return b.String()
}
