package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// prompt is what a quiet prompt costs in a shell, and what one $(/bin/true) does.
type prompt struct {
	shell, state   string
	quiet, process time.Duration
}

// active makes the hook think that a profile is active and nothing is due.
const active = "__vault_deadline=9999999999 __vault_expires=9999999999 __vault_shown=dev"

// Each script clocks, in one shell, the prompt with nothing active, the prompt
// with a profile, and $(/bin/true), in microseconds, one a line.
var promptScripts = []struct {
	shell string
	args  []string
	text  string
}{
	{"bash", []string{"--norc", "--noprofile", "-c"}, `
eval "$("$VAULT" hook bash)"
clock() { local i s=${EPOCHREALTIME/./}; for ((i = 0; i < $2; i++)); do $1; done; echo $(((${EPOCHREALTIME/./} - s) / $2)); }
process() { local x; x=$(/bin/true); }
__vault_prompt
clock __vault_prompt 1000
` + active + `
clock __vault_prompt 1000
clock process 300`},
	{"zsh", []string{"-f", "-c"}, `
eval "$("$VAULT" hook zsh)"
zmodload zsh/datetime
clock() { local i s=$EPOCHREALTIME; for ((i = 0; i < $2; i++)); do $1; done; printf '%.0f\n' $(((EPOCHREALTIME - s) * 1000000 / $2)); }
process() { local x; x=$(/bin/true); }
__vault_prompt
clock __vault_prompt 1000
` + active + `
clock __vault_prompt 1000
clock process 300`},
	{"fish", []string{"--no-config", "-c"}, `
"$VAULT" hook fish | source
function clock; set -l s (date +%s%N); for i in (seq $argv[2]); $argv[1]; end; math "floor(("(date +%s%N)" - $s) / $argv[2] / 1000)"; end
function process; set -l x (/bin/true); end
function wrapped; set -g __vault_wrapped 1; __vault_prompt; end
wrapped
clock wrapped 1000
set -g __vault_deadline 9999999999; set -g __vault_expires 9999999999; set -g __vault_shown dev; set -g __vault_next 0
clock wrapped 1000
clock process 300`},
	{"pwsh", []string{"-NoProfile", "-Command"}, `
Invoke-Expression (& $env:VAULT hook powershell | Out-String)
function clock($what, $n) { $s = [DateTime]::UtcNow.Ticks; for ($i = 0; $i -lt $n; $i++) { $null = & $what }; [long](([DateTime]::UtcNow.Ticks - $s) / 10 / $n) }
function one { $x = & /bin/true }
$null = clock __vault_prompt 1000
clock __vault_prompt 1000
$global:__vault_deadline = $global:__vault_expires = '9999999999'; $global:__vault_shown = 'dev'
$null = clock __vault_prompt 1000
clock __vault_prompt 1000
clock one 300`},
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
	if os.MkdirAll(dir, 0o700) != nil {
		return nil
	}
	for _, s := range promptScripts {
		path, err := exec.LookPath(s.shell)
		if err != nil {
			continue
		}
		cmd := exec.Command(path, append(s.args, s.text)...)
		cmd.Env = append(environ, "VAULT="+vault, "PWD="+dir)
		cmd.Dir = dir
		out, err := cmd.Output()
		var nothing, profile, process int
		if _, scanErr := fmt.Sscan(string(out), &nothing, &profile, &process); err != nil || scanErr != nil {
			fmt.Fprintf(os.Stderr, "bench: %s: %v %v %s\n", s.shell, err, scanErr, out)
			continue
		}
		us := func(n int) time.Duration { return time.Duration(n) * time.Microsecond }
		list = append(list, prompt{s.shell, "nothing active", us(nothing), us(process)}, prompt{s.shell, "a profile active", us(profile), us(process)})
	}
	return list
}
