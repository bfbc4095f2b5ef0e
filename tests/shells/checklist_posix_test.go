package shells

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/tests/awsfake"
	"awsvault/tests/world"
)

// What bash's and zsh's checklists have in common.

// dueNow has the next prompt call the program.
const dueNow = "__vault_deadline=1 __vault_next=0"

// traceOfRenewal: the prompt that takes new credentials over is the slow path.
func traceOfRenewal(t *testing.T, k kind) {
	w := world.New(t)
	s := start(t, k, w)
	soonDue(s, w, 4*time.Minute)
	old, _ := value(s.exported(), "AWS_ACCESS_KEY_ID")
	s.ok(traced[k.name][0])
	from := len(s.all())
	id := old
	for deadline := time.Now().Add(patience); id == old; id, _ = value(s.exported(), "AWS_ACCESS_KEY_ID") {
		if time.Now().After(deadline) {
			t.Fatalf("not renewed:\n%s", s.all())
		}
		s.enters(1)
	}
	trace := s.all()[from:]
	s.run(traced[k.name][1])
	environ := s.exported()
	for _, name := range []string{"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} {
		if secret, ok := value(environ, name); !ok || strings.Contains(trace, secret[:20]) {
			t.Errorf("the trace shows %s", name)
		}
	}
	if !strings.Contains(trace, "environ") {
		t.Errorf("nothing was traced: %q", trace)
	}
}

func oddDirectories(t *testing.T, k kind) {
	w := world.New(t)
	s := start(t, k, w)
	for _, name := range []string{"a b", "*", "[ab]", "new\nline", "ends\n", "it's", `"double"`, "-n", "$(touch pwned)", "`touch pwned`", "back\\slash", "~", "\xff\xfe", "é", "\x1b[31m", "%F{red}"} {
		dir := project(t, w, "odd/"+name, "dev\n")
		out := s.said(func() { s.cd(dir) })
		if !strings.Contains(out, "is not trusted") || strings.Contains(out, k.name+": ") {
			t.Errorf("%q: prompts say %q", name, out)
		}
		s.ok("vault allow")
		s.enters(1)
		if got := s.active(); got != "dev" {
			t.Errorf("%q: %q is active", name, got)
		}
		s.cd(w.Home)
		if got := s.active(); got != "" {
			t.Errorf("%q: left, and %q is active", name, got)
		}
	}
	for _, dir := range []string{w.Home, filepath.Join(w.Home, "odd", "$(touch pwned)")} {
		if _, err := os.Stat(filepath.Join(dir, "pwned")); err == nil {
			t.Error("a name was executed")
		}
	}
}

func noDirectory(t *testing.T, k kind) {
	w := world.New(t)
	inside := project(t, w, "there/was", "dev\n")
	s := start(t, k, w)
	quiet := func(what string) {
		t.Helper()
		if out := s.said(func() { s.enters(4) }); strings.Contains(out, "vault") || strings.Contains(out, k.name+": ") || strings.Contains(out, "No such") {
			t.Errorf("%s: prompts say %q", what, out)
		}
	}
	s.ok("vault allow " + quoted(k.name, inside))
	s.cd(inside)
	if err := os.RemoveAll(filepath.Dir(inside)); err != nil {
		t.Fatal(err)
	}
	s.enters(2)
	if got := s.active(); got != "" {
		t.Errorf("the directory is gone and %q is active", got)
	}
	quiet("a deleted directory")
	if out := s.ok("vault use other"); !strings.Contains(out, "role/hop1") {
		t.Errorf("use in a deleted directory: %q", out)
	}
	for _, line := range []string{"cd /", "cd //", "cd //tmp", "unset PWD", "PWD=relative", "cd " + quoted(k.name, w.Home)} {
		s.run(line)
		quiet(line)
	}
	if got := s.active(); got != "other" {
		t.Errorf("%q is active", got)
	}
}

func subshells(t *testing.T, k kind) {
	s := start(t, k, world.New(t))
	before := s.exported()
	for _, line := range []string{"( vault use dev )", "x=$(vault use dev)", "vault use dev | cat", "( vault use dev; vault off )"} {
		s.run(line)
		s.enters(1)
		if d := cmp.Diff(before, s.exported()); d != "" {
			t.Errorf("%s (-before +after):\n%s", line, d)
		}
	}
	if got := s.output(`(vault use dev 2>/dev/null; printenv AWS_VAULT)`); got != "dev\n" {
		t.Errorf("inside a subshell %q is active", got)
	}
	// A subshell has no prompt.
	if n, trace := s.processes(func() { s.ok("( : ; " + dueNow + " )") }); n != 1 {
		t.Errorf("a subshell starts %d processes\n%s", n-1, trace)
	}
}

func childrenSee(t *testing.T, k kind, allExport string) {
	w := world.New(t)
	dir := project(t, w, "pay", "dev\n")
	s := start(t, k, w, theirs...)
	known := []string{"AWS_VAULT", "AWS_VAULT_SHELL_STATE"}
	for _, v := range w.Environ() { // what the shell was started with
		name, _, _ := strings.Cut(v, "=")
		known = append(known, name)
	}
	ours := func(when string) {
		t.Helper()
		for _, v := range s.exported() {
			if name, _, _ := strings.Cut(v, "="); strings.Contains(strings.ToLower(name), "vault") && !slices.Contains(known, name) {
				t.Errorf("%s: a child gets %s", when, v)
			}
		}
	}
	for _, line := range []string{"", allExport} {
		if line != "" {
			s.ok(line)
		}
		ours("nothing active " + line)
		s.ok("vault allow " + quoted(k.name, dir))
		s.cd(dir)
		ours("by directory " + line)
		s.ok("vault use other")
		if line == "" { // or the test would export it
			s.ok(dueNow)
		}
		s.enters(3)
		ours("by hand " + line)
		s.ok("vault off")
		s.cd(w.Home)
		ours("after off " + line)
	}
}

func interruptedRenewal(t *testing.T, k kind) {
	t.Parallel()
	w := world.New(t)
	s := start(t, k, w)
	// Slow are all calls but the first: a renewal in the background, too.
	w.Fake.Arm(awsfake.Fault{Operation: "AssumeRole"})
	w.Fake.Arm(awsfake.Fault{Operation: "AssumeRole", Count: 100, Delay: 15 * time.Second})
	soonDue(s, w, 8*time.Second)
	before := s.exported()
	expires, _ := value(before, "AWS_CREDENTIAL_EXPIRATION")
	end, err := time.Parse(time.RFC3339, expires)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Until(end.Add(time.Second))) // what is tested is that the clock has passed it
	calls := len(w.Fake.Operations())
	s.typed("(exit 3)\r")
	for deadline := time.Now().Add(patience); len(s.children()) == 0; {
		if time.Now().After(deadline) {
			t.Fatalf("the prompt does not wait; calls before: %d, now: %v\n%s", calls, w.Fake.Operations(), s.all())
		}
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(500 * time.Millisecond) // the program is to be in the call, not on its way to it
	start := time.Now()
	s.typed("\x03")
	s.expect(`[$%] `)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("Ctrl-C took %v", took)
	}
	s.typed("echo \"<<$?:7001>>\"\r")
	_, groups := s.expect(`<<(\d+):7001>>`)
	// The shell itself makes 130 of an interrupt.
	if groups[1] != "3" && groups[1] != "130" {
		t.Errorf("the status is %s", groups[1])
	}
	if d := cmp.Diff(before, s.exported()); d != "" {
		t.Errorf("(-before +after):\n%s", d)
	}
	w.Fake.Disarm()
	s.ok("vault off")
}

// children returns the current child processes of the shell.
func (s *session) children() string {
	pid := s.cmd.Process.Pid
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	return strings.TrimSpace(string(b))
}

func binaryGone(t *testing.T, k kind) {
	w := world.New(t)
	dir := project(t, w, "pay", "dev\n")
	if _, stderr, status := w.Run(nil, "allow", dir); status != 0 {
		t.Fatal(stderr)
	}
	link := filepath.Join(w.Dir, "va ult")
	there := func() {
		t.Helper()
		if err := os.Symlink(w.Vault, link); err != nil {
			t.Fatal(err)
		}
	}
	there()
	program := w.Vault
	w.Vault = link
	s := start(t, k, w)
	w.Vault = program
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	n, trace := 0, ""
	out := s.said(func() {
		if n, trace = s.processes(func() { s.run("cd " + quoted(k.name, dir)); s.enters(10) }); n != 0 {
			t.Errorf("%d processes\n%s", n, trace)
		}
	})
	if n := strings.Count(out, "is gone; nothing is renewed until it is back"); n != 1 || strings.Contains(out, "No such file") || strings.Contains(out, "no such file") {
		t.Errorf("said %d times: %q", n, out)
	}
	if _, status := s.run("vault use other"); status != "127" {
		t.Errorf("use: status %s", status)
	}
	there()
	s.enters(2)
	if got := s.active(); got != "dev" {
		t.Errorf("it is back, and %q is active\n%s", got, s.all())
	}
	// Gone again: said again, once, and what is active stays.
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	out = s.said(func() { s.ok(dueNow); s.enters(5) })
	if n := strings.Count(out, "is gone"); n != 1 || s.active() != "dev" {
		t.Errorf("said %d times, %q is active: %q", n, s.active(), out)
	}
	there()
	s.enters(2)
	if n, trace := s.processes(func() { s.enters(10) }); n != 0 {
		t.Errorf("back, %d processes\n%s", n, trace)
	}
}

func hostileDeadline(t *testing.T, k kind) {
	for _, v := range []string{"a[$(touch pwned)]", "-1", "08", strings.Repeat("9", 30), ""} {
		w := world.New(t)
		s := start(t, k, w, "__vault_deadline="+v, "__vault_expires="+v, "__vault_seen="+v, "__vault_tries="+v, "__vault_ran="+v, "__vault_base="+v, "__vault_shown=$(touch pwned)",
			"__vault_previous="+v, "__vault_near="+v, "__vault_put="+v, "AWS_VAULT_SHELL_STATE="+v, "AWS_CREDENTIAL_EXPIRATION="+v)
		out := s.said(func() { s.enters(3) })
		if strings.Contains(out, "__vault") || strings.Contains(out, k.name+": ") || strings.Contains(out, "touch") {
			t.Errorf("%q: prompts say %q", v, out)
		}
		if n, trace := s.processes(func() { s.enters(5) }); n != 0 {
			t.Errorf("%q: %d processes\n%s", v, n, trace)
		}
		s.ok("vault use dev")
		if shown := s.shown(); !strings.Contains(shown, "(dev 1h) ") {
			t.Errorf("%q: the prompt is %q", v, shown)
		}
		if _, err := os.Stat(filepath.Join(w.Home, "pwned")); err == nil {
			t.Errorf("%q was executed", v)
		}
	}
}

// clockSet has the hook read another clock: the machine's is not a test's to set.
func clockSet(t *testing.T, k kind) {
	w := world.New(t)
	s := start(t, k, w)
	s.ok("vault use dev")
	s.enters(2)
	to := func(offset time.Duration) {
		free := map[string]string{"bash": "unset EPOCHSECONDS", "zsh": "zmodload -u zsh/datetime 2>/dev/null"}[k.name]
		s.ok(fmt.Sprintf("%s; EPOCHSECONDS=%d", free, time.Now().Add(offset).Unix()))
	}
	asked := func(what string, offset time.Duration) {
		t.Helper()
		if n, _ := s.processes(func() { to(offset); s.enters(2) }); n == 0 {
			t.Errorf("%s: the program is not asked", what)
		}
	}
	asked("back", -time.Hour)
	if n, trace := s.processes(func() { s.enters(10) }); n != 0 {
		t.Errorf("back: %d processes\n%s", n, trace)
	}
	if shown := s.shown(); !strings.Contains(shown, "(dev 2h) ") {
		t.Errorf("back: the prompt is %q", shown)
	}
	asked("forward", 12*time.Hour)
	if shown := s.shown(); !strings.Contains(shown, "(dev expired) ") {
		t.Errorf("forward: the prompt is %q", shown)
	}
	to(0)
	s.enters(2)
	if n, trace := s.processes(func() { s.enters(10) }); n != 0 {
		t.Errorf("right again: %d processes\n%s", n, trace)
	}
	if got := s.active(); got != "dev" {
		t.Errorf("%q is active", got)
	}
}

func noJobs(t *testing.T, k kind) {
	w := world.New(t)
	s := start(t, k, w)
	soonDue(s, w, 4*time.Minute)
	old, _ := value(s.exported(), "AWS_ACCESS_KEY_ID")
	out := s.said(func() {
		for deadline := time.Now().Add(patience); ; {
			s.enters(1)
			if id, _ := value(s.exported(), "AWS_ACCESS_KEY_ID"); id != old {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("not renewed:\n%s", s.all())
			}
		}
	})
	if strings.Contains(out, "Done") || strings.Contains(out, "done") || strings.Contains(out, "[1]") {
		t.Errorf("a message about a job: %q", out)
	}
	if jobs := s.output("jobs"); jobs != "" {
		t.Errorf("jobs: %q", jobs)
	}
	if got := s.children(); got != "" {
		t.Errorf("children of the shell: %s", got)
	}
}

func substitution(t *testing.T, k kind) {
	s := start(t, k, world.New(t))
	s.ok("vault use dev")
	before := s.exported()
	s.ok(`x=$(vault export plain --format=json)`)
	if got := s.output(`echo "$x"`); !strings.HasPrefix(got, "{") || !strings.HasSuffix(got, "}\n") {
		t.Errorf("export: %q", got)
	}
	s.ok(`x=$(vault use other 2>/dev/null)`)
	if got := s.output(`echo "[$x]"`); got != "[]\n" {
		t.Errorf("use prints %q", got)
	}
	if d := cmp.Diff(before, s.exported()); d != "" {
		t.Errorf("(-before +after):\n%s", d)
	}
}

// restricted: a restricted shell runs nothing by its path.
func restricted(t *testing.T, k kind, line string) {
	w := world.New(t)
	dir := project(t, w, "pay", "dev\n")
	// Restrictions begin behind the start-up files.
	s := startWith(t, k, w, k.rc(w.Vault)+"cd "+quoted(k.name, dir)+"\n")
	s.ok("cd " + quoted(k.name, w.Home))
	s.enters(1)
	out := s.said(func() { s.ok("cd " + quoted(k.name, dir) + "; " + line); s.enters(5) })
	if strings.Contains(out, ": restricted") || strings.Contains(out, "vault: ") {
		t.Errorf("prompts say %q", out)
	}
	if out, status := s.run("vault use dev"); status == "0" || !strings.Contains(out, "restricted") {
		t.Errorf("use: status %s, %q", status, out)
	}
}
