package shells

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"awsvault/tests/world"
)

// A name may come from a config that was copied from anywhere: no TAB runs it, and
// no line that a TAB has completed.
func TestAProfilesNameIsDataForATab(t *testing.T) {
	const hostile = "\n[profile ab\u2019; touch pwned ; \u2019z]\nregion = eu-west-1\n[profile :command PATH=7]\n[profile :command AWS_VAULT]\n[profile cd\u202etxt]\n[profile ce\u009b31m]\n"
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		f, err := os.OpenFile(filepath.Join(w.Home, ".aws", "config"), os.O_APPEND|os.O_WRONLY, 0)
		if err == nil {
			_, err = f.WriteString(hostile)
			f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		before := ""
		if k.name == "zsh" {
			before = compinit
		}
		s := startWith(t, k, w, before+k.rc(w.Vault))
		s.run(k.set("CANARY", "x[$(touch pwned)]"))
		for _, typed := range []string{"vault use :", "vault use :c", "vault use cd", "vault use ce"} {
			if got := s.tab(typed); strings.ContainsAny(got, "\u202e\u009b") {
				t.Errorf("%q<TAB> became %q", typed, got)
			}
		}
		if got, _ := value(s.exported(), "PATH"); got == "7" || got == "8" {
			t.Errorf("PATH is %q: a name was evaluated", got)
		}
		completed := s.tab("vault use ab")
		if k.name == "powershell" {
			s.script(completed) // from a file: the tests' console cannot be typed at in UTF-8
		}
		if found, _ := filepath.Glob(filepath.Join(w.Dir, "*", "pwned")); len(found) > 0 {
			t.Errorf("%s: a name was run: %q", completed, found)
		}
		for _, dir := range []string{".", w.Home, s.dir} {
			if _, err := os.Stat(filepath.Join(dir, "pwned")); err == nil {
				os.Remove(filepath.Join(dir, "pwned"))
				t.Errorf("%q was completed, and ran", completed)
			}
		}
	})
}

// What a person debugs with is told no secret: traps that are told each command, and
// functions of ours that are marked to be traced.
func TestNoSecretInTraps(t *testing.T) {
	rows := map[string]map[string]string{
		"zsh": {
			"DEBUG":        "trap 'print -r -- \"D:$ZSH_DEBUG_CMD\" >>$OUT' DEBUG",
			"DEBUG, after": "unsetopt debug_before_cmd; trap 'print -r -- \"true:$ZSH_DEBUG_CMD\" >>$OUT' DEBUG",
			"TRAPDEBUG":    "TRAPDEBUG() { print -r -- \"D:$ZSH_DEBUG_CMD\" >>$OUT }",
			"ZERR":         "trap 'print -r -- \"E:$__vault_out\" >>$OUT' ZERR",
			"functions -T": "functions -T __vault_keep __vault_restore __vault_apply",
			"functions -t": "functions -t __vault_keep __vault_restore __vault_apply",
		},
		"bash": {
			"DEBUG":       "set -T; trap 'echo \"D:$BASH_COMMAND\" >>$OUT' DEBUG",
			"declare -ft": "declare -ft vault __vault_main __vault_apply __vault_answer __vault_keep __vault_restore; trap 'echo \"D:$BASH_COMMAND\" >>$OUT' DEBUG",
		},
	}
	inEach(t, func(t *testing.T, k kind) {
		for name, line := range rows[k.name] {
			t.Run(name, func(t *testing.T) {
				w := world.New(t)
				out := filepath.Join(w.Dir, "told")
				s := start(t, k, w, append([]string{"OUT=" + out}, theirs...)...)
				s.run(line)
				s.run("vault use dev")
				during, _ := os.ReadFile(out)
				shown := s.all()
				secret, _ := value(s.exported(), "AWS_SECRET_ACCESS_KEY")
				token, _ := value(s.exported(), "AWS_SESSION_TOKEN")
				s.run("vault off")
				after, _ := os.ReadFile(out)
				if secret == "" || token == "" {
					t.Fatal("nothing is active")
				}
				for _, text := range []string{string(during), shown, string(after)} {
					for _, v := range []string{secret, token, "theirs/secret"} {
						if strings.Contains(text, v[:12]) { // a shell may quote the rest
							t.Errorf("told: %.300q", text)
						}
					}
				}
				if strings.Contains(name, "DEBUG") {
					s.run("true")
					if text, _ := os.ReadFile(out); !strings.Contains(string(text), "true") {
						t.Errorf("the trap is gone: %q", text)
					}
				}
			})
		}
	})
}

// A prompt that is saved while a profile is active is the person's own, in every way
// of saving it; what an older hook has spoiled says so, and is a prompt.
func TestFishSavesThePersonsOwnPrompt(t *testing.T) {
	inFish(func(t *testing.T, k kind) {
		w := world.New(t)
		s := start(t, k, w)
		s.ok("function fish_prompt; echo -n 'mine> '; end")
		s.ok("vault use dev")
		s.enters(2)
		s.ok("funcsave fish_prompt")
		s.enters(1)
		s.ok("functions fish_prompt >" + filepath.Join(w.Dir, "printed"))
		s.ok("functions -c fish_prompt copied; functions copied >" + filepath.Join(w.Dir, "copied"))
		for _, path := range []string{filepath.Join(s.dir, "fish", "functions", "fish_prompt.fish"), filepath.Join(w.Dir, "printed"), filepath.Join(w.Dir, "copied")} {
			text, err := os.ReadFile(path)
			if err != nil || !strings.Contains(string(text), "echo -n 'mine> '") || strings.Contains(string(text), "__vault") {
				t.Errorf("%s: %v\n%s", path, err, text)
			}
		}
		if out := s.said(func() { s.enters(2) }); !strings.Contains(out, "(dev 1h) mine> ") {
			t.Errorf("the indicator is gone: %q", out)
		}
		if got := s.output("function fish_prompt; echo -n \"<$argv>\"; end; __vault_wrap; fish_prompt --final-rendering"); got != "(dev 1h) <--final-rendering>" {
			t.Errorf("the prompt's arguments: %q", got)
		}
	})(t)
}

func TestFishSaysThatAnOlderHookSpoiledAPrompt(t *testing.T) {
	inFish(func(t *testing.T, k kind) {
		s := startWith(t, k, world.New(t), "function fish_prompt; __vault_indicator_text; __vault_user_prompt; end\n"+k.rc(world.New(t).Vault))
		if out := s.said(func() { s.enters(3) }); strings.Contains(out, "Unknown command") {
			t.Errorf("the prompt: %q", out)
		}
		if n := strings.Count(s.all(), "was saved by an older hook"); n != 1 {
			t.Errorf("said %d times: %q", n, s.all())
		}
	})(t)
}

// What a person has set, or has called like a builtin, does not reach the hook.
func TestOddSettingsDoNotReachTheHook(t *testing.T) {
	rows := map[string][]string{
		"bash": {"set -k", "enable -n test", "shopt() { echo SHOPT; builtin shopt \"$@\"; }", "set -o posix", "shopt -s nocasematch", "readonly IFS", "readonly AWS_VAULT_CALLED"},
		"zsh":  {"setopt csh_junkie_quotes csh_junkie_loops csh_junkie_history", "typeset -r IFS", "disable zmodload"},
	}
	inEach(t, func(t *testing.T, k kind) {
		for i, line := range rows[k.name] {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Log(line)
				w := world.New(t)
				dir := project(t, w, "pay", "dev\n")
				w.Run(nil, "allow", dir)
				s := startWith(t, k, w, line+"\n"+k.rc(w.Vault))
				s.cd(dir)
				s.enters(2)
				if got := s.active(); got != "dev" {
					t.Errorf("in the directory %q is active", got)
				}
				s.cd(w.Home)
				s.ok("vault use other")
				if got := s.active(); got != "other" {
					t.Errorf("%q is active", got)
				}
				s.ok("vault off")
				if out := s.all(); strings.Contains(out, "SHOPT") && !strings.Contains(line, "SHOPT") || strings.Contains(out, "SHOPT\r") || strings.Contains(out, "not a shell builtin") || strings.Contains(out, "no such builtin") || strings.Contains(out, "variable: ") || strings.Contains(out, "readonly variable") || strings.Contains(out, "cut short") {
					t.Errorf("it shows %q", out)
				}
			})
		}
	})
}

// A hook that cannot work here says so in one line, and defines nothing that fails later.
func TestAHookThatCannotWorkSaysOneLine(t *testing.T) {
	rows := map[string]map[string]string{
		"bash": {
			"enable -n printf local":   "these builtins are disabled: local printf. Run: enable local printf",
			"enable -n :":              "these builtins are disabled: :. Run: enable :",
			"readonly vault_indicator": "these variables are readonly: vault_indicator",
			"readonly __vault_bin=x":   "these variables are readonly: __vault_bin",
		},
		"zsh": {
			"disable local export":       "these builtins are disabled: export local. Run: enable export local",
			"typeset -r vault_indicator": "these variables are readonly: vault_indicator",
			"typeset -r psvar":           "these variables are readonly: psvar",
		},
	}
	for _, k := range kinds {
		for line, want := range rows[k.name] {
			t.Run(k.name+" "+line, func(t *testing.T) {
				w := world.New(t)
				s := startWith(t, k, w, line+"\n"+k.rc(w.Vault))
				s.enters(2)
				if out := s.all(); strings.Count(out, "vault: the hook is not loaded: "+want) != 1 || strings.Contains(out, "not a shell builtin") || strings.Contains(out, "no such builtin") || strings.Contains(out, "variable: ") || strings.Contains(out, "readonly variable") || strings.Count(out, "__vault") != strings.Count(line, "__vault") {
					t.Errorf("it shows %q", out)
				}
			})
		}
	}
}

func TestARestrictedBashSaysOneLine(t *testing.T) {
	for _, k := range kinds {
		if k.name != "bash" {
			continue
		}
		s := start(t, k, world.New(t))
		s.run("set -r")
		out, status := s.run("vault use dev")
		if status != "126" || strings.Count(out, "restricted") != 1 {
			t.Errorf("status %s: %q", status, out)
		}
	}
}

// With auto_name_dirs, a variable that gets a directory becomes its name in %~.
func TestNoVariableOfOursNamesADirectoryInZsh(t *testing.T) {
	for _, k := range kinds {
		if k.name != "zsh" {
			continue
		}
		w := world.New(t)
		s := startWith(t, k, w, "setopt auto_name_dirs\n"+k.rc(w.Vault))
		s.ok("cd " + s.dir)
		s.enters(2)
		if got := s.output("print -P %~"); got != s.dir+"\n" {
			t.Errorf("%%~ is %q, want %q", got, s.dir)
		}
	}
}
