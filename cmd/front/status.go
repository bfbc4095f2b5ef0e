package front

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"awsvault/internal/env"
	"awsvault/internal/fault"
)

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
	// Via is how programs get credentials: env, server or profile.
	Via string `json:"via"`
	// Narrowed is "ro" for a session that reads only, "narrowed" for another policy.
	Narrowed *string `json:"narrowed"`
}

type originJSON struct {
	Kind string  `json:"kind"`
	Path *string `json:"path"`
}

// Status prints what is active; with check nothing, but it fails if that is not good.
func (w *World) Status(asJSON, check bool) error {
	s := w.Active()
	expires, expired := w.Expires()
	if check {
		if !s.Active() || expired {
			return fault.Silent(fault.Failed)
		}
		return nil
	}
	if asJSON {
		return w.statusJSON(s, expires, expired)
	}
	out := &strings.Builder{}
	if !s.Active() {
		fmt.Fprintln(out, "No profile is active in this shell.")
	} else {
		origin := "vault use"
		if s.About.Exec {
			origin = "vault exec"
		}
		if len(s.About.Origin) > 0 {
			origin = "from " + w.Tilde(string(s.About.Origin))
		}
		if env.Taken(w.Environ, s) {
			origin = "its keys were changed by you: this shell is no longer " + s.Profile
		}
		if !s.Authentic {
			origin = "not confirmed: a shell of yours has not written it, or its key is lost"
		}
		Row(out, "Profile", s.Profile, origin)
		Row(out, "Narrowed", Narrowed(s.About.Narrowed), strings.Join(narrowedBy(s.About), ", "))
		w.whoAndWhere(out, s)
		w.served(out, s)
		w.until(out, s, expires)
		if s.Previous != "" && s.Previous != s.Profile {
			Row(out, "Previous", s.Previous, "vault use -")
		}
		if changed := env.Changed(w.Environ, s); len(changed) > 0 {
			Row(out, "Changed", strings.Join(changed, ", "), "by you; vault off leaves them")
		}
	}
	if foreign := env.Foreign(w.Environ, s); len(foreign) > 0 {
		fmt.Fprintf(out, "%s %s: set, but not by vault\n", w.ink(w.Stdout).paint(yellow, "!"), strings.Join(foreign, ", "))
		if s.Active() && slices.Contains(foreign, "AWS_PROFILE") {
			fmt.Fprintf(out, "  AWS_PROFILE is %s: %s\n", Printable(w.Environ["AWS_PROFILE"]), Printable(env.ProfileBeside(s.Profile)))
		}
	}
	_, err := w.Stdout.WriteString(w.Named(out.String()))
	return err
}

// whoAndWhere prints whose the credentials are, and the region.
func (w *World) whoAndWhere(out io.Writer, s env.State) {
	note := ""
	keyID := ""
	if !env.Taken(w.Environ, s) {
		keyID = w.Environ["AWS_ACCESS_KEY_ID"]
	}
	if account := accountOf(s.About, keyID); account != "" && s.About.ARN == "" {
		note = "account " + account
	}
	if s.About.Role != "" {
		note += ", via IAM Identity Center"
	}
	Row(out, "Identity", cmp.Or(s.About.ARN, Who(s.About)), strings.TrimPrefix(note, ", "))
	region, from := w.Environ["AWS_REGION"], s.About.RegionFrom
	switch {
	case slices.Contains(env.Changed(w.Environ, s), "AWS_REGION"):
		from = changedByYou
	case region == "":
		from = "vault region REGION sets one"
	}
	Row(out, "Region", cmp.Or(region, noRegion), from)
}

// until prints when the credentials expire.
func (w *World) until(out io.Writer, s env.State, expires time.Time) {
	note := ""
	if slices.Contains(env.Changed(w.Environ, s), "AWS_CREDENTIAL_EXPIRATION") {
		note = changedByYou
	}
	lasts := strings.TrimPrefix(w.Lasts(w.Environ["AWS_SESSION_TOKEN"], expires), "expires ")
	if _, own := env.Beside(w.Environ, s); own {
		lasts = "renewed while this command runs"
	}
	Row(out, "Expires", lasts, note)
}

// ActiveRows print what is active, in few lines: profile, identity, region, time left.
func (w *World) ActiveRows(out io.Writer) {
	s := w.Active()
	expires, _ := w.Expires()
	Row(out, "Profile", s.Profile, "")
	w.whoAndWhere(out, s)
	w.until(out, s, expires)
}

const changedByYou = "changed by you"

// narrowedBy says what has narrowed a session: policies by their names.
func narrowedBy(about env.About) []string {
	switch {
	case about.ReadOnly:
		return []string{"--read-only"}
	case len(about.Policies) == 0 && about.Narrowed != "":
		return []string{"vault_policy"}
	}
	var names []string
	for _, p := range about.Policies {
		if strings.HasPrefix(p, "{") {
			p = "a policy document"
		}
		names = append(names, p)
	}
	return names
}

// served says where programs get credentials, if not from variables.
func (w *World) served(out io.Writer, s env.State) {
	address, own := env.Beside(w.Environ, s)
	switch {
	case own:
		Row(out, "Served", "by vault, which runs this command", Printable(address))
	case s.About.Via == env.ViaServer:
		Row(out, "Served", "by your credential server", "programs ask it; it renews what it hands out")
	case s.About.Via == env.ViaProfile:
		Row(out, "Served", "by AWS_PROFILE", "programs get credentials themselves")
	}
}

func (w *World) statusJSON(s env.State, expires time.Time, expired bool) error {
	doc := statusJSON{Schema: 1, Previous: Optional(s.Previous), Foreign: env.Foreign(w.Environ, s)}
	if s.Active() {
		origin := originJSON{Kind: "manual"}
		if p := string(s.About.Origin); p != "" {
			origin = originJSON{Kind: "directory", Path: &p}
		}
		doc.Active = &activeJSON{
			Profile: s.Profile, Account: Optional(s.About.Account), ARN: Optional(s.About.ARN),
			Region: Optional(w.Environ["AWS_REGION"]), Expired: expired, Origin: origin, Via: s.Way(), Narrowed: Optional(s.About.Narrowed), Changed: env.Changed(w.Environ, s),
		}
		if !expires.IsZero() {
			utc := expires.UTC()
			doc.Active.Expires = &utc
		}
	}
	return w.PrintJSON(doc)
}
