// Package program is about the programs that vault runs: which file a shell would run for a
// name, which shell exec opens, and which secrets each program gets in its environment.
//
// It starts none, and knows neither the process's environment nor profiles: callers pass
// them in.
package program

import (
	"path/filepath"
	"slices"
	"strings"

	"awsvault/internal/agent"
	"awsvault/internal/env"
	"awsvault/internal/nodbus"
)

// Which programs are told which secrets of the environment:
//
//	                                    the person's   passphrase and   1Password's
//	                      activation's  AWS secrets    tokens of vault  own tokens
//	pass, gpg, ykman, a dialog, fzf,
//	a browser, a pager    no            no             no               no
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

// secrets are the variables of each kind. An entry that ends with _ is a prefix.
var (
	vaultSecrets       = [...]string{"AWS_VAULT_FILE_PASSPHRASE", "AWS_VAULT_OP_CONNECT_TOKEN", "AWS_VAULT_OP_SERVICE_ACCOUNT_TOKEN"}
	onePasswordSecrets = [...]string{"OP_CONNECT_TOKEN", "OP_SERVICE_ACCOUNT_TOKEN", "OP_SESSION_"}
)

func isOneOf(name string, list []string) bool {
	return slices.ContainsFunc(list, func(n string) bool {
		return n == name || strings.HasSuffix(n, "_") && strings.HasPrefix(name, n)
	})
}

// CallingName is a variable for a vault that a credential_process runs. It lists the profiles
// for which that vault runs. Without it, a profile that leads back to itself would start
// processes without end.
const CallingName = "AWS_VAULT_CREDENTIAL_PROCESS"

// CalledName is the variable in which a hook passes the name that the person typed: the name
// of the hook's function. The function sets it for each call, so it also shows that the shell
// has the hook.
const CalledName = "AWS_VAULT_CALLED"

// Outside builds the environments of other programs, from the environment without the
// activation.
type Outside struct {
	Vars    env.Vars
	Calling []string // the profiles whose credential_process runs this program
	Argv0   string   // the name by which this program was run
}

// Tool returns the environment for a program unrelated to AWS. The program may run for days,
// like a browser or an agent of gpg.
func (o Outside) Tool() []string {
	return o.without(func(name string) bool {
		return env.Secret(name) || isOneOf(name, vaultSecrets[:]) || isOneOf(name, onePasswordSecrets[:])
	})
}

// OnePassword returns the environment for 1Password's command line, which gets its token from
// the keystore.
func (o Outside) OnePassword() []string {
	return o.without(func(name string) bool {
		return env.Secret(name) || isOneOf(name, vaultSecrets[:]) || isOneOf(name, onePasswordSecrets[:2])
	})
}

// Command returns the environment for a command that the person has configured for those
// profiles. program is the command's first word: vault and 1Password's op keep the secrets
// that they need themselves.
func (o Outside) Command(program string, profiles ...string) []string {
	program = Name(program)
	ours := slices.Contains([]string{"vault", "awsvault", "aws-vault", Name(o.Argv0)}, program)
	environ := o.without(func(name string) bool {
		switch {
		case isOneOf(name, vaultSecrets[:]):
			return !ours
		case isOneOf(name, onePasswordSecrets[:]):
			return !ours && program != "op"
		}
		return false
	})
	if calling := slices.Concat(o.Calling, profiles); len(calling) > 0 {
		environ = append(environ, CallingName+"="+strings.Join(calling, "\n"))
	}
	return environ
}

// Name returns the name of a program's file, without .exe.
func Name(path string) string {
	return strings.TrimSuffix(strings.ToLower(filepath.Base(path)), ".exe")
}

// without returns the environment without the dropped names.
func (o Outside) without(drop func(name string) bool) []string {
	var environ []string
	for name, value := range o.Vars {
		if name != CallingName && !drop(name) {
			environ = append(environ, name+"="+value)
		}
	}
	slices.Sort(environ)
	return nodbus.Environ(environ)
}

// ForAgent marks the environment of a command in an agent's session, so that the command knows
// that an agent runs it. by is the source of that knowledge for the session, or "" if the
// session is not for an agent.
func ForAgent(environ []string, by string, fold bool) []string {
	if by == "" || slices.ContainsFunc(environ, func(entry string) bool { return strings.HasPrefix(entry, by+"=") }) {
		return environ
	}
	return append(Without(environ, []string{agent.Variable}, fold), agent.Variable+"=1")
}

// ForCommand returns the environment for exec's command, without the secrets that open the
// keystore. 1Password's tokens belong to the person, who may run a program that needs them, so
// they stay unless the keystore is 1Password. fold means that names ignore case.
func ForCommand(environ []string, program, backend string, fold bool) []string {
	return slices.DeleteFunc(environ, func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		if fold {
			name = strings.ToUpper(name)
		}
		return name == CallingName || name == CalledName || isOneOf(name, vaultSecrets[:]) ||
			strings.HasPrefix(backend, "op") && Name(program) != "op" && isOneOf(name, onePasswordSecrets[:])
	})
}

// ofUser lists the variables that belong to a user and not to one of their shells.
var ofUser = [...]string{
	"HOME", "USER", "LOGNAME", "PATH", "LANG", "LC_", "TZ", "TMPDIR", "XDG_", "DBUS_SESSION_BUS_ADDRESS", "GNUPGHOME", "SSH_AUTH_SOCK",
}

// OfUser reports whether a variable belongs to a user and not to one of their shells.
func OfUser(name string) bool { return isOneOf(name, ofUser[:]) }

// leased lists the variables that affect how a profile's credentials are obtained, in addition
// to the user's variables.
var leased = [...]string{
	"AWS_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR",
	"PASSWORD_STORE_", "PASSAGE_", "OP_",
}

// Lease returns the person's settings for the credential server, which obtains credentials for
// the programs of this shell. They contain no secret.
func (o Outside) Lease() map[string]string {
	vars := map[string]string{}
	for name, value := range o.Vars {
		switch {
		case env.Secret(name), isOneOf(name, vaultSecrets[:]), isOneOf(name, onePasswordSecrets[:]),
			name == CallingName, name == "AWS_VAULT", name == "AWS_ACCESS_KEY_ID":
		case OfUser(name), isOneOf(name, leased[:]):
			vars[name] = value
		}
	}
	return vars
}
