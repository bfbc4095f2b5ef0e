package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// prompt is what a quiet prompt costs in a shell, and what one $(/bin/true) does.
type prompt struct {
	shell, state   string
	quiet, process time.Duration
}

// quietPrompt begins the names of these rows.
const quietPrompt = "quiet prompt"

// states are those of a quiet prompt.
var states = []string{"nothing active", "a profile active", "failed, needs a person", "untrusted file near", "active, ten levels deep", "programs ask a server"}

// promptShell is how one shell clocks its prompt. Its functions are `quiet`, a
// quiet prompt; `process`, which runs $(/bin/true); `idle`, which does nothing, for what
// the call of a function costs that is the measure's; and `clock FUNCTION COUNT`, which
// prints what one takes in nanoseconds.
type promptShell struct {
	shell  string
	args   []string
	begin  string
	states [6]string // what makes the hook think so, in the order of states
}

const posixFunctions = `
process() { local x; x=$(/bin/true); }
idle() { :; }
quiet() { __vault_prompt; __vault_show; }
`

// posixStates are for bash and zsh: the hook's variables have the same names.
var posixStates = [6]string{
	"quiet",
	"__vault_deadline=9999999999 __vault_expires=9999999999 __vault_shown=dev __vault_next=0",
	"__vault_expires=$((EPOCHSECONDS + 240)) __vault_mark=! __vault_tries=2 __vault_next=0",
	`__vault_deadline= __vault_shown= __vault_expires= __vault_next=0; cd "$UNTRUSTED"; quiet 2>/dev/null`,
	`cd "$DEEP"; quiet; __vault_deadline=9999999999 __vault_expires=9999999999 __vault_shown=dev __vault_next=0; quiet`,
	"__vault_alive=/proc/$$/fd/0", // as active before
}

var promptShells = []promptShell{
	{
		shell: "bash", args: []string{"--norc", "--noprofile", "-c"},
		begin: `eval "$("$VAULT" hook bash)"
clock() { local i s=${EPOCHREALTIME/./}; for ((i = 0; i < $2; i++)); do $1; done; echo $(((${EPOCHREALTIME/./} - s) * 1000 / $2)); }` + posixFunctions,
		states: posixStates,
	}, {
		shell: "zsh", args: []string{"-f", "-c"},
		begin: `eval "$("$VAULT" hook zsh)"
zmodload zsh/datetime
clock() { local i s=$EPOCHREALTIME; for ((i = 0; i < $2; i++)); do $1; done; printf '%.0f\n' $(((EPOCHREALTIME - s) * 1000000000 / $2)); }` + posixFunctions,
		states: posixStates,
	}, {
		shell: "fish", args: []string{"--no-config", "-c"},
		begin: `"$VAULT" hook fish | source
function clock; set -l s (date +%s%N); for i in (seq $argv[2]); $argv[1]; end; math "floor(("(date +%s%N)" - $s) / $argv[2])"; end
function process; set -l x (/bin/true); end
function idle; set -g __vault_wrapped 1; end
function quiet; set -g __vault_wrapped 1; __vault_prompt; end`,
		states: [6]string{
			"quiet",
			"set -g __vault_deadline 9999999999; set -g __vault_expires 9999999999; set -g __vault_shown dev; set -g __vault_next 0",
			"set -g __vault_mark !; set -g __vault_tries 2; set -g __vault_expires (math (date +%s) + 240); set -g __vault_next 0",
			"set -g __vault_deadline ''; set -g __vault_expires ''; set -g __vault_shown ''; set -g __vault_next 0; cd \"$UNTRUSTED\"; quiet 2>/dev/null",
			"cd \"$DEEP\"; quiet; set -g __vault_deadline 9999999999; set -g __vault_expires 9999999999; set -g __vault_shown dev; set -g __vault_next 0; quiet",
			"set -g __vault_alive /proc/$fish_pid/fd/0",
		},
	}, {
		shell: "pwsh", args: []string{"-NoProfile", "-Command"},
		begin: `Invoke-Expression (& $env:VAULT hook powershell | Out-String)
function clock($what, $n) { $null = 1..$n | ForEach-Object { & $what }; $s = [DateTime]::UtcNow.Ticks; for ($i = 0; $i -lt $n; $i++) { $null = & $what }; [long](([DateTime]::UtcNow.Ticks - $s) * 100 / $n) }
function process { $x = & /bin/true }
function idle { }
function quiet { __vault_prompt }`,
		states: [6]string{
			"",
			"$global:__vault_deadline = $global:__vault_expires = '9999999999'; $global:__vault_shown = 'dev'",
			`$global:__vault_expires = "$([DateTimeOffset]::UtcNow.ToUnixTimeSeconds() + 240)"; $global:__vault_mark = '!'; $global:__vault_tries = '2'; $global:__vault_text_until = 0`,
			"$global:__vault_deadline = $global:__vault_expires = $global:__vault_shown = ''; Set-Location $env:UNTRUSTED; $null = __vault_prompt 2>$null",
			"Set-Location $env:DEEP; $null = __vault_prompt; $global:__vault_deadline = $global:__vault_expires = '9999999999'; $global:__vault_shown = 'dev'",
			`$global:__vault_alive = "/proc/$PID/fd/0"`,
		},
	},
}

// script clocks the prompt in each state, and $(/bin/true).
func (s promptShell) script() string {
	lines := []string{s.begin}
	for _, state := range s.states {
		lines = append(lines, state, "clock quiet 1000")
	}
	return strings.Join(append(lines, "clock process 300", "clock idle 1000"), "\n")
}

// prompts clocks the shells that are here, in a directory five levels below home.
func prompts(vault string, environ []string) []prompt {
	var list []prompt
	home := ""
	for _, v := range environ {
		if h, ok := strings.CutPrefix(v, "HOME="); ok {
			home = h
		}
	}
	dir := filepath.Join(home, "a/b/c/d/e")
	untrusted, deep := filepath.Join(dir, "untrusted"), filepath.Join(home, "1/2/3/4/5/6/7/8/9/10")
	if os.MkdirAll(deep, 0o700) != nil || os.MkdirAll(untrusted, 0o700) != nil || os.WriteFile(filepath.Join(untrusted, ".awsprofile"), []byte("dev\n"), 0o600) != nil {
		return nil
	}
	for _, s := range promptShells {
		path, err := exec.LookPath(s.shell)
		if err != nil {
			continue
		}
		cmd := func() *exec.Cmd {
			cmd := exec.Command(path, append(slices.Clone(s.args), s.script())...)
			cmd.Env = append(environ, "VAULT="+vault, "PWD="+dir, "UNTRUSTED="+untrusted, "DEEP="+deep)
			cmd.Dir = dir
			return cmd
		}
		costs, err := clocked(cmd)
		if err != nil {
			fmt.Fprintf(os.Stderr, "bench: %s: %v\n", s.shell, err)
			continue
		}
		for i, state := range states {
			process, idle := costs[len(states)], costs[len(states)+1]
			list = append(list, prompt{s.shell, state, costs[i] - idle, process - idle})
		}
	}
	return list
}

// clocked runs a script three times, for what else the machine does meanwhile, and
// returns the medians of what it prints: the states' times, a process's and that of nothing.
func clocked(script func() *exec.Cmd) ([]time.Duration, error) {
	runs := make([][]time.Duration, len(states)+2)
	for range 3 {
		out, err := script().Output()
		fields := strings.Fields(string(out))
		if err != nil {
			return nil, err
		}
		if len(fields) != len(runs) {
			return nil, fmt.Errorf("it prints %q", out)
		}
		for i, f := range fields {
			ns, err := strconv.Atoi(f)
			if err != nil {
				return nil, err
			}
			runs[i] = append(runs[i], time.Duration(ns))
		}
	}
	costs := make([]time.Duration, len(runs))
	for i, r := range runs {
		costs[i] = slices.Sorted(slices.Values(r))[1]
	}
	return costs, nil
}
