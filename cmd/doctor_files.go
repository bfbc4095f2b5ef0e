package cmd

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"

	"awsvault/cmd/front"
	"awsvault/internal/doctor"
	"awsvault/internal/vault"
)

// mostShown is how many findings of one kind are shown.
const mostShown = 10

// checkKeys finds keys in plain text, and what cannot be one.
func (e *examination) checkKeys(context.Context) []doctor.Finding {
	config, err := e.config()
	if err != nil {
		return nil // said by checkConfig
	}
	var plain, wrong []doctor.Finding
	for _, name := range config.Names() {
		p, err := config.Profile(name)
		if err != nil {
			continue
		}
		id, hasID := p.Get("aws_access_key_id")
		secret, hasSecret := p.Get("aws_secret_access_key")
		token, _ := p.Get("aws_session_token")
		if !hasID && !hasSecret {
			continue
		}
		if why := wrongKey(id.Text, secret.Text, token.Text, hasID, hasSecret); why != "" {
			at := id.Pos
			if !hasID {
				at = secret.Pos
			}
			wrong = append(wrong, doctor.Finding{State: doctor.Problem, Text: fmt.Sprintf("%s: profile %q: %s", at, name, why), Hint: "copy it again from where it was made"})
			continue
		}
		if token.Text == "" {
			plain = append(plain, doctor.Finding{State: doctor.Warning, Text: fmt.Sprintf("%s: the key of profile %q stands in plain text", secret.Pos, name),
				Hint: "vault import credentials " + hintName(name) + "   stores it, and takes it out of the file"})
		}
	}
	found := append(doctor.Few(wrong, mostShown), doctor.Few(plain, mostShown)...)
	if len(found) == 0 {
		return []doctor.Finding{{Text: "no key stands in plain text in the AWS files"}}
	}
	return found
}

// wrongKey says why this cannot be a key; empty: it can. The secret is not said.
func wrongKey(id, secret, token string, hasID, hasSecret bool) string {
	switch {
	case !hasID:
		return "a secret key without aws_access_key_id"
	case !hasSecret:
		return "an access key id without aws_secret_access_key"
	case vault.IsSecretKey(id) && vault.IsKeyID(secret):
		return "access key id and secret key are in each other's place"
	case !vault.IsKeyID(id):
		return "aws_access_key_id does not look like AKIA and 16 more"
	case !vault.IsSecretKey(secret):
		return fmt.Sprintf("aws_secret_access_key has %d characters, or others than a key has; it should have 40", len(secret))
	case id[:4] == "ASIA" && token == "":
		return "a temporary key without aws_session_token"
	}
	return ""
}

// hintName is a profile's name as a word that a person can type.
func hintName(name string) string {
	if regexp.MustCompile(`^[A-Za-z0-9_./@:+][A-Za-z0-9_./@:+-]*$`).MatchString(name) {
		return name
	}
	return "NAME"
}

// checkModes looks at who else could read or write what is ours alone.
func (e *examination) checkModes(context.Context) []doctor.Finding {
	const (
		read  = "others can read what is in it"
		write = "others can change it, and so run commands as you"
	)
	var paths []doctor.Path
	add := func(path string, most os.FileMode, worst doctor.State, why string) {
		if path != "" {
			paths = append(paths, doctor.Path{Path: path, Shown: e.Tilde(path), Most: most, Worst: worst, Why: why})
		}
	}
	each := func(pattern string) []string {
		found, _ := filepath.Glob(pattern) // the pattern is ours
		return found
	}
	if path, err := e.ConfigPath(); err == nil {
		add(path, 0o755, doctor.Problem, write)
	}
	if path, err := e.CredentialsPath(); err == nil {
		worst := doctor.Warning
		if e.holdsKeys(path) {
			worst = doctor.Problem
		}
		add(path, 0o700, worst, read)
	}
	if aws := e.Below(".aws"); aws != "" {
		add(aws, 0o755, doctor.Problem, write)
		for _, dir := range []string{filepath.Join(aws, "sso", "cache"), e.loginDir()} {
			add(dir, 0o755, doctor.Problem, "others can put a sign-in of theirs there")
			for _, path := range each(filepath.Join(doctor.Literal(dir), "*.json")) {
				add(path, 0o700, doctor.Problem, "others can use the sign-in, and one that others can write is not used at all")
			}
		}
	}
	fileDir := e.quietStore().FileDir
	add(fileDir, 0o700, doctor.Problem, "others can see the keystore")
	if fileDir != "" {
		for _, path := range each(filepath.Join(doctor.Literal(fileDir), "*")) {
			add(path, 0o700, doctor.Problem, "others can read the encrypted item")
		}
	}
	for _, dir := range []string{e.StateDir(), e.RuntimeDir()} {
		if dir == "" {
			continue
		}
		add(dir, 0o700, doctor.Problem, "others can see or change what this program remembers")
		for _, path := range each(filepath.Join(doctor.Literal(dir), "*")) {
			add(path, 0o700, doctor.Problem, "others can see or change what this program remembers")
		}
	}
	found := doctor.Modes(runtime.GOOS, paths)
	if len(found) == 0 {
		return []doctor.Finding{{Text: "nobody else can read or write the AWS files, the keystore and the state"}}
	}
	return found // all of them: --fix mends each
}

// holdsKeys reports whether a credentials file has keys in it. One that cannot be
// read may have.
func (e *examination) holdsKeys(path string) bool {
	config, err := e.config()
	if err != nil {
		return true
	}
	for _, name := range config.Names() {
		if p, err := config.Profile(name); err == nil {
			if v, ok := p.Get("aws_secret_access_key"); ok && config.InCredentials(v.Pos) {
				return true
			}
		}
	}
	return false
}

// checkLeftovers finds the temporary files of runs that were killed. Locks are not
// among them: a lock dies with its holder, and its file is to stay.
func (e *examination) checkLeftovers(context.Context) []doctor.Finding {
	dirs := []string{e.Below(".aws", "sso", "cache"), e.loginDir(), e.Home(), e.quietStore().FileDir}
	for _, find := range []func() (string, error){e.ConfigPath, e.CredentialsPath} {
		if path, err := find(); err == nil {
			dirs = append(dirs, filepath.Dir(path))
		}
	}
	if runtime.GOOS != "windows" { // there, PowerShell would be asked where its file is
		for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
			if path, err := e.startupFile(shell); err == nil {
				dirs = append(dirs, filepath.Dir(path))
			}
		}
	}
	if dir := e.StateDir(); dir != "" {
		dirs = append(dirs, dir, filepath.Join(dir, "trust"), filepath.Join(dir, "sessions"), filepath.Join(dir, "renewals"))
	}
	return doctor.Leftovers(dirs, e.Tilde, e.Now())
}

// checkConfig reads the AWS files as other tools would.
func (e *examination) checkConfig(context.Context) []doctor.Finding {
	config, err := e.config()
	if err != nil {
		return []doctor.Finding{problem(err)}
	}
	var found []doctor.Finding
	for _, p := range config.Problems() {
		found = append(found, doctor.Finding{State: doctor.Warning, Text: p.Error(), Hint: p.Hint()})
	}
	if len(found) == 0 {
		return []doctor.Finding{{Text: fmt.Sprintf("every AWS tool reads the AWS files alike: %s", front.Counted(len(config.Names()), "profile"))}}
	}
	return doctor.Few(found, mostShown)
}

// ownIdentity are the settings that say who one is: they are not inherited.
var ownIdentity = []string{"role_arn", "source_profile", "credential_source", "sso_session", "sso_start_url", "sso_account_id", "sso_role_name",
	"credential_process", "web_identity_token_file", "web_identity_token_process", "login_session"}

// checkDefault finds what aws-vault would have each profile inherit.
func (e *examination) checkDefault(context.Context) []doctor.Finding {
	config, err := e.config()
	if err != nil || !config.Has("default") || len(config.Names()) < 2 {
		return nil
	}
	p, err := config.Profile("default")
	if err != nil {
		return nil
	}
	var found []doctor.Finding
	for _, key := range ownIdentity {
		if v, ok := p.Get(key); ok {
			found = append(found, doctor.Finding{State: doctor.Warning, Text: fmt.Sprintf("%s: %s of [default] is the default profile's alone here; aws-vault has every profile inherit it", v.Pos, key),
				Hint: "move it into a profile of its own, if both tools are used"})
		}
	}
	return found
}
