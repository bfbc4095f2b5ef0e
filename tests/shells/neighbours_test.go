package shells

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// neighbour is another tool, or several, in the same start-up file. Those that
// Debian has are real; a stand-in does to the shell what the tool's manual or
// source says that it does, and nothing else.
type neighbour struct {
	name   string
	needs  []string
	rc     string
	shows  string // the indicator; with dev active
	silent bool   // the tool shows AWS_VAULT itself
	check  func(s *session, home string)
}

const direnvAndFriends = `mise_calls=0
_mise_hook() { local previous=$?; mise_calls=$((mise_calls + 1)); [ -z "$(command -v nothing)" ]; return $previous; }
`

// checkFriends: direnv loads its file, zoxide learns the directory, mise's hook runs.
func checkFriends(s *session, home string) {
	s.t.Helper()
	dir := filepath.Join(home, "env")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		s.t.Fatal(err)
	}
	write(s.t, filepath.Join(dir, ".envrc"), "export LOADED=by-direnv\n")
	write(s.t, filepath.Join(dir, ".awsprofile"), "dev\n")
	s.ok("direnv allow " + dir)
	s.ok("vault allow " + dir)
	s.cd(dir)
	environ := s.exported()
	if got, _ := value(environ, "LOADED"); got != "by-direnv" {
		s.t.Errorf("direnv did not load its file: %q", got)
	}
	if got, _ := value(environ, "AWS_VAULT"); got != "dev" {
		s.t.Errorf("beside direnv %q is active", got)
	}
	s.cd(home)
	environ = s.exported()
	for _, name := range []string{"LOADED", "AWS_VAULT", "AWS_SECRET_ACCESS_KEY"} {
		if got, ok := value(environ, name); ok {
			s.t.Errorf("after leaving, %s is %q", name, got)
		}
	}
	if got := s.output("zoxide query --list"); !strings.Contains(got, dir+"\n") {
		s.t.Errorf("zoxide knows %q", got)
	}
	if got := s.output("test $mise_calls -gt 3 && echo yes"); got != "yes\n" {
		s.t.Error("mise's hook did not run")
	}
}

// stable: what is wrapped around the prompt does not grow, however often that changes.
func stable(mark string, most int) func(s *session, home string) {
	return func(s *session, _ string) {
		s.t.Helper()
		s.ok("vault use dev")
		s.enters(2)
		for range 4 {
			s.ok("vault off")
			s.ok("vault use dev")
		}
		s.enters(2)
		s.ok(":")
		from := len(s.all())
		for range 10 {
			s.ok(":")
		}
		if n := strings.Count(s.all()[from:], mark); n < 9 || n > 11*most {
			s.t.Errorf("the mark %q is shown %d times in 10 prompts", mark, n)
		}
		s.ok("vault off")
	}
}

var neighbours = map[string][]neighbour{
	"bash": {
		{name: "direnv zoxide mise", needs: []string{"direnv", "zoxide"}, shows: "(dev 1h) $ ", check: checkFriends, rc: direnvAndFriends + `
eval "$(direnv hook bash)"
eval "$(zoxide init bash)"
cd() { builtin cd "$@" && _mise_hook; }
PROMPT_COMMAND="_mise_hook;${PROMPT_COMMAND-}"
`},
		// Reads $? and PIPESTATUS first thing, and makes PS1 anew.
		{name: "starship", silent: true, shows: "[0:0:dev] $ ", rc: `
export STARSHIP_SHELL=bash
starship_precmd() { local status=$? pipes="${PIPESTATUS[*]}"; PS1="[$status:$pipes:${AWS_VAULT-}] $ "; return $status; }
PROMPT_COMMAND=("${PROMPT_COMMAND[@]}" starship_precmd)
`, check: func(s *session, _ string) {
			s.t.Helper()
			s.typed("false | (exit 3)\r")
			s.expect(`\[3:1 3:`)
		}},
		// Wraps PROMPT_COMMAND at the first prompt, wants the last place in it, and
		// tells its own commands from the person's by PROMPT_COMMAND's words.
		{name: "bash-preexec", shows: "(dev 1h) $ ", rc: `
bp_told=() precmd_functions=() preexec_functions=()
__bp_in() { local part IFS=$'\n;'; for part in ${PROMPT_COMMAND[*]}; do [[ $1 == "${part# }" ]] && return 0; done; return 1; }
__bp_debug() { [[ -n ${__bp_mode-} && -z ${COMP_LINE-} ]] || return 0; if __bp_in "$BASH_COMMAND"; then __bp_mode=; return 0; fi; __bp_mode=; bp_told+=("$BASH_COMMAND"); }
__bp_precmd_invoke_cmd() { __bp_status=$?; local f; for f in "${precmd_functions[@]}"; do (exit "$__bp_status"); "$f"; done; return "$__bp_status"; }
__bp_interactive_mode() { __bp_mode=on; }
bp_start=$'trap - DEBUG\n__bp_install'
__bp_install() {
  [[ ${PROMPT_COMMAND[*]} != *__bp_precmd_invoke_cmd* ]] || return 1
  local old=${PROMPT_COMMAND-}
  old=${old//$bp_start/:}
  PROMPT_COMMAND=$'__bp_precmd_invoke_cmd\n'$old
  PROMPT_COMMAND+=(__bp_interactive_mode)
  trap '__bp_debug "$_"' DEBUG
  bp_precmd() { bp_seen=$?; }
  precmd_functions+=(bp_precmd)
  __bp_mode=on
}
PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}$bp_start
`, check: func(s *session, _ string) {
			s.t.Helper()
			s.ok("vault use dev")
			s.ok("theme() { PS1='made $ '; }; PROMPT_COMMAND+=(theme)")
			s.ok("bp_told=()")
			s.enters(1)
			s.typed(": one\r")
			s.expect(`\$ `)
			s.typed("(exit 4)\r")
			s.expect(`\$ `)
			s.enters(1)
			s.typed(": two\r")
			s.expect(`\$ `)
			if got := s.output(`echo "${bp_told[@]:0:3}"`); got != ": one : two "+`echo "${bp_told[@]:0:3}"`+"\n" {
				s.t.Errorf("preexec was told of %q", got)
			}
			s.after("(exit 5)")
			if got := s.output(`echo $bp_seen`); got != "0\n" {
				s.t.Errorf("precmd saw %q", got)
			}
			s.ok("vault off")
		}},
		// Runs PROMPT_COMMAND itself, from its own line editor.
		{name: "ble.sh", shows: "(dev 1h) $ ", rc: `
ble_start() { ble_commands=("${PROMPT_COMMAND[@]}"); unset -v PROMPT_COMMAND; PROMPT_COMMAND=ble_prompt; unset -f ble_start; ble_prompt; }
ble_set() { return "$1"; }
ble_prompt() {
  local ble_status=$? ble_command
  for ble_command in "${ble_commands[@]}"; do
    [[ $ble_command == *ble_start* ]] || { ble_set "$ble_status"; eval "$ble_command"; }
  done
  return "$ble_status"
}
PROMPT_COMMAND+=(ble_start)
`},
		// Keeps PROMPT_COMMAND aside and runs it; wraps PS1 whenever it has changed.
		{name: "VS Code", shows: "(dev 1h) $ ", check: stable("\x1b]633;A", 2), rc: `
__vsc_original_prompt_command=("${PROMPT_COMMAND[@]}")
unset -v PROMPT_COMMAND
__vsc_exit() { return "$1"; }
__vsc_update() {
  if [[ -z ${__vsc_custom-} || $__vsc_custom != "$PS1" ]]; then
    __vsc_custom="\[\e]633;A\a\]$PS1\[\e]633;B\a\]"
    PS1=$__vsc_custom
  fi
}
__vsc_prompt() {
  local status=$? command
  for command in "${__vsc_original_prompt_command[@]}"; do
    __vsc_exit "$status"
    eval "${command:-}"
  done
  __vsc_update
  __vsc_running=
  return "$status"
}
__vsc_preexec() { [[ -n ${__vsc_running-} || $BASH_COMMAND == __vsc_prompt ]] || __vsc_running=1; }
trap __vsc_preexec DEBUG
PROMPT_COMMAND=__vsc_prompt
`},
		// Makes PS1 anew from what it was before it was wrapped.
		{name: "iTerm", shows: "(dev 1h) $ ", check: stable("\x1b]133;A", 2), rc: `
iterm2_precmd() {
  local status=$?
  [[ $PS1 == "${ITERM_PREV_PS1-}" ]] || ITERM_ORIG_PS1=$PS1
  PS1="\[\e]133;D;$status\a\e]133;A\a\]$ITERM_ORIG_PS1\[\e]133;B\a\]"
  ITERM_PREV_PS1=$PS1
  return "$status"
}
PROMPT_COMMAND=("${PROMPT_COMMAND[@]}" iterm2_precmd)
`},
	},
	"zsh": {
		{name: "direnv zoxide mise", needs: []string{"direnv", "zoxide"}, shows: "(dev 1h) % ", check: checkFriends, rc: direnvAndFriends + `
eval "$(direnv hook zsh)"
eval "$(zoxide init zsh)"
autoload -Uz add-zsh-hook
add-zsh-hook precmd _mise_hook
add-zsh-hook chpwd _mise_hook
`},
		{name: "starship", silent: true, shows: "[0:0:dev] % ", rc: `
export STARSHIP_SHELL=zsh
starship_precmd() { STARSHIP_STATUS=$? STARSHIP_PIPES="${pipestatus[*]}" }
precmd_functions+=(starship_precmd)
setopt promptsubst
PROMPT='[$STARSHIP_STATUS:$STARSHIP_PIPES:$AWS_VAULT] %% '
`, check: func(s *session, _ string) {
			s.t.Helper()
			s.typed("false | (exit 3)\r")
			s.expect(`\[3:1 3:`)
		}},
		{name: "VS Code", shows: "(dev 1h) % ", check: stable("\x1b]633;A", 1), rc: `
__vsc_precmd() {
  [[ -z $__vsc_wrapped ]] || return 0
  __vsc_prior=$PS1 __vsc_wrapped=1
  PS1="%{"$'\e]633;A\a'"%}$PS1%{"$'\e]633;B\a'"%}"
}
__vsc_preexec() { [[ -z $__vsc_wrapped ]] || PS1=$__vsc_prior; __vsc_wrapped= }
precmd_functions+=(__vsc_precmd)
preexec_functions+=(__vsc_preexec)
`},
		{name: "iTerm", shows: "(dev 1h) % ", check: stable("\x1b]133;A", 2), rc: `
iterm2_precmd() {
  local status_=$?
  [[ $PS1 == "$ITERM2_DECORATED" ]] || ITERM2_BEFORE=$PS1
  PS1="%{"$'\e]133;D;'"$status_"$'\a\e]133;A\a'"%}$ITERM2_BEFORE%{"$'\e]133;B\a'"%}"
  ITERM2_DECORATED=$PS1
}
iterm2_preexec() { PS1=$ITERM2_BEFORE }
precmd_functions+=(iterm2_precmd)
preexec_functions+=(iterm2_preexec)
`},
		// What most themes do that show a repository.
		{name: "a theme that makes PROMPT at each prompt", shows: "(dev 1h) theme % ", rc: `
theme_precmd() { psvar=(one); PROMPT='theme %% ' }
precmd_functions+=(theme_precmd)
`},
		// Shortens the prompt of a line that was entered.
		{name: "a transient prompt", shows: "(dev 1h) long % ", rc: `
PROMPT='long %% '
transient_finish() { transient_full=$PROMPT; PROMPT='- '; zle .reset-prompt; PROMPT=$transient_full }
zle -N zle-line-finish transient_finish
`, check: func(s *session, _ string) {
			s.t.Helper()
			s.ok("vault use dev")
			s.enters(3)
			if got := s.output("print -r -- $PROMPT"); strings.Count(got, "%77v") != 1 {
				s.t.Errorf("PROMPT is %q", got)
			}
			s.ok("vault off")
			s.enters(1)
			if got := s.output("print -r -- $PROMPT"); got != "long %% \n" {
				s.t.Errorf("after off, PROMPT is %q", got)
			}
		}},
	},
}

func besideNeighbours(t *testing.T, k kind) {
	for _, n := range neighbours[k.name] {
		for _, order := range []string{"before", "after"} {
			t.Run(n.name+" "+order, func(t *testing.T) {
				t.Parallel()
				for _, p := range n.needs {
					need.Program(t, p, p)
				}
				beside(t, k, n, order)
			})
		}
	}
}

func beside(t *testing.T, k kind, n neighbour, order string) {
	w := world.New(t)
	dir := project(t, w, "pay", "dev\n")
	if _, stderr, status := w.Run(nil, "allow", dir); status != 0 {
		t.Fatal(stderr)
	}
	rc := n.rc + k.rc(w.Vault)
	if order == "after" {
		rc = k.rc(w.Vault) + n.rc
	}
	s := startWith(t, k, w, rc)
	if got := s.after("(exit 3)"); got != "3" {
		t.Errorf("(exit 3): the person sees %s", got)
	}
	prompt := func() string {
		s.enters(2)
		// A prompt that was redrawn stands behind a carriage return.
		return regexp.MustCompile(`\r(\n|\r)*`).ReplaceAllString(s.shown(), "\n")
	}
	for range 2 {
		s.cd(dir)
		if got := s.active(); got != "dev" {
			t.Errorf("in the directory %q is active", got)
		}
		text := prompt()
		if !strings.Contains(text, "\n"+n.shows) || n.silent && strings.Contains(text, "(dev") || strings.Contains(text, "(dev 1h) (dev") {
			t.Errorf("the prompt is %q, want %q", text, n.shows)
		}
		s.cd(w.Home)
		if got := s.active(); got != "" {
			t.Errorf("left, and %q is active", got)
		}
		if text := prompt(); strings.Contains(text, "dev") {
			t.Errorf("left, the prompt is %q", text)
		}
	}
	s.ok("vault status")
	if n.check != nil {
		n.check(s, w.Home)
	}
	for _, bad := range []string{"does not run the hook", "syntax error", "command not found", "parse error", "bad substitution"} {
		if strings.Contains(s.all(), bad) {
			t.Errorf("%s: %q", bad, s.all())
		}
	}
}
