package vault

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/disk"
	"awsvault/internal/env"
	"awsvault/internal/fault"
)

// locked is a keystore that only has locks.
type locked struct {
	Keystore
	disk.Locks
}

func (l locked) Lock(ctx context.Context, k aws.SessionKey) (func(), error) {
	return l.Locks.Lock(ctx, k.Type+" "+k.Hash)
}

// moment is the first time on the clock of these tests.
var moment = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// inState returns a background renewal whose record is in the given state directory.
func inState(dir string, now time.Time) background {
	s := New(World{
		Environ:  env.Vars{},
		Keystore: func(string, string, Person) Keystore { return locked{nil, disk.Locks{Dirs: []string{dir}}} },
		Sources:  func(*Session) Sources { return Sources{} },
		StateDir: dir,
		Now:      func() time.Time { return now },
	}, Nobody{})
	return background{s, "0123456789ab"}
}

// saying returns last as text.
func (b background) saying() string {
	begun, recent, failure := b.last()
	text := fmt.Sprintf("begun %v, recent %v", begun, recent)
	if failure != nil {
		text += fmt.Sprintf(", %d: %v", fault.KindOf(failure), failure)
	}
	return text
}

const nothing = "begun false, recent false"

func TestTheRecordOfABackgroundRenewal(t *testing.T) {
	dir := t.TempDir()
	b := inState(dir, moment)
	steps := []struct {
		name string
		do   func()
		want string
	}{
		{"there is none at first", func() {}, nothing},
		{"a start", b.begins, "begun true, recent true"},
		{"a process that had the lock, and is gone", b.holds, "begun true, recent false"},
		{"a failure", func() { b.ends(errors.New("AccessDenied: no")) }, "begun false, recent true, 1: AccessDenied: no"},
		{"a failure that wants a person", func() { b.ends(fault.NewPerson("a code is needed", "")) }, "begun false, recent true, 3: a code is needed"},
		{"an error of several lines is one", func() { b.ends(errors.New("a\nb\x1b[31m")) }, "begun false, recent true, 1: a b?[31m"},
		{"an empty error", func() { b.ends(errors.New("")) }, "begun false, recent true, 1: status 1"},
		{"a start after a failure", b.begins, "begun true, recent true"},
		{"success leaves nothing", func() { b.ends(nil) }, nothing},
		{"success twice", func() { b.ends(nil) }, nothing},
	}
	for _, s := range steps {
		s.do()
		if got := b.saying(); got != s.want {
			t.Errorf("%s: got %q, want %q", s.name, got, s.want)
		}
	}
	b.ends(errors.New(strings.Repeat("ü", 5000)))
	if _, _, err := b.last(); err == nil || len(err.Error()) != maxReason {
		t.Errorf("a long error was not cut: %v", err)
	}
	info, err := os.Stat(b.path())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if info, err := os.Stat(filepath.Dir(b.path())); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestTheClockJumpsBetweenRecordAndPrompt(t *testing.T) {
	dir := t.TempDir()
	inState(dir, moment).ends(errors.New("no"))
	for after, recent := range map[time.Duration]bool{
		-24 * time.Hour:            false,
		-time.Second:               false,
		0:                          true,
		recently - time.Second:     true,
		recently:                   false,
		365 * 24 * time.Hour:       false,
		250 * 365 * 24 * time.Hour: false,
	} {
		want := fmt.Sprintf("begun false, recent %v, 1: no", recent)
		if got := inState(dir, moment.Add(after)).saying(); got != want {
			t.Errorf("%v later: %q", after, got)
		}
	}
}

// On a busy machine, a process needs a long time until it has the lock. In one of ninety runs
// of a test in a shell, it was taken for dead after ten seconds.
func TestAProcessHasTimeToStart(t *testing.T) {
	dir := t.TempDir()
	inState(dir, moment).begins()
	for after, recent := range map[time.Duration]bool{
		-time.Second:               false,
		recently + time.Second:     true,
		startTime - time.Second:    true,
		startTime:                  false,
		200 * 365 * 24 * time.Hour: false,
	} {
		want := fmt.Sprintf("begun true, recent %v", recent)
		if got := inState(dir, moment.Add(after)).saying(); got != want {
			t.Errorf("%v later: %q", after, got)
		}
	}
	inState(dir, moment).holds()
	if got := inState(dir, moment).saying(); got != "begun true, recent false" {
		t.Errorf("with the lock free again: %q", got)
	}
}

// between is a keystore that calls a function after the lock has been read.
type between struct {
	locked
	then func()
}

func (k *between) Lock(ctx context.Context, key aws.SessionKey) (func(), error) {
	unlock, err := k.locked.Lock(ctx, key)
	if then := k.then; err == nil && then != nil {
		k.then = nil
		return func() { unlock(); then() }, nil
	}
	return unlock, err
}

// A process may take the lock after the lock is read and before the record is read. It must
// not be taken for a killed process.
func TestALockThatIsTakenInBetweenIsSeen(t *testing.T) {
	for name, c := range map[string]struct {
		then func(b background)
		want string
	}{
		"it holds it": {func(b background) {
			unlock, _ := b.lock(t.Context(), time.Second)
			t.Cleanup(unlock)
			b.holds()
		}, "running true, begun true, <nil>"},
		"it has failed":    {func(b background) { b.holds(); b.ends(errors.New("no")) }, "running false, begun false, no"},
		"it was killed":    {func(b background) { b.holds() }, "running false, begun true, <nil>"},
		"it is on its way": {func(b background) {}, "running false, begun true, <nil>"},
		"it is done":       {func(b background) { b.holds(); b.ends(nil) }, "running false, begun false, <nil>"},
	} {
		b := inState(t.TempDir(), moment)
		b.begins()
		of := &between{locked: b.session.keystore.(locked)}
		other := b
		b.session.keystore = of
		of.then = func() { of.then = nil; c.then(other) }
		running, begun, _, failure := b.look(t.Context())
		if got := fmt.Sprintf("running %v, begun %v, %v", running, begun, failure); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestADamagedRecordSaysNothing(t *testing.T) {
	at := fmt.Sprint(moment.Unix())
	for name, text := range map[string]string{
		"empty":                  "",
		"torn behind the status": "1 ",
		"torn in the time":       "1 " + at[:5],
		"torn in the text":       "1 " + at + " AccessDen",
		"torn before the end":    "-1 " + at + " ",
		"no numbers":             "one two three\n",
		"two words":              "1 " + at + "\n",
		"no status":              "x " + at + " text\n",
		"no time":                "1 x text\n",
		"a time beyond all":      "1 99999999999999999999 text\n",
		"NULs, after a crash":    strings.Repeat("\x00", 64),
		"too large":              "1 " + at + " " + strings.Repeat("x", maxRecord) + "\n",
	} {
		b := inState(t.TempDir(), moment)
		b.begins()
		if err := os.WriteFile(b.path(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := b.saying(); got != nothing {
			t.Errorf("%s: %q", name, got)
		}
		if b.begins(); b.saying() != "begun true, recent true" {
			t.Errorf("%s: it stays", name)
		}
	}
}

func TestTheRecordsOfTheVersionBeforeAreRead(t *testing.T) {
	b := inState(t.TempDir(), moment)
	b.begins()
	for text, want := range map[string]string{
		"-1 %d \n":                "begun true, recent true",
		"3 %d a code is needed\n": "begun false, recent true, 3: a code is needed",
		"1 %d no: at all\n":       "begun false, recent true, 1: no: at all",
		"1 %d no\x1b[31m\n":       "begun false, recent true, 1: no?[31m",
	} {
		if err := os.WriteFile(b.path(), fmt.Appendf(nil, text, moment.Unix()), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := b.saying(); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// If another user could write the record, it would appear in this user's shell and could
// prevent renewals.
func TestTheRecordOfAnotherUserSaysNothing(t *testing.T) {
	plant := func(t *testing.T) (background, string) {
		b := inState(t.TempDir(), moment)
		b.ends(errors.New("planted"))
		if b.saying() == nothing {
			t.Fatal("it is not read even before")
		}
		return b, b.path()
	}
	for name, spoil := range map[string]func(t *testing.T, path string){
		"writable by all":        func(t *testing.T, path string) { chmod(t, path, 0o666) },
		"in a directory for all": func(t *testing.T, path string) { chmod(t, filepath.Dir(path), 0o777) },
		"a link to one":          func(t *testing.T, path string) { link(t, path) },
		"a directory":            func(t *testing.T, path string) { os.Remove(path); os.Mkdir(path, 0o700) },
		"of another owner": func(t *testing.T, path string) {
			if os.Geteuid() != 0 {
				t.Skip("needs root")
			}
			if err := os.Chown(path, 12345, 12345); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b, path := plant(t)
			spoil(t, path)
			if got := b.saying(); got != nothing {
				t.Errorf("%q", got)
			}
		})
	}
	t.Run("a link is replaced, and not what it leads to", func(t *testing.T) {
		b, path := plant(t)
		target := link(t, path)
		before, _ := os.ReadFile(target)
		b.begins() // removes the link
		b.begins()
		if after, _ := os.ReadFile(target); string(after) != string(before) {
			t.Errorf("written through: %q", after)
		}
		if got := b.saying(); got != "begun true, recent true" {
			t.Errorf("%q", got)
		}
	})
	t.Run("a directory for all is not written", func(t *testing.T) {
		b, path := plant(t)
		chmod(t, filepath.Dir(path), 0o777)
		before, _ := os.ReadFile(path)
		b.begins()
		if after, _ := os.ReadFile(path); string(after) != string(before) {
			t.Errorf("written: %q", after)
		}
	})
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// link moves a file and leaves a link to it in its place.
func link(t *testing.T, path string) (target string) {
	t.Helper()
	target = filepath.Join(t.TempDir(), "elsewhere")
	if err := os.Rename(path, target); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
	return target
}

func TestWithoutAStateDirectoryThereIsNoRecord(t *testing.T) {
	t.Chdir(t.TempDir())
	b := inState("", moment)
	b.begins()
	b.ends(errors.New("no"))
	b.ends(nil)
	if got := b.saying(); got != nothing {
		t.Errorf("%q", got)
	}
	if entries, _ := os.ReadDir("."); len(entries) > 0 {
		t.Errorf("left in the working directory: %v", entries)
	}
	if unlock, busy := b.lock(t.Context(), time.Second); busy {
		t.Error("no lock can be had, so the renewal has to go on without")
	} else {
		unlock()
	}
}

// A killed renewal no longer holds the lock, so the next one can run.
func TestAKilledRenewalIsNotRunning(t *testing.T) {
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	holder := exec.Command(self, "-test.run=^TestHoldTheLock$")
	holder.Env = append(os.Environ(), "HOLD_THE_LOCK_IN="+dir)
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	defer holder.Wait()
	defer holder.Process.Kill()
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatal(line, err)
	}
	b := inState(dir, moment)
	if !b.running(t.Context()) {
		t.Error("it runs, and is not seen")
	}
	if _, busy := b.lock(t.Context(), 0); !busy {
		t.Error("two have the lock")
	}
	holder.Process.Kill()
	holder.Wait()
	if b.running(t.Context()) {
		t.Error("it was killed, and seems to run")
	}
}

// TestHoldTheLock is the process that the test above starts.
func TestHoldTheLock(t *testing.T) {
	dir := os.Getenv("HOLD_THE_LOCK_IN")
	if dir == "" {
		return
	}
	if _, busy := inState(dir, moment).lock(t.Context(), time.Second); busy {
		t.Fatal("busy")
	}
	fmt.Println("held")
	select {}
}
