package shells

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/aws"
	"awsvault/internal/env"
	"awsvault/tests/need"
	"awsvault/tests/world"
)

// seed makes a failure repeatable: the test prints it.
func seed(t *testing.T) *rand.Rand {
	n := uint64(os.Getpid())
	t.Logf("seed %d", n)
	return rand.New(rand.NewPCG(n, 1))
}

// randomValue is any value that the shell can hold: bytes 1-255, or for
// PowerShell any Unicode text without NUL.
func randomValue(r *rand.Rand, shell string) string {
	var b strings.Builder
	for range r.IntN(24) {
		switch {
		case r.IntN(3) == 0:
			b.WriteString([]string{"'", "\"", "\\", "$", "`", "!", "\n", "%", " ", "‘", "’", "‚", "‛", "“", "#", ";", "~", "*", "\t", "\r", "\x1b", "$(x)", "é", "😀"}[r.IntN(24)])
		case shell == "powershell":
			c := rune(1 + r.IntN(0x10ffff))
			if !utf8.ValidRune(c) {
				c = '\u2019'
			}
			b.WriteRune(c)
		default:
			b.WriteByte(byte(1 + r.IntN(255)))
		}
	}
	return b.String()
}

// 5,000 values in each dialect arrive byte for byte in a child's environment.
func TestAnyValueArrivesInAChild(t *testing.T) {
	const values, atOnce = 5000, 500
	inEach(t, func(t *testing.T, k kind) {
		r := seed(t)
		s := start(t, k, world.New(t))
		for range values / atOnce {
			var lines, want []string
			for i := range atOnce {
				v := randomValue(r, k.name)
				name := fmt.Sprintf("V_%03d", i)
				lines = append(lines, k.set(name, v))
				want = append(want, name+"="+v)
			}
			s.n++
			path := filepath.Join(s.dir, fmt.Sprintf("values%d", s.n))
			s.script(append(lines, dump(path))...)
			var got []string
			for _, v := range environment(t, path) {
				if strings.HasPrefix(v, "V_") {
					got = append(got, v)
				}
			}
			sort.Strings(want)
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("(-want +got):\n%s", d)
			}
		}
	})
}

// The formats of export that are a shell's, evaluated by that shell as the help
// says.
func TestAnyValueSurvivesExport(t *testing.T) {
	readers := []struct {
		format string
		run    func(t *testing.T, text, out string) *exec.Cmd
	}{
		{"sh", func(t *testing.T, text, out string) *exec.Cmd {
			return exec.Command(need.Program(t, "dash", "dash"), "-c", `eval "$(cat "$1")"; cp /proc/self/environ "$2"`, "sh", text, out)
		}},
		{"bash", func(t *testing.T, text, out string) *exec.Cmd {
			return exec.Command(need.Program(t, "bash", "bash"), "-c", `eval "$(cat "$1")"; cp /proc/self/environ "$2"`, "bash", text, out)
		}},
		{"bash", func(t *testing.T, text, out string) *exec.Cmd { // without quotes, as people do
			return exec.Command(need.Program(t, "bash", "bash"), "-f", "-c", `eval $(cat "$1"); cp /proc/self/environ "$2"`, "bash", text, out)
		}},
		{"zsh", func(t *testing.T, text, out string) *exec.Cmd {
			return exec.Command(need.Program(t, "zsh", "zsh"), "-f", "-c", `eval "$(cat "$1")"; cp /proc/self/environ "$2"`, "zsh", text, out)
		}},
		{"fish", func(t *testing.T, text, out string) *exec.Cmd {
			// fish 3.1 has no arguments beside -c, and not the flag for no start-up files.
			return exec.Command(need.Program(t, "fish", "fish"), "-c", fmt.Sprintf("cat '%s' | source; cp /proc/self/environ '%s'", text, out))
		}},
		{"powershell", func(t *testing.T, text, out string) *exec.Cmd {
			return exec.Command(need.Pwsh(t), "-NoProfile", "-Command", fmt.Sprintf("Invoke-Expression (/bin/cat '%s' | Out-String); /bin/cp /proc/self/environ '%s'", text, out))
		}},
		{"elvish", func(t *testing.T, text, out string) *exec.Cmd {
			return exec.Command(need.Program(t, "elvish", "elvish"), "-norc", "-c", `eval (cat $args[0] | slurp); e:cp /proc/self/environ $args[1]`, text, out)
		}},
	}
	for i, reader := range readers {
		t.Run(fmt.Sprintf("%s/%d", reader.format, i), func(t *testing.T) {
			r := seed(t)
			dir := t.TempDir()
			for n := range 40 {
				kindOf := "bash"
				if reader.format == "powershell" || reader.format == "elvish" {
					kindOf = "powershell"
				}
				target := env.Target{Region: randomValue(r, kindOf), Credentials: aws.Credentials{AccessKeyID: randomValue(r, kindOf), SecretAccessKey: randomValue(r, kindOf)}}
				text, err := env.Export(reader.format, target)
				if err != nil {
					t.Fatal(err)
				}
				in := write(t, filepath.Join(dir, fmt.Sprint("text", n)), text)
				out := filepath.Join(dir, fmt.Sprint("out", n))
				cmd := reader.run(t, in, out)
				cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LANG=C.UTF-8"}
				if b, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%v: %s\n%s", err, b, text)
				}
				got := environment(t, out)
				for name, want := range map[string]string{"AWS_ACCESS_KEY_ID": target.Credentials.AccessKeyID, "AWS_SECRET_ACCESS_KEY": target.Credentials.SecretAccessKey} {
					if v, _ := value(got, name); v != want {
						t.Fatalf("%s = %q, want %q", name, v, want)
					}
				}
			}
		})
	}
}

// 200 random sequences of use, switch, refresh, changes by the person and off, in
// each shell: after off the environment is the person's own.
//
// As an item: every/09.
func randomSequences(t *testing.T) {
	const sequences, atOnce = 200, 20
	changeable := []string{
		"AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
		"AWS_SECURITY_TOKEN", "AWS_VAULT", "AWS_CREDENTIAL_EXPIRATION", "AWS_ROLE_SESSION_NAME", "AWS_ACCESS_KEY", "OTHER",
		"AWS_ACCOUNT_ID", "AWS_BEARER_TOKEN_BEDROCK", "AWS_ENDPOINT_URL_S3",
	}
	inEach(t, func(t *testing.T, k kind) {
		r := seed(t)
		w := world.New(t)
		s := start(t, k, w)
		for batch := range sequences / atOnce {
			var lines []string
			var want []map[string]string
			path := func(i int) string { return filepath.Join(s.dir, fmt.Sprintf("seq%d-%d", batch, i)) }
			for i := range atOnce {
				theirs := map[string]string{}
				for _, v := range w.Environ() { // what the world has, and no story changes
					if name, val, _ := strings.Cut(v, "="); env.Managed(name) {
						theirs[name] = val
					}
				}
				var story []string
				used := false
				change := func() {
					name := changeable[r.IntN(len(changeable))]
					if r.IntN(3) == 0 {
						if used {
							// To unset what an activation has taken away is nothing that anybody could see.
							name = []string{"AWS_REGION", "AWS_VAULT", "AWS_ACCESS_KEY_ID", "OTHER"}[r.IntN(4)]
						}
						story = append(story, k.unset(name))
						delete(theirs, name)
						return
					}
					v := "u" + randomValue(r, k.name)
					if r.IntN(6) == 0 {
						v = ""
					}
					story = append(story, k.set(name, v))
					theirs[name] = v
				}
				// From nothing.
				for _, name := range changeable {
					story = append(story, k.set(name, "x"), k.unset(name))
				}
				for range r.IntN(5) {
					change()
				}
				for range 1 + r.IntN(4) {
					switch r.IntN(6) {
					case 0, 1, 2:
						used = true
						story = append(story, "vault use "+[]string{"dev", "other", "plain"}[r.IntN(3)]+" 2>/dev/null")
					case 3:
						story = append(story, "vault off 2>/dev/null")
					case 4:
						used = true // the sequence before may have left a previous profile
						story = append(story, "vault use - 2>/dev/null")
					case 5:
						change()
					}
				}
				story = append(story, "vault off 2>/dev/null", dump(path(i)))
				lines = append(lines, story...)
				want = append(want, theirs)
			}
			out := s.script(lines...)
			for i, theirs := range want {
				got := map[string]string{}
				for _, v := range environment(t, path(i)) {
					name, val, _ := strings.Cut(v, "=")
					if env.Managed(name) || name == "OTHER" {
						got[name] = val
					}
				}
				if d := cmp.Diff(theirs, got); d != "" {
					t.Fatalf("sequence %d of batch %d (-want +got):\n%s\n%s", i, batch, d, out)
				}
			}
		}
		if left := s.output(variables[k.name]); strings.Contains(left, "__vault_kept_AWS") {
			t.Errorf("kept values stay:\n%s", left)
		}
	})
}
