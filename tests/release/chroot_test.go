//go:build linux

package release

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"awsvault/tests/awsfake"
	"awsvault/tests/need"
	"awsvault/tests/world"
)

// patience is for a machine that does much else.
const patience = 45 * time.Second

// suite is a Debian of its own, as tests/chroot.sh keeps it, with a layer above it that
// takes all changes: nothing is left in the one that is kept, and nothing mounted.
type suite struct {
	dir    string
	holder int // the process that has the mount
}

func enter(t *testing.T, name string) *suite {
	t.Helper()
	need.Root(t, "for a chroot")
	need.Program(t, "debootstrap", "debootstrap")
	need.Program(t, "unshare", "util-linux")
	run(t, filepath.Join(root(t), "tests", "chroot.sh"), "build", name)
	where := os.Getenv("VAULT_CHROOTS")
	if where == "" {
		where = "/var/cache/vault-chroots"
	}
	over := t.TempDir()
	s := &suite{dir: filepath.Join(over, "root")}
	cmd := exec.Command("unshare", "--mount", "--propagation", "private", "sh", "-ec", `
		mount -t tmpfs layer "$2"
		mkdir "$2/above" "$2/work" "$2/root"
		mount -t overlay layer -o "lowerdir=$1,upperdir=$2/above,workdir=$2/work" "$2/root"
		mount -t proc proc "$2/root/proc"
		mount --rbind /dev "$2/root/dev"
		echo ready
		exec sleep infinity`, "sh", filepath.Join(where, name), over)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("no layer above %s: %v", name, err)
	}
	s.holder = cmd.Process.Pid
	return s
}

// command runs in the suite, with nothing of this machine's environment.
func (s *suite) command(environ []string, args ...string) *exec.Cmd {
	base := []string{"-t", strconv.Itoa(s.holder), "-m", "chroot", s.dir, "env", "-i", "HOME=/home/ana", "USER=ana", "LANG=C.UTF-8", "TERM=xterm",
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "DBUS_SESSION_BUS_ADDRESS=unix:path=/proc/nonexistent"}
	return exec.Command("nsenter", append(append(base, environ...), args...)...)
}

func (s *suite) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := s.command(nil, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// put copies a file into the suite.
func (s *suite) put(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	cmd := s.command(nil, "sh", "-c", `mkdir -p "$(dirname "$1")" && cat >"$1"`, "sh", to)
	cmd.Stdin = strings.NewReader(string(data))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", to, err, out)
	}
}

// entries are all paths of the suite but those that programs write while they run.
func (s *suite) entries(t *testing.T) string {
	t.Helper()
	return s.run(t, "find", "/", "-xdev", "(", "-path", "/proc", "-o", "-path", "/dev", "-o", "-path", "/tmp", "-o", "-path", "/var/log", "-o", "-path", "/var/lib/dpkg", "-o", "-path", "/var/cache", "-o", "-path", "/home", ")", "-prune", "-o", "-print")
}

// foreign is a package that owns /usr/bin/vault, as HashiCorp's does.
func foreign(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "vault")
	if err := os.MkdirAll(filepath.Join(dir, "DEBIAN"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "usr/bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"DEBIAN/control": "Package: vault\nVersion: 1.20.0-1\nArchitecture: all\nMaintainer: another <a@b.example>\nDescription: another vault\n",
		"usr/bin/vault":  "#!/bin/sh\necho 'Vault v1.20.0'\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	run(t, "dpkg-deb", "--root-owner-group", "-b", dir, dir+".deb")
	return dir + ".deb"
}

// The whole life of the package on a Debian that has another vault: installed, used,
// upgraded, installed again, removed, purged. Nothing is left.
func TestDebInASuite(t *testing.T) {
	b := dist(t)
	for _, name := range []string{"bookworm", "trixie"} {
		t.Run(name, func(t *testing.T) {
			s := enter(t, name)
			s.put(t, foreign(t), "/tmp/foreign.deb")
			s.put(t, b.one(t, "*_amd64.deb"), "/tmp/new.deb")
			s.run(t, "dpkg", "-i", "/tmp/foreign.deb")
			was := s.entries(t)
			if name == "trixie" { // one upgrade is enough
				s.put(t, older(t).one(t, "*_amd64.deb"), "/tmp/old.deb")
				s.run(t, "dpkg", "-i", "/tmp/old.deb")
				if out := s.run(t, "awsvault", "version"); !strings.HasPrefix(out, "awsvault "+older(t).version) {
					t.Errorf("the old one says %s", out)
				}
			}
			s.put(t, b.one(t, "*_amd64.deb"), "/tmp/files/"+filepath.Base(b.one(t, "*_amd64.deb")))
			s.run(t, "sh", "-c", "cd /tmp/files && "+readme(t, "dpkg"))
			s.run(t, "dpkg", "-i", "/tmp/new.deb") // again
			if out := s.run(t, "dpkg", "-V", "awsvault", "vault"); strings.TrimSpace(out) != "" && !strings.Contains(out, "/usr/share/") {
				t.Errorf("dpkg -V: %s", out) // minbase leaves manuals out where it is told to
			}
			if out := s.run(t, "awsvault", "version"); !strings.HasPrefix(out, "awsvault "+b.version) {
				t.Errorf("it says %s", out)
			}
			if out := s.run(t, "vault"); out != "Vault v1.20.0\n" {
				t.Errorf("the other vault says %s", out)
			}
			s.uses(t, "awsvault")
			s.completes(t)
			if name == "trixie" {
				s.run(t, "dpkg", "-r", "awsvault")
			}
			s.run(t, "sh", "-c", removal(t, "dpkg"))
			if left := s.entries(t); left != was {
				t.Errorf("left behind, or gone:\n%s", difference(was, left))
			}
		})
	}
}

func difference(was, is string) string {
	var b strings.Builder
	old, now := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(was) {
		old[line] = true
	}
	for line := range strings.Lines(is) {
		now[line] = true
		if !old[line] {
			b.WriteString("+ " + line)
		}
	}
	for line := range old {
		if !now[line] {
			b.WriteString("- " + line)
		}
	}
	return b.String()
}

// The archive, in a Debian that has nothing of ours.
func TestArchiveInASuite(t *testing.T) {
	b := dist(t)
	s := enter(t, "bookworm")
	was := s.entries(t)
	s.put(t, b.one(t, "vault-*-linux-amd64.tar.gz"), "/tmp/"+filepath.Base(b.one(t, "vault-*-linux-amd64.tar.gz")))
	s.run(t, "sh", "-c", "cd /tmp && "+readme(t, "tar"))
	s.run(t, "install", "/tmp/vault-"+b.version+"-linux-amd64/vault", "/usr/local/bin/vault")
	s.uses(t, "vault")
	s.run(t, "rm", "/usr/local/bin/vault")
	if left := s.entries(t); left != was {
		t.Errorf("left behind, or gone:\n%s", difference(was, left))
	}
}

// The rpm, in the same Debian: rpm is this machine's, and installs into it.
func TestRPMInASuite(t *testing.T) {
	b := dist(t)
	rpm := need.Program(t, "rpm", "rpm")
	s := enter(t, "bookworm")
	s.run(t, "mkdir", "-p", "/usr/share/zsh/site-functions", "/usr/share/licenses") // Fedora has them from "filesystem"
	was := s.entries(t)
	in := func(args ...string) string {
		t.Helper()
		base := []string{"-t", strconv.Itoa(s.holder), "-m", rpm, "--root", s.dir, "--dbpath", "/tmp/rpm"}
		return run(t, "nsenter", append(base, args...)...)
	}
	for _, path := range []string{older(t).one(t, "*x86_64.rpm"), b.one(t, "*x86_64.rpm")} { // an upgrade
		in(readmeOption(t, "rpm"), "--nodeps", "--nosignature", path)
	}
	if out := s.run(t, "awsvault", "version"); !strings.HasPrefix(out, "awsvault "+b.version) {
		t.Errorf("after the upgrade it says %s", out)
	}
	if out := in("-V", "awsvault"); strings.TrimSpace(out) != "" {
		t.Errorf("rpm -V: %s", out)
	}
	s.uses(t, "awsvault")
	in(strings.Fields(removal(t, "rpm"))[1:]...)
	if left := s.entries(t); left != was {
		t.Errorf("left behind, or gone:\n%s", difference(was, left))
	}
}

// uses is the first minute of a person: the hook, a key, a role, and away again. All that
// they have is in their home.
func (s *suite) uses(t *testing.T, program string) {
	t.Helper()
	fake := awsfake.Start(t, awsfake.Options{})
	example, err := fake.Load(awsfake.ExampleSeed)
	if err != nil {
		t.Fatal(err)
	}
	script := `set -e
rm -rf "$HOME"; mkdir -p "$HOME/.aws"
cat >"$HOME/.aws/config"
` + program + ` add plain --env --no-add-config
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
eval "$(` + program + ` hook bash)"
vault use dev
test -n "$AWS_SESSION_TOKEN"
vault status
vault off
test -z "${AWS_SESSION_TOKEN-}"
vault remove plain --force
rm -rf "$HOME"
`
	cmd := s.command([]string{"AWS_ENDPOINT_URL_STS=" + fake.URL, "AWS_EC2_METADATA_DISABLED=true", "AWS_VAULT_BACKEND=file", "AWS_VAULT_FILE_PASSPHRASE=" + world.Passphrase,
		"AWS_ACCESS_KEY_ID=" + example.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + example.SecretAccessKey}, "bash", "-c", script)
	cmd.Stdin = strings.NewReader(world.Config)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
	for _, want := range []string{"role/reader", "(vault use)", "left dev"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%s does not say %q:\n%s", program, want, out)
		}
	}
}

// completes presses TAB in bash and zsh, and asks fish, without a hook: the package's files
// are all that they have.
func (s *suite) completes(t *testing.T) {
	t.Helper()
	s.run(t, "mkdir", "-p", "/home/ana")
	if out := s.run(t, "fish", "-c", "complete -C 'awsvault stat'"); !strings.HasPrefix(out, "status") {
		t.Errorf("fish completes awsvault stat as %q", out)
	}
	s.tab(t, ". /usr/share/bash-completion/bash_completion", "bash", "--norc", "-i")
	s.tab(t, "autoload -Uz compinit; compinit -u -D", "zsh", "-f", "-i")
	s.run(t, "rm", "-rf", "/home/ana")
}

// tab types a part of a command and TAB, and waits for the rest.
func (s *suite) tab(t *testing.T, first string, shell ...string) {
	t.Helper()
	cmd := s.command(nil, shell...)
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	parts, done := make(chan string), make(chan struct{})
	defer close(done)
	go func() {
		for part := make([]byte, 4096); ; {
			n, err := terminal.Read(part)
			if err != nil {
				return
			}
			select {
			case parts <- string(part[:n]):
			case <-done:
				return
			}
		}
	}()
	limit, all := time.After(patience), ""
	wait := func(text string) {
		t.Helper()
		for !strings.Contains(all, text) {
			select {
			case part := <-parts:
				all += part
			case <-limit:
				t.Fatalf("%s: no %q in %q", shell[0], text, all)
			}
		}
		all = ""
	}
	io.WriteString(terminal, first+"; echo re''ady\n")
	wait("ready")
	io.WriteString(terminal, "awsvault stat\t")
	wait("awsvault stat")
	wait("us")
}
