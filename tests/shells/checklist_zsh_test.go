package shells

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"awsvault/tests/world"
)

var zshChecklist = []item{
	{name: "zsh/01-status", claim: "`$?` and `$pipestatus` are what the person's command left, for them and for hooks before and after", test: func(t *testing.T) {
		s := startZsh(t, `peer() { seen+=("$? $pipestatus") }; precmd_functions=(peer)`, "precmd_functions+=(peer)")
		s.ok("vault use dev")
		if got := s.after("(exit 3)"); got != "3" {
			t.Errorf("the person sees %s", got)
		}
		s.ok("seen=()")
		s.enters(1)
		s.ok("seen=()")
		s.typed("false | true | (exit 3)\r")
		s.expect(`% `)
		s.enters(1)
		if got := s.output("print -l -- $seen[-2] $seen[-1]"); got != "3 1 0 3\n3 1 0 3\n" {
			t.Errorf("hooks see %q", got)
		}
	}},
	{name: "zsh/02-set-e", claim: "with set -e, `! true` does not end the shell", test: func(t *testing.T) {
		s := startZsh(t, "", "")
		s.ok("vault use dev")
		s.ok("set -e")
		s.typed("! true\r")
		s.expect(`% `)
		s.typed("false || ! true\r")
		s.expect(`% `)
		s.enters(3)
		s.ok("vault off")
	}},
	{name: "zsh/03-nounset", claim: "set -u with err_exit and pipe_fail", test: harmless("zsh", "setopt no_unset err_exit pipe_fail")},
	{name: "zsh/04-ksh-arrays", claim: "ksh_arrays, and the hooks that are there stay", test: func(t *testing.T) {
		harmless("zsh", "setopt ksh_arrays sh_word_split")(t)
		s := startZsh(t, "setopt ksh_arrays; a() { : }; b() { : }; precmd_functions=(a b)", "")
		s.script(of("zsh").rc(s.world.Vault))
		if got := ours(s.output("print ${precmd_functions[@]}")); got != "__vault_prompt a b __vault_show\n" {
			t.Errorf("precmd_functions are %q", got)
		}
	}},
	{name: "zsh/05-sh-word-split", claim: "sh_word_split", test: harmless("zsh", "setopt sh_word_split")},
	{name: "zsh/06-warnings", claim: "warn_create_global and warn_nested_var: not a word", test: harmless("zsh", "setopt warn_create_global warn_nested_var")},
	{name: "zsh/07-options", claim: "globbing, POSIX, redirection, history, all_export and err_return options, before the hook and after it", test: harmless("zsh",
		"setopt no_nomatch null_glob glob_subst extended_glob csh_null_glob", "setopt posix_identifiers posix_builtins", "setopt no_clobber no_multios hist_verify bang_hist", "setopt all_export", "setopt err_return pipe_fail",
		"typeset -i AWS_VAULT; typeset -u AWS_REGION", "LC_ALL=C")},
	{name: "zsh/08-emulate", claim: "`emulate sh` and `emulate ksh` at the prompt, the indicator with it", test: func(t *testing.T) {
		harmless("zsh", "emulate sh", "emulate ksh")(t)
		for _, line := range []string{"emulate sh; PS1='%% '", "emulate ksh; PS1='%% '", "emulate -R ksh; setopt prompt_cr zle; PS1='% '"} {
			s := startZsh(t, "", "")
			s.ok(line)
			s.ok("vault use dev")
			s.ok("__vault_mark='!' __vault_next=0")
			s.enters(1)
			if shown := s.shown(); !strings.Contains(shown, "(dev 1h!) %") || strings.Contains(shown, "77") || strings.Contains(shown, ") (") {
				t.Errorf("%s: the prompt is %q", line, shown)
			}
		}
	}},
	{name: "zsh/09-thrice", claim: "loaded three times is the same as once, and keeps its place", test: func(t *testing.T) {
		s := startZsh(t, "a() { : }; precmd_functions=(a)", "precmd_functions+=(a)")
		state := func() []string {
			return append(s.exported(), s.output("print -l ${(ok)functions}"), ours(s.output("print $precmd_functions; setopt; alias")))
		}
		before := state()
		s.script(of("zsh").rc(s.world.Vault), of("zsh").rc(s.world.Vault))
		if d := cmp.Diff(before, state()); d != "" || !strings.Contains(before[len(before)-1], "__vault_prompt a a __vault_show\n") {
			t.Errorf("%v (-once +thrice):\n%s", before[len(before)-1], d)
		}
	}},
	{name: "zsh/10-in-a-function", claim: "loaded by a function, as plugin managers do, with options and locals of its own", test: func(t *testing.T) {
		w := world.New(t)
		s := startWith(t, of("zsh"), w, "load() { emulate -L zsh; setopt ksh_arrays no_unset warn_create_global; local PROMPT_TEXT=x IFS=v; "+strings.TrimSpace(of("zsh").rc(w.Vault))+" }; load\n")
		if got := ours(s.output("print $precmd_functions")); got != "__vault_prompt __vault_show\n" {
			t.Errorf("precmd_functions are %q", got)
		}
		useAndOff(s)
	}},
	{name: "zsh/11-compiled", claim: "the hook in a file that is compiled with zcompile", test: func(t *testing.T) {
		w := world.New(t)
		text, stderr, status := w.Run(nil, "hook", "zsh")
		if status != 0 {
			t.Fatal(stderr)
		}
		path := write(t, filepath.Join(w.Home, "hook.zsh"), text)
		s := startWith(t, of("zsh"), w, "zcompile "+path+" && rm "+path+" && source "+path+"\n")
		useAndOff(s)
	}},
	{name: "zsh/12-chpwd", claim: "`x=$(cd DIR && pwd)` is the directory and nothing else, and activates nothing", test: func(t *testing.T) {
		s := startZsh(t, "", "")
		dir := project(t, s.world, "pay", "dev\n")
		s.ok("vault allow " + dir)
		s.ok("x=$(cd " + dir + " && pwd)")
		if got := s.output(`print -r -- "[$x]"`); got != "["+dir+"]\n" || s.active() != "" {
			t.Errorf("it is %q, %q is active", got, s.active())
		}
	}},
	{name: "zsh/13-cd", claim: "cd -q, pushd and popd, auto_cd, named directories", test: func(t *testing.T) {
		s := startZsh(t, "setopt auto_cd", "")
		dir := project(t, s.world, "pay", "dev\n")
		s.ok("vault allow " + dir)
		s.ok("hash -d proj=" + dir)
		for _, line := range []string{"cd -q " + dir, "pushd -q " + dir, dir, "~proj", "cd ~proj"} {
			s.run(line)
			s.enters(1)
			if got := s.active(); got != "dev" {
				t.Errorf("%s: %q is active", line, got)
			}
			if line == "pushd -q "+dir {
				s.ok("popd -q")
			} else {
				s.ok("cd")
			}
			s.enters(1)
			if got := s.active(); got != "" {
				t.Errorf("%s, and back: %q is active", line, got)
			}
		}
	}},
	{name: "zsh/14-instant-prompt", claim: "not a byte before the first precmd is done, neither with an activation inherited nor in a directory with a file (powerlevel10k's instant prompt, by a stand-in)", test: instantPrompt},
	{name: "zsh/15-neighbours", claim: "direnv, zoxide; and, played by stand-ins: mise, starship, VS Code, iTerm, a theme that makes PROMPT, a transient prompt; before and after", test: func(t *testing.T) { besideNeighbours(t, of("zsh")) }},
	{name: "zsh/16-aliases", claim: "an alias of the function's name is replaced; global and suffix aliases do not get between", test: func(t *testing.T) {
		doesNotMatter(t, of("zsh"), "alias vault='echo alias'", "before")
		doesNotMatter(t, of("zsh"), "alias local='echo local'; alias builtin='echo builtin'; alias -g dev2=x; alias -g __vault_look=echo; alias -s end='echo suffix'", "before", "after")
		doesNotMatter(t, of("zsh"), "export() { echo export; }; eval() { echo eval; }; print() { echo print; }; setopt() { echo setopt; }", "after")
	}},
	{name: "zsh/17-no-process", claim: "no process in 20 prompts: nothing active, active, by directory, untrusted, failed, person needed", test: func(t *testing.T) { noProcesses(t, of("zsh")) }},
	{name: "zsh/18-no-modules", claim: "without zsh/datetime: the clock is read without a process", test: func(t *testing.T) {
		s := startZsh(t, "zmodload zsh/zle zsh/complete; module_path=(/proc/nonexistent)", "")
		if got := s.output("print ${EPOCHSECONDS-none}"); got != "none\n" {
			t.Fatalf("zsh/datetime is there: %q", got)
		}
		s.ok("vault use dev")
		s.enters(2)
		if n, trace := s.processes(func() { s.enters(10) }); n != 0 {
			t.Errorf("%d processes\n%s", n, trace)
		}
		if shown := s.shown(); !strings.Contains(shown, "(dev 1h) % ") {
			t.Errorf("the prompt is %q", shown)
		}
		s.ok(dueNow)
		if n, _ := s.processes(func() { s.ok(dueNow); s.enters(2) }); n == 0 {
			t.Error("what is due is not done")
		}
	}},
	{name: "zsh/19-traps", claim: "TRAPINT, TRAPZERR, TRAPDEBUG and list traps are the person's, and ZERR is not called by the hook", test: func(t *testing.T) {
		s := startZsh(t, "", "")
		s.ok("TRAPINT() { print int; return 130 }; TRAPZERR() { (( errors++ )) }; errors=0; trap 'echo bye' EXIT; trap 'echo term' TERM")
		before := s.output("trap; functions TRAPINT TRAPZERR")
		s.enters(5)
		s.ok("vault use dev")
		s.enters(5)
		s.typed("vault \x03")
		s.expect(`int`)
		s.typed("\r")
		s.ok(":")
		if d := cmp.Diff(before, s.output("trap; functions TRAPINT TRAPZERR")); d != "" || !strings.Contains(before, "echo bye") {
			t.Errorf("(-before +after):\n%s", d)
		}
		s.ok("errors=0")
		s.after("false")
		if got := s.output("print $errors"); got != "1\n" {
			t.Errorf("ZERR was called %s times for one failure", got)
		}
	}},
	{name: "zsh/20-indicator", claim: "a hostile name is inert; prompt_subst, prompt_bang, prompt_percent on and off, readonly PROMPT, themes later, several lines, NO_COLOR, TERM=dumb", test: zshIndicator},
	{name: "zsh/21-ifs", claim: "any IFS, before the hook and after it", test: harmless("zsh", "IFS=0123456789/", "IFS=", "IFS=_v-,=")},
	{name: "zsh/22-keys", claim: "vi mode and KEYTIMEOUT are as they were, and the line editor does not complain", test: func(t *testing.T) {
		s := startZsh(t, "bindkey -v; KEYTIMEOUT=1", "")
		before := s.output("bindkey -L; print $KEYTIMEOUT; zle -l")
		s.ok("vault use dev")
		s.typed(": abc\x1b0ix\r") // escape, start of line, insert: the line is x: abc
		s.expect(`command not found: x:`)
		s.expect(`% `)
		s.enters(2)
		if d := cmp.Diff(before, s.output("bindkey -L; print $KEYTIMEOUT; zle -l")); d != "" {
			t.Errorf("(-before +after):\n%s", d)
		}
	}},
	{name: "zsh/23-nested", claim: "nested, exec'ed and sub-shells: the activation is known, off brings the outer environment's values back", test: nestedZsh},
	{name: "zsh/24-restricted", claim: "zsh -r: no error at prompts", test: func(t *testing.T) { restricted(t, of("zsh"), "setopt restricted") }},
	{name: "zsh/25-precmd", claim: "a function precmd of the person's runs before the hook and after it was loaded", test: func(t *testing.T) {
		s := startZsh(t, "precmd() { (( ran++ )) }", "")
		s.enters(2)
		s.ok("precmd() { (( ran += 100 )) }")
		s.ok("vault use dev")
		if got := s.output("(( ran > 200 && ran % 100 > 1 )) && print yes"); got != "yes\n" {
			t.Errorf("it ran %q", got)
		}
	}},
	{name: "zsh/26-no-directory", claim: "a directory that was deleted, PWD unset, `/` and `//`", test: func(t *testing.T) { noDirectory(t, of("zsh")) }},
	{name: "zsh/27-displaced", claim: "no longer in precmd_functions, the hook says so once; called from elsewhere, not", test: displacedZsh},
	{name: "zsh/28-gone", claim: "the program deleted while the shell is open: said once, no process, and it works when it is back", test: func(t *testing.T) { binaryGone(t, of("zsh")) }},
	{name: "zsh/29-wrapping", claim: "line editing and wrapping at 40 columns, on a real terminal (tmux)", test: func(t *testing.T) { wraps(t, of("zsh")) }},
	{name: "zsh/30-paths", claim: "directories with spaces, globs, quotes, newlines, a leading -, bytes that are no UTF-8", test: func(t *testing.T) { oddDirectories(t, of("zsh")) }},
	{name: "zsh/31-xtrace", claim: "with set -x, no secret on the terminal when the prompt renews", test: func(t *testing.T) { traceOfRenewal(t, of("zsh")) }},
	{name: "zsh/32-children", claim: "a child gets nothing of the hook's but AWS_VAULT_SHELL_STATE, under all_export too", test: func(t *testing.T) { childrenSee(t, of("zsh"), "setopt all_export") }},
	{name: "zsh/33-ctrl-c", claim: "Ctrl-C while the prompt waits for AWS: the prompt comes, the credentials stay", test: func(t *testing.T) { interruptedRenewal(t, of("zsh")) }},
	{name: "zsh/34-inherited", claim: "a hostile deadline in the environment is not used, nor executed", test: func(t *testing.T) { hostileDeadline(t, of("zsh")) }},
	{name: "zsh/35-clock", claim: "the clock set back 1 h and forward 12 h", test: func(t *testing.T) { clockSet(t, of("zsh")) }},
	{name: "zsh/36-jobs", claim: "no job and no message about one after a renewal in the background", test: func(t *testing.T) { noJobs(t, of("zsh")) }},
	{name: "zsh/37-substitution", claim: "`$(vault ...)` is the plain answer, and what a subshell does stays there", test: func(t *testing.T) { substitution(t, of("zsh")); subshells(t, of("zsh")) }},
}

// ours is a list of functions without the one that waits for compinit.
func ours(functions string) string {
	return strings.ReplaceAll(functions, " __vault_complete_later", "")
}

func startZsh(t *testing.T, before, after string, more ...string) *session {
	t.Helper()
	w := world.New(t)
	return startWith(t, of("zsh"), w, before+"\n"+of("zsh").rc(w.Vault)+after+"\n", more...)
}

// useAndOff: the hook works.
func useAndOff(s *session) {
	s.t.Helper()
	before := s.exported()
	s.ok("vault use dev")
	if got := s.active(); got != "dev" {
		s.t.Errorf("%q is active", got)
	}
	s.enters(1)
	if shown := s.shown(); !strings.Contains(shown, "(dev 1h) ") {
		s.t.Errorf("the prompt is %q", shown)
	}
	s.ok("vault off")
	if d := cmp.Diff(before, s.exported()); d != "" {
		s.t.Errorf("(-before +after):\n%s", d)
	}
}

// instantPrompt: while a shell starts, the theme has the terminal; what is written
// to it meanwhile is collected, and a warning drawn. Standard input is /dev/null.
func instantPrompt(t *testing.T) {
	w := world.New(t)
	project(t, w, ".", "dev\n") // not trusted: there is something to say
	outer := startWith(t, of("zsh"), w, "cd /\n"+of("zsh").rc(w.Vault))
	outer.ok("vault use other")
	var inherited []string
	for _, v := range outer.exported() {
		if strings.HasPrefix(v, "AWS_") {
			inherited = append(inherited, v)
		}
	}
	collected := filepath.Join(w.Dir, "collected")
	s := startWith(t, of("zsh"), w, fmt.Sprintf("exec {in}<&0 {out}>&1 {err}>&2 </dev/null >%[1]s 2>&1\n%[2]s"+
		"p10k_end() { exec 0<&$in 1>&$out 2>&$err {in}>&- {out}>&- {err}>&-; precmd_functions=(${precmd_functions:#p10k_end}) }\nprecmd_functions=(p10k_end $precmd_functions)\n", collected, of("zsh").rc(w.Vault)), inherited...)
	if b, err := os.ReadFile(collected); err != nil || len(b) > 0 {
		t.Errorf("while the shell started it wrote %q, %v", b, err)
	}
	if !strings.Contains(s.all(), "is not trusted") {
		t.Errorf("at the first prompt it says nothing: %q", s.all())
	}
}

func nestedZsh(t *testing.T) {
	w := world.New(t)
	s := startWith(t, of("zsh"), w, of("zsh").rc(w.Vault)+"export PS1\n", "AWS_PROFILE=mine")
	s.ok("vault use dev")
	for _, line := range []string{"zsh -d", "zsh -d -l", "exec zsh -d", "zsh -f"} {
		s.typed(line + "\r")
		s.ok("(( SHLVL )); setopt no_prompt_cr no_prompt_sp")
		if out := s.said(func() { s.enters(2) }); strings.Contains(out, "not found") || strings.Contains(out, "77v") {
			t.Errorf("%s: prompts say %q", line, out)
		}
		if got := s.active(); got != "dev" {
			t.Errorf("%s: %q is active", line, got)
		}
		if line == "zsh -f" {
			continue
		}
		if shown := s.shown(); !strings.Contains(shown, "(dev 1h) % ") || strings.Contains(shown, "(dev 1h) (dev") {
			t.Errorf("%s: the prompt is %q", line, shown)
		}
		if got := s.output("(vault off 2>/dev/null; printenv AWS_PROFILE)"); got != "mine\n" {
			t.Errorf("%s: off in a subshell leaves AWS_PROFILE %q", line, got)
		}
		if line != "exec zsh -d" {
			s.ok("vault off")
			if got, _ := value(s.exported(), "AWS_PROFILE"); got != "mine" {
				t.Errorf("%s: after off AWS_PROFILE is %q", line, got)
			}
			s.typed("exit\r")
			s.expect(`exit`)
			s.enters(2)
		}
	}
}

func zshIndicator(t *testing.T) {
	const hostileName = "a$(touch pwned)`touch pwned`%F{red}%n!"
	w := world.New(t)
	config := world.Config + "\n[profile " + hostileName + "]\nrole_arn = arn:aws:iam::111122223333:role/reader\nsource_profile = plain\n"
	if err := w.WriteConfig(config); err != nil {
		t.Fatal(err)
	}
	s := startWith(t, of("zsh"), w, of("zsh").rc(w.Vault), "AWS_VAULT_PROTECTED=oth?r")
	prompt := s.output(`print -r -- "$PROMPT"`)
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
		if got := s.output(`print -r -- "$PROMPT"`); got != prompt {
			t.Errorf("PROMPT is %q, was %q", got, prompt)
		}
	}
	s.ok("vault use " + quoted("zsh", hostileName))
	const inert = "(a??touch pwned??touch pwned??F?red??n?"
	for _, options := range []string{"setopt no_prompt_subst", "setopt prompt_subst", "setopt prompt_bang", "setopt no_prompt_percent", "setopt no_prompt_bang no_prompt_subst", "setopt prompt_percent"} {
		s.ok(options)
		must(options, inert, "__vault", "77v")
	}
	if _, err := os.Stat(filepath.Join(w.Home, "pwned")); err == nil {
		t.Error("a name was executed")
	}
	// The mark is no history number.
	s.ok("__vault_shown=dev __vault_mark='!' __vault_next=0")
	for _, options := range []string{"setopt prompt_bang", "setopt no_prompt_percent; PROMPT='% '", "setopt no_prompt_bang", "setopt prompt_percent; PROMPT='%% '"} {
		s.ok(options)
		must(options, "(dev 1h!) % ", "(dev 1h!) (dev")
	}
	s.ok("vault off")
	back()
	s.ok("vault use dev")
	for _, set := range []struct{ prompt, want string }{
		{`PROMPT='theme %% '`, "(dev 1h) theme % "},
		{`PS1=$'two\nlines %% '`, "lines % "},
		{`unset PROMPT; PROMPT='%% '`, "(dev 1h) % "},
		{`psvar=(); PROMPT='%% '`, "(dev 1h) % "},
	} {
		s.ok(set.prompt)
		must(set.prompt, set.want)
	}
	s.enters(1)
	s.typed("vault use other\r")
	s.expect("Type its name to continue: ")
	s.typed("other\r")
	s.expect("role/hop1")
	reverse := func() bool {
		s.enters(1)
		return strings.Contains(s.drawn(), "\x1b[7m(PROD other 1h)\x1b[27m ")
	}
	if !reverse() {
		t.Errorf("a protected profile is not in reverse video: %q", s.all())
	}
	for _, plain := range []string{"NO_COLOR=1", "unset NO_COLOR; TERM=dumb"} {
		s.ok(plain)
		if reverse() {
			t.Errorf("%s: in reverse video", plain)
		}
		must(plain, "(PROD other 1h) % ")
	}
	s.ok("TERM=xterm; vault off")
	back()
	s.ok("typeset -r PROMPT; vault use dev")
	if out := s.said(func() { s.enters(3) }); strings.Contains(out, "read-only") {
		t.Errorf("a readonly PROMPT: %q", out)
	}
	if out := s.output("print $vault_indicator"); out != "dev 1h\n" {
		t.Errorf("vault_indicator is %q", out)
	}
}

func displacedZsh(t *testing.T) {
	const says = "precmd_functions does not run the hook"
	calls := func(s *session) int {
		return strings.Count(s.said(func() {
			s.enters(2)
			s.ok("vault status")
			s.ok("vault use dev; vault use other")
			s.ok("for i in 1 2 3; do vault version; done")
			s.ok("out=$(vault status)")
			s.ok("( vault off )")
		}), says)
	}
	for name, c := range map[string]struct {
		after string
		want  int
	}{
		"in place":       {"", 0},
		"replaced":       {"precmd_functions=(theirs); theirs() { : }", 1},
		"unset":          {"unset precmd_functions", 1},
		"run by another": {"precmd_functions=(); precmd() { __vault_prompt }", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := startZsh(t, "", c.after)
			if n := calls(s); n != c.want {
				t.Errorf("said %d times, want %d", n, c.want)
			}
		})
	}
	t.Run("later", func(t *testing.T) {
		s := startZsh(t, "", "")
		if n := calls(s); n != 0 {
			t.Errorf("in place, it is said %d times", n)
		}
		s.ok("precmd_functions=()")
		if n := calls(s); n != 1 {
			t.Errorf("said %d times", n)
		}
	})
	t.Run("readonly", func(t *testing.T) {
		s := startZsh(t, "typeset -ra precmd_functions", "REACHED=1")
		if n := calls(s); n != 1 || s.output("print $REACHED") != "1\n" {
			t.Errorf("said %d times", n)
		}
	})
	t.Run("no prompt hook was wanted", func(t *testing.T) {
		w := world.New(t)
		s := startWith(t, of("zsh"), w, strings.Replace(of("zsh").rc(w.Vault), "hook zsh", "hook zsh --no-auto", 1))
		if n := calls(s); n != 0 {
			t.Errorf("said %d times", n)
		}
	})
}
