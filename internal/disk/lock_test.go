package disk

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"awsvault/tests/leak"
	"awsvault/tests/need"
)

// TestMain lets this program be the one that holds a lock.
func TestMain(m *testing.M) {
	if path := os.Getenv("DISK_TEST_HOLD"); path != "" {
		_, err := Lock(context.Background(), path)
		fmt.Println("locked", err)
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}
	os.Exit(leak.Main(m))
}

func TestALockEndsWithItsHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.lock")
	holder := exec.Command(os.Args[0])
	holder.Env = append(os.Environ(), "DISK_TEST_HOLD="+path)
	stdin, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "locked <nil>\n" {
		t.Fatalf("holder: %q, %v", line, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Lock(ctx, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while it is held: %v", err)
	}
	holder.Process.Kill()
	holder.Wait()
	unlock, err := Lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	unlock() // twice is harmless
	again, err := Lock(t.Context(), path)
	if err != nil {
		t.Fatalf("after it was given back: %v", err)
	}
	again()
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the file of the lock: %v, %v", info, err)
	}
}

// A free lock is taken even if the time is over already, as it may be on a busy machine: a
// prompt would think that a renewal runs.
func TestALockIsTriedOnce(t *testing.T) {
	over, cancel := context.WithTimeout(t.Context(), -time.Second)
	defer cancel()
	locks := Locks{Dirs: []string{t.TempDir()}}
	unlock, err := locks.Lock(over, "renewal")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := locks.Lock(over, "renewal"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while it is held: %v", err)
	}
	unlock()
}

func TestLocksByName(t *testing.T) {
	locks := Locks{Dirs: []string{"", filepath.Join(t.TempDir(), "state", "locks")}}
	unlock, err := locks.Lock(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err = locks.Lock(ctx, "a")
	if want := "another process holds it: context deadline exceeded"; err == nil || err.Error() != want || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want %s", err, want)
	}
	other, err := locks.Lock(t.Context(), "b")
	if err != nil {
		t.Fatal(err)
	}
	other()
	unlock()
	if unlock, err = locks.Lock(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	unlock()
}

func TestWhereLocksAre(t *testing.T) {
	unixOnly(t)
	for _, test := range []struct {
		name    string
		prepare func(t *testing.T, dir string) error
		second  bool
		want    string // in the error; empty: the lock is given
	}{
		{"the directory is made", func(*testing.T, string) error { return nil }, false, ""},
		{"a directory that others can write is refused", func(_ *testing.T, dir string) error { os.Mkdir(dir, 0o700); return os.Chmod(dir, 0o777) }, false, "can be written by everybody"},
		{"and the other one is used", func(_ *testing.T, dir string) error { os.Mkdir(dir, 0o700); return os.Chmod(dir, 0o777) }, true, ""},
		{"a link is refused", func(_ *testing.T, dir string) error { return os.Symlink(os.TempDir(), dir) }, false, "is not a directory"},
		{"a file in the way is an error", func(_ *testing.T, dir string) error { return os.WriteFile(dir, nil, 0o600) }, false, "not a directory"},
		{"and the other one is used here too", func(_ *testing.T, dir string) error { return os.WriteFile(dir, nil, 0o600) }, true, ""},
		{"another user's directory is refused", func(t *testing.T, dir string) error {
			need.Root(t, "which can give a directory away")
			return errors.Join(os.Mkdir(dir, 0o700), os.Chown(dir, 12345, -1))
		}, false, "belongs to user 12345"},
	} {
		t.Run(test.name, func(t *testing.T) {
			base := t.TempDir()
			locks := Locks{Dirs: []string{base + "/first"}}
			if test.second {
				locks.Dirs = append(locks.Dirs, base+"/second")
			}
			if err := test.prepare(t, base+"/first"); err != nil {
				t.Fatal(err)
			}
			unlock, err := locks.Lock(t.Context(), "a")
			if err == nil {
				unlock()
			}
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	if _, err := (Locks{}).Lock(t.Context(), "a"); err == nil || err.Error() != "there is no directory for locks" {
		t.Errorf("without a directory: %v", err)
	}
}
