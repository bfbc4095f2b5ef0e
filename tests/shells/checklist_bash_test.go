package shells

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"awsvault/tests/terminal"
	"awsvault/tests/world"
)

var bashChecklist = []item{
	{name: "bash/01-status", claim: "`$?` is what the person's command left, for them and for the later parts of PROMPT_COMMAND", test: eachBash(func(t *testing.T, b bashForm) {
		s := b.start(t, `peer() { seen="$?"; }; PROMPT_COMMAND=peer`, "")
		for _, want := range []string{"3", "0", "1"} {
			if got := s.after("(exit " + want + ")"); got != want {
				t.Errorf("(exit %s): the person sees %s", want, got)
			}
		}
		s.typed("(exit 3)\r")
		s.expect(`\$ `)
		if got := s.output("echo $seen"); got != "3\n" {
			t.Errorf("the later part sees %q", got)
		}
	})},
	{name: "bash/02-pipestatus", claim: "the other elements of PROMPT_COMMAND see PIPESTATUS (in a string, which bash before 5.1 knows only, nobody but the first can)", test: func(t *testing.T) {
		s := bashArray.start(t, `peer() { seen="${PIPESTATUS[*]}"; }; PROMPT_COMMAND=peer`, "")
		s.ok("vault use dev")
		s.after("false | true | (exit 3)")
		s.typed("false | true | (exit 3)\r")
		s.expect(`\$ `)
		if got := s.output("echo $seen"); got != "1 0 3\n" {
			t.Errorf("PIPESTATUS is %q", got)
		}
	}},
	{name: "bash/03-last-word", claim: "`$_` is the last word of the person's command", test: eachBash(func(t *testing.T, b bashForm) {
		s := b.start(t, "", "")
		s.typed("echo one two\r")
		s.expect(`\$ `)
		s.typed("echo \"<<$_:7001>>\"\r")
		if _, groups := s.expect(`<<(\w+):7001>>`); groups[1] != "two" {
			t.Errorf("$_ is %q", groups[1])
		}
	})},
	{name: "bash/04-set-u", claim: "with set -u and every variable of the hook unset, prompts and `vault use` are silent and work", test: eachBash(func(t *testing.T, b bashForm) {
		s := b.start(t, "", "")
		s.ok("vault use dev")
		s.ok("bin=$__vault_bin; set -u; for v in ${!__vault_*}; do unset $v; done; __vault_bin=$bin; unset v bin")
		if out := s.said(func() { s.enters(5) }); strings.Contains(out, "unbound") || strings.Contains(out, "bash:") {
			t.Errorf("prompts say %q", out)
		}
		if out := s.ok("vault use other"); strings.Contains(out, "unbound") {
			t.Errorf("use says %q", out)
		}
		if got := s.active(); got != "other" {
			t.Errorf("%q is active", got)
		}
	})},
	{name: "bash/05-set-e", claim: "with set -e, `! true` and a failing list do not end the shell", test: eachBash(func(t *testing.T, b bashForm) {
		s := b.start(t, "", "")
		s.ok("vault use dev")
		s.ok("set -e")
		s.typed("! true\r")
		s.expect(`\$ `)
		s.typed("false || ! true\r")
		s.expect(`\$ `)
		s.enters(2)
		s.ok("vault off")
	})},
	{name: "bash/06-options", claim: "pipefail, noclobber, noglob, posix and allexport, before the hook and after it", test: harmless("bash", "set -eu -o pipefail", "set -a", "set -f", "set -o noclobber", "set -o posix")},
	{name: "bash/07-ifs", claim: "any IFS, before the hook and after it", test: harmless("bash", "IFS=0123456789/", "IFS=", "IFS=_v-,=")},
	{name: "bash/08-prompt-command", claim: "PROMPT_COMMAND unset, empty, ending in `;`, of many lines, an array, readonly", test: eachBash(promptCommands)},
	{name: "bash/09-thrice", claim: "loaded three times is the same as once: registration, functions, environment", test: eachBash(func(t *testing.T, b bashForm) {
		s := b.start(t, "a() { :; }; PROMPT_COMMAND=a", "")
		state := func() []string {
			return append(s.exported(), s.output("declare -F"), s.output("declare -p PROMPT_COMMAND; shopt; set -o"))
		}
		before := state()
		s.script(b.rc(s.world), b.rc(s.world))
		if d := cmp.Diff(before, state()); d != "" {
			t.Errorf("(-once +thrice):\n%s", d)
		}
	})},
	{name: "bash/10-converted", claim: "registered once after other tools have glued, converted and copied PROMPT_COMMAND", test: converted},
	{name: "bash/11-traps", claim: "INT, DEBUG, ERR and EXIT traps are the person's, and ERR is not called by the hook", test: func(t *testing.T) {
		s := bashArray.start(t, "", "")
		s.ok("trap 'echo int' INT; trap 'n=$((n+1))' DEBUG; trap 'echo bye' EXIT; trap 'errors=$((errors+1))' ERR; errors=0")
		before := s.output("trap -p")
		s.enters(5)
		s.ok("vault use dev")
		s.enters(5)
		if d := cmp.Diff(before, s.output("trap -p")); d != "" || !strings.Contains(before, "echo int") {
			t.Errorf("(-before +after):\n%s", d)
		}
		s.after("false")
		if got := s.output("echo $errors"); got != "1\n" {
			t.Errorf("ERR was called %s times for one failure", got)
		}
		// Ctrl-C at the prompt is the person's, too.
		// Pressed before readline is ready, bash runs the trap with the next line.
		s.typed("vault \x03")
		s.typed("\r")
		s.expect(`int`)
		s.ok(":")
		s.ok("vault off")
	}},
	{name: "bash/12-xtrace", claim: "with set -x, no secret on the terminal when the prompt renews", test: func(t *testing.T) { traceOfRenewal(t, of("bash")) }},
	{name: "bash/13-alias", claim: "an alias of the function's name, there before the hook, is replaced", test: func(t *testing.T) {
		doesNotMatter(t, of("bash"), "shopt -s expand_aliases; alias vault='echo alias'", "before")
	}},
	{name: "bash/14-shadowed", claim: "functions and aliases with the names of builtins do not get between", test: func(t *testing.T) {
		doesNotMatter(t, of("bash"), "shopt -s expand_aliases; alias local='echo local'; alias return='echo return'; alias export='echo export'; alias builtin='echo builtin'", "before", "after")
		doesNotMatter(t, of("bash"), "export() { echo export; }; unset() { echo unset; }; eval() { echo eval; }; local() { echo local; }; printf() { echo printf; }; set() { echo set; }; return() { echo return; }; command() { echo command; }; shopt() { echo shopt; }; test() { echo test; }; cd() { builtin cd \"$@\"; }", "after")
	}},
	{name: "bash/15-paths", claim: "directories with spaces, globs, quotes, newlines, a leading -, bytes that are no UTF-8", test: func(t *testing.T) { oddDirectories(t, of("bash")) }},
	{name: "bash/16-no-directory", claim: "a directory that was deleted, PWD unset, `/` and `//`", test: func(t *testing.T) { noDirectory(t, of("bash")) }},
	{name: "bash/17-subshell", claim: "what a subshell, a substitution or a pipeline does stays there", test: func(t *testing.T) { subshells(t, of("bash")) }},
	{name: "bash/18-nested", claim: "nested, --norc, login (as `su -` starts it) and exec'ed shells: the activation is known, off brings the outer environment's values back", test: nestedBash},
	{name: "bash/19-no-process", claim: "no process in 20 prompts: nothing active, active, by directory, untrusted, failed, person needed", test: func(t *testing.T) { noProcesses(t, of("bash")) }},
	{name: "bash/20-children", claim: "a child gets nothing of the hook's but AWS_VAULT_SHELL_STATE, under set -a too", test: func(t *testing.T) { childrenSee(t, of("bash"), "set -a") }},
	{name: "bash/21-ctrl-c", claim: "Ctrl-C while the prompt waits for AWS: the prompt comes, the credentials and `$?` stay", test: func(t *testing.T) { interruptedRenewal(t, of("bash")) }},
	{name: "bash/22-gone", claim: "the program deleted while the shell is open: said once, no process, and it works when it is back", test: func(t *testing.T) { binaryGone(t, of("bash")) }},
	{name: "bash/23-indicator", claim: "a hostile name is inert; promptvars on and off, posix, readonly PS1, themes later, several lines, NO_COLOR, TERM=dumb", test: bashIndicator},
	{name: "bash/24-inherited", claim: "a hostile deadline in the environment is not used, nor executed", test: func(t *testing.T) { hostileDeadline(t, of("bash")) }},
	{name: "bash/25-neighbours", claim: "direnv, zoxide; and, played by stand-ins: mise, starship, bash-preexec, ble.sh, VS Code, iTerm; before and after", test: func(t *testing.T) { besideNeighbours(t, of("bash")) }},
	{name: "bash/26-clock", claim: "the clock set back 1 h and forward 12 h", test: func(t *testing.T) { clockSet(t, of("bash")) }},
	{name: "bash/27-shopt", claim: "nocasematch, extglob, nullglob, failglob, integer and upper-case attributes, an ERR trap", test: harmless("bash", "shopt -s nocasematch extglob nullglob failglob", "declare -i AWS_VAULT; declare -u AWS_REGION", "trap 'true' ERR; set -E", "LC_ALL=C")},
	{name: "bash/28-history", claim: "the history has what was typed and nothing of the hook's", test: func(t *testing.T) {
		s := bashArray.start(t, "", "")
		s.ok("vault use dev")
		s.enters(3)
		if out := s.output("history"); strings.Contains(out, "__vault") || strings.Contains(out, "AWS_") || !strings.Contains(out, "vault use dev") {
			t.Errorf("the history:\n%s", out)
		}
	}},
	{name: "bash/29-jobs", claim: "no job and no message about one after a renewal in the background", test: func(t *testing.T) { noJobs(t, of("bash")) }},
	{name: "bash/30-substitution", claim: "`$(vault ...)` is the plain answer", test: func(t *testing.T) { substitution(t, of("bash")) }},
	{name: "bash/31-displaced", claim: "replaced in PROMPT_COMMAND, the hook says so once; moved to where it still runs, not", test: displacedBash},
	{name: "bash/32-wrapping", claim: "line editing and wrapping at 40 columns, on a real terminal (tmux)", test: func(t *testing.T) { wraps(t, of("bash")) }},
	{name: "bash/33-restricted", claim: "bash -r: no error at prompts", test: func(t *testing.T) { restricted(t, of("bash"), "set -r") }},
}

func of(name string) kind {
	for _, k := range kinds {
		if k.name == name {
			return k
		}
	}
	panic(name)
}

// bashForm is how PROMPT_COMMAND is used: as an array, or as the string that bash
// before 5.1 knows. The string is tested on this bash, whose version is hidden
// from the hook.
type bashForm struct {
	name string
	rc   func(w *world.World) string
}

var (
	bashArray  = bashForm{"array", func(w *world.World) string { return of("bash").rc(w.Vault) }}
	bashString = bashForm{"string", func(w *world.World) string {
		return fmt.Sprintf("old_version=(4 3) hook=$(%s hook bash); eval \"${hook//BASH_VERSINFO/old_version}\"; unset -v hook\n", quoted("bash", w.Vault))
	}}
)

func (b bashForm) start(t *testing.T, before, after string, more ...string) *session {
	t.Helper()
	w := world.New(t)
	return startWith(t, of("bash"), w, before+"\n"+b.rc(w)+after+"\n", more...)
}

func eachBash(test func(t *testing.T, b bashForm)) func(t *testing.T) {
	return func(t *testing.T) {
		for _, b := range []bashForm{bashArray, bashString} {
			t.Run(b.name, func(t *testing.T) { test(t, b) })
		}
	}
}

func harmless(shell string, lines ...string) func(t *testing.T) {
	return func(t *testing.T) {
		for _, line := range lines {
			doesNotMatter(t, of(shell), line, "before", "after")
		}
	}
}

// after runs a line and returns the status that the next line sees: a prompt is
// between them.
func (s *session) after(line string) string {
	s.t.Helper()
	s.typed(line + "\r")
	s.expect(`[$%>] `)
	s.n++
	s.typed(strings.TrimPrefix(s.kind.then("", s.n), "; ") + "\r")
	_, groups := s.expect(fmt.Sprintf(`<<(-?[0-9]*):%d>>`, s.n))
	s.expect(`[$%>] `)
	return groups[1]
}

// drawn is what the terminal is sent for a prompt and what is typed at it: that of
// the second line, at least, for the first may have come already.
func (s *session) drawn() string {
	s.t.Helper()
	from := len(s.all())
	s.ok(":")
	s.ok(":")
	return anHour(s.all()[from:])
}

// shown is drawn without colours.
func (s *session) shown() string {
	s.t.Helper()
	return terminal.Plain(s.drawn())
}

// anHour replaces 55 to 59 minutes with an hour: time passes during a test.
func anHour(text string) string { return regexp.MustCompile(` 5[5-9]m`).ReplaceAllString(text, " 1h") }

func promptCommands(t *testing.T, b bashForm) {
	forms := []struct{ set, seen string }{
		{"unset PROMPT_COMMAND", ""},
		{"PROMPT_COMMAND=", ""},
		{"PROMPT_COMMAND='a;'", "a"},
		{"PROMPT_COMMAND='a; '", "a"},
		{"PROMPT_COMMAND='a # as they say'", "a"},
		{"PROMPT_COMMAND=$'a\\nb'", "ab"},
		{"PROMPT_COMMAND=(a b c)", "abc"},
		{"export PROMPT_COMMAND=a", "a"},
		{"readonly PROMPT_COMMAND=a", "a"},
	}
	for _, form := range forms {
		if b.name == "string" && strings.Contains(form.set, "(a b c)") {
			continue
		}
		t.Run(regexp.MustCompile(`\W+`).ReplaceAllString(form.set, "-"), func(t *testing.T) {
			s := b.start(t, "a() { ran+=a; }; b() { ran+=b; }; c() { ran+=c; }\n"+form.set, "REACHED=1")
			out := s.said(func() { s.ok("ran="); s.typed("\r"); s.expect(`\$ `); s.enters(1) })
			if strings.Contains(out, "bash:") {
				t.Errorf("prompts say %q", out)
			}
			if got := strings.TrimSpace(s.output("echo $ran $REACHED")); !strings.HasPrefix(got, form.seen+form.seen) || !strings.HasSuffix(got, "1") {
				t.Errorf("theirs ran %q", got)
			}
			out = s.said(func() { s.ok("vault use dev"); s.ok("vault status") })
			if n := strings.Count(out, "does not run the hook"); n != 0 && !strings.Contains(form.set, "readonly") || n != 1 && strings.Contains(form.set, "readonly") && b.name == "array" {
				t.Errorf("displaced is said %d times: %q", n, out)
			}
			if shown := s.shown(); strings.Contains(shown, "(dev 1h) ") == strings.Contains(form.set, "readonly") {
				t.Errorf("the prompt is %q", shown)
			}
			if _, leaks := value(s.exported(), "PROMPT_COMMAND"); leaks != strings.Contains(form.set, "nothing") {
				t.Error("PROMPT_COMMAND is exported")
			}
		})
	}
}

func converted(t *testing.T) {
	for name, convert := range map[string]string{
		"glued in front":  `PROMPT_COMMAND="a; $PROMPT_COMMAND"`,
		"glued behind":    `PROMPT_COMMAND="$PROMPT_COMMAND; a"`,
		"array to string": `IFS=$'\n'; joined="${PROMPT_COMMAND[*]};a"; unset PROMPT_COMMAND IFS; PROMPT_COMMAND=$joined`,
		"appended":        `PROMPT_COMMAND+=(a)`,
	} {
		t.Run(name, func(t *testing.T) {
			s := bashArray.start(t, "a() { seen=$?; }", convert)
			s.script(bashArray.rc(s.world))
			s.enters(2)
			list := s.output("declare -p PROMPT_COMMAND")
			if strings.Count(list, "__vault_prompt") != 1 || strings.Count(list, "__vault_show") != 1 {
				t.Errorf("registered as %s", list)
			}
			s.ok("vault use dev")
			s.enters(1)
			s.typed("(exit 3)\r")
			s.expect(`\$ `)
			if got := s.output("echo $seen"); got != "3\n" {
				t.Errorf("theirs sees %q", got)
			}
			if shown := s.shown(); strings.Count(shown, "(dev 1h) ") == 0 || strings.Contains(shown, "bash:") {
				t.Errorf("the prompt is %q", shown)
			}
		})
	}
}

func nestedBash(t *testing.T) {
	w := world.New(t)
	write(t, filepath.Join(w.Home, ".bashrc"), "PS1='nested$ '\nHISTFILE=\n"+bashArray.rc(w))
	write(t, filepath.Join(w.Home, ".bash_profile"), ". ~/.bashrc\nPS1='login$ '\n")
	s := startWith(t, of("bash"), w, bashArray.rc(w)+"export PS1\n", "AWS_PROFILE=mine", "HISTFILE=/dev/null")
	s.ok("vault use dev")
	inside := func(line, prompt string, hook bool) {
		t.Helper()
		s.typed(line + "\r")
		s.expect(prompt)
		out := s.said(func() { s.enters(2) })
		if strings.Contains(out, "not found") || strings.Contains(out, "bash:") {
			t.Errorf("%s: prompts say %q", line, out)
		}
		if got := s.active(); got != "dev" {
			t.Errorf("%s: %q is active", line, got)
		}
		if !hook {
			return
		}
		if shown := s.shown(); strings.Count(shown, "(dev 1h) ") == 0 || strings.Contains(shown, "(dev 1h) (dev") {
			t.Errorf("%s: the prompt is %q", line, shown)
		}
		s.ok("vault off")
		if got, _ := value(s.exported(), "AWS_PROFILE"); got != "mine" {
			t.Errorf("%s: after off AWS_PROFILE is %q", line, got)
		}
	}
	leave := func() {
		s.typed("exit\r")
		s.expect(`exit[^$]*\$ `)
		if got := s.active(); got != "dev" {
			t.Fatalf("back outside, %q is active", got)
		}
	}
	inside("bash", `nested\$ `, true)
	leave()
	inside("bash --norc", `[^d]\$ `, false)
	leave()
	inside("bash -l", `login\$ `, true)
	s.typed("exit\r")
	s.expect(`logout[^$]*\$ `)
	inside("exec bash", `nested\$ `, true)
	s.ok("vault use dev")
	// What `su -` leaves: an environment of its own.
	s.typed("env -i HOME=$HOME TERM=$TERM PATH=$PATH bash -l\r")
	s.expect(`login\$ `)
	if got := s.active(); got != "" {
		t.Errorf("after su, %q is active", got)
	}
	if out, status := s.run("vault off"); status != "0" && !strings.Contains(out, "vault: ") {
		t.Errorf("off: status %s, %q", status, out)
	}
}

func bashIndicator(t *testing.T) {
	const hostileName = "a$(touch pwned)`touch pwned`%F{red}\\w!\\[x"
	w := world.New(t)
	config := world.Config + "\n[profile " + hostileName + "]\nrole_arn = arn:aws:iam::111122223333:role/reader\nsource_profile = plain\n"
	if err := w.WriteConfig(config); err != nil {
		t.Fatal(err)
	}
	s := startWith(t, of("bash"), w, bashArray.rc(w), "AWS_VAULT_PROTECTED=oth?r")
	ps1 := s.output(`echo "$PS1"`)
	must := func(what, want string, more ...string) {
		t.Helper()
		s.enters(2)
		shown := s.shown()
		if !strings.Contains(shown, want) {
			t.Errorf("%s: the prompt is %q, want %q", what, shown, want)
		}
		for _, not := range more {
			if strings.Contains(shown, not) {
				t.Errorf("%s: the prompt is %q, with %q", what, shown, not)
			}
		}
	}
	back := func() {
		t.Helper()
		s.enters(2)
		if got := s.output(`echo "$PS1"`); got != ps1 {
			t.Errorf("PS1 is %q, was %q", got, ps1)
		}
	}
	s.ok("vault use " + quoted("bash", hostileName))
	for _, options := range []string{"shopt -s promptvars", "shopt -u promptvars", "set -o posix", "shopt -s promptvars; set -u", "set +u +o posix; unset -f none"} {
		s.ok(options)
		must(options, "(a??touch pwned??touch pwned??F?red??w???.. 1h) $ ", "\\w", "\\[", "__vault")
	}
	if _, err := os.Stat(filepath.Join(w.Home, "pwned")); err == nil {
		t.Error("a name was executed")
	}
	// The mark is no history number in posix mode.
	s.ok("__vault_shown=dev __vault_mark='!' __vault_next=0")
	for _, options := range []string{"set -o posix", "shopt -u promptvars", "set +o posix", "shopt -s promptvars"} {
		s.ok(options)
		must(options, "(dev 1h!) $ ", "(dev 1h!) (dev")
	}
	s.ok("vault off")
	back()
	s.ok("vault use dev")
	for _, set := range []struct{ ps1, want string }{
		{`PS1='theme $ '`, "(dev 1h) theme $ "},
		{`PS1='two\nlines $ '`, "(dev 1h) two\r\r\nlines $ "},
		{`unset PS1; PS1='$ '`, "(dev 1h) $ "},
	} {
		s.ok(set.ps1)
		must(set.ps1, set.want)
	}
	// A theme that makes the prompt anew each time, and came after the hook.
	s.ok(`theme() { PS1='made $ '; }; PROMPT_COMMAND+=(theme)`)
	must("a theme in PROMPT_COMMAND", "(dev 1h) made $ ")
	if out := s.output("declare -p PROMPT_COMMAND"); !strings.Contains(out, `[1]="theme" [2]="__vault_show"`) {
		t.Errorf("PROMPT_COMMAND is %s", out)
	}
	s.ok(`PROMPT_COMMAND=("${PROMPT_COMMAND[@]/theme/}"); PS1='$ '`)
	s.enters(1)
	s.typed("vault use other\r")
	s.expect("Type its name to continue: ")
	s.typed("other\r")
	s.expect("role/hop1")
	reverse := func() bool {
		s.enters(1)
		return strings.Contains(s.drawn(), "\x1b[7m(PROD other 1h)\x1b[0m $ ")
	}
	if !reverse() {
		t.Errorf("a protected profile is not in reverse video: %q", s.shown())
	}
	s.ok("shopt -u promptvars")
	if !reverse() {
		t.Errorf("without promptvars, a protected profile is not in reverse video: %q", s.shown())
	}
	s.ok("shopt -s promptvars")
	for _, plain := range []string{"NO_COLOR=1", "unset NO_COLOR; TERM=dumb"} {
		s.ok(plain)
		if reverse() {
			t.Errorf("%s: in reverse video", plain)
		}
		must(plain, "(PROD other 1h) $ ")
	}
	s.ok("TERM=xterm; vault off")
	back()
	s.ok("readonly PS1; vault use dev")
	if out := s.said(func() { s.enters(3) }); strings.Contains(out, "readonly") {
		t.Errorf("a readonly PS1: %q", out)
	}
	if out := s.output("echo $vault_indicator"); out != "dev 1h\n" {
		t.Errorf("vault_indicator is %q", out)
	}
}

func displacedBash(t *testing.T) {
	const says = "PROMPT_COMMAND does not run the hook"
	calls := func(s *session) int {
		return strings.Count(s.said(func() {
			s.enters(2)
			s.ok("vault status")
			s.ok("vault use dev; vault use other")
			s.ok("for i in 1 2 3; do vault version; done")
			s.typed("vault version\rvault version\r")
			s.ok("out=$(vault status)")
			s.ok("( vault off )")
		}), says)
	}
	for name, c := range map[string]struct {
		after string
		want  int
	}{
		"in place":             {"", 0},
		"replaced":             {"unset PROMPT_COMMAND; PROMPT_COMMAND=theirs; theirs() { :; }", 1},
		"unset":                {"unset PROMPT_COMMAND", 1},
		"moved, and run":       {`theirs=("${PROMPT_COMMAND[@]}"); unset PROMPT_COMMAND; play() { local p; for p in "${theirs[@]}"; do eval "$p"; done; }; PROMPT_COMMAND=play`, 0},
		"glued":                {`PROMPT_COMMAND="$PROMPT_COMMAND; theirs"; theirs() { :; }`, 0},
		"the function is gone": {"unset -f __vault_prompt; __vault_prompt() { :; }", 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := bashArray.start(t, "", c.after)
			if n := calls(s); n != c.want {
				t.Errorf("said %d times, want %d", n, c.want)
			}
		})
	}
	t.Run("later", func(t *testing.T) {
		s := bashArray.start(t, "", "")
		if n := calls(s); n != 0 {
			t.Errorf("in place, it is said %d times", n)
		}
		s.ok("PROMPT_COMMAND=(:)")
		if n := calls(s); n != 1 {
			t.Errorf("said %d times", n)
		}
	})
	t.Run("a string, from the start", func(t *testing.T) {
		s := bashString.start(t, "", "PROMPT_COMMAND=:")
		if n := calls(s); n != 1 {
			t.Errorf("said %d times", n)
		}
	})
	t.Run("no prompt hook was wanted", func(t *testing.T) {
		w := world.New(t)
		s := startWith(t, of("bash"), w, strings.Replace(of("bash").rc(w.Vault), "hook bash", "hook bash --no-auto", 1))
		if n := calls(s); n != 0 {
			t.Errorf("said %d times", n)
		}
	})
}
