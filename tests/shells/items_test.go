package shells

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/tests/awsfake"
	"awsvault/tests/need"
	"awsvault/tests/terminal"
	"awsvault/tests/world"
)

// inShell runs a test in one shell.
func inShell(name string, test func(t *testing.T, k kind)) func(t *testing.T) {
	return func(t *testing.T) {
		for _, k := range kinds {
			if k.name == name {
				test(t, k)
			}
		}
	}
}

// inAll runs a test in each shell, as an item.
func inAll(test func(t *testing.T, k kind)) func(t *testing.T) {
	return func(t *testing.T) { inEach(t, test) }
}

// under returns a shell that another program starts.
func (k kind) under(t testing.TB, program string, args ...string) kind {
	start := k.start
	k.start = func(t2 testing.TB, dir, rc string) []string {
		var settings []string
		shell := start(t2, dir, rc)
		for strings.Contains(shell[0], "=") && !strings.HasPrefix(shell[0], "/") {
			settings, shell = append(settings, shell[0]), shell[1:]
		}
		return append(append(append(settings, need.Program(t, program, "util-linux")), args...), shell...)
	}
	return k
}

// with returns a shell whose start-up file begins with a line.
func (k kind) with(line string) kind {
	rc := k.rc
	k.rc = func(vault string) string { return line + "\n" + rc(vault) }
	return k
}

// variable returns the value of a variable of the shell.
func (s *session) variable(name string) string {
	s.t.Helper()
	line := "echo \"$" + name + "\""
	if s.kind.name == "powershell" {
		line = "\"$global:" + name + "\""
	}
	return strings.TrimSuffix(s.output(line), "\n")
}

// due makes the hook ask the binary at the next prompt.
var due = map[string]string{
	"bash": "__vault_deadline=1 __vault_next=0", "zsh": "__vault_deadline=1 __vault_next=0",
	"fish": "set -g __vault_deadline 1; set -g __vault_next 0", "powershell": "$global:__vault_deadline = '1'",
}

// until presses Enter until something has come.
func (s *session) until(what string, come func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); !come(); s.enters(1) {
		if time.Now().After(deadline) {
			s.t.Fatalf("%s: %s: waited in vain:\n%s", s.kind.name, what, s.all())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// quietIn counts the processes of 20 prompts in every steady state.
func quietIn(t *testing.T, k kind) {
	w := world.New(t)
	active := project(t, w, "a/b/c/d/e/f/g", "dev\n")
	untrusted := project(t, w, "x/y/z", "dev\n")
	s := start(t, k, w)
	s.ok("vault allow " + quoted(k.name, active))
	quiet := func(state string) {
		t.Helper()
		s.enters(2)
		if n, trace := s.processes(func() { s.enters(20) }); n != 0 {
			t.Errorf("%s: %d processes\n%s", state, n, trace)
		}
	}
	quiet("nothing active")
	s.cd(active)
	quiet("active by directory")
	s.cd(untrusted)
	quiet("an untrusted file")
	s.cd(w.Home)
	soonDue(s, w, 4*time.Minute)
	w.Fake.Arm(awsfake.Fault{Kind: awsfake.Drop, Count: 1000})
	s.until("a failed renewal", func() bool { return strings.Contains(s.all(), "could not be renewed") })
	quiet("a failed renewal waits")
	w.Fake.Disarm()
	s.ok("vault use plain")
	quiet("active by hand")
	// The measure measures.
	if n, _ := s.processes(func() { s.ok("/bin/true") }); n == 0 {
		t.Error("strace sees no process where there is one")
	}
}

// goneIn removes the program while the shell is open.
func goneIn(t *testing.T, k kind) {
	w := world.New(t)
	program := w.Vault
	w.Vault = filepath.Join(w.Dir, "vault")
	link := func() {
		if err := os.Symlink(program, w.Vault); err != nil {
			t.Fatal(err)
		}
	}
	link()
	dir := project(t, w, "pay", "dev\n")
	s := start(t, k, w)
	s.ok("vault allow " + quoted(k.name, dir))
	s.ok("vault use other")
	if err := os.Remove(w.Vault); err != nil {
		t.Fatal(err)
	}
	out := s.said(func() { s.cd(dir); s.run(due[k.name]); s.enters(5); s.cd(w.Home); s.cd(dir) })
	if n := strings.Count(out, "is gone"); n != 1 || strings.Count(out, "vault: ") != 1 {
		t.Errorf("said %d times: %q", n, out)
	}
	if n, trace := s.processes(func() { s.enters(5) }); n != 0 {
		t.Errorf("while it is gone: %d processes\n%s", n, trace)
	}
	if out := s.said(func() { s.run("vault use plain") }); !strings.Contains(out, "is gone") {
		t.Errorf("use says %q", out)
	}
	if got := s.active(); got != "other" {
		t.Errorf("%q is active", got)
	}
	link()
	s.enters(2)
	if got := s.active(); got != "dev" {
		t.Errorf("it is back, and %q is active", got)
	}
	s.ok("vault use plain")
}

// oddPathsIn enters and leaves directories whose names trip shells over.
func oddPathsIn(t *testing.T, k kind, names ...string) {
	w := world.New(t)
	s := start(t, k, w)
	before := environs(s)
	for _, name := range names {
		dir := project(t, w, name, "dev\n")
		below := project(t, w, name+"/below", "")
		if _, stderr, status := w.Run(nil, "allow", dir); status != 0 {
			t.Fatalf("%q: %s", name, stderr)
		}
		go_ := func(to string) {
			cd := "cd -- "
			if k.name == "powershell" {
				cd = "Set-Location -LiteralPath "
			}
			s.script(cd + quoted(k.name, to))
			s.enters(2)
		}
		out := s.said(func() { go_(below) })
		if got := s.active(); got != "dev" {
			t.Errorf("%q: %q is active\n%q", name, got, out)
		}
		if n, trace := s.processes(func() { s.enters(3) }); n != 0 {
			t.Errorf("%q: %d processes\n%s", name, n, trace)
		}
		go_(w.Home)
		if d := cmp.Diff(before, environs(s)); d != "" {
			t.Errorf("%q (-before +after):\n%s", name, d)
		}
	}
	if _, err := os.Stat(filepath.Join(w.Home, "pwned")); err == nil {
		t.Error("a name was executed")
	}
}

// ctrlCIn interrupts a renewal that the prompt waits for.
func ctrlCIn(t *testing.T, k kind) {
	t.Parallel()
	w := world.New(t)
	s := start(t, k, w)
	// On one line: the prompt in between would renew in the background.
	const life, left = 15 * time.Minute, 3 * time.Second
	path := filepath.Join(s.dir, "before")
	w.Fake.Clock.Advance(left - life)
	s.typed("vault use dev -d 15m; " + dump(path) + "; sleep 5; /bin/sh -c 'exit 3'\r")
	s.expect(`role/reader`)
	w.Fake.Clock.Advance(life - left)
	w.Fake.Arm(awsfake.Fault{Delay: 8 * time.Second})
	for deadline := time.Now().Add(patience); !renewing(s); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no renewal in the foreground:\n%s", s.all())
		}
	}
	s.typed("\x03")
	s.expect(`[$%>]`) // PowerShell itself makes a prompt when one is interrupted
	s.typed(strings.TrimPrefix(k.then("", 9003), "; ") + "\r")
	if _, groups := s.expect(`<<(-?[0-9]*):9003>>`); groups[1] != "3" {
		t.Errorf("status %s", groups[1])
	}
	id, _ := value(environment(t, path), "AWS_ACCESS_KEY_ID")
	s.enters(1)
	if out := s.said(func() { s.enters(2) }); !strings.Contains(out, "(dev expired") {
		t.Errorf("the prompt is %q", out)
	}
	w.Fake.Disarm()
	if got, _ := value(s.exported(), "AWS_ACCESS_KEY_ID"); got != id {
		t.Error("the credentials are not those that were there")
	}
	s.ok("vault refresh")
	if got, _ := value(s.exported(), "AWS_ACCESS_KEY_ID"); got == id {
		t.Error("refresh did nothing")
	}
}

// renewing reports whether a child of the shell works for the prompt.
func renewing(s *session) bool {
	processes, _ := filepath.Glob("/proc/[0-9]*") // there may be no ps
	parent := fmt.Sprintf("\nPPid:\t%d\n", s.cmd.Process.Pid)
	for _, p := range processes {
		status, _ := os.ReadFile(filepath.Join(p, "status"))
		line, _ := os.ReadFile(filepath.Join(p, "cmdline"))
		if strings.Contains(string(status), parent) && strings.Contains(string(line), "\x00__shell\x00") && strings.HasSuffix(string(line), "\x00--\x00prompt\x00") {
			return true
		}
	}
	return false
}

// hostileStateIn starts shells with what an attacker, or an old session, may have
// left in the environment.
func hostileStateIn(t *testing.T, k kind) {
	w := world.New(t)
	for _, state := range []string{"x", "a[$(touch pwned)]", strings.Repeat("9", 3000), "{\"Profile\":\"$(touch pwned)\"}", "'; touch pwned; '"} {
		evil := []string{"AWS_VAULT_SHELL_STATE=" + state, "AWS_VAULT=dev"}
		for _, name := range []string{"deadline", "expires", "shown", "mark", "seen", "next", "now", "offset", "time", "tries", "stamp", "found", "hand", "near", "pwd", "files", "any", "ps1", "previous", "message", "bin", "protected", "text_until", "kept_AWS_PROFILE", "uptime", "mtime", "wall", "gone", "auto", "indicate", "full", "ticks"} {
			evil = append(evil, "__vault_"+name+"=a[$(touch pwned)]")
		}
		s := start(t, k, w, evil...)
		out := s.said(func() { s.enters(3) })
		if strings.Contains(out, "rror") || strings.Contains(out, "__vault") || strings.Contains(out, "math") {
			t.Errorf("%.20q: prompts say %q", state, out)
		}
		s.ok("vault use dev")
		if got := s.active(); got != "dev" {
			t.Errorf("%.20q: %q is active", state, got)
		}
		s.enters(1)
		if out := s.said(func() { s.enters(2) }); !strings.Contains(out, "(dev 1h) ") || strings.Contains(out, "touch") {
			t.Errorf("%.20q: the prompt is %q", state, out)
		}
		s.ok("vault off")
		s.tty.Close()
	}
	if found, _ := filepath.Glob(filepath.Join(w.Home, "pwned")); len(found) > 0 {
		t.Error("it was executed")
	}
}

// indicatorIn has hostile names shown, without colour, and on a dumb terminal.
func indicatorIn(t *testing.T, k kind) {
	w := world.New(t)
	evil := "%F{red}`touch pwned`$(touch pwned)\\[\\e[31m\\]'\"!é"
	if err := w.WriteConfig(world.Config + "\n[profile " + evil + "]\nrole_arn = arn:aws:iam::111122223333:role/reader\nsource_profile = plain\n"); err != nil {
		t.Fatal(err)
	}
	s := start(t, k, w, "AWS_VAULT_PROTECTED=de?")
	s.script("vault use " + quoted(k.name, evil))
	s.enters(1)
	if out := s.said(func() { s.enters(2) }); !strings.Contains(out, "(?F?red??touch pwned???touch pwned????") || strings.Contains(out, "\x1b[31m") {
		t.Errorf("the prompt is %q", out)
	}
	if found, _ := filepath.Glob(filepath.Join(w.Home, "pwned")); len(found) > 0 {
		t.Error("it was executed")
	}
	s.typed("vault use dev\r")
	s.expect(`Type its name to continue: `)
	s.typed("dev\r")
	s.expect(`role/reader`)
	raw := func() string {
		from := len(s.all())
		s.enters(2)
		return s.all()[from:]
	}
	s.enters(1)
	if out := raw(); !strings.Contains(out, "\x1b[7m") {
		t.Errorf("not in reverse video: %q", out)
	}
	for _, plain := range [][2]string{{"NO_COLOR", "1"}, {"TERM", "dumb"}} {
		s.ok(k.set(plain[0], plain[1]))
		s.enters(1)
		if out := raw(); strings.Contains(out, "\x1b[7m") || !strings.Contains(terminal.Plain(out), "(PROD dev 1h) ") {
			t.Errorf("with %s: %q", plain[0], out)
		}
		s.ok(k.unset(plain[0]))
	}
}

// pane is a shell in tmux, which is the terminal.
type pane struct {
	t      *testing.T
	socket string
}

// inTmux starts a shell in a tmux server of its own, so many columns wide.
func inTmux(t *testing.T, k kind, w *world.World, columns int, more ...string) *pane {
	t.Helper()
	tmux := need.Program(t, "tmux", "tmux")
	args := k.start(t, t.TempDir(), k.rc(w.Vault))
	environ := append(w.Environ(more...), "SHELL=/bin/sh")
	for strings.Contains(args[0], "=") && !strings.HasPrefix(args[0], "/") {
		environ, args = append(environ, args[0]), args[1:]
	}
	// A socket's path is short; what a test's directory is called is not.
	dir, err := os.MkdirTemp("", "tmux")
	if err != nil {
		t.Fatal(err)
	}
	p := &pane{t: t, socket: filepath.Join(dir, "s")}
	cmd := exec.Command(tmux, append([]string{"-u", "-S", p.socket, "-f", "/dev/null", "new-session", "-d", "-x", fmt.Sprint(columns), "-y", "30", "-c", w.Home, "--"}, args...)...)
	cmd.Env = environ
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("tmux: %v\n%s", err, out)
	}
	t.Cleanup(func() {
		_ = exec.Command(tmux, "-S", p.socket, "kill-server").Run()
		os.RemoveAll(dir)
	})
	return p
}

func (p *pane) tmux(args ...string) string {
	p.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-u", "-S", p.socket}, args...)...).CombinedOutput()
	if err != nil {
		p.t.Fatalf("tmux %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func (p *pane) keys(keys ...string) {
	p.t.Helper()
	p.tmux(append([]string{"send-keys"}, keys...)...)
}

func (p *pane) types(text string) {
	p.t.Helper()
	p.tmux("send-keys", "-l", "--", text)
}

// shows waits until the screen is so.
func (p *pane) shows(what string, is func(screen string) bool) string {
	p.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		screen := p.tmux("capture-pane", "-p")
		if is(screen) {
			return screen
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("%s; the screen:\n%s", what, screen)
		}
	}
}

func has(text string) func(string) bool {
	return func(screen string) bool { return strings.Contains(screen, text) }
}

// wrapsIn edits a line that is longer than the terminal is wide, behind an
// indicator in reverse video.
func wrapsIn(t *testing.T, k kind) {
	w := world.New(t)
	p := inTmux(t, k, w, 40, "AWS_VAULT_PROTECTED=de?")
	p.shows("no prompt", func(s string) bool { return strings.ContainsAny(s, "$%>") })
	p.types("vault use dev")
	p.keys("Enter")
	p.shows("no question", has("Type its name"))
	p.types("dev")
	p.keys("Enter")
	p.shows("no indicator", has("(PROD dev 1h) "))
	p.types("clear")
	p.keys("Enter")
	const line = "echo abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	front := map[string]string{"bash": "(PROD dev 1h) $ ", "zsh": "(PROD dev 1h) % ", "fish": "(PROD dev 1h) > ", "powershell": "(PROD dev 1h) PS> "}[k.name]
	p.shows("no empty screen", func(s string) bool { return strings.TrimSpace(s) == strings.TrimSpace(front) })
	p.types(line)
	// All of the line is there, broken where the terminal ends, with no gap.
	whole := func(line string) func(string) bool {
		return func(screen string) bool {
			var rows strings.Builder
			for i, row := range strings.Split(screen, "\n") {
				if i > 0 {
					row = strings.TrimPrefix(row, "> ") // what fish shows on a wrapped line, if it does
				} else if k.name == "fish" && row == strings.TrimSuffix(front, " ") {
					row = front // before 3.2 fish begins a long line on the next row
				}
				rows.WriteString(row)
			}
			return strings.HasPrefix(rows.String(), front+line)
		}
	}
	p.shows("the line wraps wrongly", whole(line))
	// Back to its beginning, and a character more; then to its end, and one less.
	// (Without PSReadLine, PowerShell leaves the line to the terminal, which has only
	// the last.)
	want := strings.Replace(line, "echo ", "echo", 1)
	if k.name == "powershell" {
		want = line
		p.keys("BSpace")
	} else {
		p.keys("C-a", "C-f", "C-f", "C-f", "C-f", "C-d", "C-e", "C-h")
	}
	p.shows("the line is edited wrongly", whole(strings.TrimSuffix(want, "Z")))
	p.keys("C-c")
}

// notRoot starts a shell to which what permissions say applies, although it has
// the user's id: root without its rights.
func notRoot(t *testing.T, k kind) kind {
	if os.Getuid() != 0 {
		return k
	}
	return k.under(t, "setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all")
}

// refusalsIn enters, in one session, directories whose file is not to be used.
func refusalsIn(t *testing.T, k kind) {
	t.Parallel()
	w := world.New(t)
	s := start(t, notRoot(t, k), w)
	before := environs(s)
	file := func(dir string) string { return filepath.Join(dir, ".awsprofile") }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	root := os.Getuid() == 0
	cases := []struct {
		name, text string
		make       func(dir string)
		says       string
		skip       bool
	}{
		{name: "symlink", make: func(dir string) { must(os.Symlink(write(t, filepath.Join(w.Home, "target"), "dev\n"), file(dir))) }, says: "a symbolic link"},
		{name: "fifo", make: func(dir string) { must(exec.Command("mkfifo", file(dir)).Run()) }, says: "a named pipe"},
		{name: "device", make: func(dir string) { must(exec.Command("mknod", file(dir), "c", "1", "3").Run()) }, says: "a device", skip: !root},
		{name: "directory", make: func(dir string) { must(os.Mkdir(file(dir), 0o700)) }, says: "a directory", skip: k.name == "powershell"}, // [IO.File]::Exists passes it over; vault does not
		{name: "other owner", text: "dev\n", make: func(dir string) { must(os.Chmod(file(dir), 0o644)); must(os.Chown(file(dir), 65534, 65534)) }, says: "belongs to user 65534", skip: !root},
		{name: "other owner above", text: "dev\n", make: func(dir string) {
			must(os.Chown(dir, 65534, 65534))
			must(os.Chmod(dir, 0o755))
			must(os.Chmod(file(dir), 0o644))
		}, says: "belongs to user 65534", skip: !root},
		{name: "group-writable", text: "dev\n", make: func(dir string) {
			must(os.Chmod(file(dir), 0o660))
			if root {
				must(os.Chown(file(dir), 0, 65534))
			}
		}, says: "can be written by group", skip: !root},
		{name: "everybody's", text: "dev\n", make: func(dir string) { must(os.Chmod(file(dir), 0o666)) }, says: "can be written by everybody"},
		{name: "4 KiB + 1", text: "dev\n" + strings.Repeat("#", 4096-3), says: "4096 bytes"},
		{name: "ESC in the name", text: "d\x1b[31mev\n", says: ".awsprofile:1: "},
		{name: "a shell's words", text: "$(touch pwned)\n", says: ".awsprofile:1: "},
		{name: "NUL", text: "d\x00ev\n", says: ".awsprofile:1: "},
		{name: "no name", text: "# nothing\n", says: ".awsprofile: "},
		{name: "unreadable", text: "dev\n", make: func(dir string) { must(os.Chmod(file(dir), 0)) }, says: "permission denied"},
		{name: "esc \x1b[31m in the path", text: "dev\n", says: "is not trusted"},
	}
	for _, c := range cases {
		if c.skip {
			t.Logf("%s: not here, or not without root", c.name)
			continue
		}
		dir := project(t, w, c.name, c.text)
		if c.make != nil {
			c.make(dir)
		}
		out := s.said(func() { s.cd(dir) })
		if !strings.Contains(out, c.says) || strings.Count(out, "vault: ") != 1 {
			t.Errorf("%s: it does not say %q once: %q", c.name, c.says, out)
		}
		raw := s.all()
		if strings.Contains(raw, "\x1b[31mev") || strings.Contains(raw, "\x1b[31m in the path/.awsprofile") {
			t.Errorf("%s: an escape sequence reaches the terminal", c.name)
		}
		if n, trace := s.processes(func() { s.enters(3) }); n != 0 {
			t.Errorf("%s: %d processes\n%s", c.name, n, trace)
		}
		if d := cmp.Diff(before, environs(s)); d != "" {
			t.Errorf("%s (-before +after):\n%s", c.name, d)
		}
		if out := s.said(func() { s.run("vault allow"); s.enters(2) }); !strings.Contains(out, "vault: ") && c.name != "esc \x1b[31m in the path" {
			t.Errorf("%s: allow says %q", c.name, out)
		}
		if c.name != "esc \x1b[31m in the path" && s.active() != "" {
			t.Errorf("%s: %q is active", c.name, s.active())
		}
		s.cd(w.Home)
	}

	// CRLF and a BOM are how some editors write, and no reason to refuse.
	dir := project(t, w, "crlf", "\ufeff# ours\r\ndev\r\n")
	s.ok("vault allow " + quoted(k.name, dir))
	s.cd(dir)
	if got := s.active(); got != "dev" {
		t.Errorf("CRLF: %q is active", got)
	}
	// An ancestor that lets nobody in may hold the file that counts.
	below := project(t, w, "closed/below", "")
	s.cd(below)
	must(os.Chmod(filepath.Dir(below), 0))
	defer os.Chmod(filepath.Dir(below), 0o700)
	s.run(due[k.name])
	s.enters(2)
	if got := s.active(); got != "" {
		t.Errorf("unreadable ancestor: %q is active", got)
	}
	s.cd(w.Home)
	// A directory that is deleted while one is in it.
	gone := project(t, w, "gone", "dev\n")
	s.ok("vault allow " + quoted(k.name, gone))
	s.cd(gone)
	if got := s.active(); got != "dev" {
		t.Errorf("before it is deleted: %q is active", got)
	}
	must(os.RemoveAll(gone))
	if out := s.said(func() { s.enters(3) }); strings.Contains(out, "rror") {
		t.Errorf("a deleted directory: %q", out)
	}
	if n, trace := s.processes(func() { s.enters(3) }); n != 0 {
		t.Errorf("a deleted directory: %d processes\n%s", n, trace)
	}
	s.cd("/")
	if got := s.active(); got != "" {
		t.Errorf("in /: %q is active", got)
	}
	if out := s.said(func() { s.enters(2) }); strings.Contains(out, "vault: ") {
		t.Errorf("in /: %q", out)
	}
	// 40 levels up.
	deep := project(t, w, "deep", "dev\n")
	s.ok("vault allow " + quoted(k.name, deep))
	bottom := project(t, w, "deep"+strings.Repeat("/d", 40), "")
	s.cd(bottom)
	if got := s.active(); got != "dev" {
		t.Errorf("40 levels: %q is active", got)
	}
	if found, _ := filepath.Glob(filepath.Join(w.Home, "pwned")); len(found) > 0 {
		t.Error("a name was executed")
	}
}

// decidedElsewhereIn has two shells in one directory.
func decidedElsewhereIn(t *testing.T, k kind) {
	t.Parallel()
	w := world.New(t)
	dir := project(t, w, "pay", "dev\n")
	one, two := start(t, k, w), start(t, k, w)
	both := func(when, want string) {
		t.Helper()
		for i, s := range []*session{one, two} {
			s.enters(2)
			if got := s.active(); got != want {
				t.Errorf("%s: in shell %d %q is active, want %q\n%s", when, i+1, got, want, s.all())
			}
		}
	}
	one.cd(dir)
	two.cd(dir)
	both("untrusted", "")
	one.ok("vault allow")
	both("allowed in the first", "dev")
	two.ok("vault deny")
	both("denied in the second", "")
	one.ok("vault allow")
	both("allowed again", "dev")
	time.Sleep(10 * time.Millisecond) // for a file system that counts in milliseconds
	write(t, filepath.Join(dir, ".awsprofile"), "other\n")
	both("edited", "")
	two.ok("vault allow")
	both("the edit allowed in the second", "other")
	for _, s := range []*session{one, two} {
		if n, trace := s.processes(func() { s.enters(5) }); n != 0 {
			t.Errorf("%d processes\n%s", n, trace)
		}
	}
}

// staleIn starts a shell in a tmux whose server has kept the environment of a
// session that has ended since.
func staleIn(t *testing.T, k kind) {
	t.Parallel()
	w := world.New(t)
	s := start(t, k, w)
	soonDue(s, w, 3*time.Second)
	var stale []string
	for _, v := range s.exported() {
		if strings.HasPrefix(v, "AWS_") {
			stale = append(stale, v)
		}
	}
	time.Sleep(4 * time.Second) // what is tested is that they have ended
	p := inTmux(t, k, w, 120, stale...)
	p.shows("no indicator", has("(dev 15m) "))
	if screen := p.tmux("capture-pane", "-p"); strings.Contains(screen, "rror") {
		t.Errorf("the first prompt says %q", screen)
	}
}
