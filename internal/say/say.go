package say

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/env"
	"awsvault/internal/line"
)

// NoRegion stands where a region would: AWS tools then ask for one.
const NoRegion = "no region"

// OK is the mark of what went well, as a terminal with those variables can show it. POSIX:
// LC_ALL, then LC_CTYPE, then LANG.
func OK(vars env.Vars) string {
	locale := strings.ToLower(cmp.Or(vars["LC_ALL"], vars["LC_CTYPE"], vars["LANG"]))
	utf8 := strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
	if utf8 && vars["TERM"] != "dumb" && vars["TERM"] != "linux" {
		return "✓"
	}
	return "ok"
}

// Dots stand behind what goes on, as a terminal with those variables can show them.
func Dots(vars env.Vars) string {
	if OK(vars) == "✓" {
		return "…"
	}
	return "..."
}

// Active is the line that says what is active now, below a mark.
func Active(mark string, t env.Target, now time.Time) string {
	parts := []string{mark, t.Profile}
	if t.About.Narrowed != "" {
		parts = append(parts, Narrowed(t.About.Narrowed))
	}
	if id := t.About.Who(); id != "" {
		parts = append(parts, id)
	}
	if account := Account(t.About, t.Credentials.AccessKeyID); account != "" {
		parts = append(parts, account)
	}
	parts = append(parts, cmp.Or(t.Region, NoRegion))
	switch {
	case t.ByProfile:
		return strings.Join(append(parts, "by AWS_PROFILE"), "  ")
	case t.About.Served && t.About.Via == "":
		return strings.Join(append(parts, Attended), "  ")
	}
	return strings.Join(append(parts, Lasts(t.Credentials.SessionToken, t.Credentials.Expires, now)), "  ")
}

// Attended is until when a command has credentials beside whose server vault stays.
const Attended = "renewed while this command runs"

// Account is the account of an activation. That of a user's own key stands in the key's
// id, which is good enough to show, and decides nothing.
func Account(about env.About, keyID string) string {
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
func Lasts(token string, t, now time.Time) string {
	if token != "" && t.IsZero() {
		return "expires at an unknown time"
	}
	return Expiry(t, now)
}

// Expiry says until when, in the person's own time, and how long that is.
func Expiry(t, now time.Time) string {
	if t.IsZero() {
		return "does not expire"
	}
	left := t.Sub(now)
	if left <= 0 {
		return fmt.Sprintf("expired %s ago", line.Rounded(-left))
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

// Row writes a label and a value, if there is one.
func Row(w io.Writer, label, value, note string) {
	if value == "" {
		return
	}
	if note != "" {
		note = "   (" + line.Printable(note) + ")"
	}
	fmt.Fprintf(w, "%-9s %s%s\n", label, line.Printable(value), note)
}
