//go:build unix

// Package scripts is the black-box tests of the commands: each script begins with
// the claim that it proves, and has a home, a keystore with an example key, and an
// AWS of its own.
//
// Beside testscript's own commands a script has
//
//	exits [-user] [-tty DIALOG | -screen] [-interrupt OPERATION] [-changes] STATUS PROGRAM [ARGS...]
//	export NAME=VALUE...      for the programs that follow
//	unset NAME...
//	calls [OPERATION...]      these calls were made since the last time, in this order
//	fake ...                  see fake_test.go
//	error TEXT [HINT]         is what stderr says, and that is all; ... stands for any text
//	note TEXT                 is a line of stderr that is neither; ... as above
//	json PATH VALUE           of the JSON on stdout
//	fits                      stdout is no more than 24 rows of 80 columns
//	secret WORD...            is nowhere in what follows
//	tmpfs DIR SIZE            a small file system; skips the script where none can be had
//	repeat FILE COUNT TEXT    appends
//
// and the variables $VAULT (the program), $KEY and $MFA (id of the example key, and
// its device). exits checks more than a status; see run_test.go. In place of the
// world's AWS files it has those of its archive, if there are any in home/.aws.
package scripts

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/testscript"

	"awsvault/tests/awsfake"
	"awsvault/tests/need"
	"awsvault/tests/world"
)

var update = flag.Bool("update", false, "write what is printed into the scripts that compare it")

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   ".",
		Setup: begin,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":  command((*script).exits),
			"export": command((*script).export),
			"unset":  command((*script).unset),
			"calls":  command((*script).calls),
			"fake":   command((*script).fakeCommand),
			"error":  command((*script).errorLine),
			"note":   command((*script).note),
			"json":   command((*script).json),
			"fits":   command((*script).fits),
			"secret": command((*script).secret),
			"tmpfs":  command((*script).tmpfs),
			"repeat": command((*script).repeat),
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "root":
				return os.Geteuid() == 0, nil
			case "keyrings":
				return world.Keyrings(), nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
	})
}

// What a script may not use goes past the checks of exits, or past export.
var banned = regexp.MustCompile(`^(\[[^]]*\] *)*(! *)?(exec|env|stdin|ttyin|kill|wait)\b`)

func TestScriptsBeginWithTheirClaim(t *testing.T) {
	files, err := filepath.Glob("*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines, _, _ := strings.Cut(string(data), "\n-- ")
		for i, line := range strings.Split(lines, "\n") {
			if i == 0 && !regexp.MustCompile(`^# .*\.$`).MatchString(line) {
				t.Errorf("%s: the first line is not a claim: %q", file, line)
			}
			if banned.MatchString(line) {
				t.Errorf("%s:%d: use exits, or export: %s", file, i+1, line)
			}
		}
	}
}

// script is what one script has.
type script struct {
	t     testing.TB
	ts    *testscript.TestScript
	world *world.World
	front *front
	env   map[string]string // of the programs that it runs
	words []string          // secrets that the script named
	code  string            // of the MFA device, the last that the script used
}

type scriptKey struct{}

func command(f func(*script, []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		s := ts.Value(scriptKey{}).(*script)
		s.ts = ts
		if neg {
			ts.Fatalf("this command cannot be negated")
		}
		f(s, args)
	}
}

// begin builds the world of a script in its directory.
func begin(e *testscript.Env) error {
	t := e.T().(testing.TB)
	s := &script{t: t, env: map[string]string{}}
	e.Values[scriptKey{}] = s

	fake := awsfake.New(awsfake.Options{Control: true})
	s.front = newFront(fake)
	fake.URL = s.front.server.URL
	e.Defer(s.front.close)

	own, err := awsFiles(filepath.Join(e.WorkDir, "home", ".aws"))
	if err != nil {
		return err
	}
	if s.world, err = world.Build(e.WorkDir, world.Program(t), fake); err != nil {
		return err
	}
	for path, text := range own {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return err
		}
	}
	e.Defer(s.world.Forget)
	more := []string{
		"WORK=" + e.WorkDir,
		"PATH=" + filepath.Dir(s.world.Vault) + string(os.PathListSeparator) + os.Getenv("PATH"),
		// Otherwise they would be in the keyring that the kernel has for the user.
		"AWS_VAULT_SESSION_BACKEND=file",
	}
	for _, name := range []string{"GOCOVERDIR", "GORACE"} {
		if v, ok := os.LookupEnv(name); ok {
			more = append(more, name+"="+v)
		}
	}
	for _, pair := range s.world.Environ(more...) {
		name, value, _ := strings.Cut(pair, "=")
		s.env[name] = value
	}
	e.Vars = []string{"WORK=" + e.WorkDir} // first, for testscript
	for name, value := range s.env {
		e.Vars = append(e.Vars, name+"="+value)
	}
	e.Vars = append(e.Vars, "VAULT="+s.world.Vault, "KEY="+s.world.Example.AccessKeyID, "MFA="+s.world.Example.MFASerial)
	e.Defer(func() {
		if !t.Failed() {
			s.checkModes()
			s.checkLog()
		}
	})
	return nil
}

// awsFiles reads the files that a script brought along.
func awsFiles(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return files, nil
	}
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		if files[path], err = os.ReadFile(path); err != nil {
			return nil, err
		}
	}
	return files, err
}

func (s *script) environ() []string {
	var pairs []string
	for name, value := range s.env {
		pairs = append(pairs, name+"="+value)
	}
	slices.Sort(pairs)
	return pairs
}

func (s *script) export(args []string) {
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if !ok {
			s.ts.Fatalf("usage: export NAME=VALUE...")
		}
		s.env[name] = value
		s.ts.Setenv(name, value)
	}
}

func (s *script) unset(args []string) {
	for _, name := range args {
		delete(s.env, name)
	}
}

func (s *script) secret(args []string) { s.words = append(s.words, args...) }

// errorLine compares what vault says of a failure.
func (s *script) errorLine(want []string) {
	if len(want) == 0 || len(want) > 2 {
		s.ts.Fatalf("usage: error TEXT [HINT]")
	}
	got := world.Failure(s.ts.ReadFile("stderr"))
	if !slices.EqualFunc(got, want, like) {
		s.fatal("stderr says\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func (s *script) note(args []string) {
	if len(args) != 1 {
		s.ts.Fatalf("usage: note TEXT")
	}
	for line := range strings.Lines(s.ts.ReadFile("stderr")) {
		if like(strings.TrimSuffix(line, "\n"), args[0]) {
			return
		}
	}
	s.fatal("stderr does not say %s", args[0])
}

// like compares a line with a text in which ... stands for anything.
func like(line, text string) bool {
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(text), `\.\.\.`, ".*") + "$").MatchString(line)
}

// fits checks that help can be read without scrolling.
func (s *script) fits([]string) {
	lines := strings.Split(strings.TrimSuffix(s.ts.ReadFile("stdout"), "\n"), "\n")
	if len(lines) > 24 {
		s.fatal("%d rows", len(lines))
	}
	for _, line := range lines {
		if n := utf8.RuneCountInString(line); n > 80 {
			s.fatal("%d columns: %s", n, line)
		}
	}
}

// json compares one value of the JSON on stdout: json .profiles.0.name default
func (s *script) json(args []string) {
	if len(args) != 2 {
		s.ts.Fatalf("usage: json PATH VALUE")
	}
	d := json.NewDecoder(strings.NewReader(s.ts.ReadFile("stdout")))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil || d.More() {
		s.ts.Fatalf("stdout is not one JSON value: %v", err)
	}
	for _, word := range strings.FieldsFunc(args[0], func(r rune) bool { return r == '.' }) {
		switch in := v.(type) {
		case map[string]any:
			found := false
			if v, found = in[word]; !found {
				s.ts.Fatalf("%s: there is no %q", args[0], word)
			}
		case []any:
			n, err := strconv.Atoi(word)
			if err != nil || n >= len(in) {
				s.ts.Fatalf("%s: there is no %q in a list of %d", args[0], word, len(in))
			}
			v = in[n]
		default:
			s.ts.Fatalf("%s: %q of %v", args[0], word, v)
		}
	}
	text, ok := v.(string)
	if !ok {
		b, err := json.Marshal(v)
		s.ts.Check(err)
		text = string(b)
	}
	if text != args[1] {
		s.ts.Fatalf("%s is %s, want %s", args[0], text, args[1])
	}
}

// repeat appends a text, with Go's escapes, to a file.
func (s *script) repeat(args []string) {
	if len(args) != 3 {
		s.ts.Fatalf("usage: repeat FILE COUNT TEXT")
	}
	count, err := strconv.Atoi(args[1])
	s.ts.Check(err)
	text, err := strconv.Unquote(`"` + strings.ReplaceAll(args[2], `"`, `\"`) + `"`)
	s.ts.Check(err)
	f, err := os.OpenFile(s.ts.MkAbs(args[0]), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	s.ts.Check(err)
	_, err = f.Write(bytes.Repeat([]byte(text), count))
	if err == nil {
		err = f.Close()
	}
	s.ts.Check(err)
}

// tmpfs mounts a file system of a few kilobytes until the script ends.
func (s *script) tmpfs(args []string) {
	if len(args) != 2 {
		s.ts.Fatalf("usage: tmpfs DIR SIZE")
	}
	dir := s.ts.MkAbs(args[0])
	s.ts.Check(os.MkdirAll(dir, 0o700))
	mount := need.Program(s.t, "mount", "mount")
	if out, err := exec.Command(mount, "-t", "tmpfs", "-o", "mode=700,size="+args[1], "vault-test", dir).CombinedOutput(); err != nil {
		// Also on CI: a container may keep its root from this.
		s.t.Skipf("to run this script: the right to mount a tmpfs (%s)", bytes.TrimSpace(out))
	}
	s.ts.Defer(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			s.t.Errorf("umount %s: %v %s", dir, err, out)
		}
	})
}

// checkLog looks for secrets in the log of sessions: all that AWS gave away while the script
// ran.
func (s *script) checkLog() {
	for _, name := range []string{"log", "log.1"} {
		text, err := os.ReadFile(filepath.Join(s.world.Home, ".local", "state", "awsvault", name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			s.t.Error(err)
		}
		for _, word := range s.secrets() {
			if word != "" && strings.Contains(string(text), word) {
				s.t.Errorf("a secret is in %s", name)
			}
		}
	}
}

// checkModes looks at what vault made for itself: it is its owner's alone, and
// nothing half-done is left.
func (s *script) checkModes() {
	for _, dir := range []string{".awsvault", filepath.Join(".local", "state"), ".aws"} {
		err := filepath.WalkDir(filepath.Join(s.world.Home, dir), func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				if errors.Is(err, fs.ErrNotExist) {
					return nil
				}
				return err
			}
			name := entry.Name()
			if strings.HasSuffix(name, ".tmp") || entry.IsDir() && strings.HasPrefix(name, "session,") {
				s.t.Errorf("left behind: %s", path)
			}
			if dir == ".aws" && !strings.HasSuffix(name, ".lock") {
				return nil // the script's own
			}
			info, err := entry.Info()
			if err != nil {
				return err
			}
			if s.t.Skipped() {
				return nil // in the middle of what it did to its home
			}
			if mode := info.Mode(); mode.Perm() != 0o600 && !mode.IsDir() || mode.IsDir() && mode.Perm() != 0o700 {
				s.t.Errorf("%s has mode %v", path, mode)
			}
			return nil
		})
		if err != nil {
			s.t.Error(err)
		}
	}
}

func (s *script) fatal(format string, args ...any) { s.ts.Fatalf(format, args...) }
