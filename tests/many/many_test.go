//go:build unix

// Package many runs one command for many profiles: 200 behind one MFA user, and the end of
// all of them by Ctrl-C.
package many

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"awsvault/tests/world"
)

// behindOne makes profiles many-1 to many-n, each with a role of its own, that all need the
// MFA code of jon.
func behindOne(t *testing.T, w *world.World, n int) {
	t.Helper()
	seed, config := strings.Builder{}, strings.Builder{}
	seed.WriteString("account 222233334444\n")
	config.WriteString(world.Config)
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&seed, "role many-%d trust=111122223333:root mfa\n", i)
		fmt.Fprintf(&config, "\n[profile many-%d]\nrole_arn = arn:aws:iam::222233334444:role/many-%d\nsource_profile = jon\nmfa_serial = %s\n", i, i, w.Example.MFASerial)
	}
	if _, err := w.Fake.Load(seed.String()); err != nil {
		t.Fatal(err)
	}
	if err := w.WriteConfig(config.String()); err != nil {
		t.Fatal(err)
	}
}

func code(w *world.World) string {
	return "--mfa-token=" + w.Fake.Device(w.Example.MFASerial).NextCode()
}

// One code, 200 right identities, and the worst status.
func TestManyProfilesBehindOneUser(t *testing.T) {
	w := world.New(t)
	const n = 200
	behindOne(t, w, n)
	w.Fake.Reset()
	began := time.Now()
	out, errs, status := w.Run(nil, "exec", "many-*", "-P", "4", code(w), "--lines=json", "--",
		"sh", "-c", `echo "$AWS_ACCESS_KEY_ID"; case $AWS_VAULT in many-7) exit 7;; many-70) exit 3;; esac`)
	took := time.Since(began)
	if status != 7 || !strings.Contains(errs, "200 profiles: 198 succeeded, 2 failed: many-7 (7), many-70 (3)") {
		t.Fatalf("status %d\n%s", status, errs)
	}
	if sessions, roles := w.Fake.Count("GetSessionToken"), w.Fake.Count("AssumeRole"); sessions != 1 || roles != n {
		t.Errorf("%d codes and %d roles, want 1 and %d", sessions, roles, n)
	}
	seen := map[string]bool{}
	for text := range strings.Lines(out) {
		var line struct{ Profile, Account, Stream, Line string }
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		session, ok := w.Fake.Session(line.Line)
		if want := "arn:aws:sts::222233334444:assumed-role/" + line.Profile + "/"; !ok || !strings.HasPrefix(session.ARN, want) || line.Account != "222233334444" || line.Stream != "stdout" {
			t.Errorf("%s has the key of %q", line.Profile, session.ARN)
		}
		seen[line.Profile] = true
	}
	if len(seen) != n {
		t.Errorf("%d profiles have printed, want %d", len(seen), n)
	}
	t.Logf("%d profiles in %s", n, took)
}

// The same with the real AWS CLI, for four.
func TestManyProfilesWithTheCLI(t *testing.T) {
	w := world.New(t)
	behindOne(t, w, 4)
	bin := t.TempDir()
	w.AWSCLI(t, bin)
	out, errs, status := w.Run([]string{"PATH=" + bin + ":" + os.Getenv("PATH")}, "exec", "many-*", code(w), "--", "aws", "sts", "get-caller-identity", "--query", "Arn", "--output", "text")
	right := regexp.MustCompile(`(?m)^(many-\d) \| arn:aws:sts::222233334444:assumed-role/(many-\d)/`).FindAllStringSubmatch(out, -1)
	for _, m := range right {
		if m[1] != m[2] {
			t.Errorf("%s is %s", m[1], m[2])
		}
	}
	if status != 0 || len(right) != 4 {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
}

// Ctrl-C reaches every command and what it has started, and nothing is left: also where they
// ignore it and the person types it again.
func TestCtrlCEndsAll(t *testing.T) {
	t.Run("once", func(t *testing.T) { interrupted(t, "", 1) })
	t.Run("again, and ignored", func(t *testing.T) { interrupted(t, `trap "" INT TERM; `, 3) })
}

func interrupted(t *testing.T, first string, times int) {
	t.Parallel()
	w := world.New(t)
	behindOne(t, w, 8)
	pids := t.TempDir()
	cmd := exec.Command(w.Vault, "exec", "many-*", "-P", "4", code(w), "--", "sh", "-c", first+`sleep 3600 & echo $! >"$0/$AWS_VAULT.new"; mv "$0/$AWS_VAULT.new" "$0/$AWS_VAULT.pid"; wait`, pids)
	cmd.Env, cmd.Dir = w.Environ(), w.Home
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	running := func() []string {
		files, _ := filepath.Glob(filepath.Join(pids, "*.pid"))
		return files
	}
	waitFor(t, "four commands run", func() bool { return len(running()) == 4 })
	for i := range times {
		if i > 0 {
			time.Sleep(300 * time.Millisecond) // as a person does; sooner it would count as the same one
		}
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
	}
	_ = cmd.Wait()
	if status := cmd.ProcessState.ExitCode(); status != 130 {
		t.Errorf("status %d, want 130", status)
	}
	files := running()
	if len(files) != 4 {
		t.Errorf("%d commands were begun, want 4", len(files))
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		waitFor(t, "process "+strconv.Itoa(pid)+" has ended", func() bool { return syscall.Kill(pid, 0) != nil })
	}
}

func waitFor(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after a minute: not so: %s", what)
		}
	}
}
