package shells

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// odd are profiles whose names a shell would interpret.
const odd = "\n[profile my prod]\n[profile team:blue]\n[profile quo'te]\n[profile x$y\"z]\n[profile pay/Read]\nsso_account_id = 111122223333\nsso_role_name = Read\n"

// nested gives a command of the test's own completions, as other programs have them.
var nested = map[string]string{
	"bash":       "_nested() { [[ ${COMP_WORDS[0]} != nested || ${COMP_WORDS[1]} != sub ]] || COMPREPLY=($(compgen -W 'banana' -- \"$2\")); }\ncomplete -F _nested nested\ncomplete -W cherry words\ncomplete -C words program\n",
	"zsh":        "_nested() { [[ $words[1] == nested && $words[2] == sub ]] && compadd banana }\n_words() { compadd cherry }\nmore() { compdef _nested nested; compdef _words words }\n",
	"fish":       "complete -c nested -f -n '__fish_seen_subcommand_from sub' -a banana\ncomplete -c words -f -a cherry\n",
	"powershell": "Register-ArgumentCompleter -Native -CommandName nested -ScriptBlock { param($w, $a) if ($a.CommandElements[1].Extent.Text -eq 'sub') { 'banana' } }\nRegister-ArgumentCompleter -Native -CommandName words -ScriptBlock { 'cherry' }\n",
}

const compinit = "autoload -Uz compinit && compinit -u -D\n"

// tab types a line that ends with a TAB, and returns the words that it became.
func (s *session) tab(line string) string {
	s.t.Helper()
	s.n++
	mark := fmt.Sprintf("<%d>", s.n)
	if s.kind.name == "powershell" { // whose line editor does not work on every terminal
		text := s.output("(TabExpansion2 " + quoted("powershell", line) + fmt.Sprintf(" %d).CompletionMatches.CompletionText", len(line)))
		first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
		if first == "" {
			return line
		}
		return line[:strings.LastIndexAny(line, " ")+1] + strings.TrimSpace(first)
	}
	printer := "printf '%s' '" + mark[:1] + "'; printf '[%s]' "
	// To the beginning of the line, to have it printed, and to its end.
	s.typed(line + "\t")
	s.typed("\x01" + printer + "\x05 '" + mark[1:] + "'\r")
	text, _ := s.expect(`<(\[[^\r\n]*\])?\[` + mark[1:] + `\]`)
	if i := strings.LastIndex(text, "<["); i >= 0 {
		text = text[i+1:]
	}
	return strings.TrimSuffix(text, "["+mark[1:]+"]")
}

func TestTabCompletes(t *testing.T) {
	rows := []struct{ typed, want string }{
		{"vault exp", `[vault][exp*]`}, // explain, export
		{"vault expo", `[vault][export]`},
		{"vault export --form", `[vault][export][--format]`},
		{"vault export --format js", `[vault][export][--format][json]`},
		{"vault export --format=js", `[vault][export][--format=json]`},
		{"vault use my", `[vault][use][my prod]`},
		{"vault use team:", `[vault][use][team:blue]`},
		{"vault use quo", `[vault][use][quo'te]`},
		{"vault use x", `[vault][use][x$y"z]`},
		{"vault use pay/", `[vault][use][pay/Read]`},
		{"vault exec -d 1h --region us-gov-w", `[vault][exec][-d][1h][--region][us-gov-west-1]`},
		{"vault sso log", `[vault][sso][log*]`},
		{"vault help exi", `[vault][help][exit-codes]`},
		{"vault exec dev nested sub ba", `[vault][exec][dev][nested][sub][banana]`},
		{"vault exec dev -d 1h -- nested sub ba", `[vault][exec][dev][-d][1h][--][nested][sub][banana]`},
		{"vault exec dev -- words che", `[vault][exec][dev][--][words][cherry]`},
		{"vault exec dev neste", `[vault][exec][dev][nested]`},
		{"vault export nobod", `[vault][export][nobod]`},
	}
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		addProfiles(t, w)
		before, after := "", ""
		if k.name == "zsh" {
			before, after = compinit, "more\n"
		}
		s := startWith(t, k, w, before+k.rc(w.Vault)+nested[k.name]+after, "PATH="+withNested(t)+":"+os.Getenv("PATH"))
		for _, row := range rows {
			if row.want == "" {
				continue
			}
			want := row.want
			if k.name == "powershell" { // which is asked what it would insert
				if strings.Contains(want, "*") {
					continue
				}
				last := want[strings.LastIndexByte(want, '[')+1 : len(want)-1]
				if strings.ContainsAny(last, " '$") {
					last = quoted("powershell", last)
				}
				want = row.typed[:strings.LastIndexAny(row.typed, " ")+1] + last
			}
			got := s.tab(row.typed)
			if strings.Contains(want, "*") {
				want = strings.ReplaceAll(want, "*", "")
				got = regexp.MustCompile(`^(\[vault\](\[sso\])?\[)(exp|log)[a-z]*\]$`).ReplaceAllString(got, "${1}${3}]")
			}
			if got != want {
				t.Errorf("%q<TAB> became %s, want %s", row.typed, got, want)
			}
		}
	})
}

// The hook may come before compinit, or there may be none; and completions by
// themselves are what the hook has.
func TestCompletionsInZshWhereverCompinitStands(t *testing.T) {
	var zsh kind
	for _, k := range kinds {
		if k.name == "zsh" {
			zsh = k
		}
	}
	w := world.New(t)
	addProfiles(t, w)
	dir := t.TempDir()
	out, errs, status := w.Run(nil, "completion", "zsh")
	if status != 0 {
		t.Fatal(errs)
	}
	write(t, filepath.Join(dir, "_vault"), out)
	for name, rc := range map[string]string{
		"before": zsh.rc(w.Vault) + compinit,
		"twice":  zsh.rc(w.Vault) + zsh.rc(w.Vault) + compinit + zsh.rc(w.Vault),
		"file":   "path=(" + filepath.Dir(w.Vault) + " $path)\nfpath=(" + dir + " $fpath)\n" + compinit,
		"eval":   "path=(" + filepath.Dir(w.Vault) + " $path)\n" + compinit + "eval \"$(vault completion zsh)\"\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := startWith(t, zsh, w, rc)
			if got := s.tab("vault use my"); got != "[vault][use][my prod]" {
				t.Errorf("got %s", got)
			}
			if text := s.ok("print -r -- $precmd_functions"); strings.Contains(text, "complete_later") {
				t.Errorf("it still waits: %s", text)
			}
			if text := s.all(); strings.Contains(text, "not found") {
				t.Error(text)
			}
		})
	}
	t.Run("none", func(t *testing.T) {
		s := startWith(t, zsh, w, zsh.rc(w.Vault))
		s.ok("true")
		if text := s.all(); strings.Contains(text, "not found") || strings.Contains(text, "error") {
			t.Error(text)
		}
		// zsh's older system completes names, quoted, and files where there are none.
		for typed, want := range map[string]string{"vault use my": "[vault][use][my prod]", "vault ref": "[vault][refresh]", "vault use dev .zsh": "[vault][use][dev][.zsh"} {
			write(t, filepath.Join(w.Home, ".zshfile"), "")
			if got := s.tab(typed); !strings.HasPrefix(got, want) {
				t.Errorf("%s: %s", typed, got)
			}
		}
	})
}

// The names of colons, and the other command's own completions, with the library
// that most systems have.
func TestCompletionsInBashWithBashCompletion(t *testing.T) {
	const library = "/usr/share/bash-completion/bash_completion"
	if _, err := os.Stat(library); err != nil {
		need.Missing(t, "apt-get install bash-completion")
	}
	w := world.New(t)
	addProfiles(t, w)
	s := startWith(t, kinds[0], w, "source "+library+"\n"+kinds[0].rc(w.Vault)+nested["bash"], "PATH="+withNested(t)+":"+os.Getenv("PATH"))
	for typed, want := range map[string]string{
		"vault use team:":                 "[vault][use][team:blue]",
		"vault exec dev -- nested sub ba": "[vault][exec][dev][--][nested][sub][banana]",
		"vault export --format=js":        "[vault][export][--format=json]",
	} {
		if got := s.tab(typed); got != want {
			t.Errorf("%q<TAB> became %s, want %s", typed, got, want)
		}
	}
}

// The AWS CLI completes by a program of its own.
func TestCompletionsInBashByAProgram(t *testing.T) {
	w := world.New(t)
	s := startWith(t, kinds[0], w, kinds[0].rc(w.Vault)+nested["bash"], "PATH="+withNested(t)+":"+os.Getenv("PATH"))
	if got, want := s.tab("vault exec dev -- program dur"), "[vault][exec][dev][--][program][durian]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// addProfiles adds those with odd names.
func addProfiles(t *testing.T, w *world.World) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(w.Home, ".aws", "config"), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(odd)
		f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// withNested is a directory with the programs that have completions.
func withNested(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"nested", "words"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n# Asked as aws_completer is: complete -C.\n[ \"$COMP_LINE\" != 'program dur' ] || echo durian\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
