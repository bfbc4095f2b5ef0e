//go:build unix

package shells

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"awsvault/internal/lease"
	"awsvault/tests/world"
)

// served is the environment of shells whose programs ask a server: it is not told the
// passphrase, and is gone soon.
func served(w *world.World) []string {
	command := filepath.Join(w.Dir, "passphrase")
	os.WriteFile(command, []byte("#!/bin/sh\necho '"+world.Passphrase+"'\n"), 0o700)
	return []string{"AWS_VAULT_FILE_PASSPHRASE_COMMAND=" + command, "XDG_RUNTIME_DIR=" + filepath.Join(w.Dir, "run"), "AWS_VAULT_SERVER_GRACE=500ms"}
}

// newServed starts a shell of that kind.
func newServed(t *testing.T, k kind) (*session, *world.World) {
	t.Helper()
	w := world.New(t)
	if err := os.Mkdir(filepath.Join(w.Dir, "run"), 0o700); err != nil {
		t.Fatal(err)
	}
	s := start(t, k, w, served(w)...)
	t.Cleanup(func() { // a test that fails leaves no server behind
		if b, ok := serving(t, w); ok {
			syscall.Kill(b.Keeper, syscall.SIGTERM)
		}
	})
	return s, w
}

type report struct {
	Keeper, Server int
	Address        string
	Leases         []struct {
		Name  string
		Shell int
	}
}

// serving is what the server says of itself, if there is one.
func serving(t *testing.T, w *world.World) (report, bool) {
	t.Helper()
	out, errs, status := w.Run(served(w), "status", "--server", "--json")
	var doc struct{ Server *report }
	if err := json.Unmarshal([]byte(out), &doc); status != 0 || err != nil {
		t.Fatalf("status --server: %d, %v\n%s%s", status, err, out, errs)
	}
	if doc.Server == nil {
		return report{}, false
	}
	return *doc.Server, true
}

// address is how programs of a shell ask.
type address struct{ uri, token string }

func (s *session) lease() address {
	s.t.Helper()
	vars := s.exported()
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION"} {
		if v, ok := value(vars, name); ok {
			s.t.Errorf("%s: %s is %q", s.kind.name, name, v)
		}
	}
	uri, _ := value(vars, "AWS_CONTAINER_CREDENTIALS_FULL_URI")
	token, _ := value(vars, "AWS_CONTAINER_AUTHORIZATION_TOKEN")
	if !strings.HasPrefix(uri, "http://127.0.0.1:") || len(token) != 43 {
		s.t.Fatalf("%s: a lease of %q, with %d letters\n%s", s.kind.name, uri, len(token), s.all())
	}
	return address{uri, token}
}

// ask returns the answer to a program. The status is 0 if no server listens.
func (l address) ask(t *testing.T) (status int, body string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, l.uri, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", l.token)
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	resp, err := c.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text)
}

func (l address) is(t *testing.T, role string) {
	t.Helper()
	if status, body := l.ask(t); status != 200 || !strings.Contains(body, `role/`+role+`"`) {
		t.Fatalf("%d %s, want the role %s", status, body, role)
	}
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

func none(t *testing.T, w *world.World, b report) {
	t.Helper()
	eventually(t, "the server ends", func() bool {
		return syscall.Kill(b.Keeper, 0) == syscall.ESRCH && syscall.Kill(b.Server, 0) == syscall.ESRCH
	})
	if left, _ := filepath.Glob(filepath.Join(w.Dir, "run", "awsvault", "*.sock")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// The shell has a lease and no key. A server that is killed is replaced; when both
// processes are, the next prompt has another, and says so. `off` ends it at once.
func TestAShellWhoseProgramsAskAServer(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		s, w := newServed(t, k)
		before := s.exported()
		if text := s.ok("vault use dev --via server"); !strings.Contains(text, "role/reader") || !strings.Contains(text, "expires ") {
			t.Errorf("use: %s", text)
		}
		l := s.lease()
		l.is(t, "reader")
		if text := s.ok("vault status"); !strings.Contains(text, "by your credential server") || !strings.Contains(text, "Expires") {
			t.Errorf("status: %s", text)
		}
		b, ok := serving(t, w)
		if !ok || len(b.Leases) != 1 || b.Leases[0].Name != "dev" || b.Leases[0].Shell != s.cmd.Process.Pid {
			t.Fatalf("it serves %+v, and the shell is %d", b, s.cmd.Process.Pid)
		}

		syscall.Kill(b.Server, syscall.SIGKILL)
		eventually(t, "another server", func() bool { now, ok := serving(t, w); return ok && now.Server != b.Server })
		l.is(t, "reader")
		now, _ := serving(t, w)
		if now.Keeper != b.Keeper || now.Address != b.Address {
			t.Errorf("it was %+v, and is %+v", b, now)
		}

		syscall.Kill(now.Keeper, syscall.SIGKILL)
		eventually(t, "another keeper", func() bool { again, ok := serving(t, w); return ok && again.Keeper != now.Keeper })
		l.is(t, "reader")
		if text := s.ok("echo x"); strings.Contains(text, "another serves") {
			t.Errorf("nothing was lost: %s", text)
		}
		s.ok("echo y") // the prompt before it has met the new keeper

		now, _ = serving(t, w)
		syscall.Kill(now.Keeper, syscall.SIGSTOP) // or it would start another server in between
		syscall.Kill(now.Server, syscall.SIGKILL)
		syscall.Kill(now.Keeper, syscall.SIGKILL)
		// A prompt that the shell draws by itself may have started another already. And the
		// next one may be drawn before the kernel has taken the processes apart.
		alive := lease.Alive(now.Keeper)
		eventually(t, "both gone", func() bool {
			_, err := os.Lstat(alive)
			again, ok := serving(t, w)
			return err != nil && (!ok || again.Keeper != now.Keeper)
		})
		s.typed("\r")
		s.expect(`a new one serves now: restart the programs that use it`)
		fresh := s.lease()
		if fresh.token == l.token || fresh.uri == l.uri {
			t.Error("the new server has the old token, which may have been sent to another user's program")
		}
		fresh.is(t, "reader")
		s.ok("vault refresh")
		fresh.is(t, "reader")

		last, _ := serving(t, w)
		s.ok("vault off")
		if status, body := fresh.ask(t); status != 403 && status != 0 {
			t.Errorf("after off: %d %s", status, body)
		}
		if after := s.exported(); !slices.Equal(after, before) {
			t.Errorf("before:\n%s\nafter:\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
		}
		none(t, w, last)
	})
}

// A prompt with nothing to do starts no process, opens no connection and sends nothing while
// programs ask a server: that the server is there is a look at a path.
func TestAQuietPromptWithALease(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		s, w := newServed(t, k)
		s.ok("vault use dev --via server")
		b, _ := serving(t, w)
		s.enters(3)
		asked := func(during func()) (calls []string) {
			trace := s.straced("clone,clone3,fork,vfork,execve,connect,sendto,sendmsg", during)
			for line := range strings.Lines(trace) {
				if began.MatchString(line) && !strings.Contains(line, "CLONE_THREAD") {
					calls = append(calls, line)
				}
			}
			return calls
		}
		if calls := asked(func() { s.enters(20) }); len(calls) > 0 {
			t.Errorf("a quiet prompt: %q", calls)
		}
		if calls := asked(func() { s.ok("/bin/true") }); len(calls) == 0 {
			t.Error("the measure does not measure")
		}
		s.lease().is(t, "reader")
		if now, _ := serving(t, w); now.Keeper != b.Keeper || now.Server != b.Server {
			t.Errorf("it was %+v, and is %+v", b, now)
		}
		s.ok("vault off")
		none(t, w, b)
	})
}

// began is how a line of strace begins that starts a process, or speaks to one.
var began = regexp.MustCompile(`^[0-9 ]*(clone|clone3|fork|vfork|execve|connect|sendto|sendmsg)\(`)

// A directory takes a lease of its own where AWS_VAULT_VIA says so, and the one before
// comes back; a nested shell has its outer shell's, which its own `off` does not end.
func TestLeasesOfDirectoriesAndNestedShells(t *testing.T) {
	s, w := newServed(t, kinds[0])
	dir := filepath.Join(w.Home, "project")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, ".awsprofile"), "other\n")
	s.ok("export AWS_VAULT_VIA=server; vault allow project")
	s.ok("vault use dev")
	outer := s.lease()
	outer.is(t, "reader")
	if doc := s.ok("vault status --json"); !strings.Contains(doc, `"via":"server"`) || strings.Contains(doc, `"expires":null`) {
		t.Errorf("status says %s", doc)
	}
	s.typed("cd project\r")
	s.expect(`role/hop1`)
	inner := s.lease()
	inner.is(t, "hop1")
	s.typed("cd ..\r")
	s.expect(`role/reader`)
	back := s.lease()
	back.is(t, "reader")

	// A nested shell: the same lease, until it lets go of it.
	s.ok(`bash --norc --noprofile -c 'eval "$("$0" hook bash)"; vault off' ` + w.Vault)
	back.is(t, "reader")
	if again := s.lease(); again != back {
		t.Error("the outer shell has another lease")
	}
	b, _ := serving(t, w)
	s.ok("vault off")
	if status, body := back.ask(t); status != 403 && status != 0 {
		t.Errorf("after off: %d %s", status, body)
	}
	none(t, w, b)
}
