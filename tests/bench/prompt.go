package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// prompt is what a quiet prompt costs in a shell, and what one $(/bin/true) and
// direnv's prompt do.
type prompt struct {
	shell, state           string
	quiet, process, direnv time.Duration // direnv: 0 if it is not here
}

// states are what each script clocks, in this order.
var states = []string{"nothing active", "a profile active", "failed, needs a person", "untrusted file near"}

// active makes the hook think that a profile is active and nothing is due.
const active = "__vault_deadline=9999999999 __vault_expires=9999999999 __vault_shown=dev"

// Each script clocks, in one shell, the prompt in those states, $(/bin/true), and
// direnv's prompt where it has nothing to do, in microseconds, one a line.
var promptScripts = []struct {
	shell string
	args  []string
	text  string
}{
	{"bash", []string{"--norc", "--noprofile", "-c"}, `
eval "$("$VAULT" hook bash)"
clock() { local i s=${EPOCHREALTIME/./}; for ((i = 0; i < $2; i++)); do $1; done; echo $(((${EPOCHREALTIME/./} - s) / $2)); }
process() { local x; x=$(/bin/true); }
quiet() { __vault_prompt; __vault_show; }
quiet
clock quiet 1000
` + active + `
clock quiet 1000
__vault_expires=$((EPOCHSECONDS + 240)) __vault_mark=! __vault_tries=2
clock quiet 1000
__vault_deadline= __vault_shown= __vault_expires=
cd "$UNTRUSTED"; quiet 2>/dev/null
clock quiet 1000
clock process 300
cd ..
if [[ -n $DIRENV ]]; then eval "$(direnv hook bash)"; clock _direnv_hook 100; else echo 0; fi`},
	{"zsh", []string{"-f", "-c"}, `
eval "$("$VAULT" hook zsh)"
zmodload zsh/datetime
clock() { local i s=$EPOCHREALTIME; for ((i = 0; i < $2; i++)); do $1; done; printf '%.0f\n' $(((EPOCHREALTIME - s) * 1000000 / $2)); }
process() { local x; x=$(/bin/true); }
quiet() { __vault_prompt; __vault_show; }
quiet
clock quiet 1000
` + active + `
clock quiet 1000
__vault_expires=$((EPOCHSECONDS + 240)) __vault_mark=! __vault_tries=2
clock quiet 1000
__vault_deadline= __vault_shown= __vault_expires=
cd "$UNTRUSTED"; quiet 2>/dev/null
clock quiet 1000
clock process 300
cd ..
if [[ -n $DIRENV ]]; then eval "$(direnv hook zsh)"; clock _direnv_hook 100; else echo 0; fi`},
	{"fish", []string{"--no-config", "-c"}, `
"$VAULT" hook fish | source
function clock; set -l s (date +%s%N); for i in (seq $argv[2]); $argv[1]; end; math "floor(("(date +%s%N)" - $s) / $argv[2] / 1000)"; end
function process; set -l x (/bin/true); end
function wrapped; set -g __vault_wrapped 1; __vault_prompt; end
wrapped
clock wrapped 1000
set -g __vault_deadline 9999999999; set -g __vault_expires 9999999999; set -g __vault_shown dev; set -g __vault_next 0
clock wrapped 1000
set -g __vault_mark !; set -g __vault_tries 2; set -g __vault_expires (math (date +%s) + 240); set -g __vault_next 0
clock wrapped 1000
set -g __vault_deadline ''; set -g __vault_expires ''; set -g __vault_shown ''; set -g __vault_next 0
cd "$UNTRUSTED"; wrapped 2>/dev/null
clock wrapped 1000
clock process 300
cd ..
if test -n "$DIRENV"; direnv hook fish | source; clock __direnv_export_eval 100; else; echo 0; end`},
	{"pwsh", []string{"-NoProfile", "-Command"}, `
Invoke-Expression (& $env:VAULT hook powershell | Out-String)
function clock($what, $n) { $null = 1..$n | ForEach-Object { & $what }; $s = [DateTime]::UtcNow.Ticks; for ($i = 0; $i -lt $n; $i++) { $null = & $what }; [long](([DateTime]::UtcNow.Ticks - $s) / 10 / $n) }
function one { $x = & /bin/true }
clock __vault_prompt 1000
$global:__vault_deadline = $global:__vault_expires = '9999999999'; $global:__vault_shown = 'dev'
clock __vault_prompt 1000
$global:__vault_expires = "$((__vault_clock) + 240)"; $global:__vault_mark = '!'; $global:__vault_tries = '2'; $global:__vault_text_until = 0
clock __vault_prompt 1000
$global:__vault_deadline = $global:__vault_expires = $global:__vault_shown = ''
Set-Location $env:UNTRUSTED; $null = __vault_prompt 2>$null
clock __vault_prompt 1000
clock one 150
0`},
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
	untrusted := filepath.Join(dir, "untrusted")
	if os.MkdirAll(untrusted, 0o700) != nil || os.WriteFile(filepath.Join(untrusted, ".awsprofile"), []byte("dev\n"), 0o600) != nil {
		return nil
	}
	direnv, _ := exec.LookPath("direnv")
	for _, s := range promptScripts {
		path, err := exec.LookPath(s.shell)
		if err != nil {
			continue
		}
		cmd := exec.Command(path, append(s.args, s.text)...)
		cmd.Env = append(environ, "VAULT="+vault, "PWD="+dir, "UNTRUSTED="+untrusted, "DIRENV="+direnv)
		cmd.Dir = dir
		out, err := cmd.Output()
		var costs [6]int
		n, scanErr := fmt.Sscan(string(out), &costs[0], &costs[1], &costs[2], &costs[3], &costs[4], &costs[5])
		if err != nil || n != len(costs) {
			fmt.Fprintf(os.Stderr, "bench: %s: %v %v %s\n", s.shell, err, scanErr, out)
			continue
		}
		us := func(n int) time.Duration { return time.Duration(n) * time.Microsecond }
		for i, state := range states {
			list = append(list, prompt{s.shell, state, us(costs[i]), us(costs[4]), us(costs[5])})
		}
	}
	return list
}
