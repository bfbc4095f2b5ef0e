//go:build unix

package readers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// served is the environment of shells whose programs ask the user's server.
func served(t *testing.T, w *world.World) []string {
	t.Helper()
	command, run := filepath.Join(w.Dir, "passphrase"), filepath.Join(w.Dir, "run")
	if err := os.WriteFile(command, []byte("#!/bin/sh\necho '"+world.Passphrase+"'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(run, 0o700); err != nil {
		t.Fatal(err)
	}
	return []string{"AWS_VAULT_FILE_PASSPHRASE_COMMAND=" + command, "XDG_RUNTIME_DIR=" + run, "AWS_VAULT_SERVER_GRACE=1s"}
}

type server struct{ Keeper, Server int }

// serverOf is the server, if one runs.
func serverOf(t *testing.T, w *world.World, environ []string) (server, bool) {
	t.Helper()
	out, errs, status := w.Run(environ, "status", "--server", "--json")
	var doc struct{ Server *server }
	if err := json.Unmarshal([]byte(out), &doc); status != 0 || err != nil {
		t.Fatalf("status --server: %d, %v\n%s", status, err, errs)
	}
	if doc.Server == nil {
		return server{}, false
	}
	return *doc.Server, true
}

// gone waits until the server has ended.
func (s server) gone(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if syscall.Kill(s.Keeper, 0) != nil && syscall.Kill(s.Server, 0) != nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%+v is still there", s)
		}
	}
}

// A Go and a Python program, started once, go on through renewals, a sleep in which what
// they had ended, and the end of the process that serves.
func TestProgramsOfAShellGoOn(t *testing.T) {
	const life, times = 12 * time.Second, 40
	w := world.New(t)
	environ := served(t, w)
	w.Fake.Shorten(life)
	before := assumed(w)
	var out, errs bytes.Buffer
	cmd := exec.Command("bash", "-c", fmt.Sprintf(`eval "$(vault hook bash)"; vault use dev --via server || exit 7
env | grep -E '^AWS_[A-Z_]*(KEY|KEY_ID|SESSION_TOKEN)=' && exit 6
%s %d & %s -c '
import boto3, time
sts = boto3.client("sts", endpoint_url="%s")
for i in range(%d):
    print(sts.get_caller_identity()["Arn"], flush=True)
    time.sleep(1)
' & wait -n || exit 8; wait -n || exit 9; vault off`, sdk(t), times, quote(debianBoto3(t)), w.Fake.URL, times))
	cmd.Env = append(w.Environ(environ...), "PATH="+filepath.Dir(w.Vault)+":"+os.Getenv("PATH"))
	cmd.Dir, cmd.Stdout, cmd.Stderr = w.Home, &out, &errs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	var first server
	for end := time.Now().Add(30 * time.Second); first.Server == 0; time.Sleep(50 * time.Millisecond) {
		first, _ = serverOf(t, w, environ)
		if time.Now().After(end) {
			t.Fatalf("no server: %s", errs.String())
		}
	}
	time.Sleep(3 * time.Second)
	all := []int{-cmd.Process.Pid, first.Keeper, first.Server}
	for _, pid := range all {
		syscall.Kill(pid, syscall.SIGSTOP)
	}
	time.Sleep(life + 2*time.Second)
	for i := range all {
		syscall.Kill(all[len(all)-1-i], syscall.SIGCONT)
	}
	time.Sleep(3 * time.Second)
	syscall.Kill(first.Server, syscall.SIGKILL)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, out.String(), errs.String())
	}
	if n := strings.Count(out.String(), role); n != 2*times {
		t.Errorf("%d of %d times they were the role\n%s", n, 2*times, errs.String())
	}
	if n := assumed(w) - before; n < 5 {
		t.Errorf("%d sessions: they were not renewed four times", n)
	}
	first.gone(t)
}

// Twenty shells come and go, some without a word: nothing is left of them.
func TestShellsComeAndGo(t *testing.T) {
	need.Program(t, "curl", "curl")
	w := world.New(t)
	environ := append(w.Environ(served(t, w)...), "PATH="+filepath.Dir(w.Vault)+":"+os.Getenv("PATH"))
	var all []*exec.Cmd
	for i := range 20 {
		end := "vault off"
		if i%2 == 1 {
			end = "kill -9 $$"
		}
		cmd := exec.Command("bash", "-c", `eval "$(vault hook bash)"; vault use dev --via server || exit 7
curl -sSf -o /dev/null -H "Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN" "$AWS_CONTAINER_CREDENTIALS_FULL_URI" || exit 8
echo served; read line; `+end)
		cmd.Env, cmd.Dir, cmd.Stderr = environ, w.Home, os.Stderr
		all = append(all, cmd)
	}
	var waiting []func()
	for _, cmd := range all {
		in, err := cmd.StdinPipe()
		out, err2 := cmd.StdoutPipe()
		if err != nil || err2 != nil || cmd.Start() != nil {
			t.Fatal(err, err2)
		}
		waiting = append(waiting, func() {
			said := make([]byte, 64)
			if n, _ := out.Read(said); string(said[:n]) != "served\n" {
				t.Errorf("a shell said %q", said[:n])
			}
			in.Write([]byte("\n"))
			in.Close()
		})
	}
	first := server{}
	for i, answer := range waiting {
		if i == len(waiting)-1 {
			first, _ = serverOf(t, w, environ[len(environ)-4:len(environ)-1])
		}
		answer()
	}
	for _, cmd := range all {
		cmd.Wait()
	}
	if first.Keeper == 0 {
		t.Fatal("there was no server")
	}
	first.gone(t)
	if left, _ := filepath.Glob(filepath.Join(w.Dir, "run", "awsvault", "*.sock")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
