package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/store"
	"awsvault/tests/need"
)

var lockKey = aws.SessionKey{Type: "sts.AssumeRole", Profile: "dev", Hash: "h"}

// holdLock holds the lock of a session until it is killed.
func holdLock() error {
	if _, err := store.Open(fileSettings(".")).Lock(context.Background(), lockKey); err != nil {
		return err
	}
	fmt.Println("locked")
	io.Copy(io.Discard, os.Stdin)
	return nil
}

func TestALockDiesWithItsHolder(t *testing.T) {
	dir := t.TempDir()
	cmd := play(t, "hold a lock", dir)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "locked\n" {
		t.Fatalf("holder: %q, %v", line, err)
	}

	s := store.Open(fileSettings(dir))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = s.Lock(ctx, lockKey)
	if want := `lock session of "dev": another process holds it: context deadline exceeded`; err == nil || err.Error() != want {
		t.Errorf("while it is held: got %v, want %s", err, want)
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want context.DeadlineExceeded inside", err)
	}

	cmd.Process.Kill()
	cmd.Wait()
	unlock, err := s.Lock(t.Context(), lockKey)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

func TestLocksExcludeOneAnother(t *testing.T) {
	s := store.Open(fileSettings(t.TempDir()))
	unlock, err := s.Lock(t.Context(), lockKey)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := s.Lock(ctx, lockKey); err == nil {
		t.Error("the same lock is given twice")
	}
	other := lockKey
	other.Hash = "i"
	release, err := s.Lock(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	release()
	unlock()
	if unlock, err = s.Lock(t.Context(), lockKey); err != nil {
		t.Fatal(err)
	}
	unlock()
}

func TestWhereLocksAre(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no modes")
	}
	tests := []struct {
		name    string
		prepare func(t *testing.T, state string)
		runtime bool   // there is a RuntimeDir
		want    string // in the error; empty: the lock is given
	}{
		{"directories are made", func(*testing.T, string) {}, false, ""},
		{"a directory that others can write is refused", open, false, "can be written by everybody"},
		{"and the other one is used", open, true, ""},
		{"a link is refused", link, false, "not a directory"},
		{"a file in the way is an error", file, false, "not a directory"},
		{"and the other one is used here too", file, true, ""},
		{"a directory of somebody else is refused", giveAway, false, "belongs to user 12345"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			settings := fileSettings(t.TempDir())
			if test.runtime {
				settings.RuntimeDir = filepath.Join(t.TempDir(), "runtime")
			}
			test.prepare(t, settings.StateDir)
			unlock, err := store.Open(settings).Lock(t.Context(), lockKey)
			if err == nil {
				unlock()
			}
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func open(t *testing.T, state string) {
	dir := filepath.Join(state, "locks")
	if err := errors.Join(os.MkdirAll(dir, 0o700), os.Chmod(dir, 0o777)); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, state string) {
	if err := errors.Join(os.MkdirAll(state, 0o700), os.Symlink(t.TempDir(), filepath.Join(state, "locks"))); err != nil {
		t.Fatal(err)
	}
}

func file(t *testing.T, state string) {
	if err := os.WriteFile(state, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func giveAway(t *testing.T, state string) {
	need.Root(t, "which can give a directory away")
	dir := filepath.Join(state, "locks")
	if err := errors.Join(os.MkdirAll(dir, 0o700), os.Chown(dir, 12345, -1)); err != nil {
		t.Fatal(err)
	}
}

func TestALockNeedsADirectory(t *testing.T) {
	settings := fileSettings(t.TempDir())
	settings.StateDir = ""
	_, err := store.Open(settings).Lock(t.Context(), lockKey)
	if want := `lock session of "dev": there is no directory for locks`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
