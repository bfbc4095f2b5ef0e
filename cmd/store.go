package cmd

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"awsvault/internal/nodbus"
	"awsvault/internal/process"
	"awsvault/internal/resolve"
	"awsvault/internal/store"
)

// storeTimeout bounds how long a keystore may take to answer, so that a shell
// never hangs on a daemon that is gone. A person who is asked for a passphrase
// has all the time.
const storeTimeout = 5 * time.Second

// store is the keystore as the flags say; nothing is opened yet.
func (a *App) store() *store.Store { return store.Open(a.storeSettings()) }

func (a *App) storeSettings() store.Settings {
	g := a.globals
	return store.Settings{
		Backend:        g.Backend,
		SessionBackend: g.SessionBackend,
		KeychainName:   g.Keychain,
		Collection:     g.Collection,
		Keyring:        a.keyring(),
		PassDir:        a.dir(a.below(".password-store"), g.PassDir, a.getenv("PASSWORD_STORE_DIR")),
		PassageDir:     a.dir(a.below(".passage", "store"), g.PassDir, a.getenv("PASSAGE_DIR")),
		PassCmd:        g.PassCmd,
		PassPrefix:     g.PassPrefix,
		FileDir:        a.dir(a.below(".awsvault", "keys"), g.FileDir),
		OnePassword: store.OnePassword{
			Vault:        g.OPVaultID,
			TitlePrefix:  g.OPTitlePrefix,
			Tag:          g.OPTag,
			ConnectHost:  g.OPConnectHost,
			Account:      g.OPAccount,
			Timeout:      opTimeout(g.OPTimeout),
			ConnectToken: a.token("1Password Connect token", "AWS_VAULT_OP_CONNECT_TOKEN", "OP_CONNECT_TOKEN"),
			ServiceToken: a.token("1Password service account token", "AWS_VAULT_OP_SERVICE_ACCOUNT_TOKEN", "OP_SERVICE_ACCOUNT_TOKEN"),
		},
		Bus:           nodbus.Address(),
		PassedOver:    func(err error) { a.say("vault: warning: " + err.Error() + "; trying the next keystore") },
		StateDir:      a.stateDir(),
		RuntimeDir:    a.runtimeDir(),
		Environ:       a.childEnviron(),
		Ask:           a.canAsk,
		Desktop:       a.getenv("DISPLAY") != "" || a.getenv("WAYLAND_DISPLAY") != "" || runtime.GOOS != "linux",
		Passphrase:    a.passphrase,
		NewPassphrase: a.newPassphrase,
		Now:           a.now,
		Timeout:       storeTimeout,
	}
}

// opTimeout reads a duration; nothing is zero, and what is none is negative.
func opTimeout(text string) time.Duration {
	if text == "" {
		return 0
	}
	d, err := resolve.ParseDuration(text)
	if err != nil || d <= 0 {
		return -1
	}
	return d
}

// dir is the first of the settings that is set, with ~ expanded.
func (a *App) dir(otherwise string, settings ...string) string {
	for _, s := range settings {
		if s != "" {
			return a.expandHome(s)
		}
	}
	return otherwise
}

// keyring names the keyring of this home in the kernel. A user has one set of
// keyrings, whatever HOME says: a test or a container with a home of its own must
// not list the sessions of another. (aws-vault cannot open the kernel's keyring,
// so there is nothing to share.)
func (a *App) keyring() string {
	sum := sha256.Sum256([]byte(a.home()))
	return "aws-vault " + hex.EncodeToString(sum[:4])
}

// childEnviron is for programs that a keystore runs. gpg's pinentry is told the
// terminal by name: its agent is a process without one.
func (a *App) childEnviron() []string {
	environ := nodbus.Environ(os.Environ())
	if a.getenv("GPG_TTY") == "" && runtime.GOOS == "linux" && isTerminal(os.Stdin) {
		if name, err := os.Readlink("/proc/self/fd/0"); err == nil {
			environ = append(environ, "GPG_TTY="+name)
		}
	}
	return environ
}

// canAsk reports whether a person is there.
func (a *App) canAsk() bool { _, err := a.terminal(); return err == nil }

// token gives a token of 1Password: the first of the variables that is set, else
// what the person answers, once.
func (a *App) token(what string, variables ...string) func(context.Context, bool) (string, error) {
	var answer string
	return func(ctx context.Context, ask bool) (string, error) {
		for _, name := range variables {
			if token := a.getenv(name); token != "" {
				return token, nil
			}
		}
		if answer != "" {
			return answer, nil
		}
		t, err := a.terminal()
		if err != nil || !ask {
			return "", &personError{"the keystore wants the " + what + ", and there is no terminal to ask on", "set " + variables[0] + ", or run it in a terminal"}
		}
		answer, err = t.AskSecret(ctx, what+": ")
		return answer, err
	}
}

// passphraseCommand names a program that prints the passphrase of the file
// keystore, such as the helper of another keystore: a command line as in
// credential_process.
const passphraseCommand = "AWS_VAULT_FILE_PASSPHRASE_COMMAND"

// What a passphrase program may print, in bytes, and how long it may take: a
// person may have to touch something.
const (
	passphraseLimit   = 4 << 10
	passphraseTimeout = time.Minute
)

// givenPassphrase is the passphrase of the file keystore for which nobody has to be
// asked, if there is one: AWS_VAULT_FILE_PASSPHRASE, even if empty, else the first
// line that the program prints.
func (a *App) givenPassphrase(ctx context.Context) (passphrase string, given bool, err error) {
	if p, ok := a.environ["AWS_VAULT_FILE_PASSPHRASE"]; ok {
		return p, true, nil
	}
	line := a.getenv(passphraseCommand)
	if line == "" {
		return "", false, nil
	}
	split := process.Split
	if runtime.GOOS == "windows" {
		split = process.SplitWindows
	}
	args, err := split(line)
	if err != nil || len(args) == 0 {
		return "", true, fmt.Errorf("%s is no command line", passphraseCommand)
	}
	program := process.Program{Args: args, Environ: a.childEnviron(), Limit: passphraseLimit, Timeout: passphraseTimeout}
	if a.canAsk() {
		program.Stdin, program.Stderr, program.Together = os.Stdin, a.stderr, true
	}
	output, err := process.Output(ctx, program)
	if err != nil {
		return "", true, fmt.Errorf("%s: %w", passphraseCommand, err)
	}
	first, rest, _ := strings.Cut(string(output), "\n")
	if first = strings.TrimSuffix(first, "\r"); first == "" || strings.TrimSpace(rest) != "" {
		return "", true, fmt.Errorf("%s has to print the passphrase and nothing else, on one line", passphraseCommand)
	}
	return first, true, nil
}

// passphrase answers for the file keystore: what is given, else the person.
func (a *App) passphrase(ctx context.Context, prompt string) (string, error) {
	if p, given, err := a.givenPassphrase(ctx); given {
		return p, err
	}
	t, err := a.terminal()
	if err != nil {
		return "", &personError{"the keystore wants its passphrase, and there is no terminal to ask on", "set AWS_VAULT_FILE_PASSPHRASE, or run it in a terminal"}
	}
	return t.AskSecret(ctx, prompt+": ")
}

// newPassphrase asks for a passphrase that is about to be used for the first time.
func (a *App) newPassphrase(ctx context.Context, prompt string) (string, error) {
	if p, given, err := a.givenPassphrase(ctx); given {
		return p, err
	}
	for {
		first, err := a.passphrase(ctx, prompt)
		if err != nil {
			return "", err
		}
		second, err := a.passphrase(ctx, "Once more")
		if err != nil {
			return "", err
		}
		if first == second {
			return first, nil
		}
		a.term.Print("They differ; again.\n")
	}
}
