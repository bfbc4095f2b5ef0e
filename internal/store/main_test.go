package store_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"awsvault/internal/aws"
	_ "awsvault/internal/nodbus"
	"awsvault/internal/store"
	"awsvault/tests/leak"
)

// The test binary also acts as other processes: it runs itself with the name of a part in this
// variable, and the part's directory as its working directory.
const partVariable = "STORE_TEST_PART"

// onBus is set in a test binary that runs one test on a message bus of its own, or on none.
const onBus = "STORE_TEST_BUS"

// parts are the other processes that tests need. Files for one system add theirs.
var parts = map[string]func() error{
	"write for ever": writeForEver,
	"write some":     writeSome,
	"put for ever":   putForEver,
	"put twenty":     putTwenty,
	"change":         changeForEver,
	"op":             playOP,
}

func TestMain(m *testing.M) {
	if part := os.Getenv(partVariable); part != "" {
		if err := parts[part](); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	run := leak.Main
	if os.Getenv(onBus) != "" { // a store's connection to a bus lasts as long as the process
		run = (*testing.M).Run
	}
	status := run(m)
	for _, dir := range removeAtEnd {
		os.RemoveAll(dir)
	}
	os.Exit(status)
}

// tempDir is t.TempDir, except under Wine: version 8 lacks the calls with which Go removes a
// tree. There it returns a directory that is removed together with Wine.
func tempDir(t *testing.T) string {
	t.Helper()
	if runtime.GOOS != "windows" {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// removeAtEnd lists directories that several tests share.
var removeAtEnd []string

// somebody reports that a person can be asked.
func somebody() bool { return true }

// play prepares a process that plays a part in dir. The process has no message bus.
func play(t *testing.T, part, dir string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), partVariable+"="+part, "DBUS_SESSION_BUS_ADDRESS=unix:path=/proc/nonexistent/bus", "GORACE=atexit_sleep_ms=0")
	return cmd
}

// epoch is the time at which tests begin.
var epoch = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// clock is a clock that a test can move.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

const passphrase = "correct horse"

func say(answer string) func(context.Context, string) (string, error) {
	return func(context.Context, string) (string, error) { return answer, nil }
}

// fileSettings returns the settings of a file keystore in dir, which also holds sessions.
func fileSettings(dir string) store.Settings {
	return store.Settings{
		Backend:        "file",
		SessionBackend: "file",
		FileDir:        filepath.Join(dir, "keys"),
		StateDir:       filepath.Join(dir, "state"),
		Passphrase:     say(passphrase),
		NewPassphrase:  say(passphrase),
		Rounds:         10_000, // hundreds of items are written
		Now:            (&clock{epoch}).now,
		MinTTL:         5 * time.Minute,
		Timeout:        time.Minute, // other tests must pass on a busy machine, and under Wine
	}
}

// keys returns long-lived keys that differ by n.
func keys(n int) aws.Credentials {
	return aws.Credentials{
		AccessKeyID:     fmt.Sprintf("AKIA%016d", n),
		SecretAccessKey: fmt.Sprintf("%040d", n),
	}
}

// session returns a session that differs by n and ends at the given time.
func session(n int, expires time.Time) aws.Credentials {
	return aws.Credentials{
		AccessKeyID:     fmt.Sprintf("ASIA%016d", n),
		SecretAccessKey: fmt.Sprintf("%040d", n),
		SessionToken:    strings.Repeat("token/+=", 100) + fmt.Sprint(n),
		Expires:         expires,
	}
}

// plain has the same fields and shows them, so that a failing test prints them.
type plain aws.Credentials
