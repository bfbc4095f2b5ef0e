//go:build unix

package tty_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"awsvault/internal/tty"
	"awsvault/tests/leak"
)

// The test binary acts as the process that asks: it runs itself, on a terminal of its own,
// with the name of a part in this variable.
const partVariable = "TTY_TEST_PART"

var parts = map[string]func(context.Context, *tty.TTY) (any, error){
	"ask":     func(ctx context.Context, t *tty.TTY) (any, error) { return t.Ask(ctx, "Name: ") },
	"secret":  func(ctx context.Context, t *tty.TTY) (any, error) { return t.AskSecret(ctx, "Secret: ") },
	"confirm": func(ctx context.Context, t *tty.TTY) (any, error) { return t.Confirm(ctx, "Sure?", false) },
	"agree":   func(ctx context.Context, t *tty.TTY) (any, error) { return t.Confirm(ctx, "Sure?", true) },
	"key": func(ctx context.Context, t *tty.TTY) (any, error) {
		id, err := t.Ask(ctx, "Access key ID: ")
		if err != nil {
			return nil, err
		}
		secret, err := t.AskSecret(ctx, "Secret access key: ")
		return id + " " + secret, err
	},
	"give up, then leave a line to others": func(ctx context.Context, t *tty.TTY) (any, error) {
		for _, ask := range []func(context.Context, string) (string, error){t.Ask, t.AskSecret} {
			brief, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
			defer cancel()
			if _, err := ask(brief, "Quick! "); !errors.Is(err, tty.ErrInterrupted) {
				return nil, fmt.Errorf("got %v, want ErrInterrupted", err)
			}
		}
		t.Print("ready\n")
		file, err := os.Open("/dev/tty")
		if err != nil {
			return nil, err
		}
		line := make([]byte, 100)
		n, err := file.Read(line)
		return string(line[:n]), err
	},
	"draw":             draws(),
	"draw, then panic": draws(func() func() { panic("in the background") }),
	"draw, then be called off": func(ctx context.Context, t *tty.TTY) (any, error) {
		brief, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		return draws()(brief, t)
	},
	"panic": func(ctx context.Context, t *tty.TTY) (any, error) {
		defer func() { recover() }()
		t.AskSecret(panicking{ctx}, "Secret: ")
		return "no panic", nil
	},
}

// drawn takes letters until one of its ends, and shows them.
type drawn struct{ text string }

func (d *drawn) Typed(b byte) bool {
	if b == '!' {
		panic("in the middle of a drawing")
	}
	d.text += string(b)
	return b == '\r'
}
func (d *drawn) Pending() bool         { return strings.HasSuffix(d.text, "\x1b") }
func (d *drawn) Idle() bool            { return true }
func (d *drawn) Frame(w, h int) string { return fmt.Sprintf("[%q]", d.text) }

// draws returns a part that draws, and then reports what was typed.
func draws(later ...func() func()) func(context.Context, *tty.TTY) (any, error) {
	return func(ctx context.Context, t *tty.TTY) (answer any, err error) {
		d := &drawn{}
		defer func() {
			if r := recover(); r != nil {
				answer = r
			}
		}()
		err = t.Draw(ctx, d, "begin ", " end\n", later...)
		return fmt.Sprintf("%q", d.text), err
	}
}

// panicking is a context that panics in the middle of a question.
type panicking struct{ context.Context }

func (panicking) Done() <-chan struct{} { panic("in the middle of a question") }

func TestMain(m *testing.M) {
	part := os.Getenv(partVariable)
	if part == "" {
		os.Exit(leak.Main(m))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	terminal, err := tty.Open()
	if err == nil {
		var answer any
		answer, err = parts[part](ctx, terminal)
		fmt.Printf("answer %q", fmt.Sprint(answer))
	}
	if err != nil {
		fmt.Printf(" error %v", err)
	}
	os.Exit(0)
}

// scene is a process on a terminal. A shell that stays runs it, because the terminal is lost
// for all when the first process of its session ends.
type scene struct {
	*testing.T
	shell  *exec.Cmd
	stay   *os.File // the shell ends when this is closed
	result *os.File // what the process found out
	master *os.File // the person's side
	slave  *os.File
	output chan string // what comes out of the terminal
	shown  string      // and what of it was seen
	before unix.Termios
}

const shell = `trap : INT; "$0"; exec >&-; read -r end <&4`

func start(t *testing.T, part string) *scene {
	t.Helper()
	master, slave, err1 := pty.Open()
	wait, stay, err2 := os.Pipe()
	result, out, err3 := os.Pipe()
	self, err4 := os.Executable()
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	s := &scene{T: t, stay: stay, result: result, master: master, slave: slave, output: make(chan string)}
	go s.watch()
	s.before = s.mode()
	s.shell = exec.Command("sh", "-c", shell, self)
	s.shell.Env = append(os.Environ(), partVariable+"="+part, "GORACE=atexit_sleep_ms=0")
	s.shell.Stdout, s.shell.Stderr = out, os.Stderr
	s.shell.ExtraFiles = []*os.File{slave, wait}
	s.shell.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 3}
	if err := s.shell.Start(); err != nil {
		t.Fatal(err)
	}
	wait.Close()
	out.Close()
	t.Cleanup(func() {
		stay.Close()
		s.shell.Wait()
		result.Close()
		master.Close()
		slave.Close()
	})
	return s
}

func (s *scene) mode() unix.Termios {
	s.Helper()
	mode, err := unix.IoctlGetTermios(int(s.slave.Fd()), getMode)
	if err != nil {
		s.Fatal(err)
	}
	return *mode
}

// watch reads the terminal until it is closed.
func (s *scene) watch() {
	defer close(s.output)
	data := make([]byte, 1024)
	for {
		n, err := s.master.Read(data)
		if err != nil {
			return
		}
		select {
		case s.output <- string(data[:n]):
		case <-s.Context().Done():
			return
		}
	}
}

// see waits until the terminal shows text.
func (s *scene) see(text string) {
	s.Helper()
	deadline := time.After(10 * time.Second)
	for !strings.Contains(s.shown, text) {
		select {
		case data := <-s.output:
			s.shown += data
		case <-deadline:
			s.Fatalf("shown: %q, want %q", s.shown, text)
		}
	}
}

func (s *scene) kind(text string) {
	s.Helper()
	if _, err := s.master.WriteString(text); err != nil {
		s.Fatal(err)
	}
}

// end waits for the process, checks that the terminal has its original settings, and returns
// the result.
func (s *scene) end() string {
	s.Helper()
	result, err := io.ReadAll(s.result)
	if err != nil {
		s.Fatal(err)
	}
	if diff := cmp.Diff(s.before, s.mode()); diff != "" {
		s.Errorf("mode of the terminal (-before +after):\n%s", diff)
	}
	s.kind("\x04") // ends the read, unless something is there already
	left := make([]byte, 8<<10)
	if n, _ := s.slave.Read(left); n > 0 {
		s.Errorf("left for the shell: %q", left[:n])
	}
	return string(result)
}

func TestQuestions(t *testing.T) {
	long := strings.Repeat("abcdefgh", 500)
	tests := []struct {
		name  string
		part  string
		typed string
		want  string
		shown string
	}{
		{"a line is shown as it is typed", "ask", "dev\n", `answer "dev"`, "Name: dev\r\n"},
		{"the line is edited by the terminal", "ask", "prox\x7fd\n", `answer "prod"`, "Name: prox\b \bd\r\n"},
		{"an empty line is an answer", "ask", "\n", `answer ""`, "Name: \r\n"},
		{"a carriage return ends a line", "ask", "dev\r", `answer "dev"`, "Name: dev\r\n"},
		{"marks around pasted text are dropped", "ask", "\x1b[200~dev\x1b[201~\n", `answer "dev"`, "Name: ^[[200~dev^[[201~\r\n"},
		{"a long line is taken whole", "ask", long + "\n", `answer "` + long + `"`, "Name: " + long + "\r\n"},
		{"a line that may have lost its end is refused", "ask", long + long[:1000] + "\n", `answer "" error the answer is too long`, ""},
		{"Ctrl-D is no answer", "ask", "\x04", `answer "" error no answer was given`, "Name: \r\n"},
		{"Ctrl-D after text is its end", "ask", "dev\x04\x04", `answer "dev"`, "Name: dev"},

		{"a secret is not shown", "secret", "s3cr3t\n", `answer "s3cr3t"`, "Secret: \r\n"},
		{"a secret is edited", "secret", "junk\x15wrong word\x17s3crx☃\x7f\x08\x7f3t\x7ft\n", `answer "wrong s3c3t"`, "Secret: \r\n"},
		{"a carriage return ends a secret", "secret", "s3cr3t\r", `answer "s3cr3t"`, "Secret: \r\n"},
		{"marks and keys in a secret are dropped", "secret", "\x1b[200~s3cr3t\x1b[201~\x1b[D\x1bOA\x1b[1;5C\x1bx\t\n", `answer "s3cr3t"`, "Secret: \r\n"},
		{"a long secret is taken whole", "secret", long + "\n", `answer "` + long + `"`, "Secret: \r\n"},
		{"a secret that is too long is refused", "secret", long + long[:1000] + "\n", `answer "" error the answer is too long`, "Secret: \r\n"},
		{"lines after a secret do not reach the shell", "secret", "s3cr3t\nrm -rf x\n", `answer "s3cr3t"`, "Secret: \r\n"},
		{"Ctrl-D is no secret", "secret", "\x04", `answer "" error no answer was given`, "Secret: \r\n"},
		{"Ctrl-Z and Ctrl-\\ do nothing to a secret", "secret", "s3c\x1a\x1cr3t\n", `answer "s3cr3t"`, "Secret: \r\n"},

		{"two lines pasted at once answer two questions", "key", "AKIA1\ns3cr3t\n", `answer "AKIA1 s3cr3t"`, ""},

		{"yes is yes", "confirm", "Yes\n", `answer "true"`, "Sure? [y/N] Yes\r\n"},
		{"nothing is the default", "confirm", "\n", `answer "false"`, "Sure? [y/N] \r\n"},
		{"nothing is the other default", "agree", "\n", `answer "true"`, "Sure? [Y/n] \r\n"},
		{"no is no", "agree", " n \n", `answer "false"`, "Sure? [Y/n]  n \r\n"},
		{"anything else is asked again", "agree", "maybe\nn\n", `answer "false"`, ""},

		{"a drawing gets every key as it is", "draw", "a\x03\x1a\n\x1b[A\r", `answer "\"a\\x03\\x1a\\n\\x1b[A\\r\""`, ""},
		{"a drawing is told of an ESC alone", "draw", "a\x1b", `answer "\"a\\x1b\""`, ""},
		{"the mode is restored after a panic in a drawing", "draw", "a!", `answer "in the middle of a drawing"`, ""},
		{"and after one in the background", "draw, then panic", "", `answer "in the background"`, ""},
		{"and when it is called off", "draw, then be called off", "", "answer \"\\\"\\\"\" error interrupted", ""},
		{"the mode is restored after a panic", "panic", "", `answer "<nil>"`, "Secret: \r\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := start(t, test.part)
			s.see(" ") // the prompt's end, or near it: the mode is set before
			s.kind(test.typed)
			if test.shown != "" {
				s.see(test.shown)
			}
			if got := s.end(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if test.shown != "" && s.shown != test.shown {
				t.Errorf("shown: got %q, want %q", s.shown, test.shown)
			}
		})
	}
}

func TestCtrlCInterrupts(t *testing.T) {
	for part, want := range map[string]string{
		"ask": `answer "" error interrupted`, "secret": `answer "" error interrupted`, "confirm": `answer "false" error interrupted`,
	} {
		t.Run(part, func(t *testing.T) {
			s := start(t, part)
			s.see(" ")
			s.kind("some\x03") // which has the kernel drop what is not shown yet
			s.see("\r\n")
			if got := s.end(); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestACalledOffQuestionLeavesTheNextLineAlone(t *testing.T) {
	s := start(t, "give up, then leave a line to others")
	s.see("ready\r\n")
	if strings.Contains(s.shown, "next") {
		t.Errorf("shown: %q", s.shown)
	}
	s.kind("next\n")
	if got, want := s.end(), `answer "next\n"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNoTerminal(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), partVariable+"=ask")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(out), " error "+tty.ErrNoTerminal.Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
