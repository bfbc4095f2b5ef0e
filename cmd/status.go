package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"awsvault/internal/env"
	"awsvault/internal/fault"
)

// StatusCmd shows what is active.
type StatusCmd struct {
	JSON  bool `name:"json" help:"Print one JSON object."`
	Check bool `help:"Print nothing: status 0 if something is active and good, else 1."`
}

// Help is the second part of `vault status --help`.
func (StatusCmd) Help() string {
	return `What is active in this shell, who it is, and until when. Asks nobody: neither
AWS nor the keystore.

  vault status
  vault status --check || vault use dev`
}

type statusJSON struct {
	Schema   int         `json:"schema"`
	Active   *activeJSON `json:"active"`
	Previous *string     `json:"previous"`
	Foreign  []string    `json:"foreign"`
}

type activeJSON struct {
	Profile string     `json:"profile"`
	Account *string    `json:"account"`
	ARN     *string    `json:"arn"`
	Region  *string    `json:"region"`
	Expires *time.Time `json:"expires"`
	Expired bool       `json:"expired"`
	Origin  originJSON `json:"origin"`
	Changed []string   `json:"changed"`
}

type originJSON struct {
	Kind string  `json:"kind"`
	Path *string `json:"path"`
}

// Run prints the status.
func (c *StatusCmd) Run(a *App) error {
	s := a.active()
	expires, expired := a.expires()
	if c.Check {
		if !s.Active() || expired {
			return fault.Silent(fault.Failed)
		}
		return nil
	}
	if c.JSON {
		return a.statusJSON(s, expires, expired)
	}
	out := &strings.Builder{}
	if !s.Active() {
		fmt.Fprintln(out, "No profile is active in this shell.")
	} else {
		origin := "by hand"
		if len(s.About.Origin) > 0 {
			origin = "from " + a.tilde(string(s.About.Origin))
		}
		row(out, "Profile", s.Profile, origin)
		row(out, "Identity", s.About.ARN, "")
		if s.About.Role != "" {
			row(out, "Identity", who(s.About), "account "+s.About.Account+", by IAM Identity Center")
		}
		row(out, "Region", a.environ["AWS_REGION"], s.About.RegionFrom)
		row(out, "Expires", strings.TrimPrefix(a.expiry(expires), "expires "), "")
		if s.Previous != "" {
			row(out, "Previous", s.Previous, "vault use -")
		}
		if changed := env.Changed(a.environ, s); len(changed) > 0 {
			row(out, "Changed", strings.Join(changed, ", "), "by you; vault off leaves them")
		}
	}
	if foreign := env.Foreign(a.environ, s); len(foreign) > 0 {
		fmt.Fprintf(out, "! %s: set, but not by vault\n", strings.Join(foreign, ", "))
	}
	_, err := a.stdout.WriteString(out.String())
	return err
}

func row(w io.Writer, label, value, note string) {
	if value == "" {
		return
	}
	if note != "" {
		note = "   (" + oneLine(note) + ")"
	}
	fmt.Fprintf(w, "%-9s %s%s\n", label, oneLine(value), note)
}

// expires reads until when the credentials in this shell are good.
func (a *App) expires() (t time.Time, expired bool) {
	t, err := time.Parse(time.RFC3339, a.environ["AWS_CREDENTIAL_EXPIRATION"])
	if err != nil {
		return time.Time{}, false
	}
	return t, !t.After(a.now())
}

func (a *App) statusJSON(s env.State, expires time.Time, expired bool) error {
	doc := statusJSON{Schema: 1, Previous: optional(s.Previous), Foreign: env.Foreign(a.environ, s)}
	if s.Active() {
		origin := originJSON{Kind: "manual"}
		if p := string(s.About.Origin); p != "" {
			origin = originJSON{Kind: "directory", Path: &p}
		}
		doc.Active = &activeJSON{
			Profile: s.Profile, Account: optional(s.About.Account), ARN: optional(s.About.ARN),
			Region: optional(a.environ["AWS_REGION"]), Expired: expired, Origin: origin, Changed: env.Changed(a.environ, s),
		}
		if !expires.IsZero() {
			utc := expires.UTC()
			doc.Active.Expires = &utc
		}
	}
	return a.printJSON(doc)
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (a *App) printJSON(v any) error {
	e := json.NewEncoder(a.stdout)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
