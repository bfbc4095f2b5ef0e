package shells

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"awsvault/tests/terminal"
	"awsvault/tests/world"
)

// theirs is what a person may have had before: a profile, an empty variable, a
// region, and keys of their own.
var theirs = []string{
	"AWS_PROFILE=mine", "AWS_DEFAULT_PROFILE=", "AWS_REGION=us-west-2",
	"AWS_ACCESS_KEY_ID=AKIATHEIRS", "AWS_SECRET_ACCESS_KEY=theirs/secret+1", "AWS_SECURITY_TOKEN=theirs'token\"$(x)",
	"AWS_BEARER_TOKEN_BEDROCK=theirs`x`\\", "AWS_ACCOUNT_ID=999999999999",
}

func TestUseSwitchAndOffBringTheEnvironmentBack(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		s := start(t, k, w, theirs...)
		before := s.exported()

		if out := s.ok("vault use dev"); !strings.Contains(out, "dev") || !strings.Contains(out, "role/reader") || !strings.Contains(out, "111122223333") {
			t.Errorf("use printed %q", out)
		}
		during := s.exported()
		for name, want := range map[string]string{"AWS_VAULT": "dev", "AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1", "AWS_ACCOUNT_ID": "111122223333"} {
			if got, _ := value(during, name); got != want {
				t.Errorf("%s = %q, want %q", name, got, want)
			}
		}
		if id, _ := value(during, "AWS_ACCESS_KEY_ID"); !strings.HasPrefix(id, "ASIA") {
			t.Errorf("AWS_ACCESS_KEY_ID = %q", id)
		}
		for _, gone := range []string{"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN"} {
			if got, ok := value(during, gone); ok {
				t.Errorf("%s is still there: %q", gone, got)
			}
		}
		if all := strings.Join(during, "\n"); strings.Contains(all, "theirs") {
			t.Errorf("a secret of the person's can be read by programs:\n%s", all)
		}

		s.ok("vault use other")
		s.ok("vault use -")
		if got, _ := value(s.exported(), "AWS_VAULT"); got != "dev" {
			t.Errorf("use - led to %q", got)
		}
		s.ok("vault off")
		if d := cmp.Diff(before, s.exported()); d != "" {
			t.Errorf("after off (-before +after):\n%s", d)
		}
		s.ok("vault use -")
		if got, _ := value(s.exported(), "AWS_VAULT"); got != "dev" {
			t.Errorf("use - after off led to %q", got)
		}
		s.ok("vault region us-west-2")
		s.ok("vault refresh")
		if got, _ := value(s.exported(), "AWS_REGION"); got != "us-west-2" {
			t.Errorf("after vault region and a renewal AWS_REGION is %q", got)
		}
		s.ok("vault off")
		if d := cmp.Diff(before, s.exported()); d != "" {
			t.Errorf("after the second off (-before +after):\n%s", d)
		}
	})
}

func TestAFailedUseChangesNothingAndKeepsItsStatus(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		s := start(t, k, w, theirs...)
		before := s.exported()
		for line, want := range map[string]string{
			"vault use dve":                     "1", // not found
			"vault use dev --duration nonsense": "2",
			"vault use -":                       "2",
			"vault refresh":                     "1",
			"vault --no-such-flag use dev":      "2",
		} {
			if out, status := s.run(line); status != want || !strings.Contains(out, "vault: ") {
				t.Errorf("%s: status %s, want %s\n%s", line, status, want, out)
			}
		}
		if d := cmp.Diff(before, s.exported()); d != "" {
			t.Errorf("(-before +after):\n%s", d)
		}
	})
}

func TestFlagsBeforeTheCommandReachTheHookToo(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		s := start(t, k, world.New(t))
		s.ok("vault --backend file use dev --region eu-north-1")
		if got, _ := value(s.exported(), "AWS_REGION"); got != "eu-north-1" {
			t.Errorf("AWS_REGION = %q", got)
		}
		if out := s.ok("vault use --help"); !strings.Contains(out, "Usage: vault use") {
			t.Errorf("help: %q", out)
		}
		if out := s.ok("vault status"); !strings.Contains(out, "eu-north-1") {
			t.Errorf("status: %q", out)
		}
		if out := s.ok("vault export plain --format=json"); !strings.Contains(out, `"Version": 1`) {
			t.Errorf("export: %q", out)
		}
	})
}

func TestMFAIsAskedOnTheTerminal(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		device := w.Fake.Device(w.Example.MFASerial)
		s := start(t, k, w)
		before := s.exported()

		s.typed(k.then("vault use admin", 9001) + "\r")
		s.expect(`MFA code for jon: `)
		s.typed("12345\r")
		s.expect(`six digits`)
		s.expect(`MFA code for jon: `)
		s.typed(device.NextCode() + "\r")
		s.expect(`role/admin`)
		s.expect(`<<0?:9001>>`)
		if got, _ := value(s.exported(), "AWS_VAULT"); got != "admin" {
			t.Errorf("AWS_VAULT = %q", got)
		}

		// One code is enough for all roles of that device.
		s.ok("vault use prod")
		s.ok("vault off")
		if d := cmp.Diff(before, s.exported()); d != "" {
			t.Errorf("after off (-before +after):\n%s", d)
		}
	})
}

func TestCtrlCAtAQuestionLeavesTheShellAsItWas(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		s := start(t, k, w, theirs...)
		before := s.exported()
		stty := s.ok("stty -a")
		old := k.name == "fish" && s.variable("__vault_newer") == ""
		// What stands behind it on the line must not run with the old credentials.
		s.typed(map[string]string{"fish": "vault use admin; echo RAN(math 1+1)", "powershell": `vault use admin; "RAN$(1+1)"`}[k.name])
		if k.name == "bash" || k.name == "zsh" {
			s.typed("vault use admin; echo RAN$((1+1))")
		}
		s.typed("\r")
		s.expect(`MFA code for jon: `)
		s.typed("12\x03")
		s.expect(`(?s)\^C.*[$%>] `) // the prompt: what is typed before it may be taken for an answer
		s.typed(strings.TrimPrefix(k.then("", 9002), "; ") + "\r")
		want := "130"
		if k.name == "zsh" {
			want = "1" // what zsh itself gives a function that was interrupted
		}
		if k.name == "powershell" {
			want = "130|137" // PowerShell kills a program that has not ended by then
		}
		if old {
			want = "0|130" // before 3.3 fish itself makes it 0
		}
		if _, groups := s.expect(`<<(-?[0-9]*):9002>>`); !strings.Contains("|"+want+"|", "|"+groups[1]+"|") {
			t.Errorf("status %s after Ctrl-C, want %s", groups[1], want)
		}
		out := s.ok("stty -a")
		for _, flag := range []string{" echo ", " icanon ", " isig "} {
			if strings.Contains(stty, flag) != strings.Contains(out, flag) {
				t.Errorf("%q before: %v, after: %v", flag, strings.Contains(stty, flag), strings.Contains(out, flag))
			}
		}
		if d := cmp.Diff(before, s.exported()); d != "" {
			t.Errorf("(-before +after):\n%s", d)
		}
		if strings.Contains(s.all(), "RAN2") {
			t.Error("the rest of the line ran")
		}
		s.ok("vault use dev")
	})
}

// traced are the lines that switch on all tracing that a shell has, and off.
var traced = map[string][2]string{
	"bash":       {"set -xvT; trap 'echo \"debug: $BASH_COMMAND\"' DEBUG", "set +xvT; trap - DEBUG"},
	"zsh":        {"set -xv; functions -t vault", "set +xv"},
	"fish":       {"set fish_trace 1", "set -e fish_trace"},
	"powershell": {"Set-PSDebug -Trace 2", "Set-PSDebug -Trace 0"},
}

func TestATraceShowsNoSecret(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		s := start(t, k, w, theirs...)
		s.ok(traced[k.name][0])
		from := len(s.all())
		s.run("vault use dev")
		s.run("vault off")
		s.run("vault use dev")
		trace := s.all()[from:]
		s.run(traced[k.name][1])
		during := s.exported()
		for _, name := range []string{"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} {
			secret, ok := value(during, name)
			if !ok || strings.Contains(trace, secret) || strings.Contains(trace, secret[:20]) {
				t.Errorf("the trace shows %s", name)
			}
		}
		if strings.Contains(trace, "theirs/secret") {
			t.Error("the trace shows a secret of the person's")
		}
		if !strings.Contains(trace, "vault") {
			t.Errorf("nothing was traced: %q", trace)
		}
		// The tracing is still on afterwards.
		s.ok(traced[k.name][0])
		from = len(s.all())
		s.run("vault off")
		s.run(k.set("TRACED_AFTERWARDS", "x"))
		if trace := terminal.Plain(s.all()[from:]); strings.Count(trace, "TRACED_AFTERWARDS") < 2 {
			t.Errorf("tracing ended with the hook: %q", trace)
		}
	})
}

// variables lists every variable of the shell with its value, exported or not.
var variables = map[string]string{
	"bash":       "set",
	"zsh":        "set",
	"fish":       "set --long 2>/dev/null; or set",
	"powershell": "Get-Variable -Scope Global | ForEach-Object { \"$($_.Name)=$($_.Value)\" }",
}

func TestNothingSecretStaysInAVariable(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		s := start(t, k, world.New(t))
		s.ok("vault use dev")
		during := s.exported()
		secret, _ := value(during, "AWS_SECRET_ACCESS_KEY")
		token, _ := value(during, "AWS_SESSION_TOKEN")
		out := s.output(variables[k.name])
		// The exported variables themselves are among them in three shells.
		for name, v := range map[string]string{"AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token} {
			for _, line := range strings.Split(out, "\n") {
				if strings.Contains(line, v) && !strings.Contains(line, name) {
					t.Errorf("%s is also in %q", name, line)
				}
			}
		}
		s.ok("vault off")
		if out := s.output(variables[k.name]); strings.Contains(out, secret) || strings.Contains(out, token) {
			t.Error("a secret stays after off")
		}
	})
}

func TestTheHookLoadedThreeTimesIsTheSameAsOnce(t *testing.T) {
	functions := map[string]string{"bash": "declare -F", "zsh": "print -l ${(ok)functions}", "fish": "functions -a | string match -v '__fish_*'", "powershell": "Get-ChildItem Function: | ForEach-Object { $_.Name }"}
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		s := start(t, k, w, theirs...)
		list := func() string { return s.output(functions[k.name]) }
		before := s.exported()
		s.ok("vault use dev") // with a profile, the indicator wraps fish's prompt
		s.ok("vault off")
		once := list()
		s.ok("vault use dev")
		s.script(k.rc(w.Vault), k.rc(w.Vault))
		s.ok("vault off")
		if d := cmp.Diff(once, list()); d != "" {
			t.Errorf("functions (-once +thrice):\n%s", d)
		}
		if d := cmp.Diff(before, s.exported()); d != "" {
			t.Errorf("environment (-once +thrice):\n%s", d)
		}
	})
}

func TestTheFunctionMayHaveAnotherName(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		s := startWith(t, k, w, strings.Replace(k.rc(w.Vault), "hook "+k.name, "hook "+k.name+" --cmd av", 1))
		s.ok("av use dev")
		if got, _ := value(s.exported(), "AWS_VAULT"); got != "dev" {
			t.Errorf("AWS_VAULT = %q", got)
		}
		s.ok("av off")
	})
}

// A program on a path with everything that a shell could trip over.
func TestThePathOfTheProgramIsData(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		if k.name != "powershell" { // as an item: powershell/11
			thePathOfTheProgramIsData(t, k)
		}
	})
}

func thePathOfTheProgramIsData(t *testing.T, k kind) {
	w := world.New(t)
	dir := filepath.Join(w.Dir, "it's $(touch x) `y` \"z\" é [a]*")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "vault")
	if err := os.Symlink(w.Vault, link); err != nil {
		t.Fatal(err)
	}
	w.Vault = link
	s := start(t, k, w)
	s.ok("vault use dev")
	out := s.output(map[string]string{"bash": `echo "$__vault_bin"`, "zsh": `echo "$__vault_bin"`, "fish": `echo "$__vault_bin"`, "powershell": `"$__vault_bin"`}[k.name])
	if !strings.Contains(out, "it's $(touch x)") {
		t.Errorf("the hook calls %q: not the path that it was called by", out)
	}
}

// As an item: every/02.
func nestedShellCanSwitchOff(t *testing.T) {
	for i, outer := range kinds {
		inner := kinds[(i+1)%len(kinds)]
		t.Run(outer.name+" in "+inner.name, func(t *testing.T) {
			w := world.New(t)
			o := start(t, outer, w, theirs...)
			o.ok("vault use dev")
			var state []string
			for _, v := range o.exported() {
				if strings.HasPrefix(v, "AWS_") {
					state = append(state, v)
				}
			}
			n := start(t, inner, w, state...)
			out := n.ok("vault off")
			if !strings.Contains(out, "AWS_ACCESS_KEY_ID, AWS_ACCOUNT_ID, AWS_BEARER_TOKEN_BEDROCK, AWS_SECRET_ACCESS_KEY, AWS_SECURITY_TOKEN: the outer shell has their values, so they are unset here") {
				t.Errorf("off printed %q", out)
			}
			after := n.exported()
			for name, want := range map[string]string{"AWS_PROFILE": "mine", "AWS_DEFAULT_PROFILE": "", "AWS_REGION": "us-west-2"} {
				if got, ok := value(after, name); !ok || got != want {
					t.Errorf("%s = %q, %v; want %q", name, got, ok, want)
				}
			}
			// A key id without its secret would make every AWS tool fail: all comes back or nothing.
			for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_VAULT", "AWS_VAULT_SHELL_STATE"} {
				if got, ok := value(after, name); ok {
					t.Errorf("%s = %q", name, got)
				}
			}
		})
	}
}

// What a person may have set up before the hook, or sets afterwards. (bash and zsh
// have theirs in the checklists.)
var hostile = map[string][]string{
	"fish": {
		"set -g IFS ''", "alias vault 'echo alias'", "function string; echo string; end; functions -e string", "set -g fish_private_mode 1", "set -U -x AWS_PROFILE universal", "abbr -a use echo",
	},
	"powershell": {
		"Set-StrictMode -Version Latest", "$ErrorActionPreference = 'Stop'", "$PSNativeCommandUseErrorActionPreference = $true", "Set-Alias vault Get-Location", "function global:vault { 'function' }", "Set-Location Env:",
	},
}

func TestWhatAPersonHasSetUpDoesNotMatter(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		for _, line := range hostile[k.name] {
			if (strings.Contains(line, "alias") || strings.Contains(line, "function ") || strings.Contains(line, "Alias")) && strings.Contains(line, "vault") {
				doesNotMatter(t, k, line, "before") // afterwards it is the person's wish
				continue
			}
			doesNotMatter(t, k, line, "before", "after")
		}
	})
}

// doesNotMatter: with a line run before the hook is loaded, or after, use and off
// do what they do, and a prompt says nothing.
func doesNotMatter(t *testing.T, k kind, line string, whens ...string) {
	t.Helper()
	for _, when := range whens {
		t.Run(when, func(t *testing.T) {
			t.Log(line)
			w := world.New(t)
			rc := k.rc(w.Vault)
			if when == "before" {
				rc = line + "\n" + rc
			}
			s := startWith(t, k, w, rc, theirs...)
			if when == "after" {
				s.run(line)
			}
			before := s.exported()
			s.ok("vault use dev")
			during := s.exported()
			if got, _ := value(during, "AWS_VAULT"); got != "dev" {
				t.Errorf("AWS_VAULT = %q", got)
			}
			if got, _ := value(during, "AWS_REGION"); got != "eu-central-1" {
				t.Errorf("AWS_REGION = %q", got)
			}
			if all := strings.Join(during, "\n"); strings.Contains(all, "theirs") {
				t.Errorf("a secret of the person's is exported")
			}
			s.enters(1)
			if out := s.said(func() { s.enters(2) }); strings.Contains(out, "vault: ") || strings.Contains(out, "__vault") || strings.Contains(out, k.name+": ") {
				t.Errorf("prompts say %q", out)
			}
			s.ok("vault off")
			if d := cmp.Diff(before, s.exported()); d != "" {
				t.Errorf("(-before +after):\n%s", d)
			}
		})
	}
}

func TestAReadonlyVariableIsRefusedBeforeAnythingChanges(t *testing.T) {
	lines := map[string]map[string]string{
		// Without a value bash does not list it.
		"bash": {"declare -rx AWS_REGION=fixed": "AWS_REGION", "readonly AWS_SESSION_TOKEN": "AWS_SESSION_TOKEN", "readonly AWS_VAULT": "AWS_VAULT"},
		"zsh":  {"typeset -rx AWS_REGION=fixed": "AWS_REGION", "typeset -r AWS_VAULT": "AWS_VAULT"},
	}
	inEach(t, func(t *testing.T, k kind) {
		if lines[k.name] == nil {
			t.Skip("this shell has no readonly environment variables")
		}
		for line, name := range lines[k.name] {
			s := start(t, k, world.New(t))
			s.ok(line)
			before := s.exported()
			out, status := s.run("vault use dev")
			if status != "1" || !strings.Contains(out, name+" is readonly in this shell, so nothing was changed") {
				t.Errorf("%s: status %s: %q", line, status, out)
			}
			if d := cmp.Diff(before, s.exported()); d != "" {
				t.Errorf("%s: (-before +after):\n%s", line, d)
			}
		}
	})
}

// As an item: fish/09.
func universalVariableStays(t *testing.T) {
	w := world.New(t)
	for _, k := range kinds {
		if k.name != "fish" {
			continue
		}
		s := start(t, k, w)
		s.ok("set -U -x AWS_PROFILE universal")
		s.ok("set -U -x AWS_REGION universal")
		s.ok("set -g -x AWS_PROFILE global")
		before := s.exported()
		if out := s.ok("vault use dev"); !strings.Contains(out, "AWS_PROFILE is a universal variable") {
			t.Errorf("use printed %q", out)
		}
		if got, _ := value(s.exported(), "AWS_REGION"); got != "eu-central-1" {
			t.Errorf("AWS_REGION = %q", got)
		}
		s.ok("vault off")
		if d := cmp.Diff(before, s.exported()); d != "" {
			t.Errorf("(-before +after):\n%s", d)
		}
		if out := s.ok("set -q -U AWS_PROFILE; and echo it is (set -U | string match 'AWS_PROFILE*')"); !strings.Contains(out, "AWS_PROFILE universal") {
			t.Errorf("the universal variable: %q", out)
		}
	}
}

func TestWithoutTheHookUseSaysTheLineToAdd(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		s := startWith(t, k, w, "")
		call := quoted(k.name, w.Vault)
		if k.name == "powershell" {
			call = "& " + call
		}
		out, status := s.run(call + " use dev")
		line := strings.TrimSpace(k.rc(w.Vault))
		if k.name != "powershell" { // a plain path needs no quotes
			line = strings.ReplaceAll(line, call, w.Vault)
		}
		if status != "2" || !strings.Contains(out, line) || !strings.Contains(out, "vault export") {
			t.Errorf("status %s, it should name %s:\n%s", status, line, out)
		}
		out = s.ok(fmt.Sprintf("%s hook %s", call, k.name))
		if !strings.Contains(out, line) || strings.Contains(out, "__vault_apply") {
			t.Errorf("hook on a terminal printed %q", out)
		}
	})
}
