//go:build linux

package store_test

import (
	"awsvault/internal/fault"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"awsvault/internal/aws"
	"awsvault/internal/store"
	"awsvault/tests/need"
)

func init() {
	parts["get without a person"] = getWithoutAPerson
	parts["use a read-only directory"] = useReadOnly
}

// silentBus starts a bus that accepts calls and never answers. calls returns the number of
// calls.
func silentBus(t *testing.T) (address string, calls func() int) {
	socket := filepath.Join(t.TempDir(), "bus")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	var count atomic.Int64
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			count.Add(1)
			t.Cleanup(func() { conn.Close() })
		}
	}()
	return "unix:path=" + socket, func() int { return int(count.Load()) }
}

// The bus costs one time limit and one message, and vault then uses the next keystore. For a
// minute, runs that only read do not ask again. A run that stores a key asks again, and does
// not store the key elsewhere.
func TestABusThatDoesNotAnswerIsPassedOver(t *testing.T) {
	address, calls := silentBus(t)
	settings := fileSettings(t.TempDir())
	settings.Backend, settings.SessionBackend = "", "file"
	settings.Bus = address
	settings.PassDir = t.TempDir()
	settings.StateDir = t.TempDir()
	settings.Timeout = 200 * time.Millisecond
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	settings.Now = func() time.Time { return now }
	var said []string
	settings.PassedOver = func(err error) { said = append(said, err.Error()) }
	const want = `backend "secret-service" cannot be used: the D-Bus session bus does not answer`
	run := func(name string, silence *store.Silence, count, told int) *store.Store {
		t.Helper()
		settings.Silence = silence
		s := store.Open(settings)
		before := calls()
		said = nil
		for range 2 {
			if name, err := s.Backend(t.Context()); name != "file" || err != nil {
				t.Errorf("chosen: %q, %v; want file", name, err)
			}
		}
		if calls()-before != count || len(said) != told || told > 0 && said[0] != want {
			t.Errorf("%s: %d calls, said %q; want %d calls, said %d times", name, calls()-before, said, count, told)
		}
		return s
	}
	silence := &store.Silence{}
	run("first", silence, 1, 1)
	run("another store of the run", silence, 0, 0)
	s := run("the next run", nil, 0, 1)
	for name, err := range map[string]error{
		"put": s.PutKeys(t.Context(), "dev", keys(1)), "remove": s.RemoveKeys(t.Context(), "dev"),
	} {
		if err == nil || !strings.Contains(err.Error(), `keystore "secret-service" does not answer`) {
			t.Errorf("%s: %v", name, err)
		}
	}
	settings.Certain, settings.Silence = true, nil
	before := calls()
	if name, err := store.Open(settings).Backend(t.Context()); err == nil || calls()-before != 1 || !strings.Contains(fault.HintOf(err), "--backend=file") {
		t.Errorf("certain: %q, %v, %d calls", name, err, calls()-before)
	}
	settings.Certain = false
	now = now.Add(time.Minute)
	run("a minute later", nil, 1, 1)
	if names, err := os.ReadDir(settings.FileDir); len(names) > 0 {
		t.Errorf("a key is stored elsewhere: %v %v", names, err)
	}
}

// The bus restarts its services, so nobody notices a daemon that ended between two calls.
func TestASecretServiceThatIsKilledComesBack(t *testing.T) {
	if !withBus(t, "", "awsvault") {
		return
	}
	s := store.Open(secretSettings(t))
	put(t, s, "dev", keys(1))
	var pid uint32
	bus := sessionBus(t).BusObject()
	if err := bus.Call("org.freedesktop.DBus.GetConnectionUnixProcessID", 0, "org.freedesktop.secrets").Store(&pid); err != nil {
		t.Fatal(err)
	}
	syscall.Kill(int(pid), syscall.SIGKILL)
	for running, n := true, 0; running && n < 1000; n++ {
		time.Sleep(10 * time.Millisecond)
		bus.Call("org.freedesktop.DBus.NameHasOwner", 0, "org.freedesktop.secrets").Store(&running)
	}
	wantKeys(t, s, "dev", keys(1))
	put(t, s, "dev", keys(2))
	wantKeys(t, s, "dev", keys(2))
}

// If the bus itself ends, there is an error at once.
func TestABusThatEnds(t *testing.T) {
	needs(t, "dbus-run-session")
	if !withBus(t, "", "awsvault") {
		return
	}
	s := store.Open(secretSettings(t))
	put(t, s, "dev", keys(1))
	var pid uint32
	conn := sessionBus(t)
	if err := conn.BusObject().Call("org.freedesktop.DBus.GetConnectionUnixProcessID", 0, "org.freedesktop.DBus").Store(&pid); err != nil {
		t.Fatal(err)
	}
	syscall.Kill(int(pid), syscall.SIGKILL)
	if _, err := s.Keys(t.Context(), "dev"); err == nil || errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestPassWhoseAgentEndsStartsAnother(t *testing.T) {
	settings := passwordStore(t, "")
	s := store.Open(settings)
	put(t, s, "dev", keys(1))
	command(t, settings, "gpgconf", "--kill", "gpg-agent")
	wantKeys(t, s, "dev", keys(1))
	command(t, settings, "gpgconf", "--kill", "gpg-agent")
	put(t, s, "dev", keys(2))
	wantKeys(t, s, "dev", keys(2))
}

// age asks on the terminal, whatever its standard input is. If nobody may be asked, age must
// not have a terminal. Otherwise it would wait, and swallow what a person types.
func TestNobodyIsAskedBehindTheirBack(t *testing.T) {
	settings := passageStore(t)
	put(t, store.Open(settings), "dev", keys(1))
	dir := t.TempDir()
	asks := filepath.Join(dir, "age")
	if err := os.WriteFile(asks, []byte("#!/bin/sh\nread answer </dev/tty || exit 1\necho \"got $answer\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	settings.Environ = append(settings.Environ, "PASSAGE_AGE="+asks)
	handOver(t, dir, settings)
	cmd := play(t, "get without a person", dir)
	terminal, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	out, _ := io.ReadAll(terminal) // until the process ends: EIO
	cmd.Wait()
	if !strings.Contains(string(out), `keystore "passage" is locked`) {
		t.Errorf("said: %s", out)
	}
}

func getWithoutAPerson() error {
	settings, err := takeOver(".")
	if err != nil {
		return err
	}
	settings.Timeout = 20 * time.Second
	_, err = store.Open(settings).Keys(context.Background(), "dev")
	return err
}

// Vault reads a keystore on a read-only disk, and says why it cannot write there.
func TestAReadOnlyDirectoryIsReadAndSaidSo(t *testing.T) {
	need.Root(t, "which can mount")
	settings := fileSettings(t.TempDir())
	put(t, store.Open(settings), "dev", keys(1))
	cmd := play(t, "use a read-only directory", filepath.Dir(settings.FileDir))
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) {
		t.Skip("to run this test: where name spaces may be made")
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func useReadOnly() error {
	dir, err := filepath.Abs("keys")
	if err != nil {
		return err
	}
	err = errors.Join(
		syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""),
		syscall.Mount(dir, dir, "", syscall.MS_BIND, ""),
		syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_BIND|syscall.MS_RDONLY, ""),
	)
	if err != nil {
		return fmt.Errorf("mount: %w", err)
	}
	s := store.Open(fileSettings("."))
	if c, err := s.Keys(context.Background(), "dev"); err != nil || c != keys(1) {
		return fmt.Errorf("read: %v, %w", c, err)
	}
	for _, err := range []error{s.PutKeys(context.Background(), "dev", keys(2)), s.RemoveKeys(context.Background(), "dev")} {
		if !errors.Is(err, syscall.EROFS) || !strings.Contains(err.Error(), "dev") {
			return fmt.Errorf("write: got %v, want EROFS", err)
		}
	}
	if c, err := s.Keys(context.Background(), "dev"); err != nil || c != keys(1) {
		return fmt.Errorf("read again: %v, %w", c, err)
	}
	return nil
}

// An item that was cut off, at any length, counts as damaged or as encrypted with another
// passphrase. Vault uses no part of it.
func TestACutOffItemIsNeverHalfRead(t *testing.T) {
	settings := fileSettings(t.TempDir())
	put(t, store.Open(settings), "dev", keys(1))
	file := filepath.Join(settings.FileDir, "dev")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for length := 0; length < len(whole); length += 1 + length/12 {
		if err := os.WriteFile(file, whole[:length], 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := store.Open(settings).Keys(t.Context(), "dev")
		if err == nil || c != (aws.Credentials{}) || errors.Is(err, store.ErrNotFound) {
			t.Errorf("%d of %d bytes: %v, %v", length, len(whole), c, err)
		}
	}
}
