// Command bench is `make bench`: the budgets of design.md, 10. What is a time is
// judged as a ratio to an empty Go program that is built and run in between, on
// medians, so that the machine matters little; what the machine itself takes for
// a process stands beside it.
//
//	bench VAULT
//
// It exits with 1 if a budget is exceeded.
package main

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"awsvault/tests/awsfake"
	"awsvault/tests/world"
)

const (
	rounds   = 150
	longest  = 60 * time.Second // for all rounds, on whatever machine
	profiles = 10_000
	maxSize  = 20_000_000 // bytes
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: bench VAULT")
		os.Exit(2)
	}
	alone, status := apart()
	if status >= 0 {
		os.Exit(status)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	within, err := run(ctx, os.Args[1], alone)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	if !within {
		os.Exit(1)
	}
}

// run measures everything and prints the table. alone says that the kernel's
// keyring is of this process, and not the user's.
func run(ctx context.Context, vault string, alone bool) (within bool, err error) {
	vault, err = filepath.Abs(vault)
	if err != nil {
		return false, err
	}
	dir, err := os.MkdirTemp("", "vault-bench-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	empty, err := buildEmpty(dir)
	if err != nil {
		return false, err
	}
	fake := awsfake.New(awsfake.Options{})
	if err := fake.Listen("127.0.0.1:0"); err != nil {
		return false, err
	}
	defer fake.Close()
	w, err := world.Build(dir, vault, fake)
	if err != nil {
		return false, err
	}
	subjects, err := cast(w, empty, alone)
	if err != nil {
		return false, err
	}
	left, err := rehearse(subjects)
	if err != nil {
		return false, err
	}
	fake.Reset()
	done, err := play(ctx, subjects)
	if err != nil {
		return false, err
	}
	info, err := os.Stat(vault)
	if err != nil {
		return false, err
	}
	init, err := initialisation(subjects[len(subjects)-1])
	if err != nil {
		return false, err
	}

	fmt.Printf("%d rounds on %d CPUs, %s/%s\n\n", done, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	t := newTable(os.Stdout)
	for _, s := range subjects {
		t.time(s)
	}
	for _, p := range prompts(vault, w.Environ()) {
		t.prompt(p)
	}
	first, key, err := picker(w)
	if err != nil {
		return false, err
	}
	t.figure("picker among 10,000 profiles: first screen, ms", ms1(first), ms1(mostFirstScreen), 1)
	t.figure("  a key, ms", ms1(key), ms1(mostKey), 1)
	if left >= 0 {
		t.figure("processes left behind", float64(left), 0, 0)
	}
	t.figure("calls to AWS with a cached session", float64(len(fake.Operations())), 0, 0)
	t.figure("size of the program, MB", float64(info.Size())/1e6, maxSize/1e6, 1)
	t.note("The ratio is to an empty Go program; with 10,000 profiles, to the line above; of a quiet prompt, to $(/bin/true) in the same shell, and to direnv's prompt where nothing is to be done.")
	derivation, err := keyDerivation()
	if err != nil {
		return false, err
	}
	t.note(fmt.Sprintf("With sessions in the file keystore, %s ms go into the %d rounds of PBKDF2 that its format asks for.", ms(derivation), derivations))
	t.note("Initialising all packages takes, in ms: " + init + ".")
	if left < 0 {
		t.note("Processes left behind are counted on Linux.")
	}
	if !alone {
		t.note("Not measured here: keyctl. It needs Linux, with keyrings and user namespaces.")
	}
	return t.print(), nil
}

// buildEmpty builds the program that everything is compared with.
func buildEmpty(dir string) (string, error) {
	source, program := filepath.Join(dir, "empty.go"), filepath.Join(dir, "empty")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, source)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build an empty program: %w\n%s", err, out)
	}
	return program, nil
}

// derivations is what the file keystore of aws-vault has, in jose2go.
const derivations = 8192

// keyDerivation is the time that a passphrase takes to become a key.
func keyDerivation() (time.Duration, error) {
	s := subject{}
	for range 30 {
		start := time.Now()
		if _, err := pbkdf2.Key(sha256.New, world.Passphrase, make([]byte, 31), derivations, 16); err != nil {
			return 0, err
		}
		s.times = append(s.times, time.Since(start))
	}
	return s.median(), nil
}

// cast lists what is measured. The empty program is the first, a `use` the last.
func cast(w *world.World, empty string, alone bool) ([]*subject, error) {
	environ := w.Environ()
	reference := &subject{name: "an empty Go program", argv: []string{empty}, environ: environ}
	subjects := []*subject{reference}
	if path, err := exec.LookPath("/bin/true"); err == nil {
		subjects = append(subjects, &subject{name: "/bin/true", argv: []string{path}, environ: environ, to: reference})
	}
	add := func(s *subject) *subject {
		s.argv = append([]string{w.Vault}, s.argv...)
		subjects = append(subjects, s)
		return s
	}
	add(&subject{name: "vault version", argv: []string{"version"}, environ: environ, says: "vault ", to: reference, budget: 2})
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		add(&subject{name: "vault hook " + shell, argv: []string{"hook", shell}, environ: environ, says: "__vault_install", to: reference, budget: 2})
	}

	few, many, err := configs(w.Dir)
	if err != nil {
		return nil, err
	}
	add(&subject{name: "completion among 10,000 profiles", argv: []string{"__complete", "bash", "use", "team-99"}, says: "team-9999-admin",
		environ: lastOnly(w.Environ("AWS_CONFIG_FILE=" + many)), to: reference, budget: 4})
	type keystore struct {
		name    string
		environ []string
		budget  float64
	}
	// Sessions go to the file keystore only where there is no kernel keyring; what
	// its format takes is said below the table.
	stores := []keystore{{"file, sessions too", []string{"AWS_VAULT_BACKEND=file", "AWS_VAULT_SESSION_BACKEND=file"}, 0}}
	if alone {
		stores = append(stores,
			keystore{"file, sessions in keyctl", []string{"AWS_VAULT_BACKEND=file"}, 3},
			keystore{"keyctl", []string{"AWS_VAULT_BACKEND=keyctl"}, 3})
	}
	argv := []string{"__shell", "bash", "--readonly=", "--kept=", "--previous=", "--", "use", "dev"}
	for i, store := range stores {
		// A directory of its own, or it would find the sessions of another.
		store.environ = append(store.environ, fmt.Sprintf("AWS_VAULT_FILE_DIR=%s/keys%d", w.Dir, i))
		if err := addKeys(w, store.environ); err != nil {
			return nil, err
		}
		with := func(config string) []string {
			return lastOnly(w.Environ(append(slices.Clone(store.environ), "AWS_CONFIG_FILE="+config)...))
		}
		if store.budget > 0 { // over the command itself
			add(&subject{name: "exec of an empty Go program: " + store.name, argv: []string{"exec", "dev", "--", reference.argv[0]}, environ: with(few), to: reference, budget: store.budget + 1})
		}
		one := add(&subject{name: "use, cached: " + store.name, argv: argv, environ: with(few), says: ":vault:end:", to: reference, budget: store.budget})
		add(&subject{name: "  with 10,000 profiles", argv: argv, environ: with(many), says: ":vault:end:", to: one, budget: 2})
	}
	return subjects, nil
}

// lastOnly drops all but the last of the settings of a variable, as os/exec does.
func lastOnly(environ []string) []string {
	last := map[string]int{}
	for i, v := range environ {
		name, _, _ := strings.Cut(v, "=")
		last[name] = i
	}
	var only []string
	for i, v := range environ {
		if name, _, _ := strings.Cut(v, "="); last[name] == i {
			only = append(only, v)
		}
	}
	return only
}

// configs writes a config file with the profile and its source, and one with
// 10,000 others above them.
func configs(dir string) (few, many string, err error) {
	const wanted = "[profile plain]\nregion = eu-west-1\n\n[profile dev]\nrole_arn = arn:aws:iam::111122223333:role/reader\nsource_profile = plain\nregion = eu-central-1\n"
	var others strings.Builder
	for i := range profiles {
		fmt.Fprintf(&others, "[profile team-%d-admin]\nrole_arn = arn:aws:iam::%012d:role/administrator\nsource_profile = plain\nregion = eu-west-1\noutput = json\n\n", i, i)
	}
	few, many = filepath.Join(dir, "few"), filepath.Join(dir, "many")
	if err := os.WriteFile(few, []byte(wanted), 0o600); err != nil {
		return "", "", err
	}
	return few, many, os.WriteFile(many, []byte(others.String()+wanted), 0o600)
}

// addKeys stores the example key.
func addKeys(w *world.World, environ []string) error {
	environ = append(slices.Clone(environ), "AWS_ACCESS_KEY_ID="+w.Example.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+w.Example.SecretAccessKey)
	if _, errs, status := w.Run(environ, "add", "plain", "--env", "--no-add-config"); status != 0 {
		return fmt.Errorf("vault add: status %d: %s", status, errs)
	}
	return nil
}
