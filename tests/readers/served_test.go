//go:build unix

package readers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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

type server struct {
	Keeper, Server int
	Address        string
}

// listening are the ports that processes listen on: the rows of /proc/net/tcp and tcp6 whose
// sockets are theirs (proc_pid_net(5)).
func listening(t *testing.T, pids ...int) (addresses []string) {
	t.Helper()
	own := map[string]bool{}
	for _, pid := range pids {
		files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
		for _, file := range files {
			if to, err := os.Readlink(file); err == nil {
				own[strings.TrimSuffix(strings.TrimPrefix(to, "socket:["), "]")] = true
			}
		}
	}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, _ := os.ReadFile(table)
		for row := range strings.Lines(string(text)) {
			f := strings.Fields(row)
			const listen = "0A"
			if len(f) < 10 || f[3] != listen || !own[f[9]] {
				continue
			}
			address := f[1]
			var ip [4]byte
			var port uint16
			if n, _ := fmt.Sscanf(f[1], "%02X%02X%02X%02X:%04X", &ip[3], &ip[2], &ip[1], &ip[0], &port); n == 5 && len(f[1]) == 13 {
				address = fmt.Sprintf("%d.%d.%d.%d:%d", ip[0], ip[1], ip[2], ip[3], port)
			}
			addresses = append(addresses, address)
		}
	}
	return addresses
}

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
	t.Parallel()
	for life, times := range map[time.Duration]int{20 * time.Second: 46, 40 * time.Second: 80} {
		t.Run(life.String(), func(t *testing.T) {
			t.Parallel() // it waits most of the time
			programsGoOn(t, life, times)
		})
	}
}

// programsGoOn signs so many times, a second apart, and sleeps for a life in between: so there
// are four renewals.
func programsGoOn(t *testing.T, life time.Duration, times int) {
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
			if ports := listening(t, first.Keeper, first.Server); len(ports) != 1 || ports[0] != first.Address || !strings.HasPrefix(first.Address, "127.0.0.1:") {
				t.Errorf("it listens on %q, and says %s", ports, first.Address)
			}
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
	if c, err := net.Dial("tcp", first.Address); err == nil {
		c.Close()
		t.Errorf("%s listens still", first.Address)
	}
	if left, _ := filepath.Glob(filepath.Join(w.Dir, "run", "awsvault", "*.sock")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// What a lease is worth lies around nowhere: not in the words or the environment of the two
// processes, in no file of the state and runtime directories, and not in what status shows. The
// passphrase and the session's keys do not either.
func TestNothingOfALeaseLiesAround(t *testing.T) {
	need.Program(t, "curl", "curl")
	if _, err := os.Stat("/proc/self/environ"); err != nil {
		t.Skip("there is no /proc here")
	}
	w := world.New(t)
	own := served(t, w)
	cmd := exec.Command("bash", "-c", `eval "$(vault hook bash)"; vault use dev --via server || exit 7
echo "$AWS_CONTAINER_AUTHORIZATION_TOKEN"
curl -sSf -H "Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN" "$AWS_CONTAINER_CREDENTIALS_FULL_URI" || exit 8
echo; read line; vault off`)
	cmd.Env, cmd.Dir, cmd.Stderr = append(w.Environ(own...), "PATH="+filepath.Dir(w.Vault)+":"+os.Getenv("PATH"), "AWS_VAULT_FILE_PASSPHRASE="+world.Passphrase), w.Home, os.Stderr
	in, err := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	token, _ := lines.ReadString('\n')
	document, _ := lines.ReadString('\n')
	var got struct{ AccessKeyId, SecretAccessKey, Token string }
	if err := json.Unmarshal([]byte(document), &got); err != nil || len(token) < 40 {
		t.Fatalf("%v, %q", err, document)
	}
	now, _ := serverOf(t, w, own)
	report, _, _ := w.Run(own, "status", "--server", "--json")
	places := map[string]string{"status": report}
	for _, pid := range []int{now.Keeper, now.Server} {
		for _, file := range []string{"cmdline", "environ"} {
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
			if err != nil || len(text) == 0 {
				t.Errorf("process %d, %s: %v", pid, file, err)
			}
			places[fmt.Sprint(file, " of ", pid)] = string(text)
		}
	}
	for _, dir := range []string{w.Home, filepath.Join(w.Dir, "run"), filepath.Join(w.Dir, "tmp")} {
		filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				text, err := os.ReadFile(path)
				if err != nil {
					t.Error(err)
				}
				places[path] = string(text)
			}
			return nil
		})
	}
	if len(places) < 8 {
		t.Errorf("little was looked at: %d places", len(places))
	}
	for place, text := range places {
		for name, secret := range map[string]string{"token": strings.TrimSpace(token), "secret key": got.SecretAccessKey, "session token": got.Token, "passphrase": world.Passphrase} {
			if strings.Contains(text, secret) {
				t.Errorf("the %s is in %s", name, place)
			}
		}
	}
	if strings.Contains(report, got.AccessKeyId) {
		t.Error("status shows the id of a key")
	}
	io.WriteString(in, "\n")
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	now.gone(t)
}

// The secret key of a session goes to the programs that ask, by their connection, and to no file,
// pipe or other socket: neither that of exec --server, nor the server's of a shell.
func TestTheSecretGoesByTheConnectionAlone(t *testing.T) {
	strace := need.Program(t, "strace", "strace")
	need.Program(t, "curl", "curl")
	w := world.New(t)
	environ := append(w.Environ(served(t, w)...), "PATH="+filepath.Dir(w.Vault)+":"+os.Getenv("PATH"))
	const ask = `curl -sSf -o given -H "Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN" "$AWS_CONTAINER_CREDENTIALS_FULL_URI"`
	for name, script := range map[string]string{
		"exec":  `vault exec dev --server -- sh -c '` + ask + `'`,
		"shell": `eval "$(vault hook bash)"; vault use dev --via server && ` + ask + ` && vault off`,
	} {
		trace, given := filepath.Join(t.TempDir(), "trace"), filepath.Join(w.Home, "given")
		cmd := exec.Command(strace, "-f", "-yy", "-qq", "-s", "100000", "-e", "trace=write,writev,pwrite64,sendto,sendmsg,sendmmsg", "-e", "signal=none", "-o", trace, "bash", "-c", script)
		cmd.Env, cmd.Dir = environ, w.Home
		if out, err := cmd.CombinedOutput(); err != nil { // it waits for the server too
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		var got struct{ SecretAccessKey, Token string }
		text, err := os.ReadFile(given)
		if err := errors.Join(err, json.Unmarshal(text, &got)); err != nil || len(got.SecretAccessKey) < 20 {
			t.Fatalf("%s: %v, %s", name, err, text)
		}
		lines, err := os.ReadFile(trace)
		if err != nil {
			t.Fatal(err)
		}
		sent := 0
		for row := range strings.Lines(string(lines)) {
			if !strings.Contains(row, got.SecretAccessKey) && !strings.Contains(row, got.Token) {
				continue
			}
			switch {
			case answering.MatchString(row):
				sent++
			case strings.Contains(row, "<"+given+">"): // the program's own
			default:
				t.Errorf("%s: %.200s", name, row)
			}
		}
		if sent != 1 {
			t.Errorf("%s: it was sent %d times", name, sent)
		}
	}
}

// answering is a line of strace -yy about the answer to a program.
var answering = regexp.MustCompile(`(write|sendto)\([0-9]+<TCP:\[127\.0\.0\.1:[0-9]+->127\.0\.0\.1:[0-9]+\]>, "HTTP/1\.1 200 OK`)
