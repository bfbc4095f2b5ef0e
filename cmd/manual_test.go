package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"awsvault/internal/grammar"
	"awsvault/internal/handbook"
	"awsvault/tests/need"
)

func TestManualsAreOfThisCommandLine(t *testing.T) {
	path := filepath.Join("..", "docs", "commands.md")
	want := handbook.Of(tableOf(t)).Markdown()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not of this command line; make it with: go test ./cmd -run 'Grammar|Manual' -update", path)
	}
}

// Each command and flag is in the manual and in docs/commands.md, with its variable;
// those that are not hidden are in the help as well, with an example.
func TestCommandsFlagsAndVariablesAreInTheManuals(t *testing.T) {
	table := tableOf(t)
	man, docs := strings.NewReplacer(`\-`, "-", `\e`, `\`).Replace(handbook.Of(table).Man()), handbook.Of(table).Markdown()
	help := handbook.Of(table).Help()
	flags := func(where string, list []grammar.Flag) {
		for _, f := range list {
			if f.Help == "" {
				t.Errorf("%s --%s has no help", where, f.Name)
			}
			for _, word := range append([]string{f.Name}, f.Env...) {
				if !strings.Contains(man, word) || !strings.Contains(docs, word) {
					t.Errorf("%s: %s is missing in a manual", where, word)
				}
			}
		}
	}
	flags("vault", table[0].Flags)
	for _, c := range table[1:] {
		if c.Hidden {
			continue
		}
		if !strings.Contains(c.Name, " ") && !strings.Contains(help, c.Name) {
			t.Errorf("%s is missing in vault --help", c.Name)
		}
		if !strings.Contains(man, "vault "+c.Name) || !strings.Contains(docs, "## vault "+c.Name+"\n") {
			t.Errorf("%s is missing in a manual", c.Name)
		}
		text := handbook.Of(table).CommandHelp(handbook.Command(c))
		if _, examples, _ := strings.Cut(text, "\n\n"); !strings.Contains(examples, "vault "+c.Name) && c.Name != "version" {
			t.Errorf("the help of %s has no example", c.Name)
		}
		for i, line := range strings.Split(text, "\n") {
			if len([]rune(line)) > 80 || i > 24 {
				t.Errorf("the help of %s does not fit a screen: line %d: %s", c.Name, i+1, line)
			}
		}
		flags(c.Name, c.Flags)
	}
}

// What cmd reads from the environment is in `vault help environment`, or beside its flag.
func TestVariablesAreInTheHelp(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	known := handbook.Of(tableOf(t)).Markdown()
	// Those of the system and of other programs, which mean what they mean there.
	foreign := strings.Fields("PWD HOME USERPROFILE PATH SHELL COMSPEC USER LOGNAME USERNAME TERM LANG LC_ALL LC_CTYPE PS1 PROMPT DISPLAY WAYLAND_DISPLAY " +
		"XDG_STATE_HOME XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_CACHE_HOME LOCALAPPDATA APPDATA ZDOTDIR GPG_TTY SystemRoot WSL_DISTRO_NAME WSL_INTEROP PASSWORD_STORE_DIR " +
		"PASSAGE_DIR AWS_CA_BUNDLE AWS_DEFAULT_PROFILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION AWS_VAULT_CREDENTIAL_PROCESS SSH_CONNECTION SSH_TTY BROWSER")
	read := regexp.MustCompile(`(?i:getenv\(|environ\[|outside\(\)\[)"([A-Za-z_0-9]+)"`)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range read.FindAllStringSubmatch(string(text), -1) {
			if !slices.Contains(foreign, m[1]) && !strings.Contains(known, m[1]) {
				t.Errorf("%s reads %s, which no help names", file, m[1])
			}
		}
	}
}

// The page is one that man can show without a complaint.
func TestTheManualIsValid(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault.1")
	if err := os.WriteFile(path, []byte(handbook.Of(tableOf(t)).Man()), 0o600); err != nil {
		t.Fatal(err)
	}
	groff := need.Program(t, "groff", "groff")
	if out, err := exec.Command(groff, "-man", "-ww", "-z", "-Tutf8", path).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("groff: %v\n%s", err, out)
	}
}
