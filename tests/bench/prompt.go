package main

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// prompt is what a quiet prompt costs in a shell, and how that compares with one $(/bin/true).
type prompt struct {
	shell, state string
	quiet        time.Duration
	ratio        float64
}

// quietPrompt begins the names of these rows.
const quietPrompt = "quiet prompt"

// states are those of a quiet prompt.
var states = []string{"nothing active", "a profile active", "failed, needs a person", "untrusted file near", "active, ten levels deep", "programs ask a server", "all of it configured"}

// promptShell is how one shell clocks its prompt. Its functions are `quiet`, a
// quiet prompt; `process`, which runs $(/bin/true); `idle`, which does nothing, for what
// the call of a function costs that is the measure's; and `clock FUNCTION COUNT`, which
// prints what one takes in nanoseconds.
type promptShell struct {
	shell  string
	args   []string
	begin  string
	states [7]string // what makes the hook think so, in the order of states
}

const posixFunctions = `
process() { local x; x=$(/bin/true); }
idle() { :; }
quiet() { __vault_prompt; __vault_show; }
`

// posixStates are for bash and zsh: the hook's variables have the same names.
var posixStates = [7]string{
	"quiet",
	"__vault_deadline=9999999999 __vault_expires=9999999999 __vault_shown=dev __vault_next=0",
	"__vault_expires=$((EPOCHSECONDS + 240)) __vault_mark=! __vault_tries=2 __vault_next=0",
	`__vault_deadline= __vault_shown= __vault_expires= __vault_next=0; cd "$UNTRUSTED"; quiet 2>/dev/null`,
	`cd "$DEEP"; quiet; __vault_deadline=9999999999 __vault_expires=9999999999 __vault_shown=dev __vault_next=0; quiet`,
	`cd "$NEAR"; quiet; __vault_deadline=9999999999 __vault_expires=9999999999 __vault_shown=dev __vault_next=0; quiet; __vault_alive=/proc/$$/fd/0`,
	`vault guard terraform cdk kubectl >/dev/null 2>&1; cd "$NEAR"; quiet; __vault_deadline=9999999999 __vault_expires=9999999999 __vault_shown="all ro" __vault_next=0 AWS_REGION=us-east-1; quiet`,
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
		states: [7]string{
			"quiet",
			"set -g __vault_deadline 9999999999; set -g __vault_expires 9999999999; set -g __vault_shown dev; set -g __vault_next 0",
			"set -g __vault_mark !; set -g __vault_tries 2; set -g __vault_expires (math (date +%s) + 240); set -g __vault_next 0",
			"set -g __vault_deadline ''; set -g __vault_expires ''; set -g __vault_shown ''; set -g __vault_next 0; cd \"$UNTRUSTED\"; quiet 2>/dev/null",
			"cd \"$DEEP\"; quiet; set -g __vault_deadline 9999999999; set -g __vault_expires 9999999999; set -g __vault_shown dev; set -g __vault_next 0; quiet",
			"cd \"$NEAR\"; quiet; set -g __vault_deadline 9999999999; set -g __vault_expires 9999999999; set -g __vault_shown dev; set -g __vault_next 0; quiet; set -g __vault_alive /proc/$fish_pid/fd/0",
			"vault guard terraform cdk kubectl >/dev/null 2>&1; cd \"$NEAR\"; quiet; set -g __vault_deadline 9999999999; set -g __vault_expires 9999999999; set -g __vault_shown 'all ro'; set -g __vault_next 0; set -gx AWS_REGION us-east-1; quiet",
		},
	}, {
		shell: "pwsh", args: []string{"-NoProfile", "-Command"},
		begin: `Invoke-Expression (& $env:VAULT hook powershell | Out-String)
function clock($what, $n) { $null = 1..$n | ForEach-Object { & $what }; $s = [DateTime]::UtcNow.Ticks; for ($i = 0; $i -lt $n; $i++) { $null = & $what }; [long](([DateTime]::UtcNow.Ticks - $s) * 100 / $n) }
function process { $x = & /bin/true }
function idle { }
function quiet { __vault_prompt }`,
		states: [7]string{
			"",
			"$global:__vault_deadline = $global:__vault_expires = '9999999999'; $global:__vault_shown = 'dev'",
			`$global:__vault_expires = "$([DateTimeOffset]::UtcNow.ToUnixTimeSeconds() + 240)"; $global:__vault_mark = '!'; $global:__vault_tries = '2'; $global:__vault_text_until = 0`,
			"$global:__vault_deadline = $global:__vault_expires = $global:__vault_shown = ''; Set-Location $env:UNTRUSTED; $null = __vault_prompt 2>$null",
			"Set-Location $env:DEEP; $null = __vault_prompt; $global:__vault_deadline = $global:__vault_expires = '9999999999'; $global:__vault_shown = 'dev'",
			`Set-Location $env:NEAR; $null = __vault_prompt; $global:__vault_deadline = $global:__vault_expires = '9999999999'; $global:__vault_shown = 'dev'; $global:__vault_alive = "/proc/$PID/fd/0"`,
			`$null = vault guard terraform cdk kubectl 2>$null; Set-Location $env:NEAR; $null = __vault_prompt; $global:__vault_deadline = $global:__vault_expires = '9999999999'; $global:__vault_shown = 'all ro'; $env:AWS_REGION = 'us-east-1'; $null = __vault_prompt`,
		},
	},
}

// turns is how many times a state is clocked, each time beside $(/bin/true).
const turns = 5

// script clocks, in each state, the prompt, $(/bin/true) and nothing in turns: a processor
// that changes its clock, or another program, then slows all three.
func (s promptShell) script() string {
	lines := []string{s.begin}
	for _, state := range s.states {
		lines = append(lines, state)
		for range turns {
			lines = append(lines, "clock quiet 200", "clock process 60", "clock idle 200")
		}
	}
	return strings.Join(lines, "\n")
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
			cmd.Env = append(environ, "VAULT="+vault, "PWD="+dir, "NEAR="+dir, "UNTRUSTED="+untrusted, "DEEP="+deep)
			cmd.Dir = dir
			return cmd
		}
		costs, err := clocked(cmd)
		if err != nil {
			fmt.Fprintf(os.Stderr, "bench: %s: %v\n", s.shell, err)
			continue
		}
		for i, state := range states {
			c := costs[i]
			list = append(list, prompt{s.shell, state, c.quiet, c.ratio})
		}
	}
	return list
}

// cost is one round: what a prompt takes, and its ratio to a process.
type cost struct {
	quiet time.Duration
	ratio float64
}

// clocked runs a script three times and returns, for each state, the round with the median ratio.
func clocked(script func() *exec.Cmd) ([]cost, error) {
	all := make([][]cost, len(states))
	for range 3 {
		out, err := script().Output()
		if err != nil {
			return nil, err
		}
		var took []time.Duration
		for _, f := range strings.Fields(string(out)) {
			ns, err := strconv.Atoi(f)
			if err != nil {
				return nil, err
			}
			took = append(took, time.Duration(ns))
		}
		if len(took) != 3*turns*len(states) {
			return nil, fmt.Errorf("it prints %q", out)
		}
		for i := 0; i < len(took); i += 3 {
			quiet, process := took[i]-took[i+2], took[i+1]-took[i+2]
			state := i / 3 / turns
			all[state] = append(all[state], cost{quiet, float64(quiet) / float64(process)})
		}
	}
	medians := make([]cost, len(states))
	for i, c := range all {
		slices.SortFunc(c, func(a, b cost) int { return cmp.Compare(a.ratio, b.ratio) })
		medians[i] = c[len(c)/2]
	}
	return medians, nil
}
