package front

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"awsvault/internal/clicache"
	"awsvault/internal/disk"
	"awsvault/internal/env"
	"awsvault/internal/recent"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

// Vault returns what a vault session needs, except for keystores and sources.
func (w *World) Vault() vault.World {
	return vault.World{Environ: w.Outside(), Config: w.configOnce, ReadFile: w.ReadNamed, SignIn: w.signIn, Calling: w.Calling(), Agent: w.Agent(), Now: w.Now}
}

// SSODir returns the AWS CLI's directory for tokens of IAM Identity Center. It is empty if
// the home directory is not known.
func (w *World) SSODir() string { return w.Below(".aws", "sso", "cache") }

// LoginDir returns the directory in which `aws login` keeps its sign-ins.
func (w *World) LoginDir() string {
	if v := w.Getenv("AWS_LOGIN_CACHE_DIRECTORY"); v != "" {
		return w.Expand(v)
	}
	return w.Below(".aws", "login", "cache")
}

// signIn returns the id of the sign-in that a step uses, if the user has signed in.
func (w *World) signIn(s resolve.Step) (id string, ok bool) {
	path := clicache.LoginPath(w.LoginDir(), s.LoginSession)
	if s.SignIn != nil {
		if w.SSODir() == "" {
			return "", false
		}
		path = clicache.TokenPath(w.SSODir(), s.SignIn.Name())
	}
	return clicache.Files{Mine: w.Mine}.SignIn(path)
}

// Notes prints the notes of a plan.
func (w *World) Notes(p *vault.Plan) {
	for _, note := range p.Notes {
		w.Say("vault: " + note)
	}
}

// Previous returns the profile for `use -`: the one before the active profile, or the last
// one that was switched off.
func (w *World) Previous() string {
	if s := w.Active(); s.Active() {
		return s.Previous
	}
	return w.Shell.Previous
}

// Remember counts the use of a profile that the user named. It ignores errors: a use that
// is not counted does no harm.
func (w *World) Remember(profile string) { _ = recent.Record(w.StateDir(), profile, w.Now()) }

// UseTarget activates a target in the shell, and says so. prompt returns what the hook
// needs to know about it.
func (w *World) UseTarget(target env.Target, prompt func(env.State, time.Time) env.Prompt) error {
	before := w.Active()
	before.Previous = w.Previous()
	key, _ := w.StateKey()
	change, after, err := env.Use(w.Shell.Vars(w.Environ), before, w.Shell.Kept, target, key)
	if err != nil {
		return err
	}
	if err := w.Hand(change, prompt(after, target.Credentials.Expires)); err != nil {
		return err
	}
	w.Say(w.Activated(target))
	w.sayOpen()
	for _, names := range []map[string]bool{w.Shell.Universal, w.Shell.Hidden} {
		for _, n := range slices.Sorted(maps.Keys(names)) {
			if target.TakesAway(n) {
				w.Say(fmt.Sprintf("vault: %s is a universal variable of fish, so programs still see it; set -eU %s removes it from every fish", n, n))
			}
		}
	}
	return nil
}

// sayOpen warns if other users can write to a directory of the state. vault caches and
// renews nothing there, and other users could remove its files.
func (w *World) sayOpen() {
	dir := w.StateDir()
	if dir == "" {
		return
	}
	rule := disk.Ours()
	rule.Mine = w.Mine
	path, flaw := rule.FlawBelow(dir)
	if path == "" {
		if path = disk.OpenAbove(w.Home(), dir); path == "" {
			return
		}
		flaw = "can be written by everybody"
	}
	mends := " --fix"
	if strings.HasPrefix(flaw, "belongs to") {
		mends = "" // plain doctor says what the owner has to type
	}
	w.Say(fmt.Sprintf("vault: warning: %s %s. Run: vault doctor%s", w.Tilde(path), flaw, mends))
}

// Export prints credentials in a format.
func (w *World) Export(format string, plan *vault.Plan, got vault.Result) error {
	text, err := env.Export(format, plan.Target(got))
	if err != nil {
		return err
	}
	if IsTerminal(w.Stdout) {
		w.Say("vault: warning: printing secrets to your terminal")
	}
	_, err = w.Stdout.WriteString(text)
	return err
}
