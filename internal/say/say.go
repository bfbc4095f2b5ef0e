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

// NoRegion is shown in place of a missing region. AWS tools then ask for one.
const NoRegion = "no region"

// OK returns the mark for success that a terminal with those variables can show. By POSIX,
// LC_ALL precedes LC_CTYPE, and LC_CTYPE precedes LANG.
func OK(vars env.Vars) string {
	locale := strings.ToLower(cmp.Or(vars["LC_ALL"], vars["LC_CTYPE"], vars["LANG"]))
	utf8 := strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
	if utf8 && vars["TERM"] != "dumb" && vars["TERM"] != "linux" {
		return "✓"
	}
	return "ok"
}

// Dots returns the dots after a running action, in a form that a terminal with those variables
// can show.
func Dots(vars env.Vars) string {
	if OK(vars) == "✓" {
		return "…"
	}
	return "..."
}

// Active returns the line about the active profile, after a mark.
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

// Attended takes the place of the expiry for a command that vault stays with as its credential
// server.
const Attended = "renewed while this command runs"

// Account returns the account of an activation. For a user's own key it decodes the account
// from the key's id, which is good enough to show and decides nothing.
func Account(about env.About, keyID string) string {
	if about.Account != "" {
		return about.Account
	}
	account, _ := aws.AccountOf(keyID)
	return account
}

// Narrowed describes how a session is narrowed, given its mark in a prompt.
func Narrowed(mark string) string {
	if mark == "ro" {
		return "read-only"
	}
	return mark
}

// Lasts is Expiry for credentials. A session always ends, even if its source did not say when.
func Lasts(token string, t, now time.Time) string {
	if token != "" && t.IsZero() {
		return "expires at an unknown time"
	}
	return Expiry(t, now)
}

// Expiry says when something expires, in the person's own time zone, and how much time is
// left.
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

// Row writes a label and a value, unless the value is empty.
func Row(w io.Writer, label, value, note string) {
	if value == "" {
		return
	}
	if note != "" {
		note = "   (" + line.Printable(note) + ")"
	}
	fmt.Fprintf(w, "%-9s %s%s\n", label, line.Printable(value), note)
}
