//go:build unix

// Package docs plays what the pages of the documentation show, and holds them to
// commands, flags, variables and pages that exist.
//
// A page that says <!-- played in: HOME --> is played from the top in one bash, with
// the hook, on a terminal. HOME is "empty" or "team": the example profiles. What
// its console blocks show is compared with what the terminal showed; with -update it
// is replaced. <!-- file: PATH --> before a block writes the block to a file first, <!-- append: PATH -->
// behind what is in it.
// <!-- answers: y, $code --> is what is typed at the questions of the next block.
package docs

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"awsvault/tests/awsfake"
	"awsvault/tests/need"
	"awsvault/tests/terminal"
	"awsvault/tests/world"
)

var update = flag.Bool("update", false, "write what the terminal showed into the pages")

// TestMain lets the test program be the browser that a sign-in opens.
func TestMain(m *testing.M) {
	if person := os.Getenv("VAULT_TEST_PERSON"); person != "" && len(os.Args) == 2 {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if _, err := awsfake.Visit(ctx, os.Args[1], person, true); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestThePagesShowWhatHappens(t *testing.T) {
	played := 0
	for _, p := range pages(t) {
		if p.world() == "" {
			continue
		}
		played++
		t.Run(strings.TrimSuffix(filepath.Base(p.path), ".md"), func(t *testing.T) {
			t.Parallel()
			play(t, p)
		})
	}
	if played == 0 {
		t.Error("no page is played")
	}
}

func play(t *testing.T, p *page) {
	s := open(t, p.world())
	var text []string
	at := 0
	for _, b := range p.blocks() {
		text = append(text, p.lines[at:b.from]...)
		at = b.to
		switch was := p.text(b); {
		case b.file != "":
			s.write(b.file, was, b.more)
			text = append(text, p.lines[b.from:b.to]...)
		case b.lang == "console":
			shown := s.show(p, b)
			if strings.Contains(shown, "\n  hint: ") || world.Failure(shown) != nil {
				t.Errorf("%s:%d: a page shows what works\n%s", p.path, b.from, shown)
			}
			switch {
			case plain(shown) == plain(was):
				text = append(text, p.lines[b.from:b.to]...)
			case *update:
				text = append(text, strings.Split(strings.TrimSuffix(shown, "\n"), "\n")...)
			default:
				t.Errorf("%s:%d shows\n%s\nbut the terminal shows\n%s", p.path, b.from, was, shown)
			}
		default:
			text = append(text, p.lines[b.from:b.to]...)
		}
	}
	if text = append(text, p.lines[at:]...); *update {
		if err := os.WriteFile(filepath.Join(root(t), p.path), []byte(strings.Join(text, "\n")), 0o644); err != nil {
			t.Error(err)
		}
	}
}

// changing is what is different each time.
var changing = []struct {
	re *regexp.Regexp
	to string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(Z|[-+]\d\d:?\d\d)| \d\d:\d\d)?`), "DAY"},
	{regexp.MustCompile(`\b(tomorrow )?\d\d:\d\d\b`), "TIME"},
	{regexp.MustCompile(`\b\d+d\b|\b(\d+h)?\d+m\b|\b\d+h\b|\b\d+s\b`), "LONG"},
	{regexp.MustCompile(`\bASIA[A-Z0-9]{16}\b`), "ASIA"},
	{regexp.MustCompile(`\b[A-Z2-7]{4}-[A-Z2-7]{4}\b`), "CODE"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "PORT"},
	{regexp.MustCompile(`(x|y|width|textLength)="[0-9.]+"`), "AT"}, // in a picture
	{regexp.MustCompile(`(?m)[ \t]+$`), ""},
	{regexp.MustCompile(` {2,}`), "  "},
}

// plain is a text without what is different each time.
func plain(text string) string {
	for _, c := range changing {
		text = c.re.ReplaceAllString(text, c.to)
	}
	return text
}

// shell is one bash with the hook on a terminal.
type shell struct {
	t     *testing.T
	world *world.World
	tty   *terminal.Terminal
	read  int // of what it has shown, what belongs to commands that are done
	codes []string
}

// ready ends every prompt, where a terminal does not show it.
const ready = "\x1b]7777;ready\a"

func open(t *testing.T, home string) *shell {
	t.Helper()
	w := world.New(t)
	switch home {
	case "team":
	case "empty":
		for _, name := range []string{".aws", ".awsvault", ".local"} {
			if err := os.RemoveAll(filepath.Join(w.Home, name)); err != nil {
				t.Fatal(err)
			}
		}
	default:
		t.Fatalf("there is no home %q to play in", home)
	}
	bin := filepath.Join(w.Dir, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(w.Vault, filepath.Join(bin, "vault")); err != nil {
		t.Fatal(err)
	}
	w.AWSCLI(t, bin)
	rc := filepath.Join(w.Dir, "rc")
	if err := os.WriteFile(rc, []byte("PS1='$ \\["+strings.ReplaceAll(strings.ReplaceAll(ready, "\x1b", `\e`), "\a", `\a`)+"\\]'\nHISTFILE=\neval \"$(vault hook bash)\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	region := w.Fake.RegionURL("eu-west-1")
	cmd := exec.Command(need.Program(t, "bash", "bash"), "--noprofile", "--noediting", "--rcfile", rc, "-i")
	cmd.Dir = w.Home
	cmd.Env = w.Environ("PATH="+bin+":"+os.Getenv("PATH"), "AWS_ENDPOINT_URL_SSO="+region, "AWS_ENDPOINT_URL_SSO_OIDC="+region,
		"VAULT_TEST_PERSON=ann@example.com", "BROWSER="+os.Args[0], "AWS_PAGER=", "PAGER=cat")
	tty, err := terminal.Start(cmd, terminal.Size{Rows: 40, Columns: 100})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tty.Close)
	s := &shell{t: t, world: w, tty: tty}
	s.until(nil)
	return s
}

// write puts a block into a file of the home, behind what is in it if there is more.
func (s *shell) write(path, text string, more bool) {
	s.t.Helper()
	flags := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	if more {
		flags = os.O_CREATE | os.O_WRONLY | os.O_APPEND
	}
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		path = filepath.Join(s.world.Home, rest)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		s.t.Fatal(err)
	}
	f, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Close()); err != nil {
		s.t.Fatal(err)
	}
}

// prompted is a line that a command was typed on: the indicator, the prompt, the command.
var prompted = regexp.MustCompile(`^(?:\([^)]*\) )?\$ (.+)$`)

// show types the commands of a block and returns what the terminal then shows.
func (s *shell) show(p *page, b block) string {
	s.t.Helper()
	answers := b.answers
	var shown strings.Builder
	for i, line := range p.lines[b.from:b.to] {
		m := prompted.FindStringSubmatch(line)
		if m == nil {
			if i == 0 {
				s.t.Fatalf("%s:%d: a console block begins with a prompt", p.path, b.from)
			}
			continue
		}
		shown.WriteString(s.prompt())
		s.typed(m[1])
		shown.WriteString(s.until(&answers))
	}
	if len(answers) > 0 {
		s.t.Errorf("%s:%d: nothing asked for %q", p.path, b.from, answers)
	}
	return terminal.Visible(shown.String())
}

// prompt is what the shell shows in front of the cursor.
func (s *shell) prompt() string {
	all := strings.TrimSuffix(s.tty.Shown()[:s.read], ready)
	return all[strings.LastIndexByte(all, '\n')+1:]
}

func (s *shell) typed(line string) {
	s.t.Helper()
	if err := s.tty.Type(line + "\n"); err != nil {
		s.t.Fatal(err)
	}
}

// question is how a question ends, with the cursor behind it.
var question = regexp.MustCompile(`(?:[:?]|\[[^\]\n]*\]|\([^)\n]*\)[:?]) +$`)

// until waits for the next prompt and answers questions meanwhile. It returns what
// the terminal was sent, without that prompt.
func (s *shell) until(answers *[]string) string {
	s.t.Helper()
	deadline := time.After(time.Minute)
	answered := s.read
	for {
		all := s.tty.Shown()
		fresh := all[s.read:]
		if i := strings.Index(fresh, ready); i >= 0 {
			s.read += i + len(ready)
			text := signIn.ReplaceAllString(fresh[:i], "https://oidc.$1.amazonaws.com/authorize?response_type=code&…")
			text = strings.ReplaceAll(text, s.world.Example.AccessKeyID, "AKIAIOSFODNN7EXAMPLE")
			for _, code := range s.codes {
				text = strings.ReplaceAll(text, code, "123456")
			}
			return text[:strings.LastIndexByte(text, '\n')+1]
		}
		if last := terminal.Visible(all[answered:]); answers != nil && question.MatchString(last[strings.LastIndexByte(last, '\n')+1:]) && strings.Contains(last, "\n") {
			answered = len(all)
			if len(*answers) == 0 {
				s.t.Fatalf("it asks, and the page has no answer:\n%s", last)
			}
			s.typed(s.answer((*answers)[0]))
			*answers = (*answers)[1:]
			continue
		}
		select {
		case <-s.tty.More():
		case <-deadline:
			s.t.Fatalf("waited in vain for a prompt; the terminal shows:\n%s", terminal.Visible(fresh))
		}
	}
}

// signIn is the address of a sign-in at the fake; a page shows AWS's.
var signIn = regexp.MustCompile(`http://127\.0\.0\.1:\d+/region/([a-z0-9-]+)/authorize\?\S+`)

// answer is what stands for a word of a page's answers.
func (s *shell) answer(word string) string {
	switch word {
	case "$key":
		return s.world.Example.AccessKeyID
	case "$secret":
		return s.world.Example.SecretAccessKey
	case "$code":
		code := s.world.Fake.Device(s.world.Example.MFASerial).NextCode()
		s.codes = append(s.codes, code)
		return code
	case "Enter":
		return ""
	}
	return word
}
