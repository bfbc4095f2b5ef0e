// Package status reports what is active in a shell, as rows for the user and as a JSON
// document.
//
// It does not know the environment, the clock or the streams: [Facts] passes them in. It
// asks neither AWS nor a keystore.
package status

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"awsvault/internal/agent"
	"awsvault/internal/env"
	"awsvault/internal/line"
	"awsvault/internal/say"
)

// Facts holds what is known about a shell.
type Facts struct {
	State   env.State
	Vars    env.Vars
	Expires time.Time // when its credentials expire; zero if unknown
	Expired bool
	Now     time.Time
	Tilde   func(path string) string // shortens a path for people
	Ink     say.Ink
}

// Good reports whether something is active and has not expired.
func (f Facts) Good() bool { return f.State.Active() && !f.Expired }

// Text describes the active profile for people.
func (f Facts) Text() string {
	out := &strings.Builder{}
	if !f.State.Active() {
		fmt.Fprintln(out, "No profile is active in this shell.")
	} else {
		origin := "vault use"
		if f.State.About.Exec {
			origin = "vault exec"
		}
		if len(f.State.About.Origin) > 0 {
			origin = "from " + f.Tilde(string(f.State.About.Origin))
		}
		if env.Taken(f.Vars, f.State) {
			origin = "you changed its keys: this shell is no longer " + f.State.Profile
		}
		if !f.State.Authentic {
			origin = "not confirmed: none of your shells wrote it, or its signing key is lost"
		}
		say.Row(out, "Profile", f.State.Profile, origin)
		say.Row(out, "Narrowed", say.Narrowed(f.State.About.Narrowed), strings.Join(narrowedBy(f.State.About), ", "))
		if by := f.State.About.Agent; by != "" {
			say.Row(out, "Agent", "yes", "said by "+by)
		}
		f.whoAndWhere(out)
		f.served(out)
		f.until(out)
		if f.State.Previous != "" && f.State.Previous != f.State.Profile {
			say.Row(out, "Previous", f.State.Previous, "vault use -")
		}
		if changed := env.Changed(f.Vars, f.State); len(changed) > 0 {
			say.Row(out, "Changed", strings.Join(changed, ", "), "you changed them; vault off leaves them")
		}
	}
	if foreign := env.Foreign(f.Vars, f.State); len(foreign) > 0 {
		fmt.Fprintf(out, "%s %s: set, but not by vault\n", f.Ink.Paint(say.Yellow, "!"), strings.Join(foreign, ", "))
		if f.State.Active() && slices.Contains(foreign, "AWS_PROFILE") {
			fmt.Fprintf(out, "  AWS_PROFILE is %s: %s\n", line.Printable(f.Vars["AWS_PROFILE"]), line.Printable(env.ProfileBeside(f.State.Profile)))
		}
	}
	return out.String()
}

// Rows prints the active profile in a few lines: profile, identity, region, time left.
func (f Facts) Rows(out io.Writer) {
	say.Row(out, "Profile", f.State.Profile, "")
	f.whoAndWhere(out)
	f.until(out)
}

// whoAndWhere prints the identity of the credentials, and the region.
func (f Facts) whoAndWhere(out io.Writer) {
	note := ""
	keyID := ""
	if !env.Taken(f.Vars, f.State) {
		keyID = f.Vars["AWS_ACCESS_KEY_ID"]
	}
	if account := say.Account(f.State.About, keyID); account != "" && f.State.About.ARN == "" {
		note = "account " + account
	}
	if f.State.About.Role != "" {
		note += ", via IAM Identity Center"
	}
	say.Row(out, "Identity", cmp.Or(f.State.About.ARN, f.State.About.Who()), strings.TrimPrefix(note, ", "))
	region, from := f.Vars["AWS_REGION"], f.State.About.RegionFrom
	switch {
	case slices.Contains(env.Changed(f.Vars, f.State), "AWS_REGION"):
		from = changedByYou
	case region == "":
		from = "vault region REGION sets one"
	}
	say.Row(out, "Region", cmp.Or(region, say.NoRegion), from)
}

// until prints when the credentials expire.
func (f Facts) until(out io.Writer) {
	note := ""
	if slices.Contains(env.Changed(f.Vars, f.State), "AWS_CREDENTIAL_EXPIRATION") {
		note = changedByYou
	}
	lasts := strings.TrimPrefix(say.Lasts(f.Vars["AWS_SESSION_TOKEN"], f.Expires, f.Now), "expires ")
	if _, own := env.Beside(f.Vars, f.State); own {
		lasts = say.Attended
	} else if f.Expires.IsZero() && f.State.About.Via == env.ViaServer {
		lasts = "not known: the credential server does not answer"
	}
	say.Row(out, "Expires", lasts, note)
}

const changedByYou = "changed by you"

// narrowedBy names what has narrowed a session. Policies appear with their names.
func narrowedBy(about env.About) []string {
	switch {
	case about.ReadOnly:
		return []string{"--read-only"}
	case len(about.Policies) == 0 && about.Agent != "" && about.Narrowed == "ro":
		return []string{agent.Said(about.Agent).Rule()}
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
func (f Facts) served(out io.Writer) {
	address, own := env.Beside(f.Vars, f.State)
	switch {
	case own:
		say.Row(out, "Served", "by vault, which runs this command", line.Printable(address))
	case f.State.About.Via == env.ViaServer:
		say.Row(out, "Served", "by your credential server", "programs ask it for credentials, and it renews them")
	case f.State.About.Via == env.ViaProfile:
		say.Row(out, "Served", "by AWS_PROFILE", "programs get credentials themselves")
	}
}
