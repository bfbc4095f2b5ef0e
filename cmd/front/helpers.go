package front

import (
	"context"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"awsvault/internal/env"
	"awsvault/internal/nodbus"
)

// Which programs are told which secrets of the environment:
//
//	                                    the person's   passphrase and   1Password's
//	                      activation's  AWS secrets    tokens of vault  own tokens
//	pass, gpg, ykman, a dialog, fzf,
//	a browser             no            no             no               no
//	op, as a keystore     no            no             no               its session
//	credential_process, mfa_process,
//	web_identity_token_process,
//	the passphrase's program
//	                      no            yes            only vault       only op
//	the command of exec   it is for it  no             no               unless they open
//	                                                                    this keystore
//	a subshell of exec    it is for it  no             yes              yes
//
// Everything else in the environment they get as it is: PATH, HOME, DISPLAY, GNUPGHOME,
// proxies, and the person's own settings of AWS.

// secrets are the variables of each kind; one that ends with _ begins names.
var (
	vaultSecrets       = [...]string{"AWS_VAULT_FILE_PASSPHRASE", "AWS_VAULT_OP_CONNECT_TOKEN", "AWS_VAULT_OP_SERVICE_ACCOUNT_TOKEN"}
	onePasswordSecrets = [...]string{"OP_CONNECT_TOKEN", "OP_SERVICE_ACCOUNT_TOKEN", "OP_SESSION_"}
)

func isOneOf(name string, list []string) bool {
	return slices.ContainsFunc(list, func(n string) bool {
		return n == name || strings.HasSuffix(n, "_") && strings.HasPrefix(name, n)
	})
}

// ToolEnviron is for a program that has nothing to do with AWS. It may go on for days,
// as a browser or an agent of gpg does.
func (w *World) ToolEnviron() []string {
	return w.outsideWithout(func(name string) bool {
		return env.Secret(name) || isOneOf(name, vaultSecrets[:]) || isOneOf(name, onePasswordSecrets[:])
	})
}

// OnePasswordEnviron is for the command line of 1Password, which is told its token by
// the keystore.
func (w *World) OnePasswordEnviron() []string {
	return w.outsideWithout(func(name string) bool {
		return env.Secret(name) || isOneOf(name, vaultSecrets[:]) || isOneOf(name, onePasswordSecrets[:2])
	})
}

// CommandEnviron is for a command that the person has set for vault to run, on behalf
// of those profiles. program is what it begins with: where that is vault, or 1Password's
// op, it has a use for the secrets of its own.
func (w *World) CommandEnviron(program string, profiles ...string) []string {
	program = ProgramName(program)
	ours := slices.Contains([]string{"vault", "awsvault", "aws-vault", ProgramName(w.Argv0)}, program)
	environ := w.outsideWithout(func(name string) bool {
		switch {
		case isOneOf(name, vaultSecrets[:]):
			return !ours
		case isOneOf(name, onePasswordSecrets[:]):
			return !ours && program != "op"
		}
		return false
	})
	if calling := append(w.Calling(), profiles...); len(calling) > 0 {
		environ = append(environ, CallingName+"="+strings.Join(calling, "\n"))
	}
	return environ
}

// ProgramName is the name of a program's file, without .exe.
func ProgramName(path string) string {
	return strings.TrimSuffix(strings.ToLower(filepath.Base(path)), ".exe")
}

// outsideWithout is the environment without the activation, and without some names.
func (w *World) outsideWithout(drop func(name string) bool) []string {
	var environ []string
	for name, value := range w.Outside() {
		if name != CallingName && !drop(name) {
			environ = append(environ, name+"="+value)
		}
	}
	slices.Sort(environ)
	return nodbus.Environ(environ)
}

// forCommand is the environment of exec's command: without what opens the keystore.
// 1Password's tokens are the person's, who may run a program that needs them, unless
// the keystore is 1Password.
func forCommand(environ []string, program, backend string) []string {
	fold := runtime.GOOS == "windows"
	return slices.DeleteFunc(environ, func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		if fold {
			name = strings.ToUpper(name)
		}
		return name == CallingName || name == CalledName || isOneOf(name, vaultSecrets[:]) ||
			strings.HasPrefix(backend, "op") && ProgramName(program) != "op" && isOneOf(name, onePasswordSecrets[:])
	})
}

// ofUser are the variables that belong to a user and not to one of their shells.
var ofUser = [...]string{
	"HOME", "USER", "LOGNAME", "PATH", "LANG", "LC_", "TZ", "TMPDIR", "XDG_", "DBUS_SESSION_BUS_ADDRESS", "GNUPGHOME", "SSH_AUTH_SOCK",
}

// OfUser tells whether a variable belongs to a user and not to one of their shells.
func OfUser(name string) bool { return isOneOf(name, ofUser[:]) }

// leased are the variables that decide how a profile's credentials are got, besides those
// of the user and AWS's own.
var leased = [...]string{
	"AWS_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR",
	"PASSWORD_STORE_", "PASSAGE_", "OP_",
}

// LeaseEnviron are the person's settings, for the credential server that gets what this
// shell's programs ask for. No secret is among them.
func (w *World) LeaseEnviron() map[string]string {
	vars := map[string]string{}
	for name, value := range w.Outside() {
		switch {
		case env.Secret(name), isOneOf(name, vaultSecrets[:]), isOneOf(name, onePasswordSecrets[:]),
			name == CallingName, name == "AWS_VAULT", name == "AWS_ACCESS_KEY_ID":
		case OfUser(name), isOneOf(name, leased[:]):
			vars[name] = value
		}
	}
	return vars
}

// Sleep waits, unless ctx is done before.
func Sleep(ctx context.Context, d time.Duration) error {
	wait := time.NewTimer(d)
	defer wait.Stop()
	select {
	case <-wait.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
