//go:build unix

package readers

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// The program has no key, and is the role all the same: by a server of its own, which
// speaks as a container's does, as an instance's does, or both.
func TestEachReaderAsksTheServer(t *testing.T) {
	others := slices.DeleteFunc(slices.Clone(hostile), func(v string) bool {
		return strings.Contains(v, "REGION=") // exec's own setting, too
	})
	others = append(others, "AWS_EC2_METADATA_DISABLED=true", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=IPv6")
	inEach(t, func(t *testing.T, r reader, who string, w *world.World) {
		for _, c := range []struct{ flag, source string }{
			{"--server", "CredentialsEndpointProvider"},
			{"-s --lazy", "CredentialsEndpointProvider"},
			{"--ec2-server", "EC2RoleProvider"},
			{"--ecs-server --ec2-server", "CredentialsEndpointProvider"},
		} {
			out, errs := shell(t, w, w.Environ(others...),
				"vault exec dev "+c.flag+" -- bash -c "+quote("env | grep -cE '^AWS_[A-Z_]*(KEY|KEY_ID|SESSION_TOKEN)='; "+who)+" || exit",
			)
			keys, arn, _ := strings.Cut(strings.TrimSpace(out), "\n")
			arn, provider, _ := strings.Cut(arn, " ")
			if keys != "0" || arn != role {
				t.Errorf("%s: %s keys, %q\n%s", c.flag, keys, arn, errs)
			}
			if provider != "" && provider != region+" "+c.source {
				t.Errorf("%s: the SDK has them from %q", c.flag, provider)
			}
		}
	})
}

// debianBoto3 is a Python that has boto3, as Debian brings it.
func debianBoto3(t *testing.T) string {
	t.Helper()
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(python, "-c", "import boto3").Run() == nil {
			return python
		}
	}
	need.Missing(t, "apt-get install python3-boto3")
	return ""
}

// exec starts a command beside a server, in a process group of its own.
func beside(t *testing.T, w *world.World, flags []string, script string) (cmd *exec.Cmd, out, errs *bytes.Buffer) {
	t.Helper()
	out, errs = &bytes.Buffer{}, &bytes.Buffer{}
	cmd = exec.Command(w.Vault, append(append([]string{"exec"}, flags...), "--", "bash", "-c", script)...)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = w.Environ(), w.Home, out, errs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	return cmd, out, errs
}

// Programs that were started once go on through renewals, and through a sleep in which
// what they had ended. They have no error, and AWS is asked once for each session.
func TestProgramsGoOnThroughRenewals(t *testing.T) {
	const life, times = 20 * time.Second, 46
	t.Parallel() // it waits most of the time
	w := world.New(t)
	w.Fake.Shorten(life)
	before := assumed(w)
	begun := time.Now()
	cmd, out, errs := beside(t, w, []string{"--server", "dev"}, fmt.Sprintf(`%s %d & %s -c '
import boto3, time
sts = boto3.client("sts", endpoint_url="%s")
for i in range(%d):
    print(sts.get_caller_identity()["Arn"], flush=True)
    time.sleep(1)
' & wait -n || exit 8; wait -n || exit 9`, sdk(t), times, quote(debianBoto3(t)), w.Fake.URL, times))
	time.Sleep(3 * time.Second)
	syscall.Kill(-cmd.Process.Pid, syscall.SIGSTOP)
	time.Sleep(life + 2*time.Second)
	syscall.Kill(-cmd.Process.Pid, syscall.SIGCONT)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, errs)
	}
	took := time.Since(begun)
	if n := strings.Count(out.String(), role); n != 2*times || errs.Len() > 0 {
		t.Errorf("%d of %d times they were the role\n%s", n, 2*times, errs)
	}
	// A renewal at half of a life, and one after the sleep.
	n, most := assumed(w)-before, int(took/(life/2))+4
	t.Logf("%d sessions in %s", n, took.Round(time.Second))
	if n < 5 || n > most {
		t.Errorf("%d sessions in %s, want 5 to %d", n, took, most)
	}
}

// assumed counts the calls of AssumeRole.
func assumed(w *world.World) (n int) {
	for _, c := range w.Fake.Calls() {
		if c.Operation == "AssumeRole" {
			n++
		}
	}
	return n
}

// Fifty programs at once are one call, and a role below the lease's is that role.
func TestManyProgramsAndRolesBesideAServer(t *testing.T) {
	need.Program(t, "curl", "curl")
	w := world.New(t)
	if err := w.WriteConfig(`[profile jon]
region = eu-central-1
[profile one]
source_profile = plain
role_arn = arn:aws:iam::111122223333:role/hop1
`); err != nil {
		t.Fatal(err)
	}
	before := assumed(w)
	cmd, out, errs := beside(t, w, []string{"--server", "--lazy", "one"}, `
ask() { local got; got=$(curl -sS -H "Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN" "$AWS_CONTAINER_CREDENTIALS_FULL_URI$1"); echo "$got"; }
for i in {1..50}; do ask & done; wait
ask /role-arn/arn:aws:iam::111122223333:role/hop2
curl -sS -o /dev/null -w '%{http_code}\n' "$AWS_CONTAINER_CREDENTIALS_FULL_URI"
echo "$AWS_CONTAINER_CREDENTIALS_FULL_URI"`)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, errs)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 53 {
		t.Fatalf("%d lines:\n%s\n%s", len(lines), out, errs)
	}
	for _, line := range lines[:50] {
		if !strings.Contains(line, `"RoleArn":"arn:aws:iam::111122223333:role/hop1"`) || line != lines[0] {
			t.Errorf("got %.80s", line)
		}
	}
	if !strings.Contains(lines[50], `"RoleArn":"arn:aws:iam::111122223333:role/hop2"`) {
		t.Errorf("a role: %.200s", lines[50])
	}
	if lines[51] != strconv.Itoa(http.StatusForbidden) {
		t.Errorf("without the token: %s", lines[51])
	}
	if n := assumed(w) - before; n != 2 {
		t.Errorf("%d calls of AssumeRole", n)
	}
	if resp, err := http.Get(lines[52]); err == nil {
		body, _ := io.ReadAll(resp.Body)
		t.Errorf("the server is there after its command: %s", body)
	}
}

// serving starts vault serve and waits until it serves. What it printed is in the file.
func serving(t *testing.T, w *world.World, args ...string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "printed")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	var errs lockedBuffer
	cmd := exec.Command(w.Vault, append([]string{"serve"}, args...)...)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = w.Environ(), w.Home, out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("vault serve: %v\n%s", err, errs.String())
		}
	})
	const says = "Ctrl-C ends it"
	for until := time.Now().Add(20 * time.Second); !strings.Contains(errs.String(), says); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("vault serve does not serve: %s", errs.String())
		}
	}
	return file
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// vault serve prints what its readers need, a profile each.
func TestServeInTheForeground(t *testing.T) {
	inEach(t, func(t *testing.T, r reader, who string, w *world.World) {
		printed := serving(t, w, "dev:eu-west-3", "plain")
		text, err := os.ReadFile(printed)
		if err != nil {
			t.Fatal(err)
		}
		dev, plain, ok := strings.Cut(string(text), "# plain\n")
		if !ok {
			t.Fatalf("it printed %q", text)
		}
		for want, lines := range map[string]string{role: dev, "arn:aws:iam::111122223333:user/jon": plain} {
			out, _ := shell(t, w, w.Environ(), lines, who)
			if arn, _, _ := strings.Cut(strings.TrimSpace(out), " "); arn != want {
				t.Errorf("it is %q, want %q", out, want)
			}
		}
		if !strings.Contains(dev, "AWS_REGION='eu-west-3'\n") {
			t.Errorf("no region in %s", dev)
		}
	})
}

// carrier carries what comes to a port of the loopback to a socket.
const carrier = `
import socket, sys, threading
def carry(a, b):
    while data := a.recv(65536): b.sendall(data)
    b.shutdown(socket.SHUT_WR)
l = socket.create_server(("127.0.0.1", int(sys.argv[2])))
while True:
    near, _ = l.accept()
    far = socket.socket(socket.AF_UNIX)
    far.connect(sys.argv[1])
    threading.Thread(target=carry, args=(near, far), daemon=True).start()
    threading.Thread(target=carry, args=(far, near), daemon=True).start()
`

// forwarded serves the fake AWS at a socket.
func forwarded(t *testing.T, w *world.World, path string) {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", strings.TrimPrefix(w.Fake.URL, "http://"))
			if err != nil {
				near.Close()
				continue
			}
			go func() { io.Copy(far, near); far.Close() }()
			go func() { io.Copy(near, far); near.Close() }()
		}
	}()
}

// Where nothing leads out but a socket, the same programs are who they are.
func TestServeIntoANamespace(t *testing.T) {
	unshare, ip := need.Program(t, "unshare", "util-linux"), need.Program(t, "ip", "iproute2")
	if err := exec.Command(unshare, "-rn", ip, "link", "set", "lo", "up").Run(); err != nil {
		t.Skipf("there is no network namespace for this user here (%v): run outside a container", err)
	}
	w := world.New(t)
	socket := filepath.Join(w.Dir, "dev.sock")
	serving(t, w, "dev", "plain", "--socket", socket)
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	inside := func(args, script string) (string, string, error) {
		cmd := exec.Command(unshare, "-rn", "bash", "-c", quote(ip)+" link set lo up && exec "+quote(w.Vault)+" serve --connect "+quote(socket)+" "+args+" -- bash -c "+quote(script))
		cmd.Env, cmd.Dir = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + w.Dir, "DBUS_SESSION_BUS_ADDRESS=unix:path=/proc/nonexistent"}, "/"
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		err := cmd.Run()
		return out.String(), errs.String(), err
	}
	const show = `echo $AWS_VAULT $AWS_REGION ${AWS_ACCESS_KEY_ID-none}; curl -sS -H "Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN" $AWS_CONTAINER_CREDENTIALS_FULL_URI`
	need.Program(t, "curl", "curl")
	out, errs, err := inside("--profile dev", show)
	if err != nil || !strings.HasPrefix(out, "dev "+region+" none\n{\"AccessKeyId\":\"ASIA") || !strings.Contains(out, `"RoleArn":"arn:aws:iam::111122223333:role/reader"`) {
		t.Errorf("%v\n%.200s\n%s", err, out, errs)
	}
	// AWS is where it was, by its own address, which is of this namespace: a program there
	// carries it to a socket. So each SDK says who it is by the same line as everywhere.
	forwarded(t, w, filepath.Join(w.Dir, "aws.sock"))
	carry := quote(need.Program(t, "python3", "python3")) + " -c " + quote(carrier) + " " + quote(filepath.Join(w.Dir, "aws.sock")) + " " + strings.TrimPrefix(w.Fake.URL, "http://127.0.0.1:") + " & "
	for _, r := range readers {
		switch r.name {
		case "AWS CLI 1", "boto3": // not of Debian
			continue
		}
		script := carry + "export AWS_ENDPOINT_URL_STS=" + w.Fake.URL + "; for i in {1..300}; do (: >/dev/tcp/127.0.0.1/" + strings.TrimPrefix(w.Fake.URL, "http://127.0.0.1:") + ") 2>/dev/null && break; sleep 0.1; done; " + r.find(t) + "; s=$?; kill %1; exit $s"
		out, errs, err := inside("--profile dev", script)
		if arn, _, _ := strings.Cut(strings.TrimSpace(out), " "); err != nil || arn != role {
			t.Errorf("%s: %v\n%s\n%s", r.name, err, out, errs)
		}
	}
	// And without any way to AWS it has its keys.
	python := debianBoto3(t)
	for name, script := range map[string]string{
		"boto3":     quote(python) + ` -c 'import boto3; print(boto3.Session().get_credentials().get_frozen_credentials().access_key)'`,
		"AWS CLI 2": quote(debianCLI(t)) + ` configure list | grep access_key | grep -o 'container-role'`,
		"Go SDK":    sdk(t) + ` keys`,
		"JS SDK":    javaScript(t) + ` keys`,
	} {
		out, errs, err := inside("--profile plain", script)
		if err != nil || !strings.HasPrefix(out, "ASIA") && strings.TrimSpace(out) != "container-role" {
			t.Errorf("%s: %v\n%s\n%s", name, err, out, errs)
		}
	}
	if _, errs, err := inside("", "true"); err == nil || !strings.Contains(errs, "the server has several profiles") || !strings.Contains(errs, "--profile, with one of: dev, plain") {
		t.Errorf("without a name: %v\n%s", err, errs)
	}
	if _, errs, err := inside("--profile nosuch", "true"); err == nil || !strings.Contains(errs, `the server does not serve "nosuch"`) {
		t.Errorf("another name: %v\n%s", err, errs)
	}
	if _, errs, status := w.Run(nil, "serve", "dev", "--socket", socket); status != 1 || !strings.Contains(errs, "another server listens on "+socket) {
		t.Errorf("a second server: status %d\n%s", status, errs)
	}
}
