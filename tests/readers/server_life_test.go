//go:build unix

package readers

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// signings is a command that signs four times, by one client.
func signings(t *testing.T, of string) string {
	switch of {
	case "botocore":
		return quote(debianBoto3(t)) + ` -c 'import boto3, os
sts = boto3.client("sts", endpoint_url=os.environ["AWS_ENDPOINT_URL_STS"])
for i in range(4): print(sts.get_caller_identity()["Arn"])'`
	case "Go":
		return sdk(t) + " 4"
	}
	return javaScript(t) + " 4 0"
}

// How often a program asks depends on how long what it has will live, and on its SDK:
// the table that was measured before there was a server (reference/servers.md, 2.3).
// The Go program asks for credentials once more than it signs.
func TestHowOftenProgramsAsk(t *testing.T) {
	for life, want := range map[time.Duration]map[string][]int{
		time.Hour:        {"botocore": {1}, "Go": {1}, "JavaScript": {1}},
		14 * time.Minute: {"botocore": {5}, "Go": {1}, "JavaScript": {1}},
		9 * time.Minute:  {"botocore": {5}, "Go": {1}, "JavaScript": {1}},
		4 * time.Minute:  {"botocore": {5}, "Go": {5}, "JavaScript": {2, 3, 4, 5}}, // it renews in the background
	} {
		t.Run(life.String(), func(t *testing.T) {
			w := world.New(t)
			w.Fake.Shorten(life)
			for name, counts := range want {
				cmd, out, log := asked(t, w, signings(t, name))
				if err := cmd.Run(); err != nil || strings.Count(out.String(), role) != 4 {
					t.Errorf("%s: %v\n%s\n%s", name, err, out, log)
				}
				n := len(regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d  dev  (pid|uid) \d+  200  until `).FindAllString(log.String(), -1))
				ok := false
				for _, c := range counts {
					ok = ok || c == n
				}
				if !ok {
					t.Errorf("%s asks %d times for four signings, want one of %v\n%s", name, n, counts, log)
				}
			}
			if n := assumed(w); n > 6 {
				t.Errorf("AWS was asked %d times", n)
			}
		})
	}
}

// asked is a shell that starts vault serve, sets what it prints, runs a program, and
// ends it. What serve says is in log.
func asked(t *testing.T, w *world.World, program string, environ ...string) (cmd *exec.Cmd, out, log *bytes.Buffer) {
	t.Helper()
	bash := need.Program(t, "bash", "bash")
	out, log = &bytes.Buffer{}, &bytes.Buffer{}
	cmd = exec.Command(bash, "-c", `"$V" serve dev >"$T/set" & P=$!
for i in {1..300}; do [ -s "$T/set" ] && break; sleep 0.1; done
set -a; . "$T/set"; set +a
`+program+`
kill $P; wait $P`)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = w.Environ(append(environ, "V="+w.Vault, "T="+t.TempDir())...), w.Home, out, log
	return cmd, out, log
}

// What else is in the environment does not keep an SDK from the server: a proxy for
// HTTP, the address of another provider that exec takes away, a token in a file. The
// address has a path, and nothing after it: the SDK for Ruby keeps no more.
func TestWhatElseIsInTheEnvironment(t *testing.T) {
	const dead = "http://127.0.0.1:1"
	environ := []string{
		"HTTP_PROXY=" + dead, "http_proxy=" + dead, "ALL_PROXY=" + dead, "all_proxy=" + dead,
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/elsewhere", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/proc/nonexistent",
	}
	w := world.New(t)
	// The readers go by no proxy to the fake AWS, and have no list of exceptions.
	programs := map[string]string{
		"botocore":   quote(debianBoto3(t)) + ` -c 'import boto3; print(boto3.Session().get_credentials().get_frozen_credentials().access_key[:4])'`,
		"Go":         sdk(t) + " keys | cut -c 1-4",
		"JavaScript": javaScript(t) + " keys | cut -c 1-4",
	}
	script := "echo $AWS_CONTAINER_CREDENTIALS_FULL_URI ${AWS_CONTAINER_CREDENTIALS_RELATIVE_URI-none}"
	for _, name := range []string{"botocore", "Go", "JavaScript"} {
		script += "\n" + programs[name]
	}
	// As a file: those that are old do not know it, and have the variable still.
	script += "\nprintf %s \"$AWS_CONTAINER_AUTHORIZATION_TOKEN\" >token; export AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=$PWD/token"
	script += "\n" + programs["botocore"] + "\nunset AWS_CONTAINER_AUTHORIZATION_TOKEN\n" + programs["Go"] + "\n" + programs["JavaScript"]
	cmd := exec.Command(w.Vault, "exec", "plain", "--server", "--", "bash", "-c", script)
	cmd.Env, cmd.Dir = w.Environ(environ...), w.Home
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if want := `^http://127\.0\.0\.1:\d+/l/[a-z2-7]{26} none\n(ASIA\n){6}$`; err != nil || !regexp.MustCompile(want).Match(out) {
		t.Errorf("%v\n%s\n%s", err, out, errs.String())
	}
}

// A socket is carried to another machine by ssh, whose server is the user's own here.
func TestServeThroughSSH(t *testing.T) {
	ssh, keygen := need.Program(t, "ssh", "openssh-client"), need.Program(t, "ssh-keygen", "openssh-client")
	sshd := "/usr/sbin/sshd"
	if _, err := os.Stat(sshd); err != nil {
		need.Missing(t, "apt-get install openssh-server")
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if _, err := os.Stat("/run/sshd"); err != nil {
			need.User(t, "whose sshd needs no directory for its privileges")
		}
	}
	w := world.New(t)
	dir := w.Dir // short: a socket's path may have 104 bytes
	for _, key := range []string{"host", "me"} {
		if out, err := exec.Command(keygen, "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, key)).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	config := fmt.Sprintf("HostKey %[1]s/host\nAuthorizedKeysFile %[1]s/me.pub\nStrictModes no\nUsePAM no\nPidFile none\nPasswordAuthentication no\nPermitRootLogin yes\nStreamLocalBindUnlink yes\n", dir)
	if err := os.WriteFile(filepath.Join(dir, "sshd_config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	socket, far := filepath.Join(dir, "here.sock"), filepath.Join(dir, "there.sock")
	serving(t, w, "dev", "--socket", socket)
	// sshd -i speaks on its streams, so that no port is needed.
	cmd := exec.Command(ssh, "-F", "none", "-i", filepath.Join(dir, "me"), "-o", "ProxyCommand="+sshd+" -i -f "+filepath.Join(dir, "sshd_config"),
		"-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "BatchMode=yes", "-o", "ExitOnForwardFailure=yes",
		"-R", far+":"+socket, me.Username+"@there",
		"env -i PATH="+quote(os.Getenv("PATH"))+" HOME=/proc/nonexistent DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent "+quote(w.Vault)+" serve --connect "+quote(far)+" -- "+sdk(t)+" keys")
	cmd.Env, cmd.Dir = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + w.Home}, w.Home
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "ASIA") {
		t.Errorf("%v\n%s", err, out)
	}
}
