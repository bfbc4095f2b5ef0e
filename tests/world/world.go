// Package world builds the surroundings for black-box tests and for `make try`: the vault
// program, a throw-away home with AWS files, an encrypted keystore with an example key, and the
// fake AWS. It knows vault only from outside.
package world

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"awsvault/tests/awsfake"
	"awsvault/tests/need"
)

// Passphrase opens the world's keystore.
const Passphrase = "correct horse"

// Config is the world's ~/.aws/config. Its profiles are the seven cases of aws-vault's table, and
// some more.
const Config = `[default]
region = eu-west-1

# A user's own key, without and with MFA.
[profile plain]
region = eu-west-1

[profile jon]
mfa_serial = arn:aws:iam::111122223333:mfa/jon

# Roles.
[profile dev]
role_arn = arn:aws:iam::111122223333:role/reader
source_profile = plain
region = eu-central-1

[profile other]
role_arn = arn:aws:iam::111122223333:role/hop1
source_profile = plain
region = ap-southeast-2

[profile admin]
role_arn = arn:aws:iam::111122223333:role/admin
source_profile = jon
mfa_serial = arn:aws:iam::111122223333:mfa/jon

[profile prod]
role_arn = arn:aws:iam::444455556666:role/prod-admin
source_profile = jon
mfa_serial = arn:aws:iam::111122223333:mfa/jon
region = us-east-1

[profile chain]
role_arn = arn:aws:iam::111122223333:role/hop2
source_profile = other

[profile long]
role_arn = arn:aws:iam::111122223333:role/long
source_profile = plain
duration_seconds = 43200
`

// World is a throw-away home.
type World struct {
	Dir     string
	Home    string
	Vault   string // path of the program
	Fake    *awsfake.Server
	Example awsfake.Example
}

// New builds a world for a test.
func New(t testing.TB) *World {
	t.Helper()
	fake := awsfake.Start(t, awsfake.Options{Control: true})
	w, err := Build(t.TempDir(), Program(t), fake)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Forget)
	return w
}

// Forget removes what the world has left behind outside its directory.
func (w *World) Forget() { forget(w.Home) }

// Build makes a world in dir, for a fake that listens already.
func Build(dir, vault string, fake *awsfake.Server) (*World, error) {
	example, err := fake.Load(awsfake.ExampleSeed)
	if err != nil {
		return nil, err
	}
	w := &World{Dir: dir, Home: filepath.Join(dir, "home"), Vault: vault, Fake: fake, Example: example}
	if err := os.MkdirAll(filepath.Join(w.Home, ".aws"), 0o700); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(dir, "tmp"), 0o700); err != nil {
		return nil, err
	}
	if err := w.WriteConfig(Config); err != nil {
		return nil, err
	}
	for _, profile := range []string{"plain", "jon"} {
		cmd := exec.Command(vault, "add", profile, "--env", "--no-add-config")
		cmd.Env = w.Environ("AWS_ACCESS_KEY_ID="+example.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+example.SecretAccessKey)
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("vault add %s: %w\n%s", profile, err, out)
		}
	}
	return w, nil
}

// WriteConfig replaces ~/.aws/config.
func (w *World) WriteConfig(text string) error {
	return os.WriteFile(filepath.Join(w.Home, ".aws", "config"), []byte(text), 0o600)
}

// Environ returns the environment of all programs in the world. From the machine's own
// environment it keeps only PATH. Later settings win.
func (w *World) Environ(more ...string) []string {
	return append([]string{
		"HOME=" + w.Home,
		"USER=tester",
		"PATH=" + os.Getenv("PATH"),
		"LANG=C.UTF-8",
		"TERM=xterm",
		"TMPDIR=" + filepath.Join(w.Dir, "tmp"),
		"DBUS_SESSION_BUS_ADDRESS=unix:path=/proc/nonexistent",
		"AWS_ENDPOINT_URL_STS=" + w.Fake.URL,
		"AWS_ENDPOINT_URL_IAM=" + w.Fake.URL,
		"AWS_VAULT_FEDERATION_ENDPOINT=" + w.Fake.URL + "/federation",
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_VAULT_BACKEND=file",
		"AWS_VAULT_PAGER=",         // which would wait for a key
		"AWS_VAULT_PROGRESS=never", // how long a call takes on a busy machine must not show
		"AWS_VAULT_FILE_PASSPHRASE=" + Passphrase,
	}, more...)
}

// AWSCLI writes an aws program into a directory for PATH. Debian's CLI does not know
// AWS_ENDPOINT_URL_STS yet, so the program passes it the endpoint.
func (w *World) AWSCLI(t testing.TB, dir string) {
	t.Helper()
	text := fmt.Sprintf("#!/bin/sh\nexec %q --endpoint-url %s \"$@\"\n", need.Program(t, "aws", "awscli"), w.Fake.URL)
	if err := os.WriteFile(filepath.Join(dir, "aws"), []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
}

// Run runs vault without a shell or a terminal.
func (w *World) Run(env []string, args ...string) (stdout, stderr string, status int) {
	cmd := exec.Command(w.Vault, args...)
	cmd.Env = w.Environ(env...)
	cmd.Dir = w.Home
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		return "", err.Error(), -1
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// Program returns the path of vault. A test process builds it once. VAULT_PROGRAM may name a
// program that is built already.
func Program(t testing.TB) string {
	t.Helper()
	need.Signals() // for all that is started with it
	if p := os.Getenv("VAULT_PROGRAM"); p != "" {
		return p
	}
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var program = sync.OnceValues(func() (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	// The program is in the tree's build directory, because no test would remove a temporary
	// one. Go's own cache makes the second build cheap.
	path := filepath.Join(root, "build", "test", "vault")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	// Tests of several packages run at the same time, so each builds its own file and renames
	// it. The program is the one that make builds, with fewer rounds for a new item of the
	// file keystore: with 600,000 rounds each item costs a tenth of a second, and the tests
	// make and open thousands.
	temp := fmt.Sprintf("%s.%d", path, os.Getpid())
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w -X awsvault/internal/store.safeRounds=8192", "-o", temp, ".")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build vault: %w\n%s", err, out)
	}
	return path, os.Rename(temp, path)
})

// Failure returns the error in vault's output, and its hint if there is one. The error comes
// last. Lines above it that begin with the program's name are notices. Failure joins lines that
// a terminal has wrapped.
func Failure(said string) []string {
	lines := strings.Split(strings.ReplaceAll(said, "\r", ""), "\n")
	for _, line := range lines { // of a command with --json
		var doc struct {
			Error *struct{ Message, Hint string }
		}
		if json.Unmarshal([]byte(line), &doc) == nil && doc.Error != nil {
			return slices.DeleteFunc([]string{doc.Error.Message, doc.Error.Hint}, func(s string) bool { return s == "" })
		}
	}
	for i, line := range slices.Backward(lines) {
		text, ok := strings.CutPrefix(line, "vault: ")
		if !ok || strings.HasPrefix(text, "warning: ") || strings.HasPrefix(text, "note: ") {
			continue
		}
		text, rest := unwrapped(text, "    ", lines[i+1:])
		if len(rest) > 0 {
			if hint, ok := strings.CutPrefix(rest[0], "  hint: "); ok {
				hint, _ = unwrapped(hint, "        ", rest[1:])
				return []string{text, hint}
			}
		}
		return []string{text}
	}
	return nil
}

// unwrapped returns a line joined with its indented continuation lines, and the other lines.
func unwrapped(text, indent string, lines []string) (string, []string) {
	for i, line := range lines {
		more, ok := strings.CutPrefix(line, indent)
		if !ok || strings.HasPrefix(more, " ") {
			return text, lines[i:]
		}
		text += " " + more
	}
	return text, nil
}

// Root returns the root of the source tree: the working directory or a parent with go.mod.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("there is no go.mod in this directory or above it")
		}
		dir = filepath.Dir(dir)
	}
}
