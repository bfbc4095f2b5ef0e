package shells

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// seesStatus is a prompt that records its inputs.
const seesStatus = "function fish_prompt; set -g seen $status $pipestatus; set -g took $CMD_DURATION; echo -n '> '; end"

func inFish(test func(t *testing.T, k kind)) func(t *testing.T) { return inShell("fish", test) }

var fishChecklist = []item{
	{name: "fish/01-status", claim: "`$status` is the command's, for the person and for their `fish_prompt`, with and without the indicator", test: inFish(func(t *testing.T, k kind) {
		s := startWith(t, k, world.New(t), k.with(seesStatus).rc(world.Program(t)))
		for _, line := range []string{"true", "vault use dev"} {
			s.ok(line)
			s.enters(2)
			s.typed("sh -c 'exit 3'\r")
			s.expect(`> `)
			if _, status := s.run("true; sh -c \"exit $seen[1]\""); status != "3" {
				t.Errorf("after %s the prompt sees status %s", line, status)
			}
			s.typed("sh -c 'exit 4'\r" + `echo "<<$status:7001>>"` + "\r")
			if _, groups := s.expect(`<<([0-9]*):7001>>`); groups[1] != "4" {
				t.Errorf("after %s the person sees status %s", line, groups[1])
			}
		}
	})},
	{name: "fish/02-pipestatus", claim: "`fish_prompt` sees `$pipestatus` behind the indicator, and that takes no process", test: inFish(func(t *testing.T, k kind) {
		s := startWith(t, k, world.New(t), k.with(seesStatus).rc(world.Program(t)))
		s.ok("vault use dev")
		s.enters(2)
		s.typed("function three; return 3; end; function one; return 1; end\r")
		s.expect(`> `)
		if n, trace := s.processes(func() { s.typed("one | true | three\r"); s.expect(`> `); s.enters(1) }); n != 0 {
			t.Errorf("%d processes\n%s", n, trace)
		}
		s.typed("one | true | three\r")
		s.expect(`> `)
		s.typed("set kept $seen\r")
		s.expect(`> `)
		if got := strings.TrimSpace(s.output("echo $kept")); got != "3 1 0 3" {
			t.Errorf("the prompt sees %q", got)
		}
	})},
	{name: "fish/03-thrice", claim: "sourced three times: one handler for each event", test: inFish(func(t *testing.T, k kind) {
		w := world.New(t)
		s := start(t, k, w)
		handlers := func() string {
			lines := strings.Split(s.output("functions --handlers"), "\n")
			sort.Strings(lines)
			return strings.Join(lines, "\n")
		}
		once := handlers()
		s.script(k.rc(w.Vault), k.rc(w.Vault))
		if d := cmp.Diff(once, handlers()); d != "" || strings.Count(once, "__vault_prompt") != 1 || strings.Count(once, "__vault_before") != 1 {
			t.Errorf("(-once +thrice):\n%s\n%s", d, once)
		}
	})},
	{name: "fish/04-eval", claim: "`eval (vault hook fish)` is the same as `| source`", test: inFish(func(t *testing.T, k kind) {
		w := world.New(t)
		s := startWith(t, k, w, "eval ("+quoted("fish", w.Vault)+" hook fish)\n")
		by := s.output("functions __vault_prompt __vault_apply __vault_tick __vault_candidates")
		s.ok("vault use dev")
		if got := s.active(); got != "dev" {
			t.Errorf("%q is active", got)
		}
		s.ok("vault off")
		s.script(k.rc(w.Vault))
		tidy := func(s string) string { return strings.Join(strings.Fields(strings.ReplaceAll(s, ";", " ")), " ") }
		source := s.output("functions __vault_prompt __vault_apply __vault_tick __vault_candidates")
		for _, text := range []*string{&by, &source} {
			var lines []string
			for _, line := range strings.Split(*text, "\n") {
				if !strings.HasPrefix(line, "#") { // where it was defined
					lines = append(lines, line)
				}
			}
			*text = tidy(strings.Join(lines, "\n"))
		}
		if by != source {
			t.Errorf("by eval:\n%s\nby source:\n%s", by, source)
		}
	})},
	{name: "fish/05-first-prompt", claim: "a shell that starts in a directory with a trusted file has it at its first prompt", test: inFish(func(t *testing.T, k kind) {
		w := world.New(t)
		dir := project(t, w, "pay", "dev\n")
		w.Run(nil, "allow", dir)
		s := start(t, k.with("cd "+quoted("fish", dir)), w)
		if got := s.active(); got != "dev" {
			t.Errorf("%q is active", got)
		}
	})},
	{name: "fish/06-alt-arrows", claim: "after alt-left and alt-right, which show no new prompt, a command runs with what belongs to the directory", test: inFish(func(t *testing.T, k kind) {
		w := world.New(t)
		dir := project(t, w, "pay", "dev\n")
		w.Run(nil, "allow", dir)
		s := start(t, k, w)
		s.cd(dir)
		s.enters(1)
		for _, key := range []struct{ name, bytes, dir, want string }{
			{"alt-left", "\x1b[1;3D", w.Home, ""}, {"alt-right", "\x1b[1;3C", dir, "dev"},
		} {
			s.typed(key.bytes)
			environ := s.exported()
			got, _ := value(environ, "AWS_VAULT")
			if at, _ := value(environ, "PWD"); at != key.dir || got != key.want {
				t.Errorf("after %s, in %s, %q is active", key.name, at, got)
			}
			s.enters(1)
		}
	})},
	{name: "fish/07-cd-in-a-binding", claim: "the same for a key binding of one's own that changes the directory", test: inFish(func(t *testing.T, k kind) {
		w := world.New(t)
		dir := project(t, w, "pay", "dev\n")
		w.Run(nil, "allow", dir)
		s := start(t, k, w)
		s.ok(`bind \cg "cd ` + dir + `; commandline -f repaint"`)
		s.typed("\x07")
		if got := s.active(); got != "dev" {
			t.Errorf("%q is active", got)
		}
	})},
	{name: "fish/08-cd-in-a-substitution", claim: "`(cd x; pwd)` is what it says, and nothing else", test: inFish(func(t *testing.T, k kind) {
		w := world.New(t)
		dir := project(t, w, "pay", "dev\n")
		w.Run(nil, "allow", dir)
		s := start(t, k, w)
		if got := s.output("set x (cd " + dir + "; pwd); cd; string join , (count $x) $x"); got != "1,"+dir+"\n" {
			t.Errorf("it is %q", got)
		}
	})},
	{name: "fish/09-universal-variable", claim: "a universal AWS_PROFILE is hidden while a profile is active, is as it was after off, and is said to be in the way", test: universalVariableStays},
	{name: "fish/10-no-process", claim: "20 prompts, 0 processes: nothing active, by hand, by directory, untrusted file, failed renewal", test: inFish(quietIn)},
	{name: "fish/11-odd-directories", claim: "directories with newlines, spaces, globs, quotes, `$`, bytes that are not UTF-8", test: inFish(func(t *testing.T, k kind) {
		oddPathsIn(t, k, "a b", "a*[x]?", "$HOME (touch pwned)", "it's \"q\" \\", "new\nline", "ends in newline\n", "-e", "\xff\xfe", "tab\tesc\x1b[31m", "; touch pwned #", "~")
	})},
	{name: "fish/12-another-prompt", claim: "a fish_prompt that is defined before the hook, after it, saved in functions/, or by a theme that shows AWS_VAULT", test: inFish(anotherFishPrompt)},
	{name: "fish/13-twice-at-a-prompt", claim: "vi mode, right prompt, several lines, and a fish_prompt that is called twice for one prompt (transient): the indicator is there once each time", test: inFish(func(t *testing.T, k kind) {
		s := start(t, k.with("function fish_right_prompt; echo -n RIGHT; end; function fish_mode_prompt; echo -n MODE; end"), world.New(t))
		s.ok("function fish_prompt; echo FIRST; echo -n 'LAST> '; end")
		s.ok("vault use dev")
		s.enters(2)
		if got := s.output("__vault_wrap; fish_prompt; echo; fish_prompt"); got != "(dev 1h) FIRST\nLAST> \n(dev 1h) FIRST\nLAST> " {
			t.Errorf("called twice it prints %q", got)
		}
		out := s.said(func() { s.enters(3) })
		if !strings.Contains(out, "MODE(dev 1h) FIRST") || !strings.Contains(out, "RIGHT") {
			t.Errorf("the prompt is %q", out)
		}
		s.ok("fish_vi_key_bindings")
		if n, trace := s.processes(func() { s.typed("\x1b"); s.typed("i"); s.enters(2) }); n != 0 {
			t.Errorf("vi mode: %d processes\n%s", n, trace)
		}
		if got := s.active(); got != "dev" {
			t.Errorf("%q is active", got)
		}
	})},
	{name: "fish/14-private-mode", claim: "`fish --private`: use, indicator and quiet prompts as ever", test: inFish(func(t *testing.T, k kind) {
		private := k
		private.start = func(t testing.TB, dir, rc string) []string { return append(k.start(t, dir, rc), "--private") }
		s := start(t, private, world.New(t))
		s.ok("test -n \"$fish_private_mode\"; and vault use dev")
		s.enters(1)
		if out := s.said(func() { s.enters(2) }); !strings.Contains(out, "(dev 1h) > ") {
			t.Errorf("the prompt is %q", out)
		}
		if n, trace := s.processes(func() { s.enters(10) }); n != 0 {
			t.Errorf("%d processes\n%s", n, trace)
		}
	})},
	{name: "fish/15-clocks", claim: "without /proc (macOS), without `path mtime` (fish 3.5 and older), without both: due is due, and only the last asks `date`", test: inFish(fishClocks)},
	{name: "fish/16-nested", claim: "fish in bash, bash in that fish: each knows what is active, off in one is not off in the others", test: nestedFish},
	{name: "fish/17-ctrl-c", claim: "Ctrl-C while the prompt waits for AWS: the old credentials stay, the prompt comes", test: inFish(ctrlCIn)},
	{name: "fish/18-no-universal-variable", claim: "no universal variable is written, and nothing of the hook's is exported", test: inFish(func(t *testing.T, k kind) {
		w := world.New(t)
		dir := project(t, w, "pay", "dev\n")
		s := start(t, k, w)
		before := s.output("set -nU")
		s.ok("vault allow " + dir)
		s.cd(dir)
		s.ok("vault use other")
		s.ok("vault refresh")
		s.ok("vault off")
		s.cd(w.Home)
		if d := cmp.Diff(before, s.output("set -nU")); d != "" {
			t.Errorf("(-before +after):\n%s", d)
		}
		if got := s.output("set -nx | string match '*vault*'; true"); got != "" {
			t.Errorf("exported: %q", got)
		}
	})},
	{name: "fish/19-cmd-duration", claim: "`$CMD_DURATION` is the command's when `fish_prompt` reads it", test: inFish(func(t *testing.T, k kind) {
		s := startWith(t, k, world.New(t), k.with(seesStatus).rc(world.Program(t)))
		s.ok("vault use dev")
		s.enters(1)
		s.typed("sleep 0.4\r")
		s.expect(`> `)
		s.typed("set kept $took\r")
		s.expect(`> `)
		if ms, err := strconv.Atoi(strings.TrimSpace(s.output("echo $kept"))); err != nil || ms < 400 {
			t.Errorf("it took %d ms, %v", ms, err)
		}
	})},
	{name: "fish/20-value-with-newline", claim: "a value that ends in newlines is the same after off", test: inFish(func(t *testing.T, k kind) {
		s := start(t, k, world.New(t))
		s.script("set -gx AWS_PROFILE "+quoted("fish", "mine\n\n"), "set -gx AWS_SECRET_ACCESS_KEY "+quoted("fish", "\nsecret\n"), "set -gx AWS_REGION "+quoted("fish", "\n"))
		before := s.exported()
		s.ok("vault use dev")
		s.ok("vault use other")
		s.ok("vault off")
		if d := cmp.Diff(before, s.exported()); d != "" {
			t.Errorf("(-before +after):\n%s", d)
		}
	})},
	{name: "fish/21-local-variable", claim: "in a function with a local AWS_REGION, use sets the global one, which is seen when the function ends (docs/shell.md)", test: inFish(func(t *testing.T, k kind) {
		s := start(t, k, world.New(t))
		s.ok("function f; set -lx AWS_REGION local; vault use dev; set -g inside (sh -c 'echo $AWS_REGION'); end")
		s.ok("f")
		if got := s.output("echo $inside; echo $AWS_REGION"); got != "local\neu-central-1\n" {
			t.Errorf("inside, outside: %q", got)
		}
	})},
	{name: "fish/22-alias", claim: "an alias of the function's name that was there before does not get between", test: inFish(func(t *testing.T, k kind) {
		s := start(t, k.with("alias vault 'echo alias'"), world.New(t))
		s.ok("vault use dev")
		if got := s.active(); got != "dev" {
			t.Errorf("%q is active", got)
		}
	})},
	{name: "fish/23-binary-gone", claim: "the program deleted while the shell is open: said once, no process, and it works when it is back", test: inFish(goneIn)},
	{name: "fish/24-displaced", claim: "somebody took the handler away: the next `vault use` says so, once", test: inFish(func(t *testing.T, k kind) {
		s := start(t, k, world.New(t))
		if out := s.said(func() { s.ok("vault use dev"); s.ok("vault use other") }); strings.Contains(out, "does not run the hook") {
			t.Errorf("it is there, and use says %q", out)
		}
		s.ok("functions -e __vault_prompt")
		out := s.said(func() { s.ok("vault use dev"); s.ok("vault use other"); s.ok("vault off") })
		if n := strings.Count(out, "does not run the hook"); n != 1 {
			t.Errorf("said %d times: %q", n, out)
		}
	})},
	{name: "fish/25-wrapping", claim: "a terminal of 40 columns (tmux): a long line behind the indicator wraps and is edited right", test: inFish(wrapsIn)},
	{name: "fish/26-indicator", claim: "hostile names are inert; NO_COLOR and TERM=dumb are heeded", test: inFish(indicatorIn)},
	{name: "fish/27-inherited-state", claim: "whatever the environment holds of the hook's names is not used, nor executed", test: inFish(hostileStateIn)},
	{name: "fish/28-neighbours", claim: "direnv and zoxide, mise (stand-in), before the hook and after it", test: inFish(fishNeighbours)},
}

func anotherFishPrompt(t *testing.T, k kind) {
	w := world.New(t)
	shows := func(s *session, what, want string) {
		t.Helper()
		s.enters(1)
		// While a command runs, fish_prompt is the person's own.
		wrap := map[bool]string{true: "__vault_wrap; "}[strings.HasPrefix(want, "(")]
		if got := s.output(wrap + "fish_prompt"); got != want {
			t.Errorf("%s: the prompt is %q, want %q", what, got, want)
		}
	}
	s := start(t, k, w)
	s.ok("vault use dev")
	shows(s, "before", "(dev 1h) > ")
	s.ok("function fish_prompt; echo -n 'theme> '; end")
	shows(s, "after", "(dev 1h) theme> ")
	s.ok("functions -c fish_prompt saved; function fish_prompt; saved; echo -n 'outer> '; end")
	shows(s, "wrapped by another", "(dev 1h) theme> outer> ")
	s.ok("vault off")
	shows(s, "off", "theme> outer> ")
	s.ok("vault use dev")
	s.ok("function fish_right_prompt; echo -n \"<$AWS_VAULT>\"; end")
	shows(s, "the right prompt shows it", "theme> outer> ")

	// As tide and `fish_config prompt save` have it: a file that is loaded when needed.
	tide := k
	tide.start = func(t testing.TB, dir, rc string) []string {
		args := k.start(t, dir, rc)
		if err := os.MkdirAll(filepath.Join(dir, "fish", "functions"), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "fish", "functions", "fish_prompt.fish"), "function fish_prompt; echo -n 'tide> '; end\n")
		write(t, filepath.Join(dir, "rc.fish"), rc)
		return args
	}
	saved := start(t, tide, w)
	saved.ok("vault use dev")
	shows(saved, "autoloaded", "(dev 1h) tide> ")
}

func fishClocks(t *testing.T, k kind) {
	mtime := start(t, k, world.New(t)).variable("__vault_mtime") != ""
	for _, c := range []struct {
		name, line string
		processes  bool
	}{
		{"no /proc", "set -g __vault_uptime; __vault_other_clock", !mtime},
		{"no path mtime", "set -g __vault_mtime ''; function path; return 1; end", false},
		{"no path mtime, no offset", "set -g __vault_mtime ''; set -g __vault_offset ''", false},
		{"neither", "set -g __vault_uptime; __vault_other_clock; set -g __vault_mtime ''", true},
	} {
		w := world.New(t)
		s := start(t, k, w)
		s.script(c.line)
		soonDue(s, w, 4*time.Minute)
		id, _ := value(s.exported(), "AWS_ACCESS_KEY_ID")
		s.until(c.name+": renewal", func() bool { now, _ := value(s.exported(), "AWS_ACCESS_KEY_ID"); return now != id })
		s.until(c.name+": indicator", func() bool { return strings.Contains(s.said(func() { s.enters(1) }), "(dev 15m) ") })
		s.enters(2)
		if n, trace := s.processes(func() { s.enters(5) }); (n != 0) != c.processes {
			t.Errorf("%s: %d processes\n%s", c.name, n, trace)
		}
		// A clock that is set back does not put the renewal off.
		if c.name == "no /proc" {
			if n, _ := s.processes(func() {
				s.ok("set -g __vault_deadline 1; set -g __vault_next 99999999999; set -g __vault_now 9999999999")
				s.enters(1)
			}); n == 0 {
				t.Error("the clock was set back, and nothing was called")
			}
		}
		s.ok("vault off")
	}

	// A machine whose /proc is not mounted.
	hidden := k.under(t, "unshare", "-m", need.Program(t, "sh", "dash"), "-c", `mount -t tmpfs none /proc && exec "$@"`, "sh")
	if os.Getuid() != 0 {
		t.Log("to hide /proc: root")
		return
	}
	s := start(t, hidden, world.New(t))
	s.ok("vault use dev")
	s.enters(1)
	if got := s.variable("__vault_uptime") + s.variable("vault_indicator"); got != "dev 1h" {
		t.Errorf("without /proc the indicator is %q", got)
	}
	if out := s.said(func() { s.enters(3) }); strings.Contains(out, "rror") || !strings.Contains(out, "(dev 1h) ") {
		t.Errorf("without /proc the prompt is %q", out)
	}
}

func nestedFish(t *testing.T) {
	need.Program(t, "fish", "fish")
	w := world.New(t)
	byName := map[string]kind{}
	for _, k := range kinds {
		byName[k.name] = k
	}
	s := start(t, byName["bash"], w, theirs...)
	s.ok("vault use dev")
	enter := func(name, line string) {
		t.Helper()
		s.typed(line + "\r")
		s.expect(`\(dev 1h\) [$>] `)
		s.kind = byName[name]
		if got := s.active(); got != "dev" {
			t.Errorf("in %s %q is active", name, got)
		}
	}
	rc := func(name string) string {
		return write(t, filepath.Join(s.dir, "nested."+name), byName[name].rc(w.Vault))
	}
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "fish", "generated_completions"), 0o700); err != nil {
		t.Fatal(err)
	}
	enter("fish", fmt.Sprintf("XDG_CONFIG_HOME=%s XDG_DATA_HOME=%s fish -i -C 'function fish_prompt; echo -n \"> \"; end; function fish_greeting; end; source %s'", dir, dir, rc("fish")))
	enter("bash", "PS1='$ ' bash --noprofile --rcfile "+rc("bash")+" -i")
	s.ok("vault off")
	if got := s.active(); got != "" {
		t.Errorf("inner bash: %q is active after off", got)
	}
	if got, _ := value(s.exported(), "AWS_PROFILE"); got != "mine" {
		t.Errorf("inner bash: AWS_PROFILE = %q", got)
	}
	s.typed("exit\r")
	s.kind = byName["fish"]
	s.expect(`> `)
	if got := s.active(); got != "dev" {
		t.Errorf("fish: %q is active", got)
	}
	s.ok("vault use other")
	s.typed("exit\r")
	s.kind = byName["bash"]
	s.expect(`\$ `)
	if got := s.active(); got != "dev" {
		t.Errorf("outer bash: %q is active", got)
	}
	s.ok("vault off")
	if got, _ := value(s.exported(), "AWS_SECRET_ACCESS_KEY"); got != "theirs/secret+1" {
		t.Errorf("outer bash: the person's own key is %q", got)
	}
}

// miseFish is what `mise activate fish` does: a handler at the prompt and one for
// the directory, which evaluate what a program prints.
const miseFish = `function __mise_env_eval --on-event fish_prompt; echo "set -gx MISE_WAS_HERE 1;" | source; end
function __mise_cd_hook --on-variable PWD; echo "set -gx MISE_WAS_HERE 1;" | source; end
function __mise_env_eval_2 --on-event fish_preexec; true; end
`

func fishNeighbours(t *testing.T, k kind) {
	direnv, zoxide := need.Program(t, "direnv", "direnv"), need.Program(t, "zoxide", "zoxide")
	theirs := direnv + " hook fish | source\n" + zoxide + " init fish --hook prompt | source\n" + miseFish
	for _, when := range []string{"before", "after"} {
		w := world.New(t)
		dir := project(t, w, "pay", "dev\n")
		write(t, filepath.Join(dir, ".envrc"), "export FROM_DIRENV=1 AWS_REGION=direnv-1\n")
		w.Run(nil, "allow", dir)
		rc := k.rc(w.Vault) + theirs
		if when == "before" {
			rc = theirs + k.rc(w.Vault)
		}
		s := startWith(t, k, w, rc)
		s.ok(direnv + " allow " + quoted("fish", dir))
		before := environs(s)
		s.cd(dir)
		environ := s.exported()
		for name, want := range map[string]string{"AWS_VAULT": "dev", "FROM_DIRENV": "1", "MISE_WAS_HERE": "1"} {
			if got, _ := value(environ, name); got != want {
				t.Errorf("hook %s theirs: %s = %q", when, name, got)
			}
		}
		s.enters(1)
		if out := s.said(func() { s.enters(2) }); !strings.Contains(out, "(dev 1h) > ") {
			t.Errorf("theirs %s: the prompt is %q", when, out)
		}
		s.cd(w.Home)
		if d := cmp.Diff(without(before, "AWS_"), without(environs(s), "AWS_")); d != "" {
			t.Errorf("theirs %s (-before +after):\n%s", when, d)
		}
		if got := s.active(); got != "" {
			t.Errorf("theirs %s: outside %q is active", when, got)
		}
		if got := s.output("zoxide query ay"); strings.TrimSpace(got) != dir {
			t.Errorf("theirs %s: zoxide knows %q", when, got)
		}
		s.typed("sh -c 'exit 3'\r" + `echo "<<$status:7001>>"` + "\r")
		if _, groups := s.expect(`<<([0-9]*):7001>>`); groups[1] != "3" {
			t.Errorf("theirs %s: the status is %s", when, groups[1])
		}
	}
}

// without returns an environment without the variables that have a prefix.
func without(environ []string, prefix string) []string {
	var rest []string
	for _, v := range environ {
		if !strings.HasPrefix(v, prefix) {
			rest = append(rest, v)
		}
	}
	return rest
}
