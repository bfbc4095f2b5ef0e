package shells

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

func inPwsh(test func(t *testing.T, k kind)) func(t *testing.T) { return inShell("powershell", test) }

// tellsStatus is a prompt that keeps what it is told.
const tellsStatus = "function prompt { $global:seen = $?, $global:LASTEXITCODE; 'PS> ' }"

var powershellChecklist = []item{
	{name: "powershell/01-lastexitcode", claim: "`$LASTEXITCODE` is the command's, for the person and for their prompt, when nothing is due and when something is", test: inPwsh(func(t *testing.T, k kind) {
		w := world.New(t)
		s := startWith(t, k, w, k.with(tellsStatus).rc(w.Vault))
		s.ok("vault use dev")
		for _, more := range []string{"", "; " + due["powershell"]} {
			s.typed("/bin/sh -c 'exit 12'" + more + "\r")
			s.expect(`PS> `)
			s.typed("$kept = \"$($seen[1]) $LASTEXITCODE\"\r")
			s.expect(`PS> `)
			s.run("$global:LASTEXITCODE = 0")
			if got := s.output("$kept"); got != "12 12\n" {
				t.Errorf("%q: prompt and person see %q", more, got)
			}
		}
	})},
	{name: "powershell/02-success", claim: "`$?` that is false reaches the person's prompt, and the person", test: inPwsh(func(t *testing.T, k kind) {
		w := world.New(t)
		s := startWith(t, k, w, k.with(tellsStatus).rc(w.Vault))
		for _, line := range []string{"$null", "vault use dev"} {
			s.run(line)
			for command, want := range map[string]string{"Get-Item /proc/nonexistent -ErrorAction SilentlyContinue": "False False\n", "Get-Item / | Out-Null": "True True\n"} {
				s.enters(1)
				s.typed(command + "\r")
				s.expect(`PS> `)
				s.typed("$kept = \"$? $($seen[0])\"\r")
				s.expect(`PS> `)
				if got := s.output("$kept"); got != want {
					t.Errorf("after %s, %s: person and prompt see %q", line, command, got)
				}
			}
		}
	})},
	{name: "powershell/03-strict-mode", claim: "StrictMode Latest: no error, and nothing in `$Error`, at load, prompts, use and off", test: inPwsh(func(t *testing.T, k kind) {
		w := world.New(t)
		dir := project(t, w, "pay", "dev\n")
		w.Run(nil, "allow", dir)
		s := start(t, k.with("Set-StrictMode -Version Latest"), w)
		s.enters(3)
		s.run("vault use dev")
		s.enters(3)
		s.run("vault off")
		s.cd(dir)
		s.cd(w.Home)
		if got := s.output("$Error.Count; $Error | ForEach-Object { \"$_\" }"); got != "0\n" {
			t.Errorf("errors: %s", got)
		}
	})},
	{name: "powershell/04-error-action", claim: "`$ErrorActionPreference = 'Stop'`, before the hook and after it", test: inPwsh(func(t *testing.T, k kind) { hostilePwsh(t, k, "$ErrorActionPreference = 'Stop'") })},
	{name: "powershell/05-thrice", claim: "sourced three times: the prompt is wrapped once, and `$Error` is empty", test: inPwsh(func(t *testing.T, k kind) {
		w := world.New(t)
		s := start(t, k, w)
		s.script(k.rc(w.Vault), k.rc(w.Vault))
		s.run("vault use dev")
		s.enters(1)
		if out := s.said(func() { s.enters(2) }); !strings.Contains(out, "(dev 1h) PS> ") || strings.Contains(out, "(dev 1h) (dev") {
			t.Errorf("the prompt is %q", out)
		}
		if got := s.output("$Error.Count"); got != "0\n" {
			t.Errorf("errors: %s", got)
		}
	})},
	{name: "powershell/06-themes", claim: "starship and oh-my-posh (stand-ins), before the hook and after it: theirs is shown once, ours not, and a hook they displaced says so", test: inPwsh(pwshThemes)},
	{name: "powershell/07-no-prompt", claim: "a session without a function `prompt`", test: inPwsh(func(t *testing.T, k kind) {
		w := world.New(t)
		s := startWith(t, k, w, "Remove-Item Function:prompt\n"+k.rc(w.Vault))
		s.run("vault use dev")
		s.enters(1)
		if out := s.said(func() { s.enters(2) }); !strings.Contains(out, "(dev 1h) PS") {
			t.Errorf("the prompt is %q", out)
		}
		if got := s.output("$Error.Count"); got != "0\n" {
			t.Errorf("errors: %s", got)
		}
	})},
	{name: "powershell/08-prompt-throws", claim: "a prompt that throws: PowerShell's own takes its place, and the hook does its work", test: inPwsh(func(t *testing.T, k kind) {
		w := world.New(t)
		dir := project(t, w, "pay", "dev\n")
		w.Run(nil, "allow", dir)
		s := start(t, k, w)
		s.script("$global:__vault_user_prompt = { throw 'no' }")
		s.run("Set-Location " + dir)
		s.typed("\r")
		s.expect(`PS>`)
		if got := s.active(); got != "dev" {
			t.Errorf("%q is active", got)
		}
	})},
	{name: "powershell/09-other-drives", claim: "a location that is no directory (Env:, Variable:): the directory behind it counts", test: inPwsh(func(t *testing.T, k kind) {
		w := world.New(t)
		dir := project(t, w, "pay", "dev\n")
		w.Run(nil, "allow", dir)
		s := start(t, k, w)
		for _, step := range []struct{ line, want string }{
			{"Set-Location Env:", ""}, {"Set-Location " + dir, "dev"}, {"Set-Location Variable:", "dev"}, {"Set-Location " + w.Home + "; Set-Location Variable:", ""},
		} {
			s.run(step.line)
			s.enters(2)
			if got := s.active(); got != step.want {
				t.Errorf("%s: %q is active", step.line, got)
			}
			s.run("vault status")
		}
		if got := s.output("$Error.Count"); got != "0\n" {
			t.Errorf("errors: %s", got)
		}
	})},
	{name: "powershell/10-odd-directories", claim: "directories with brackets, quotes (curly ones too), spaces, newlines, letters of other scripts; no UNC paths here", test: inPwsh(func(t *testing.T, k kind) {
		oddPathsIn(t, k, "a b", "[brackets]", "it's", "it’s ‘curly’", "日本 é", "$HOME `n $(touch pwned)", "\"q\"", "new\nline", "; touch pwned #", "*?", "a\u200db", "~")
	})},
	{name: "powershell/11-program-path", claim: "the program's path with spaces, quotes, `$`, brackets", test: inPwsh(thePathOfTheProgramIsData)},
	{name: "powershell/12-code-pages", claim: "Windows PowerShell 5.1 under code pages 437, 850 and 65001: values arrive", cannot: "there is no Windows PowerShell 5.1 for Linux; what the hook evaluates is ASCII only (internal/env, tests/shells random values)"},
	{name: "powershell/13-empty-value", claim: "an empty variable is empty again after off (7.5 and later)", test: inPwsh(func(t *testing.T, k kind) {
		s := start(t, k, world.New(t), "AWS_PROFILE=", "AWS_SESSION_TOKEN=")
		before := s.exported()
		s.run("vault use dev")
		s.run("vault off")
		if d := cmp.Diff(before, s.exported()); d != "" {
			t.Errorf("(-before +after):\n%s", d)
		}
	})},
	{name: "powershell/14-arguments", claim: "`-v`, `-d x`, `''`, quotes and what stands behind `--` reach the program as they are", test: inPwsh(func(t *testing.T, k kind) {
		s := start(t, k, world.New(t))
		program := filepath.Join(s.dir, "arguments")
		if err := os.WriteFile(program, []byte("#!/bin/sh\nprintf '<%s>' \"$@\"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		s.run("$global:__vault_bin = '" + program + "'")
		for line, want := range map[string]string{
			"vault -v":                        "<-v>",
			"vault exec p -d x '' 'a b' '\"'": "<exec><p><-d><x><><a b><\">",
			"vault exec p '--' cmd -x --y=1":  "<exec><p><--><cmd><-x><--y=1>",
			"vault list -Verbose -Debug":      "<list><-Verbose><-Debug>",
		} {
			if got := s.output(line); strings.TrimSpace(got) != want {
				t.Errorf("%s: the program gets %s, want %s", line, got, want)
			}
		}
	})},
	{name: "powershell/15-native-errors", claim: "`$PSNativeCommandUseErrorActionPreference = $true`, before the hook and after it", test: inPwsh(func(t *testing.T, k kind) {
		hostilePwsh(t, k, "$PSNativeCommandUseErrorActionPreference = $true; $ErrorActionPreference = 'Stop'")
	})},
	{name: "powershell/16-scope", claim: "loaded from a function, or from a module: all of it is global", test: inPwsh(func(t *testing.T, k kind) {
		w := world.New(t)
		for name, around := range map[string][2]string{"function": {"function load {\n", "}\nload\n"}, "module": {"$null = New-Module -Name loader {\n", "}\n"}} {
			s := startWith(t, k, w, around[0]+k.rc(w.Vault)+around[1])
			s.run("vault use dev")
			s.enters(1)
			if out := s.said(func() { s.enters(2) }); !strings.Contains(out, "(dev 1h) PS> ") || s.active() != "dev" {
				t.Errorf("from a %s: %q is active, the prompt is %q", name, s.active(), out)
			}
			if n := s.output("$Error.Count"); n != "0\n" {
				t.Errorf("from a %s: errors %s", name, n)
			}
			s.tty.Close()
		}
	})},
	{name: "powershell/17-vi-mode", claim: "the prompt made again and again without a command, as vi mode does (played by calls of `prompt`: the tests' PowerShell has no PSReadLine): one indicator, no process", test: inPwsh(func(t *testing.T, k kind) {
		s := start(t, k, world.New(t))
		s.run("vault use dev")
		s.enters(2)
		if n, trace := s.processes(func() { s.run("1..5 | ForEach-Object { $global:again = prompt }"); s.enters(2) }); n != 0 {
			t.Errorf("%d processes\n%s", n, trace)
		}
		if got := s.output("$again"); got != "(dev 1h) PS> \n" {
			t.Errorf("the prompt is %q", got)
		}
	})},
	{name: "powershell/18-no-psreadline", claim: "without PSReadLine, and -NonInteractive: the hook loads without a word, and works", test: inPwsh(func(t *testing.T, k kind) {
		w := world.New(t)
		s := start(t, k.with("if (Get-Command Remove-Module -ErrorAction Ignore) { Remove-Module PSReadLine -ErrorAction Ignore }"), w)
		s.run("vault use dev")
		s.enters(1)
		if out := s.said(func() { s.enters(2) }); !strings.Contains(out, "(dev 1h) PS> ") {
			t.Errorf("the prompt is %q", out)
		}
		cmd := exec.Command(need.Pwsh(t), "-NoProfile", "-NonInteractive", "-Command", k.rc(w.Vault)+"; vault use dev 2>$null; $env:AWS_VAULT; vault off 2>$null; $env:AWS_VAULT; $Error.Count")
		cmd.Env = w.Environ()
		if out, err := cmd.CombinedOutput(); err != nil || string(out) != "dev\n0\n" {
			t.Errorf("non-interactive: %v\n%s", err, out)
		}
	})},
	{name: "powershell/19-ctrl-c", claim: "Ctrl-C while the prompt waits for AWS: the old credentials stay, the prompt comes", test: inPwsh(ctrlCIn)},
	{name: "powershell/20-no-process", claim: "20 prompts, 0 processes: nothing active, by hand, by directory, untrusted file, failed renewal", test: inPwsh(quietIn)},
	{name: "powershell/21-nested", claim: "pwsh in pwsh: the inner one knows what is active, and its off is its own; no remote sessions here", test: inPwsh(func(t *testing.T, k kind) {
		w := world.New(t)
		s := start(t, k, w, "AWS_PROFILE=mine")
		s.run("vault use dev")
		s.typed(need.Pwsh(t) + " -NoLogo -NoProfile -NoExit -File " + filepath.Join(s.dir, "rc.ps1") + "\r")
		s.expect(`-NoExit(?s:.*)\(dev 1h\) PS> `)
		s.run("vault off")
		if got, _ := value(s.exported(), "AWS_PROFILE"); s.active() != "" || got != "mine" {
			t.Errorf("inner, after off: %q is active, AWS_PROFILE = %q", s.active(), got)
		}
		s.typed("exit\r")
		s.expect(`\(dev 1h\) PS> `)
		if got := s.active(); got != "dev" {
			t.Errorf("outer: %q is active", got)
		}
	})},
	{name: "powershell/22-logs", claim: "no secret in a transcript (where PowerShell has them: the tests' own has not), nor in what is given to Invoke-Expression, which the event log keeps (4104)", test: inPwsh(func(t *testing.T, k kind) {
		s := start(t, k, world.New(t), theirs...)
		log, transcript := filepath.Join(s.dir, "log"), filepath.Join(s.dir, "transcript")
		s.script("function global:Invoke-Expression($text) { Add-Content -LiteralPath '" + log + "' -Value $text; Microsoft.PowerShell.Utility\\Invoke-Expression $text }")
		s.run("if (Get-Command Start-Transcript -ErrorAction Ignore) { $null = Start-Transcript " + transcript + " }")
		s.run("vault use dev")
		s.run("vault refresh")
		secret := s.exported()
		s.run(due["powershell"])
		s.enters(2)
		s.run("vault off")
		s.run("if (Get-Command Stop-Transcript -ErrorAction Ignore) { $null = Stop-Transcript }")
		for _, path := range []string{log, transcript} {
			b, err := os.ReadFile(path)
			if path == transcript && os.IsNotExist(err) {
				t.Log("this PowerShell has no transcripts")
				continue
			}
			if err != nil || len(b) < 100 {
				t.Fatalf("%v, %d bytes", err, len(b))
			}
			for _, name := range []string{"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} {
				if v, _ := value(secret, name); v == "" || strings.Contains(string(b), v[:20]) {
					t.Errorf("%s has %s", filepath.Base(path), name)
				}
			}
			if strings.Contains(string(b), "theirs/secret") {
				t.Errorf("%s has a secret of the person's", filepath.Base(path))
			}
		}
	})},
	{name: "powershell/23-binary-gone", claim: "the program deleted while the shell is open: said once, no process, and it works when it is back", test: inPwsh(goneIn)},
	{name: "powershell/24-displaced", claim: "another `prompt` in the place of ours: the next `vault use` says so, once; one that calls ours is no such thing", test: inPwsh(func(t *testing.T, k kind) {
		const word = "does not run the hook"
		s := start(t, k, world.New(t))
		s.run("$inner = $function:prompt; function prompt { 'outer ' + (& $inner) }")
		s.enters(1)
		if out := s.said(func() { s.run("vault use dev; vault use other"); s.run("vault use dev") }); strings.Contains(out, word) {
			t.Errorf("wrapped, use says %q", out)
		}
		s.run("function prompt { 'theirs> ' }")
		s.enters(1)
		if n := strings.Count(s.said(func() { s.run("vault use dev"); s.run("vault use other"); s.run("vault off") }), word); n != 1 {
			t.Errorf("said %d times", n)
		}
	})},
	{name: "powershell/25-wrapping", claim: "a terminal of 40 columns (tmux): a long line behind the indicator wraps right", test: inPwsh(wrapsIn)},
	{name: "powershell/26-indicator", claim: "hostile names are inert; NO_COLOR and TERM=dumb are heeded", test: inPwsh(indicatorIn)},
	{name: "powershell/27-inherited-state", claim: "whatever the environment holds of the hook's names is not used, nor executed", test: inPwsh(hostileStateIn)},
	{name: "powershell/28-neighbours", claim: "zoxide, and direnv and mise (stand-ins), before the hook and after it", test: inPwsh(pwshNeighbours)},
	{name: "powershell/29-constrained-language", claim: "the constrained language: use, off and the indicator work, directories do not, and no error is shown", test: inPwsh(func(t *testing.T, k kind) {
		w := world.New(t)
		s := start(t, k.with("$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'"), w)
		if out := s.said(func() { s.enters(3); s.run("vault use dev"); s.enters(3) }); strings.Contains(out, "rror") || !strings.Contains(out, "(dev 1h) PS> ") {
			t.Errorf("it shows %q", out)
		}
		if got := s.active(); got != "dev" {
			t.Errorf("%q is active", got)
		}
		s.run("vault off")
		if got := s.active(); got != "" {
			t.Errorf("after off %q is active", got)
		}
	})},
}

// hostilePwsh uses and leaves a profile under a setting of the person's.
func hostilePwsh(t *testing.T, k kind, line string) {
	w := world.New(t)
	dir := project(t, w, "pay", "dev\n")
	for _, when := range []string{"before", "after"} {
		rc := k.rc(w.Vault)
		if when == "before" {
			rc = line + "\n" + rc
		} else {
			rc += line + "\n"
		}
		s := startWith(t, k, w, rc, theirs...)
		before := environs(s)
		s.run("vault use nosuch")
		if d := cmp.Diff(before, environs(s)); d != "" {
			t.Errorf("%s, after a failed use (-before +after):\n%s", when, d)
		}
		s.run("vault use dev")
		if got := s.active(); got != "dev" {
			t.Errorf("%s: %q is active", when, got)
		}
		s.cd(dir)
		s.run("vault off")
		s.cd(w.Home)
		if d := cmp.Diff(before, environs(s)); d != "" {
			t.Errorf("%s (-before +after):\n%s", when, d)
		}
		s.tty.Close()
	}
}

// What starship and oh-my-posh do when they are loaded: a global function prompt of
// their own, in a module, and a variable that says that they are there.
const (
	starshipPwsh = "$env:STARSHIP_SHELL = 'powershell'\n$null = New-Module starship { function global:prompt { $ok = $?; $code = $global:LASTEXITCODE; \"star[$ok $env:AWS_VAULT]> \"; $global:LASTEXITCODE = $code } }\n"
	omposhPwsh   = "$env:POSH_SHELL = 'pwsh'\n$null = New-Module oh-my-posh-core { $Script:was = $?; function Set-PoshPrompt { }; function prompt { $code = $global:LASTEXITCODE; Set-PoshPrompt; $global:LASTEXITCODE = $code; \"posh[$env:AWS_VAULT]> \" }; Export-ModuleMember -Function prompt }\n"
)

func pwshThemes(t *testing.T, k kind) {
	w := world.New(t)
	for name, theme := range map[string]string{"star": starshipPwsh, "posh": omposhPwsh} {
		s := startWith(t, k, w, theme+k.rc(w.Vault))
		s.run("vault use dev")
		s.enters(1)
		if out := s.said(func() { s.enters(2) }); !strings.Contains(out, name+"[") || !strings.Contains(out, "dev]> ") || strings.Contains(out, "(dev") {
			t.Errorf("%s before: the prompt is %q", name, out)
		}
		s.tty.Close()
		s = startWith(t, k, w, k.rc(w.Vault)+theme)
		out := s.said(func() { s.run("vault use dev"); s.run("vault use other"); s.run("vault use dev") })
		if n := strings.Count(out, "does not run the hook"); n != 1 {
			t.Errorf("%s after: said %d times", name, n)
		}
		if out := s.said(func() { s.enters(2) }); !strings.Contains(out, "dev]> ") {
			t.Errorf("%s after: the prompt is %q", name, out)
		}
		s.tty.Close()
	}
}

// What `direnv hook pwsh` and `mise activate pwsh` do: they keep the prompt that
// there is, and evaluate what a program prints before they call it.
const (
	direnvPwsh = "$global:direnvPrompt = $function:prompt\nfunction global:prompt { $out = (& /bin/echo '$env:FROM_DIRENV = 1') | Out-String; if ($out) { Invoke-Expression $out }; & $global:direnvPrompt }\n"
	misePwsh   = "$global:misePrompt = $function:prompt\nfunction global:prompt { $was = $global:LASTEXITCODE; $env:FROM_MISE = 1; $global:LASTEXITCODE = $was; & $global:misePrompt }\n"
)

func pwshNeighbours(t *testing.T, k kind) {
	zoxide := need.Program(t, "zoxide", "zoxide")
	theirs := direnvPwsh + misePwsh + fmt.Sprintf("Invoke-Expression (& %s init powershell --hook prompt | Out-String)\n", zoxide)
	for _, when := range []string{"before", "after"} {
		w := world.New(t)
		dir := project(t, w, "pay", "dev\n")
		w.Run(nil, "allow", dir)
		rc := k.rc(w.Vault) + theirs
		if when == "before" {
			rc = theirs + k.rc(w.Vault)
		}
		s := startWith(t, k, w, rc)
		s.cd(dir)
		environ := s.exported()
		for name, want := range map[string]string{"AWS_VAULT": "dev", "FROM_DIRENV": "1", "FROM_MISE": "1"} {
			if got, _ := value(environ, name); got != want {
				t.Errorf("theirs %s: %s = %q", when, name, got)
			}
		}
		s.enters(1)
		if out := s.said(func() { s.enters(2) }); !strings.Contains(out, "(dev 1h) PS> ") {
			t.Errorf("theirs %s: the prompt is %q", when, out)
		}
		s.cd(w.Home)
		if got := s.active(); got != "" {
			t.Errorf("theirs %s: outside %q is active", when, got)
		}
		if got := s.output("zoxide query ay"); strings.TrimSpace(got) != dir {
			t.Errorf("theirs %s: zoxide knows %q", when, got)
		}
		if out := s.said(func() { s.run("vault use dev"); s.run("vault use other") }); strings.Contains(out, "does not run the hook") {
			t.Errorf("theirs %s: use says %q", when, out)
		}
		s.tty.Close()
	}
}
