package doctor

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"awsvault/internal/disk"
	"awsvault/internal/env"
	"awsvault/internal/startup"
)

// checkActivation checks what is active in this shell, or claims to be.
func (e *Examination) checkActivation(context.Context) []Finding {
	s := e.Active
	if !s.Active() {
		switch {
		case e.Environ[env.StateName] != "":
			return []Finding{{State: Problem, Text: env.StateName + " is set, but vault did not write it", Hint: "unset " + env.StateName}}
		case e.Environ["AWS_VAULT"] != "":
			return []Finding{{State: Warning, Text: fmt.Sprintf("AWS_VAULT is %q, and vault did not set it: this shell runs inside aws-vault exec", e.Environ["AWS_VAULT"]),
				Hint: "exit leaves it; until then, directories activate no profile"}}
		}
		return nil
	}
	var found []Finding
	switch {
	case e.expired():
		found = append(found, Finding{State: Warning, Text: fmt.Sprintf("the credentials of %s in this shell have expired", s.Profile), Hint: "vault refresh, or vault off"})
	default:
		found = append(found, Finding{Text: fmt.Sprintf("%s is active in this shell, %s", s.Profile, e.Expiry(e.Expires))})
	}
	if e.Shell.Hook.Shell == "" && !s.About.Exec {
		found = append(found, Finding{State: Warning, Text: fmt.Sprintf("%s was activated by another shell, and this one has no hook to renew or remove it", s.Profile),
			Hint: e.Shell.SetUp})
	}
	if changed := env.Changed(e.Environ, s); len(changed) > 0 {
		found = append(found, Finding{State: Note, Text: fmt.Sprintf("changed since the activation, so vault leaves them alone: %s", strings.Join(changed, ", "))})
	}
	return found
}

// checkVariables finds variables that make AWS tools use something else.
func (e *Examination) checkVariables(context.Context) []Finding {
	var found []Finding
	add := func(state State, text, hint string) {
		found = append(found, Finding{State: state, Text: text, Hint: hint})
	}
	outside := env.Outside(e.Environ, e.Active)
	for _, name := range env.Foreign(e.Environ, e.Active) {
		switch name {
		case "AWS_VAULT":
			continue // checkActivation reports it
		case "AWS_PROFILE", "AWS_DEFAULT_PROFILE":
			config, err := e.config()
			if value := outside[name]; err == nil && !config.Has(value) && value != "default" {
				add(Problem, fmt.Sprintf("%s is %q, and there is no such profile: the AWS CLI refuses to run", name, value), "unset "+name)
				continue
			}
			add(Warning, fmt.Sprintf("%s is %q: %s", name, outside[name], e.profileVariable()), "unset "+name)
		default:
			add(Warning, name+" is set, but not by vault: AWS tools use it before any profile", "unset "+name)
		}
	}
	for _, v := range []struct{ name, path, then string }{
		{"AWS_CONFIG_FILE", e.Places.Config, "AWS tools find no profiles there"},
		{"AWS_SHARED_CREDENTIALS_FILE", e.Places.Credentials, "AWS tools find no keys there"},
		{"AWS_CA_BUNDLE", e.Places.CABundle, "AWS tools trust no server, and fail"},
	} {
		if e.Environ[v.name] == "" || v.path == "" {
			continue
		}
		if _, err := os.Stat(v.path); err != nil {
			add(Warning, fmt.Sprintf("%s names %s, and that cannot be read (%v): %s", v.name, e.Tilde(v.path), disk.Cause(err), v.then), "unset "+v.name)
		}
	}
	if outside["AWS_SDK_LOAD_CONFIG"] != "" {
		add(Warning, "AWS_SDK_LOAD_CONFIG is set: it makes old SDKs read both AWS files, and newer ones ignore it", "unset AWS_SDK_LOAD_CONFIG")
	}
	if outside["AWS_CREDENTIAL_EXPIRATION"] != "" && !e.Active.Active() && e.expired() {
		add(Warning, "AWS_CREDENTIAL_EXPIRATION is in the past, and no credentials in this shell belong to it", "unset AWS_CREDENTIAL_EXPIRATION")
	}
	if e.Environ["AWS_VAULT_FILE_PASSPHRASE"] != "" {
		add(Warning, "AWS_VAULT_FILE_PASSPHRASE is exported: every program that you start can read it", "AWS_VAULT_FILE_PASSPHRASE_COMMAND names a program that prints it")
	}
	for _, name := range e.fishUniversal() {
		add(Warning, fmt.Sprintf("fish keeps %s as a universal variable: it comes back when a profile is left", name), "set -eU "+name)
	}
	if len(found) == 0 {
		add(OK, "no AWS_* variable overrides vault", "")
	}
	return found
}

// profileVariable says what AWS_PROFILE does.
func (e *Examination) profileVariable() string {
	if !e.Active.Active() {
		return "AWS tools use that profile while vault has activated none"
	}
	return env.ProfileBeside(e.Active.Profile)
}

// fishUniversal lists fish's universal variables with names that an activation sets. Lines of
// their file look like "SETUVAR --export NAME:value".
func (e *Examination) fishUniversal() (names []string) {
	path := e.Shell.Startup.FishVariables()
	if path == "" {
		return nil
	}
	text, err := startup.Read(path)
	if err != nil {
		return nil
	}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "SETUVAR" {
			continue
		}
		i := slices.IndexFunc(words[1:], func(w string) bool { return !strings.HasPrefix(w, "--") })
		if i < 0 {
			continue
		}
		if name, _, ok := strings.Cut(words[1+i], ":"); ok && env.Managed(name) {
			names = append(names, name)
		}
	}
	return names
}
