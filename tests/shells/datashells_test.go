package shells

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/tests/need"
	"awsvault/tests/terminal"
	"awsvault/tests/world"
)

// dataShell is a shell whose hook is told JSON: what is tested of them runs in scripts, and
// the prompt is called by hand; see atTheTerminalIn for the real one.
type dataShell struct {
	name   string
	argv   func(t testing.TB, script string) []string
	vault  string // the word for the hook's function in a script
	prompt string // what the shell calls before a prompt
	text   string // prints the indicator
	failed func(line string) string
	cd     string
}

var dataShells = []dataShell{
	{
		name: "nushell", vault: "vault", prompt: "__vault_prompt", text: "print (__vault_front)", cd: "cd ",
		argv: func(t testing.TB, script string) []string { return []string{need.Nu(t), "-n", script} },
		failed: func(line string) string {
			return "try { " + line + "; print went-on } catch {|e| print $'status ($e.exit_code)' }"
		},
	},
	{
		name: "xonsh", vault: "vault", prompt: "__xonsh__.vault_hook.prompt()", text: "print(__xonsh__.vault_hook.indicator())", cd: "cd ",
		argv: func(t testing.TB, script string) []string {
			return []string{need.Program(t, "xonsh", "xonsh"), "--no-rc", script}
		},
		failed: func(line string) string { return line },
	},
	{
		name: "elvish", vault: "main", prompt: "prompt", text: "print (front)", cd: "cd ",
		argv: func(t testing.TB, script string) []string {
			return []string{elvishProgram(t), "-norc", script}
		},
		failed: func(line string) string {
			return "try { " + line + "; echo went-on } catch e { echo status $e[reason][exit-status] }"
		},
	},
}

// elvishProgram is one whose language the hook speaks: bullseye has 0.15.
func elvishProgram(t testing.TB) string {
	t.Helper()
	path := need.Program(t, "elvish", "elvish")
	if out, err := exec.Command(path, "-version").Output(); err == nil && regexp.MustCompile(`^0\.(\d|1[0-7])\.`).Match(out) {
		need.Bonus(t, "elvish 0.18 or later")
	}
	return path
}

// inData runs a test in each of them.
func inData(t *testing.T, test func(t *testing.T, k dataShell, w *world.World)) {
	for _, k := range dataShells {
		t.Run(k.name, func(t *testing.T) { test(t, k, world.New(t)) })
	}
}

// runs runs lines after the hook, and returns what they print.
func (k dataShell) runs(t *testing.T, w *world.World, environ []string, lines ...string) string {
	t.Helper()
	hook, stderr, status := w.Run(nil, "hook", k.name)
	if status != 0 {
		t.Fatalf("hook: %s", stderr)
	}
	if k.name == "elvish" { // without an editor there is nothing to install
		at := strings.LastIndex(hook, "\ninstall ")
		hook = hook[:at+1]
	}
	dir := t.TempDir()
	argv := k.argv(t, write(t, filepath.Join(dir, "script"), hook+strings.Join(lines, "\n")+"\n"))
	bounded, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(bounded, argv[0], argv[1:]...)
	cmd.Env, cmd.Dir = w.Environ(append([]string{"TERM=dumb", "XONSH_DATA_DIR=" + dir, "XDG_CONFIG_HOME=" + dir, "XDG_DATA_HOME=" + dir}, environ...)...), w.Home
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// environment reads a dumped environment, without what the shells themselves change.
func awsEnviron(t *testing.T, path string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, entry := range strings.Split(strings.Trim(string(text), "\x00"), "\x00") {
		if name, value, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "AWS_") {
			all[name] = value
		}
	}
	return all
}

// dump copies the environment that programs get to a file. The copy can only be read, as
// what it is made of: -f lets a second one take its place.
func (k dataShell) dump(path string) string {
	if k.name == "nushell" {
		return "^/bin/cp -f /proc/self/environ " + path
	}
	if k.name == "elvish" {
		return "e:cp -f /proc/self/environ " + path
	}
	return "/bin/cp -f /proc/self/environ " + path
}

func restoresIn(t *testing.T, k dataShell, w *world.World) {
	at := func(name string) string { return filepath.Join(w.Home, name) }
	lines := []string{k.dump(at("before"))}
	steps := []string{"use dev", "use other", "use -", "off", "use -", "refresh", "off"}
	if k.name == "nushell" {
		// Within one line or file, nushell takes a variable away once: what it was started
		// with is seen again. At a prompt it is as it should be: atTheTerminalIn.
		steps = steps[:4]
	}
	for i, words := range steps {
		lines = append(lines, k.vault+" "+words, k.dump(at(fmt.Sprint(i))))
	}
	k.runs(t, w, theirs, lines...)
	before := awsEnviron(t, at("before"))
	for i, want := range []string{"dev", "other", "dev", "", "dev", "dev", ""}[:len(steps)] {
		now := awsEnviron(t, at(fmt.Sprint(i)))
		if want == "" {
			if d := cmp.Diff(before, now); d != "" {
				t.Errorf("step %d (-before +after):\n%s", i, d)
			}
			continue
		}
		if now["AWS_VAULT"] != want || !strings.HasPrefix(now["AWS_ACCESS_KEY_ID"], "ASIA") || now["AWS_REGION"] == "us-west-2" {
			t.Errorf("step %d: %v", i, now)
		}
		if _, there := now["AWS_PROFILE"]; there || strings.Contains(fmt.Sprint(now), "theirs") {
			t.Errorf("step %d: what was there before can be seen: %v", i, now)
		}
	}
}

func passesOnIn(t *testing.T, k dataShell, w *world.World) {
	at := func(name string) string { return filepath.Join(w.Home, name) }
	word := map[string]string{"nushell": "'a b' 'x,y' '-p:q' '*?' '' --z=1", "xonsh": "'a b' 'x,y' '-p:q' '*?' '' --z=1", "elvish": "'a b' 'x,y' -p:q '*?' '' --z=1"}[k.name]
	out := k.runs(t, w, nil,
		k.vault+" exec dev -- printf '<%s>' "+word,
		map[bool]string{true: "echo piped", false: "echo piped | " + k.vault + " exec dev -- cat"}[k.name == "xonsh"], // which hangs: docs/shell.md
		k.failed(k.vault+" exec dev -- sh -c 'exit 7'"),
		k.failed(k.vault+" use nosuch"),
		k.dump(at("after")),
		k.vault+" use dev --help",
	)
	for _, want := range []string{"<a b><x,y><-p:q><*?><><--z=1>", "piped", `profile "nosuch" not found`, "Usage: vault use"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	if k.name != "xonsh" && (!strings.Contains(out, "status 7") || !strings.Contains(out, "status 1") || strings.Contains(out, "went-on")) {
		t.Errorf("statuses:\n%s", out)
	}
	if got := awsEnviron(t, at("after")); got["AWS_VAULT"] != "" {
		t.Errorf("a failed use changed: %v", got)
	}
}

func directoriesIn(t *testing.T, k dataShell, w *world.World) {
	dir := project(t, w, "pay", "dev\n")
	w.Run(nil, "allow", dir)
	other := project(t, w, "other", "other\n")
	at := func(name string) string { return filepath.Join(w.Home, name) }
	lines := []string{k.prompt, k.cd + dir, k.prompt, k.dump(at("in")), k.text, k.cd + w.Home, k.prompt, k.dump(at("out")), k.cd + other, k.prompt, k.dump(at("untrusted")),
		k.cd + w.Home, k.prompt, k.vault + " use dev", k.text, k.vault + " off", k.text}
	out := k.runs(t, w, theirs, lines...)
	if got := awsEnviron(t, at("in"))["AWS_VAULT"]; got != "dev" {
		t.Errorf("in the directory %q is active\n%s", got, out)
	}
	if d := cmp.Diff(awsEnviron(t, at("out")), awsEnviron(t, at("untrusted"))); d != "" {
		t.Error(d)
	}
	if got := awsEnviron(t, at("out")); got["AWS_VAULT"] != "" || got["AWS_PROFILE"] != "mine" || got["AWS_SECRET_ACCESS_KEY"] != "theirs/secret+1" {
		t.Errorf("outside: %v\n%s", got, out)
	}
	if strings.Count(out, "(dev 1h) ") != 2 || strings.Count(out, "is not trusted") != 1 {
		t.Errorf("it shows:\n%s", out)
	}
}

// Prompts with nothing to do start no process: the binary is a script that counts.
func fewProcessesIn(t *testing.T, k dataShell, w *world.World) {
	log := filepath.Join(w.Home, "calls")
	counter := filepath.Join(w.Home, "counter")
	if err := os.WriteFile(counter, []byte("#!/bin/sh\necho \"$@\" >> "+log+"\nexec "+w.Vault+" \"$@\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	bin := map[string]string{"nushell": "$env.__vault.bin = '", "xonsh": "__xonsh__.vault_hook.bin = '", "elvish": "set bin = '"}[k.name] + counter + "'"
	lines := []string{bin}
	for range 20 {
		lines = append(lines, k.prompt, k.text)
	}
	lines = append(lines, k.vault+" use dev")
	for range 20 {
		lines = append(lines, k.prompt, k.text)
	}
	out := k.runs(t, w, nil, lines...)
	calls, _ := os.ReadFile(log)
	if n := strings.Count(string(calls), "\n"); n != 1 || !strings.Contains(string(calls), "use dev") {
		t.Errorf("%d calls:\n%s\n%s", n, calls, out)
	}
	if n := strings.Count(out, "(dev 1h)"); n != 20 {
		t.Errorf("the indicator was shown %d times:\n%s", n, out)
	}
}

// The program's path is data, and a session that another process cut short changes nothing.
func programPathIn(t *testing.T, k dataShell, w *world.World) {
	for _, name := range []string{"a b", "it's", `q"uo`, "$HOME (x) `y`", "é日本", `back\slash`} {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		link := filepath.Join(dir, "vault")
		if err := os.Symlink(w.Vault, link); err != nil {
			t.Fatal(err)
		}
		there := *w
		there.Vault = link
		if out := k.runs(t, &there, nil, k.vault+" use dev", k.text); !strings.Contains(out, "(dev 1h)") {
			t.Errorf("%s:\n%s", name, out)
		}
	}
	short := filepath.Join(w.Home, "short")
	if err := os.WriteFile(short, []byte("#!/bin/sh\necho '{\"ops\":[[\"set\",\"AWS_REGION\",\"cut\"]],\"locals\":{}}'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	bin := map[string]string{"nushell": "$env.__vault.bin = '", "xonsh": "__xonsh__.vault_hook.bin = '", "elvish": "set bin = '"}[k.name] + short + "'"
	line := map[string]string{"nushell": "try { vault use dev } catch {|e| print $e.msg }", "xonsh": "vault use dev", "elvish": "try { main use dev } catch e { echo $e[reason][content] }"}[k.name]
	at := filepath.Join(w.Home, "after")
	if out := k.runs(t, w, nil, bin, line, k.dump(at)); !strings.Contains(out, "the answer was cut short") || awsEnviron(t, at)["AWS_REGION"] == "cut" {
		t.Errorf("cut short:\n%s", out)
	}
}

// atTerminal starts the shell at a terminal, with the line of `vault init` in a start-up file.
func (k dataShell) atTerminal(t *testing.T, w *world.World) *session {
	t.Helper()
	line, _, _ := w.Run(nil, "init", k.name, "--print")
	dir := t.TempDir()
	var argv []string
	switch k.name {
	case "nushell":
		rc := write(t, filepath.Join(dir, "config.nu"), "$env.config.show_banner = false\n$env.PROMPT_COMMAND = {|| 'PS' }\n"+line)
		argv = []string{need.Nu(t), "--config", rc, "--env-config", write(t, filepath.Join(dir, "env.nu"), "")}
	case "xonsh":
		rc := write(t, filepath.Join(dir, "rc.xsh"), "$PROMPT = 'PS> '\n$SHELL_TYPE = 'readline'\n"+line)
		argv = []string{need.Program(t, "xonsh", "xonsh"), "--rc", rc, "--shell-type", "readline"}
	case "elvish":
		argv = []string{elvishProgram(t), "-rc", write(t, filepath.Join(dir, "rc.elv"), "set edit:prompt = { put 'PS> ' }\n"+line)}
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env, cmd.Dir = w.Environ("AWS_PROFILE=mine", "AWS_SECURITY_TOKEN=theirs", "TERM=xterm", "XONSH_DATA_DIR="+dir, "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir, "NO_COLOR="), w.Home
	s := &session{t: t, kind: kind{name: k.name}, world: w, dir: dir, cmd: cmd}
	var err error
	if s.tty, err = terminal.Start(cmd, terminal.Size{Rows: 40, Columns: 200, Cursor: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.tty.Close)
	s.expect(`PS`)
	return s
}

func atTheTerminalIn(t *testing.T, k dataShell, w *world.World) {
	s := k.atTerminal(t, w)
	s.typed("vault use dev\r")
	s.expect(`role/reader`)
	s.expect(`\(dev 1h\) (?:\x1b\[[0-9;]*m)*PS`)
	at := func(name string) string { return filepath.Join(w.Home, name) }
	for i, words := range []string{"off", "use dev", "refresh", "off"} {
		line := k.dump(at(fmt.Sprint(i))) + "; " + k.dump(at(fmt.Sprint(i)+"done")) + "\r"
		if words == "refresh" {
			line = "vault region us-west-2; vault refresh; " + line
		} else {
			s.typed("vault " + words + "\r")
			s.expect(map[string]string{"off": `left dev`, "use dev": `role/reader`}[words])
		}
		// What is typed while an editor begins can be lost: then once more.
		for n := range 300 {
			if n%40 == 0 {
				s.typed(line)
			}
			if info, err := os.Stat(at(fmt.Sprint(i) + "done")); err == nil && info.Size() > 0 {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		if _, err := os.Stat(at(fmt.Sprint(i))); err != nil {
			t.Fatalf("step %d, %s: nothing ran:\n%s", i, words, s.all())
		}
		got := awsEnviron(t, at(fmt.Sprint(i)))
		if want := words != "off"; (got["AWS_VAULT"] == "dev") != want || (got["AWS_SECURITY_TOKEN"] == "theirs") == want || (got["AWS_PROFILE"] == "mine") == want {
			t.Errorf("step %d, %s: %v", i, words, got)
		}
		if words == "refresh" && got["AWS_REGION"] != "us-west-2" {
			t.Errorf("after vault region and a renewal: %v", got)
		}
	}
}
