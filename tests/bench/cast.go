package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"awsvault/tests/awsfake"
	"awsvault/tests/world"
)

// stage is what the measuring plays on.
type stage struct {
	dir, vault, empty string
	alone             bool

	home      *world.World // where the keys are in a file
	fakes     []*awsfake.Server
	reference *subject
	subjects  []*subject
	counted   []*subject // those that may start nothing and call no message bus
	notes     []string
	ends      []func()
}

func (s *stage) close() {
	for _, end := range slices.Backward(s.ends) {
		end()
	}
}

// world is a home of its own, with an AWS of its own.
func (s *stage) world(name string) (*world.World, error) {
	fake := awsfake.New(awsfake.Options{})
	if err := fake.Listen("127.0.0.1:0"); err != nil {
		return nil, err
	}
	s.fakes = append(s.fakes, fake)
	s.ends = append(s.ends, func() { fake.Close() })
	return world.Build(filepath.Join(s.dir, name), s.vault, fake)
}

// calls are all calls of AWS so far, which are forgotten.
func (s *stage) calls() (all []string) {
	for _, fake := range s.fakes {
		all = append(all, fake.Operations()...)
		fake.Reset()
	}
	return all
}

func (s *stage) note(text string) { s.notes = append(s.notes, text) }

// last is the last subject that is vault with everything linked: a `use`.
func (s *stage) last() *subject {
	for _, one := range slices.Backward(s.subjects) {
		if strings.HasPrefix(one.name, "use") {
			return one
		}
	}
	return s.subjects[len(s.subjects)-1]
}

// keep plays the rows of a list alone, and what they are compared with.
func (s *stage) keep(only string) {
	if only == "" {
		return
	}
	compared := map[*subject]bool{s.reference: true}
	wanted := func(one *subject) bool { return begins(strings.TrimSpace(one.name), only) }
	for _, one := range s.subjects {
		if wanted(one) {
			compared[one.to] = true
		}
	}
	s.subjects = slices.DeleteFunc(s.subjects, func(one *subject) bool { return !wanted(one) && !compared[one] })
}

func (s *stage) add(one *subject) *subject {
	s.subjects = append(s.subjects, one)
	return one
}

// vaultRow is a subject that is vault, compared with the empty program.
func (s *stage) vaultRow(name string, budget float64, environ []string, says string, args ...string) *subject {
	return s.add(&subject{name: name, argv: append([]string{s.vault}, args...), environ: environ, says: says, to: s.reference, budget: budget})
}

// cast lists what is measured. The empty program is the first.
func (s *stage) cast() error {
	var err error
	if s.home, err = s.world("plain"); err != nil {
		return err
	}
	environ := s.home.Environ()
	s.reference = s.add(&subject{name: "an empty Go program", argv: []string{s.empty}, environ: environ})
	if path, err := exec.LookPath("/bin/true"); err == nil {
		s.add(&subject{name: "/bin/true", argv: []string{path}, environ: environ, to: s.reference})
	}
	s.vaultRow("vault version", 2, environ, "vault ", "version")
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		s.vaultRow("vault hook "+shell, 2, environ, "__vault_install", "hook", shell)
	}
	few, many, err := configs(s.dir)
	if err != nil {
		return err
	}
	s.vaultRow("completion among 10,000 profiles", 2.5, s.home.Environ("AWS_CONFIG_FILE="+many), "team-9999-admin", "__complete", "bash", "use", "team-99")

	if s.alone {
		if err := s.commands("file", s.home.Environ("AWS_CONFIG_FILE="+few), many); err != nil {
			return err
		}
		keyctl, err := s.keystore("keyctl", "AWS_VAULT_BACKEND=keyctl")
		if err != nil {
			return err
		}
		if err := s.commands("keyctl", append(keyctl, "AWS_CONFIG_FILE="+few), ""); err != nil {
			return err
		}
	} else {
		s.note("Not measured here: cached sessions. They need Linux, with keyrings and user namespaces.")
	}
	return s.desktops()
}

// commands adds the rows of what is cached, with keys in one keystore; and the
// same among many profiles.
func (s *stage) commands(store string, environ []string, many string) error {
	environ = lastOnly(environ)
	active, err := s.activated(environ)
	if err != nil {
		return err
	}
	type command struct {
		name   string
		budget float64
		says   string
		args   []string
	}
	list := []command{
		{"use", 2.2, ":vault:end:", shellCall("use", "dev")},
		{"use, flags", 2.2, ":vault:end:", shellCall("use", "dev", "--region", "us-east-1", "--duration=1h")},
		{"use, all of it", 2.2, ":vault:end:", shellCall("use", "all", "--agent", "--min=10m", "--region", "us-east-1")},
		{"export", 2.5, "AWS_SESSION_TOKEN", []string{"export", "dev"}},
		{"export, flags", 2.5, "SessionToken", []string{"export", "--format=json", "--duration", "1h", "dev"}},
		{"credential-process", 2.5, "SessionToken", []string{"credential-process", "dev"}},
		{"exec", 2.5, "", []string{"exec", "dev", "--", s.empty}},
		{"exec, flags", 2.5, "", []string{"exec", "--duration=1h", "-r", "us-east-1", "dev", "--", s.empty}},
		{"list", 2.5, "dev", []string{"list"}},
		{"list, flags", 2.5, `"dev"`, []string{"list", "--json"}},
		{"status", 2.5, "dev", []string{"status"}},
		{"status, flags", 2.5, `"dev"`, []string{"status", "--json"}},
	}
	for _, c := range list {
		one := s.vaultRow(c.name+": "+store, c.budget, environ, c.says, c.args...)
		one.command = strings.HasPrefix(c.name, "exec")
		if strings.HasPrefix(c.name, "status") {
			one.environ = active
		}
		s.counted = append(s.counted, one)
		if many == "" || strings.Contains(c.name, ",") {
			continue
		}
		among := *one
		among.name, among.environ = "  with 10,000 profiles: "+c.name, lastOnly(append(slices.Clone(one.environ), "AWS_CONFIG_FILE="+many))
		among.to, among.budget = one, 1.3
		if c.name == "list" {
			among.to, among.budget = s.reference, 20
		}
		s.add(&among)
	}
	return nil
}

// activated is the environment in which the profile is active.
func (s *stage) activated(environ []string) ([]string, error) {
	cmd := exec.Command(s.vault, "exec", "dev", "--", "env", "-0")
	cmd.Env = environ
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("vault exec: %w", err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"), nil
}

// shellCall is how a hook calls for a change.
func shellCall(args ...string) []string {
	return append([]string{"__shell", "bash", "--readonly=", "--kept=", "--previous=", "--"}, args...)
}

// keystore makes a home whose keys are in another keystore, with the example key
// in it, and returns its environment.
func (s *stage) keystore(name string, settings ...string) ([]string, error) {
	w, err := s.world(name)
	if err != nil {
		return nil, err
	}
	environ := lastOnly(w.Environ(settings...))
	with := append(slices.Clone(environ), "AWS_ACCESS_KEY_ID="+w.Example.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+w.Example.SecretAccessKey)
	if _, errs, status := w.Run(with, "add", "plain", "--env", "--no-add-config"); status != 0 {
		return nil, fmt.Errorf("vault add: status %d: %s", status, errs)
	}
	return environ, nil
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

const wanted = "[profile plain]\nregion = eu-west-1\n\n[profile dev]\nrole_arn = arn:aws:iam::111122223333:role/reader\nsource_profile = plain\nregion = eu-central-1\n" +
	"\n[profile all]\ninclude_profile = dev\naccount = 111122223333\nvault_min = 5m\nvault_agent = read-only\nvault_tags = team=payments\n"

// configs writes a config file with the profile and its source, and one with
// 10,000 others above them.
func configs(dir string) (few, many string, err error) {
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

// cachedSessions is how many sessions a busy person has.
const cachedSessions = 60

// sixty writes a config file with sixty roles beside the wanted profile.
func sixty(dir string) (string, error) {
	var text strings.Builder
	for i := range cachedSessions {
		fmt.Fprintf(&text, "[profile team-%d]\nrole_arn = arn:aws:iam::111122223333:role/reader\nrole_session_name = team-%d\nsource_profile = plain\nregion = eu-west-1\n\n", i, i)
	}
	path := filepath.Join(dir, "sixty")
	return path, os.WriteFile(path, []byte(text.String()+wanted), 0o600)
}
