// Package shells drives the real shells, interactive, on a pseudo terminal, with
// the hook in their start-up file.
package shells

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"awsvault/internal/env"
	"awsvault/tests/need"
	"awsvault/tests/terminal"
	"awsvault/tests/world"
)

// kind describes how to start a shell and how to talk to it.
type kind struct {
	name string
	// start returns the command, given a directory for start-up files and the
	// text that the start-up file should have.
	start func(t testing.TB, dir, rc string) []string
	rc    func(vault string) string // the line of the README
	// then runs a line and reports its status between marks.
	then   func(line string, n int) string
	source func(path string) string // runs a file in this shell
	set    func(name, value string) string
	unset  func(name string) string
}

func quoted(shell, value string) string {
	d, err := env.HookDialect(shell)
	if err != nil {
		panic(err)
	}
	q, err := env.Quote(d, value)
	if err != nil {
		panic(err)
	}
	return q
}

func write(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

var kinds = []kind{
	{
		name: "bash",
		start: func(t testing.TB, dir, rc string) []string {
			return []string{need.Program(t, "bash", "bash"), "--noprofile", "--rcfile", write(t, filepath.Join(dir, "rc.bash"), "PS1='$ '\nHISTFILE=\n"+rc), "-i"}
		},
		rc:     func(vault string) string { return fmt.Sprintf("eval \"$(%s hook bash)\"\n", quoted("bash", vault)) },
		then:   func(line string, n int) string { return fmt.Sprintf("%s; echo \"<<$?:%d>>\"", line, n) },
		source: func(path string) string { return "source " + quoted("bash", path) },
		set:    func(n, v string) string { return "export " + n + "=" + quoted("bash", v) },
		unset:  func(n string) string { return "unset -v " + n },
	},
	{
		name: "zsh",
		start: func(t testing.TB, dir, rc string) []string {
			write(t, filepath.Join(dir, ".zshrc"), "PROMPT='%% '\nunset HISTFILE\n"+rc)
			return []string{"ZDOTDIR=" + dir, need.Program(t, "zsh", "zsh"), "-d", "-i"}
		},
		rc:     func(vault string) string { return fmt.Sprintf("eval \"$(%s hook zsh)\"\n", quoted("zsh", vault)) },
		then:   func(line string, n int) string { return fmt.Sprintf("%s; echo \"<<$?:%d>>\"", line, n) },
		source: func(path string) string { return "source " + quoted("zsh", path) },
		set:    func(n, v string) string { return "export " + n + "=" + quoted("zsh", v) },
		unset:  func(n string) string { return "unset -v " + n },
	},
	{
		name: "fish",
		start: func(t testing.TB, dir, rc string) []string {
			// Where there is none, fish has python write completions from all manuals.
			if err := os.MkdirAll(filepath.Join(dir, "fish", "generated_completions"), 0o700); err != nil {
				t.Fatal(err)
			}
			path := write(t, filepath.Join(dir, "rc.fish"), "function fish_prompt; echo -n '> '; end\nfunction fish_greeting; end\n"+rc)
			return []string{"XDG_CONFIG_HOME=" + dir, "XDG_DATA_HOME=" + dir, need.Program(t, "fish", "fish"), "-i", "--init-command", "source " + quoted("fish", path)}
		},
		rc:     func(vault string) string { return quoted("fish", vault) + " hook fish | source\n" },
		then:   func(line string, n int) string { return fmt.Sprintf("%s; echo \"<<$status:%d>>\"", line, n) },
		source: func(path string) string { return "source " + quoted("fish", path) },
		set:    func(n, v string) string { return "set -gx " + n + " " + quoted("fish", v) },
		unset:  func(n string) string { return "set -eg " + n },
	},
	{
		name: "powershell",
		start: func(t testing.TB, dir, rc string) []string {
			path := write(t, filepath.Join(dir, "rc.ps1"), "function prompt { 'PS> ' }\n"+rc)
			return []string{need.Pwsh(t), "-NoLogo", "-NoProfile", "-NoExit", "-File", path}
		},
		rc: func(vault string) string {
			return "Invoke-Expression (& " + quoted("powershell", vault) + " hook powershell | Out-String)\n"
		},
		then:   func(line string, n int) string { return fmt.Sprintf("%s; \"<<$($LASTEXITCODE):%d>>\"", line, n) },
		source: func(path string) string { return ". " + quoted("powershell", path) },
		set:    func(n, v string) string { return "$env:" + n + " = " + quoted("powershell", v) },
		unset:  func(n string) string { return "$env:" + n + " = $null" },
	},
}

// session is one interactive shell.
type session struct {
	t     testing.TB
	kind  kind
	world *world.World
	dir   string
	tty   *terminal.Terminal
	cmd   *exec.Cmd
	n     int
	read  int // how much of what it printed the test has seen
}

// start starts a shell in the world, with the hook, and waits until it answers.
func start(t testing.TB, k kind, w *world.World, more ...string) *session {
	return startWith(t, k, w, k.rc(w.Vault), more...)
}

func startWith(t testing.TB, k kind, w *world.World, rc string, more ...string) *session {
	t.Helper()
	s := prepare(t, k, w, rc, more...)
	if err := s.launch(); err != nil {
		t.Fatal(err)
	}
	return s
}

// prepare makes a shell that launch starts. What the machine lacks ends the test
// here, in its own goroutine.
func prepare(t testing.TB, k kind, w *world.World, rc string, more ...string) *session {
	t.Helper()
	dir := t.TempDir()
	args := k.start(t, dir, rc)
	environ := w.Environ(more...)
	for strings.Contains(args[0], "=") && !strings.HasPrefix(args[0], "/") {
		environ = append(environ, args[0])
		args = args[1:]
	}
	s := &session{t: t, kind: k, world: w, dir: dir}
	s.cmd = exec.Command(args[0], args[1:]...)
	s.cmd.Env = environ
	s.cmd.Dir = w.Home
	return s
}

// launch starts the shell and waits until it answers. Several may be launched at
// once: it leaves the test alone.
func (s *session) launch() error {
	var err error
	if s.tty, err = terminal.Start(s.cmd, terminal.Size{Rows: 40, Columns: 400}); err != nil {
		return err
	}
	s.t.Cleanup(s.tty.Close)
	_, status, err := s.answers(s.kind.unset("NO_SUCH_VARIABLE"))
	if err == nil && s.kind.name != "powershell" && status == "" {
		err = fmt.Errorf("%s does not answer:\n%s", s.kind.name, s.all())
	}
	return err
}

func (s *session) all() string { return s.tty.Shown() }

// typed sends keys.
func (s *session) typed(keys string) {
	s.t.Helper()
	if err := s.tty.Type(keys); err != nil {
		s.t.Fatal(err)
	}
}

const patience = 30 * time.Second

// expect waits for text that was not seen before and returns all up to its end
// and its groups.
func (s *session) expect(pattern string) (string, []string) {
	s.t.Helper()
	text, groups, err := s.await(pattern)
	if err != nil {
		s.t.Fatal(err)
	}
	return text, groups
}

func (s *session) await(pattern string) (string, []string, error) {
	re := regexp.MustCompile(pattern)
	deadline := time.After(patience)
	for {
		fresh := s.tty.Since(s.read)
		if loc := re.FindStringSubmatchIndex(fresh); loc != nil {
			var groups []string
			for i := 0; i+1 < len(loc); i += 2 {
				groups = append(groups, fresh[loc[i]:loc[i+1]])
			}
			s.read += loc[1]
			return terminal.Plain(fresh[:loc[1]]), groups, nil
		}
		select {
		case <-s.tty.More():
		case <-deadline:
			return "", nil, fmt.Errorf("%s: waited in vain for %q; it printed:\n%s", s.kind.name, pattern, s.all())
		}
	}
}

// run runs a line and returns what the terminal showed and the status.
func (s *session) run(line string) (string, string) {
	s.t.Helper()
	text, status, err := s.answers(line)
	if err != nil {
		s.t.Fatal(err)
	}
	return text, status
}

func (s *session) answers(line string) (text, status string, err error) {
	s.n++
	if err := s.tty.Type(s.kind.then(line, s.n) + "\r"); err != nil {
		return "", "", err
	}
	text, groups, err := s.await(fmt.Sprintf(`<<(-?[0-9]*):%d>>`, s.n))
	if err != nil {
		return "", "", err
	}
	return text, groups[1], nil
}

// ok runs a line that must end with status 0.
func (s *session) ok(line string) string {
	s.t.Helper()
	text, status := s.run(line)
	if status != "0" && !(status == "" && s.kind.name == "powershell") {
		s.t.Fatalf("%s: %s: status %s\n%s", s.kind.name, line, status, text)
	}
	return text
}

// runThen runs a line, and does something when it has ended and no prompt has come yet.
func (s *session) runThen(line string, do func()) {
	s.t.Helper()
	s.n++
	ended, gate := filepath.Join(s.dir, fmt.Sprintf("ended%d", s.n)), filepath.Join(s.dir, fmt.Sprintf("gate%d", s.n))
	done := make(chan error)
	go func() {
		for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
			if _, err := os.Stat(ended); err == nil {
				break
			}
		}
		do()
		done <- os.WriteFile(gate, nil, 0o600)
	}()
	s.ok(fmt.Sprintf(`%s; sh -c "touch %s; until [ -e %s ]; do sleep 0.05; done"`, line, ended, gate))
	if err := <-done; err != nil {
		s.t.Fatal(err)
	}
}

// script runs lines from a file in this shell: for what cannot be typed.
func (s *session) script(lines ...string) string {
	s.t.Helper()
	s.n++
	path := filepath.Join(s.dir, fmt.Sprintf("script%d.ps1", s.n))
	write(s.t, path, strings.Join(lines, "\n")+"\n")
	text, _ := s.run(s.kind.source(path))
	return text
}

// dump is the line that writes the environment of a child to a file.
func dump(path string) string { return "/bin/cp /proc/self/environ " + path }

// output returns the output of a line. It goes through a file, without the terminal's echo.
func (s *session) output(line string) string {
	s.t.Helper()
	s.n++
	path := filepath.Join(s.dir, fmt.Sprintf("output%d", s.n))
	if s.kind.name == "fish" {
		line = "begin; " + line + "; end"
	}
	if s.kind.name == "bash" || s.kind.name == "zsh" {
		line = "{ " + line + "; }"
	}
	if s.kind.name == "powershell" {
		line = "& { " + line + " }"
	}
	s.ok(line + " > " + path)
	b, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(b)
}

// exported returns the environment that a child of the shell gets, sorted.
func (s *session) exported() []string {
	s.t.Helper()
	s.n++
	path := filepath.Join(s.dir, fmt.Sprintf("environ%d", s.n))
	s.ok(dump(path))
	return environment(s.t, path)
}

func environment(t testing.TB, path string) []string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	vars := strings.Split(string(bytes.TrimSuffix(b, []byte{0})), "\x00")
	// bash sets these after a child, and exports them under `set -a`.
	vars = slices.DeleteFunc(vars, func(v string) bool {
		return strings.HasPrefix(v, "COLUMNS=") || strings.HasPrefix(v, "LINES=")
	})
	sort.Strings(vars)
	return vars
}

// value returns one variable of an environment.
func value(environ []string, name string) (string, bool) {
	for _, v := range environ {
		if rest, ok := strings.CutPrefix(v, name+"="); ok {
			return rest, true
		}
	}
	return "", false
}

// inEach runs a test in each shell.
func inEach(t *testing.T, test func(t *testing.T, k kind)) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) { test(t, k) })
	}
}
