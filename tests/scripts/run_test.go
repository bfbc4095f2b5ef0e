//go:build unix

package scripts

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// patience is how long a program may take before it is said to hang. Nothing
// waits for it to pass.
const patience = 30 * time.Second

// run is one program that a script runs.
type run struct {
	user      bool   // without the rights of root
	dialog    string // file of the conversation on its terminal; empty: it has no terminal
	screen    bool   // its standard streams are the terminal too
	interrupt string // SIGINT comes when a call of this operation has arrived
	changes   bool   // it may change something and fail
	want      int
	program   string
	args      []string

	stdout, stderr, terminal string
	status                   int
}

// exits runs a program and wants a status. For every run it checks, besides:
// no secret is on stderr or the terminal, and none on stdout unless that is the
// answer; no process is left, and nothing in TMPDIR; the terminal is as it was.
// If it is vault and it failed: stdout is empty, stderr says it in one line and at
// most one hint, and no AWS file and no stored key has changed.
//
// A program has a terminal only with -tty or -screen. What that showed is in the
// file terminal afterwards.
func (s *script) exits(args []string) {
	r := s.parseRun(args)
	before := s.kept()
	s.start(r)
	fmt.Fprint(s.ts.Stdout(), r.stdout)
	fmt.Fprint(s.ts.Stderr(), r.stderr)
	if r.terminal != "" {
		s.ts.Logf("[terminal]\n%s", r.terminal)
	}
	if r.status != r.want {
		s.fatal("exit status %d, want %d", r.status, r.want)
	}
	s.checkSecrets(r)
	s.checkLeftovers()
	if r.program != "vault" {
		return
	}
	if err := r.complaint(); err != nil {
		s.fatal("%v", err)
	}
	if r.status != 0 && !r.changes {
		if after := s.kept(); !slices.Equal(before, after) {
			s.fatal("it failed and changed something:\nbefore %q\nafter  %q", before, after)
		}
	}
}

func (s *script) parseRun(args []string) *run {
	r := &run{}
	usage := "usage: exits [-user] [-tty DIALOG | -screen] [-interrupt OPERATION] [-changes] STATUS PROGRAM [ARGS...]"
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		flag := args[0]
		args = args[1:]
		switch flag {
		case "-user":
			r.user = true
		case "-screen":
			r.screen = true
		case "-changes":
			r.changes = true
		case "-tty", "-interrupt":
			if len(args) == 0 {
				s.fatal("%s", usage)
			}
			if flag == "-tty" {
				r.dialog = args[0]
			} else {
				r.interrupt = args[0]
			}
			args = args[1:]
		default:
			s.fatal("%s", usage)
		}
	}
	if len(args) < 2 {
		s.fatal("%s", usage)
	}
	var err error
	r.want, err = strconv.Atoi(args[0])
	s.ts.Check(err)
	r.program, r.args = args[1], args[2:]
	return r
}

// command is what is executed for a run.
func (s *script) command(ctx context.Context, r *run) *exec.Cmd {
	path := r.program
	switch {
	case path == "vault":
		path = s.world.Vault
	case filepath.Base(path) == path:
		path = s.program(path)
	}
	args := r.args
	if r.user && os.Geteuid() == 0 {
		// What makes root different from others is its capabilities: without
		// them the modes of files count.
		args = append([]string{"--inh-caps=-all", "--bounding-set=-all", "--", path}, args...)
		path = need.Program(s.t, "setpriv", "util-linux")
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = s.ts.MkAbs(".")
	cmd.Env = append(s.environ(), "PWD="+cmd.Dir)
	cmd.WaitDelay = patience / 4
	return cmd
}

// program finds a program of the machine; without it, the script is skipped.
func (s *script) program(name string) string {
	if name == "pwsh" {
		return need.Pwsh(s.t)
	}
	debian := name
	switch name {
	case "find":
		debian = "findutils"
	case "setpriv":
		debian = "util-linux"
	}
	return need.Program(s.t, name, debian)
}

func (s *script) start(r *run) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := s.command(ctx, r)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	// A session of its own: the terminal of whoever runs the tests is not its.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	var tty *terminal
	if r.dialog != "" || r.screen {
		var err error
		tty, err = s.openTerminal(r, cmd)
		s.ts.Check(err)
	}
	var arrived <-chan struct{}
	if r.interrupt != "" {
		arrived = s.front.arrival(r.interrupt) // before the call can come
	}
	s.ts.Check(cmd.Start())
	ended := make(chan struct{})
	if arrived != nil {
		go func() {
			select {
			case <-arrived:
				cmd.Process.Signal(os.Interrupt)
			case <-ended:
			}
		}()
	}
	err := cmd.Wait()
	close(ended)
	var failure error
	if tty != nil {
		r.terminal, failure = tty.close()
		r.terminal = rendition.ReplaceAllString(r.terminal, "")
		s.ts.Check(os.WriteFile(s.ts.MkAbs("terminal"), []byte(r.terminal), 0o600))
	}
	r.stdout, r.stderr, r.status = out.String(), errs.String(), cmd.ProcessState.ExitCode()
	if how, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && how.Signaled() {
		r.status = 128 + int(how.Signal()) // as a shell counts
	}
	switch {
	case ctx.Err() != nil:
		failure = fmt.Errorf("it hangs")
	case errors.Is(err, exec.ErrWaitDelay):
		failure = fmt.Errorf("it left a process that holds its output")
	}
	if failure != nil {
		s.ts.Logf("[stdout]\n%s[stderr]\n%s[terminal]\n%s", r.stdout, r.stderr, r.terminal)
		s.fatal("%v (status %d)", failure, r.status)
	}
}

var talk = regexp.MustCompile(`^(vault: |  hint: |\{"schema":1,"error":\{|ok  |✓  |    next: )`)

// complaint checks how vault says that something went wrong.
func (r *run) complaint() error {
	if strings.Contains(r.stderr+r.stdout+r.terminal, "goroutine ") {
		return errors.New("it panicked")
	}
	text := r.stderr
	if r.screen {
		text = r.terminal
	}
	failure, hints := world.Failure(text), strings.Count("\n"+text, "\n  hint: ")
	// What doctor found is its answer, whatever the status is.
	silent := r.status == 0 || r.status == 130 || slices.Contains(r.args, "--check") || r.status == 1 && slices.Contains(r.args, "doctor")
	switch {
	case silent && hints > 0:
		return fmt.Errorf("status %d with %d hints", r.status, hints)
	case silent:
		return nil
	case r.stdout != "":
		return errors.New("it failed and printed to stdout")
	case failure == nil || hints != len(failure)-1 && !strings.Contains(text, `{"schema":1,"error":{`):
		return fmt.Errorf("the error %q and %d hints", failure, hints)
	}
	for line := range strings.Lines(r.stderr) {
		if !talk.MatchString(line) {
			return fmt.Errorf("a line that is nobody's: %q", line)
		}
		if strings.Contains(line, "%!") {
			return fmt.Errorf("a broken format: %q", line)
		}
	}
	return nil
}

// secrets is what no run may show.
func (s *script) secrets() []string {
	words := append([]string{s.world.Example.SecretAccessKey, s.world.Example.MFASecret, world.Passphrase}, s.words...)
	for _, i := range s.front.all() {
		words = append(words, i.secret, i.token)
	}
	words = append(words, s.front.keys()...)
	return words
}

func (s *script) checkSecrets(r *run) {
	shown := map[string]string{"stderr": r.stderr, "stdout": r.stdout, "the terminal": r.terminal}
	answer := slices.ContainsFunc([]string{"export", "__shell", "credential-process"}, func(word string) bool { return slices.Contains(r.args, word) }) ||
		slices.Contains(r.args, "exec") && slices.Contains(r.args, "--json")
	if r.status == 0 && answer {
		delete(shown, "stdout")
		if r.screen {
			delete(shown, "the terminal")
		}
	}
	for where, text := range shown {
		for _, word := range s.secrets() {
			if strings.Contains(text, word) {
				s.fatal("a secret is on %s", where)
			}
		}
	}
}

// checkLeftovers looks for processes of this script, and for files in TMPDIR.
func (s *script) checkLeftovers() {
	mark := []byte("\x00WORK=" + s.world.Dir + "\x00")
	environs, _ := filepath.Glob("/proc/[0-9]*/environ") // none where there is no /proc
	for _, path := range environs {
		// What cannot be read is someone else's, or gone.
		if data, err := os.ReadFile(path); err == nil && bytes.Contains(append([]byte{0}, data...), mark) {
			line, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
			s.fatal("a process is left: %q", bytes.ReplaceAll(line, []byte{0}, []byte{' '}))
		}
	}
	left, err := os.ReadDir(filepath.Join(s.world.Dir, "tmp"))
	s.ts.Check(err)
	if len(left) > 0 {
		s.fatal("left in TMPDIR: %v", left)
	}
}

// kept is what a failing vault must not touch: the AWS files and the stored keys,
// as a list of their names, modes and contents.
func (s *script) kept() []string {
	var list []string
	for _, dir := range []string{".aws", filepath.Join(".awsvault", "keys")} {
		root := filepath.Join(s.home(), dir)
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOTDIR) {
				return nil
			}
			if err != nil {
				return err
			}
			name := entry.Name()
			// A session that was got before the failure may be kept, and a lock
			// file stays for ever.
			if strings.HasPrefix(name, "sts.") || strings.HasSuffix(name, ".lock") {
				return nil
			}
			info, err := entry.Info()
			if err != nil {
				return err
			}
			sum := ""
			if info.Mode().IsRegular() {
				data, err := os.ReadFile(path)
				if err != nil && !errors.Is(err, fs.ErrPermission) {
					return err
				}
				sum = fmt.Sprintf(" %x", sha256.Sum256(data))
			}
			list = append(list, info.Mode().String()+" "+path+sum)
			return nil
		})
		s.ts.Check(err)
	}
	return list
}

// home is where the programs of the script think they are at home.
func (s *script) home() string {
	if h := s.env["HOME"]; h != "" {
		return h
	}
	return s.world.Home
}

// rendition changes the look of what a terminal shows next (ECMA-48, 8.3.117).
var rendition = regexp.MustCompile("\x1b\\[[0-9;]*m")
