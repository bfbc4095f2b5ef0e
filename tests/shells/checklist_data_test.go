package shells

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/tests/world"
)

// dataChecklist is the checklist of a shell whose hook is told JSON. Most of it runs in
// scripts that call what the shell calls before a prompt: their line editors cannot be
// driven as surely as those of the four.
func dataChecklist(shell string) (list []item) {
	var k dataShell
	for _, each := range dataShells {
		if each.name == shell {
			k = each
		}
	}
	for i, c := range dataItems {
		one := item{name: fmt.Sprintf("%s/%02d-%s", shell, i+1, c.name), claim: c.claim}
		if why := c.cannot[shell] + c.cannot["all"]; why != "" {
			one.cannot = why
		} else {
			one.test = func(t *testing.T) { c.test(t, k, world.New(t)) }
		}
		list = append(list, one)
	}
	return list
}

var dataItems = []struct {
	name, claim string
	test        func(t *testing.T, k dataShell, w *world.World)
	cannot      map[string]string // by shell, or "all"
}{
	{name: "restored", claim: "use, switch, refresh and off: the environment is what it was, empty and unset told apart; secrets of the person's are not to be seen meanwhile", test: restoresIn},
	{name: "passed-on", claim: "arguments, pipeline input and help go to the program as they are; a failed command fails in the shell's own way, and a failed use changes nothing", test: passesOnIn},
	{name: "status", claim: "the status of the person's last command is the same behind a prompt at which the binary was called", test: lastStatusIn,
		cannot: map[string]string{"elvish": "elvish has exceptions and no last status", "xonsh": "a program that the prompt runs with subprocess.run leaves xonsh's last status alone; there is nothing of ours that could set it"}},
	{name: "thrice", claim: "loaded three times is the same as once: one indicator, one call for one prompt", test: thriceIn},
	{name: "directories", claim: "entering and leaving a directory with a file; an untrusted one is one line", test: directoriesIn},
	{name: "odd-directories", claim: "directories with blanks, quotes, brackets, `$`, newlines and letters of other scripts", test: oddDataPathsIn},
	{name: "links", claim: "a link in the place of .awsprofile is not followed: one line and one call (elvish: none), however often what it leads to changes", test: dataLinksIn},
	{name: "by-hand", claim: "use and off by hand win over the directory until its tree is left", test: dataByHandIn},
	{name: "no-process", claim: "20 prompts, 0 processes: nothing active, active, by directory, untrusted, denied", test: quietDataIn},
	{name: "program-path", claim: "the program's path with blanks, quotes, `$`, backslashes; an answer that was cut short changes nothing", test: programPathIn},
	{name: "gone", claim: "the program deleted while the shell is open: said once, and it works when it is back", test: goneDataIn},
	{name: "indicator", claim: "a hostile name is inert; NO_COLOR, TERM=dumb and AWS_VAULT_INDICATOR=off are heeded", test: dataIndicatorIn},
	{name: "inherited", claim: "whatever the environment holds of the hook's names is not used, nor executed", test: dataInheritedIn},
	{name: "nested", claim: "a shell in the shell knows what is active, and off there brings the outer environment's values back, but for secrets", test: dataNestedIn},
	{name: "children", claim: "a program gets nothing of the hook's but AWS_VAULT_SHELL_STATE", test: dataChildrenIn},
	{name: "renewal", claim: "credentials that end soon are renewed in the background, and a later prompt has them; ended ones are renewed at the prompt", test: dataRenewalIn},
	{name: "substitution", claim: "the answer of a command can be kept in a variable, and is the plain answer", test: dataSubstitutionIn},
	{name: "terminal", claim: "the line of `vault init` in a start-up file, at a terminal: use, refresh, region, off", test: atTheTerminalIn},
	{name: "ctrl-c", claim: "Ctrl-C while the prompt waits for AWS", cannot: map[string]string{"all": "the editors of these shells print escape sequences at moments of their own, so a test cannot tell a prompt that was interrupted from one that was drawn again; `vault __shell` itself is interrupted in bash/21"}},
	{name: "wrapping", claim: "line editing at 40 columns behind the indicator", cannot: map[string]string{"all": "the prompt's width is measured by the shell itself, which is given plain text, or its own styled text; nothing is escaped by us"}},
	{name: "options", claim: "shell options, IFS, traps, aliases of builtins, DEBUG hooks, xtrace", cannot: map[string]string{"nushell": "the language has none of them", "elvish": "the language has none of them; functions of the hook are in a module of their own"}, test: xonshOptionsIn},
	{name: "displaced", claim: "another prompt in the place of ours is said at `use`", cannot: map[string]string{"all": "the hook runs from a list of hooks (pre_prompt, on_pre_prompt, before-readline), which themes append to and do not replace"}},
	{name: "clock", claim: "the clock set back", cannot: map[string]string{"nushell": "nushell makes its system calls without the C library, where the other shells' clock is moved", "elvish": "as nushell; on Linux the hook counts by /proc/uptime"}, test: dataClockIn},
}

// word quotes a text as a word of the shell's language.
func (k dataShell) word(text string) string {
	switch k.name {
	case "nushell":
		return "r##'" + text + "'##"
	case "elvish":
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	return "@(" + pythonText(text) + ")"
}

func pythonText(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`).Replace(text) + "'"
}

// let returns the code that sets a field of the hook.
func (k dataShell) let(field, value string) string {
	switch k.name {
	case "nushell":
		return "$env.__vault." + field + " = " + k.word(value)
	case "elvish":
		if field == "bin" {
			return "set bin = " + k.word(value)
		}
		return "set v[" + field + "] = " + k.word(value)
	}
	return "__xonsh__.vault_hook." + field + " = " + pythonText(value)
}

// again runs lines so many times.
func (k dataShell) again(n int, lines ...string) []string {
	var all []string
	for range n {
		all = append(all, lines...)
	}
	return all
}

// counted has the hook call a program that counts its calls, and returns how to read them.
func counted(t *testing.T, k dataShell, w *world.World) (line string, calls func() int) {
	t.Helper()
	log, counter := filepath.Join(w.Home, "calls"), filepath.Join(w.Home, "counter")
	if err := os.WriteFile(counter, []byte("#!/bin/sh\necho \"$@\" >> "+log+"\nexec "+w.Vault+" \"$@\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(log)
	return k.let("bin", counter), func() int {
		text, _ := os.ReadFile(log)
		_ = os.Remove(log)
		return strings.Count(string(text), "\n")
	}
}

func lastStatusIn(t *testing.T, k dataShell, w *world.World) {
	out := k.runs(t, w, nil, "vault use dev", "$env.LAST_EXIT_CODE = 7", k.let("deadline", "1"), k.prompt, "print $'status ($env.LAST_EXIT_CODE)'")
	if !strings.Contains(out, "status 7") {
		t.Errorf("%s", out)
	}
}

func thriceIn(t *testing.T, k dataShell, w *world.World) {
	hook, _, _ := w.Run(nil, "hook", k.name)
	if k.name == "nushell" {
		t.Log("nushell defines a command of one name once in a file: loaded again by another file it is the same command")
		hook = ""
	} else if k.name == "elvish" {
		hook = hook[:strings.LastIndex(hook, "\ninstall ")+1]
	}
	count, calls := counted(t, k, w)
	out := k.runs(t, w, nil, hook, hook, count, k.vault+" use dev", k.prompt, k.text)
	if n := calls(); n != 1 || strings.Count(out, "(dev 1h) ") != 1 {
		t.Errorf("%d calls:\n%s", n, out)
	}
}

func oddDataPathsIn(t *testing.T, k dataShell, w *world.World) {
	var lines []string
	names := []string{"a b", "it's", `q"uo`, "[brackets]{x}", "$HOME `n` $(touch pwned)", "日本 é", "new\nline", "; touch pwned #", "*?", "~", "a#b", "-x"}
	at := func(i int, when string) string { return filepath.Join(w.Home, fmt.Sprint(when, i)) }
	for i, name := range names {
		dir := project(t, w, name, "dev\n")
		if _, stderr, status := w.Run(nil, "allow", dir); status != 0 {
			t.Fatal(stderr)
		}
		lines = append(lines, k.cd+k.word(dir), k.prompt, k.dump(at(i, "in")), k.cd+k.word(w.Home), k.prompt, k.dump(at(i, "out")))
	}
	out := k.runs(t, w, nil, lines...)
	for i, name := range names {
		if in, after := awsEnviron(t, at(i, "in"))["AWS_VAULT"], awsEnviron(t, at(i, "out"))["AWS_VAULT"]; in != "dev" || after != "" {
			t.Errorf("%q: in it %q is active, outside %q\n%s", name, in, after, out)
		}
	}
	if _, err := os.Stat(filepath.Join(w.Home, "pwned")); err == nil {
		t.Error("a name was executed")
	}
}

func dataLinksIn(t *testing.T, k dataShell, w *world.World) {
	dir := project(t, w, "pay", "")
	target := write(t, filepath.Join(w.Home, "target"), "dev\n")
	_ = os.Remove(filepath.Join(dir, ".awsprofile"))
	if err := os.Symlink(target, filepath.Join(dir, ".awsprofile")); err != nil {
		t.Fatal(err)
	}
	count, calls := counted(t, k, w)
	touch := map[string]string{"nushell": "^touch ", "xonsh": "touch ", "elvish": "e:touch "}[k.name] + target
	at := filepath.Join(w.Home, "in")
	lines := append([]string{count, k.cd + k.word(dir)}, k.again(4, k.prompt, touch)...)
	out := k.runs(t, w, nil, append(lines, k.dump(at))...)
	want := 1
	if k.name == "elvish" {
		want = 0 // elvish 0.19 cannot see a link without following it: it passes it over
	}
	if n := calls(); n != want || strings.Count(out, "a symbolic link") != want || awsEnviron(t, at)["AWS_VAULT"] != "" {
		t.Errorf("%d calls:\n%s", n, out)
	}
}

func dataByHandIn(t *testing.T, k dataShell, w *world.World) {
	dir := project(t, w, "pay", "dev\n")
	w.Run(nil, "allow", dir)
	at := func(name string) string { return filepath.Join(w.Home, name) }
	k.runs(t, w, nil, k.cd+dir, k.prompt, k.vault+" use other", k.prompt, k.dump(at("use")), k.vault+" off", k.prompt, k.dump(at("off")), k.cd+w.Home, k.prompt, k.cd+dir, k.prompt, k.dump(at("again")))
	for name, want := range map[string]string{"use": "other", "off": "", "again": "dev"} {
		if got := awsEnviron(t, at(name))["AWS_VAULT"]; got != want && !(k.name == "nushell" && name == "off") { // see restoresIn: one file is one line
			t.Errorf("%s: %q is active, want %q", name, got, want)
		}
	}
}

func quietDataIn(t *testing.T, k dataShell, w *world.World) {
	fewProcessesIn(t, k, w)
	trusted, untrusted, denied := project(t, w, "a/b", "dev\n"), project(t, w, "x", "dev\n"), project(t, w, "d", "dev\n")
	w.Run(nil, "allow", trusted)
	w.Run(nil, "deny", denied)
	for _, dir := range []string{trusted, untrusted, denied} {
		count, calls := counted(t, k, w)
		lines := append([]string{k.cd + dir, k.prompt, k.prompt, count}, k.again(20, k.prompt, k.text)...)
		out := k.runs(t, w, nil, lines...)
		if n := calls(); n != 0 {
			t.Errorf("%s: %d calls\n%s", dir, n, out)
		}
	}
}

func goneDataIn(t *testing.T, k dataShell, w *world.World) {
	dir := project(t, w, "pay", "dev\n")
	w.Run(nil, "allow", dir)
	at := filepath.Join(w.Home, "back")
	lines := append([]string{k.vault + " use other", k.let("bin", "/proc/nonexistent/vault"), k.cd + dir}, k.again(5, k.prompt)...)
	lines = append(lines, k.vault+" off", k.cd+w.Home, k.prompt, k.let("bin", w.Vault), k.cd+dir, k.prompt, k.dump(at))
	switch k.name { // what fails ends a script
	case "nushell":
		lines = append(lines[:8], lines[9:]...)
	case "elvish":
		lines[8] = "try { " + lines[8] + " } catch { }"
	}
	out := k.runs(t, w, nil, lines...)
	if n := strings.Count(out, "is gone; nothing is renewed"); n != 1 {
		t.Errorf("said %d times:\n%s", n, out)
	}
	if got := awsEnviron(t, at)["AWS_VAULT"]; got != "dev" {
		t.Errorf("it is back, and %q is active\n%s", got, out)
	}
}

func dataIndicatorIn(t *testing.T, k dataShell, w *world.World) {
	evil := "%F{red}`touch pwned`$(touch pwned)\\[\\e[31m\\]{RED}'\"!é"
	if err := w.WriteConfig(world.Config + "\n[profile " + evil + "]\nrole_arn = arn:aws:iam::111122223333:role/reader\nsource_profile = plain\n"); err != nil {
		t.Fatal(err)
	}
	if out := k.runs(t, w, nil, k.vault+" use "+k.word(evil), k.text); !strings.Contains(out, "(?F?red??touch pwned???touch pwned????") || strings.Contains(out, "\x1b[31m") {
		t.Errorf("it shows %q", out)
	}
	if _, err := os.Stat(filepath.Join(w.Home, "pwned")); err == nil {
		t.Error("it was executed")
	}
	// Protected, it is marked, and shown whatever the setting for others.
	for mark, environ := range map[string][]string{
		"marked": {"TERM=xterm"}, "no colour": {"TERM=xterm", "NO_COLOR=1"}, "dumb": {"TERM=dumb"},
	} {
		out := k.runs(t, w, environ, k.vault+" use dev", k.let("protected", "1"), k.let("shown", "PROD dev"), map[bool]string{true: "__vault_text"}[k.name == "nushell"], k.text)
		styled := strings.Contains(out, "\x1b[7m") || strings.Contains(out, "INTENSE_RED") || strings.Contains(out, "▶") || strings.Contains(out, "styled")
		if !strings.Contains(out, "(PROD dev 1h)") || k.name != "elvish" && styled != (mark == "marked") {
			t.Errorf("%s: %q", mark, out)
		}
	}
	if out := k.runs(t, w, []string{"AWS_VAULT_INDICATOR=off"}, k.vault+" use dev", k.text); strings.Contains(out, "(dev") {
		t.Errorf("switched off, it shows %q", out)
	}
}

func dataInheritedIn(t *testing.T, k dataShell, w *world.World) {
	for _, state := range []string{"x", "a[$(touch pwned)]", "{\"Profile\":\"$(touch pwned)\"}"} {
		evil := []string{"AWS_VAULT_SHELL_STATE=" + state, "AWS_VAULT=dev"}
		for _, name := range []string{"deadline", "expires", "shown", "bin", "files", "stamp", "kept"} {
			evil = append(evil, "__vault_"+name+"=a[$(touch pwned)]", "__vault="+state)
		}
		out := k.runs(t, w, evil, k.prompt, k.text, k.prompt, k.vault+" use dev", k.text)
		if strings.Contains(out, "rror") || strings.Count(out, "(dev 1h)") != 1 {
			t.Errorf("%q:\n%s", state, out)
		}
	}
	if found, _ := filepath.Glob(filepath.Join(w.Home, "pwned")); len(found) > 0 {
		t.Error("it was executed")
	}
}

// activation returns the environment of a shell in which dev is active.
func activation(t *testing.T, k dataShell, w *world.World, environ ...string) (list []string) {
	t.Helper()
	at := filepath.Join(w.Home, "active")
	k.runs(t, w, environ, k.vault+" use dev", k.dump(at))
	for name, value := range awsEnviron(t, at) {
		list = append(list, name+"="+value)
	}
	return list
}

func dataNestedIn(t *testing.T, k dataShell, w *world.World) {
	inherited := activation(t, k, w, theirs...)
	at := filepath.Join(w.Home, "after")
	out := k.runs(t, w, inherited, k.prompt, k.text, k.vault+" off", k.dump(at))
	after := awsEnviron(t, at)
	if !strings.Contains(out, "(dev 1h)") {
		t.Errorf("the inner shell shows:\n%s", out)
	}
	if k.name == "nushell" {
		return // see restoresIn
	}
	if after["AWS_VAULT"] != "" || after["AWS_PROFILE"] != "mine" || after["AWS_REGION"] != "us-west-2" || after["AWS_SECRET_ACCESS_KEY"] != "" {
		t.Errorf("after off: %v", after)
	}
}

func dataChildrenIn(t *testing.T, k dataShell, w *world.World) {
	at := filepath.Join(w.Home, "child")
	k.runs(t, w, theirs, k.vault+" use dev", k.prompt, k.dump(at))
	text, err := os.ReadFile(at)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range strings.Split(string(text), "\x00") {
		if strings.Contains(strings.ToLower(entry), "__vault") || strings.Contains(entry, "theirs") || strings.HasPrefix(entry, "AWS_VAULT_CALLED") {
			t.Errorf("a program sees %.60s", entry)
		}
	}
}

func dataRenewalIn(t *testing.T, k dataShell, w *world.World) {
	const life = 15 * time.Minute
	sleep := map[string]string{"nushell": "^sleep 0.2", "xonsh": "sleep 0.2", "elvish": "e:sleep 0.2"}[k.name]
	for name, left := range map[string]time.Duration{"in the background": 4 * time.Minute, "at the prompt": time.Second} {
		at := func(name string) string { return filepath.Join(w.Home, name) }
		w.Fake.ExpireAhead(left - life)
		k.runs(t, w, []string{"AWS_MIN_TTL=0s"}, k.vault+" use dev --fresh -d 15m", k.dump(at("old")))
		w.Fake.ExpireAhead(0)
		old := awsEnviron(t, at("old"))
		var inherited []string
		for name, value := range old {
			inherited = append(inherited, name+"="+value)
		}
		if left < time.Minute {
			time.Sleep(left) // what is tested is that they have ended
		}
		renewed := func() bool {
			now := awsEnviron(t, at("new"))
			return now["AWS_VAULT"] == "dev" && now["AWS_ACCESS_KEY_ID"] != old["AWS_ACCESS_KEY_ID"]
		}
		out := ""
		for until := time.Now().Add(patience); ; {
			out = k.runs(t, w, inherited, k.prompt, sleep, k.prompt, k.dump(at("new")))
			if renewed() || time.Now().After(until) {
				break
			}
		}
		if !renewed() {
			t.Errorf("%s: %v\n%s", name, awsEnviron(t, at("new")), out)
		}
	}
}

func dataSubstitutionIn(t *testing.T, k dataShell, w *world.World) {
	line := map[string]string{
		"nushell": "let x = (vault export plain --format=json | from json); print $'<($x.AccessKeyId)>'",
		"xonsh":   "import json; x = $(vault export plain --format=json); print('<' + json.loads(x)['AccessKeyId'] + '>')",
		"elvish":  "var x = (main export plain --format=json | from-json); echo '<'$x[AccessKeyId]'>'",
	}[k.name]
	if out := k.runs(t, w, nil, line); !strings.Contains(out, "<ASIA") {
		t.Errorf("%s", out)
	}
}

// Settings of xonsh that change what a command does.
func xonshOptionsIn(t *testing.T, k dataShell, w *world.World) {
	at := func(name string) string { return filepath.Join(w.Home, name) }
	for _, option := range []string{"$RAISE_SUBPROC_ERROR = True", "$XONSH_TRACE_SUBPROC = True", "$THREAD_SUBPROCS = False", "$XONSH_SHOW_TRACEBACK = True", "$DOTGLOB = True", "$AUTO_CD = True", "aliases['ls'] = 'false'"} {
		out := k.runs(t, w, theirs, k.dump(at("before")), option, k.vault+" use dev", k.prompt, k.text, k.dump(at("in")), k.vault+" off", k.dump(at("after")))
		in := awsEnviron(t, at("in"))
		if secret := in["AWS_SECRET_ACCESS_KEY"]; in["AWS_VAULT"] != "dev" || strings.Contains(out, "Traceback") || strings.Contains(out, secret) {
			t.Errorf("%s: %v\n%s", option, in, out)
		}
		if d := cmp.Diff(awsEnviron(t, at("before")), awsEnviron(t, at("after"))); d != "" {
			t.Errorf("%s (-before +after):\n%s", option, d)
		}
	}
}

// The clock set back: what it was compared with is gone, so the binary is asked.
func dataClockIn(t *testing.T, k dataShell, w *world.World) {
	count, calls := counted(t, k, w)
	clock := "import time; real = time.time; time.time = lambda: real() - 3600"
	out := k.runs(t, w, nil, k.vault+" use dev", k.prompt, count, clock, k.prompt, k.prompt, k.prompt)
	if n := calls(); n != 1 {
		t.Errorf("%d calls:\n%s", n, out)
	}
}
