//go:build unix

package lease

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"awsvault/internal/fault"
)

// client returns a client whose place is its own directory, with a short path. It starts no
// server.
func client(t *testing.T) Client {
	t.Helper()
	dir, err := os.MkdirTemp("", "l")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return Client{
		Place: Place{Dir: filepath.Join(dir, "run"), Name: "broker"}, UID: os.Getuid(), Version: "1.0.0",
		Start: func(context.Context) error { return errors.New("started") },
	}
}

// answering answers every request at the client's socket with answer.
func answering(t *testing.T, c Client, answer func(net.Conn, Request)) {
	t.Helper()
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", c.Socket())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				var r Request
				if json.NewDecoder(conn).Decode(&r) == nil {
					answer(conn, r)
				}
			}()
		}
	}()
}

// Whatever a server answers, the result is a complete lease, or one line that says what is
// wrong.
func TestWhatAServerMayAnswer(t *testing.T) {
	const ok = `{"protocol":1,"version":"1.0.0","keeper":1,"lease":{"id":"a","uri":"http://127.0.0.1:1/l/a","token":"t","name":"dev"}}`
	for _, c := range []struct{ name, answer, granted, looked string }{
		{"a lease", ok, "", ""},
		{"a lease, and more behind it", ok + strings.Repeat("\n{}", 9), "", ""},
		{"nothing", "", errCut.Error(), errCut.Error()},
		{"no JSON", "HTTP/1.1 400 Bad Request\r\n\r\n", errCut.Error(), errCut.Error()},
		{"half a lease", ok[:len(ok)-9], errCut.Error(), errCut.Error()},
		{"a huge one", `{"protocol":1,"version":"` + strings.Repeat("x", Longest) + `"}`, errCut.Error(), errCut.Error()},
		{"deeply nested", strings.Repeat("[", 20_000), errCut.Error(), errCut.Error()},
		{"a lease of another type", `{"protocol":1,"version":"1.0.0","lease":"a"}`, errCut.Error(), errCut.Error()},
		{"a newer protocol, of other types", `{"protocol":2,"version":2}`, "the credential server is of a newer version", "the credential server is of a newer version"},
		{"no lease", `{"protocol":1,"version":"1.0.0"}`, errOdd.Error(), ErrUnknown.Error()},
		{"a lease without address and token", `{"protocol":1,"version":"1.0.0","lease":{"id":"a"}}`, errOdd.Error(), ""},
		{"a failure", `{"protocol":1,"version":"1.0.0","failure":{"text":"no \u001b[31mred","hint":"h","kind":3}}`, "no \x1b[31mred", "no \x1b[31mred"},
		{"a newer protocol", `{"protocol":2,"version":"2.0.0","lease":{"id":"a","uri":"u","token":"t"}}`, "the credential server is of a newer version", "the credential server is of a newer version"},
		{"an older program that does not give way", `{"protocol":1,"version":"0.9.0"}`, errOlder.Error(), ErrUnknown.Error()},
	} {
		t.Run(c.name, func(t *testing.T) {
			to := client(t)
			answering(t, to, func(conn net.Conn, _ Request) { io.WriteString(conn, c.answer) })
			l, err := to.Grant(t.Context(), Terms{Name: "dev"})
			if said(err) != c.granted || err == nil && (l.URI == "" || l.Token == "") {
				t.Errorf("a grant: %v, %+v; want %q", err, l, c.granted)
			}
			if _, err := to.Look(t.Context(), "a"); said(err) != c.looked {
				t.Errorf("a look: %v, want %q", err, c.looked)
			}
		})
	}
}

func said(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// The client stops waiting for a server that never answers.
func TestAServerThatIsSilent(t *testing.T) {
	c := client(t)
	answering(t, c, func(conn net.Conn, _ Request) { conn.Read(make([]byte, 1)) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Look(ctx, "a"); !errors.Is(err, errSilent) || fault.HintOf(err) == "" {
		t.Errorf("%v", err)
	}
	gone := errors.New("interrupted")
	ctx2, interrupt := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { interrupt(gone) })
	if _, err := c.Look(ctx2, "a"); !errors.Is(err, gone) {
		t.Errorf("interrupted: %v", err)
	}
}

// The client asks for no lease where others could answer, or where no socket is possible. The
// error says what to do.
func TestPlacesThatAreRefused(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(t *testing.T, c *Client) error
		want string
	}{
		{"others can write in it", func(_ *testing.T, c *Client) error {
			return errors.Join(os.Mkdir(c.Dir, 0o700), os.Chmod(c.Dir, 0o777))
		}, "can be written by"},
		{"a link", func(_ *testing.T, c *Client) error { return os.Symlink(t.TempDir(), c.Dir) }, "is not a directory"},
		{"a file", func(_ *testing.T, c *Client) error { return os.WriteFile(c.Dir, nil, 0o600) }, "not a directory"},
		{"another user's", func(t *testing.T, c *Client) error {
			if os.Getuid() != 0 {
				t.Skip("run as root, who can give a directory away")
			}
			return errors.Join(os.Mkdir(c.Dir, 0o700), os.Chown(c.Dir, 1, 1))
		}, "belongs to"},
		{"a long path", func(_ *testing.T, c *Client) error { c.Dir += strings.Repeat("x", 100); return nil }, "the socket's path is too long: it has "},
		{"no place", func(_ *testing.T, c *Client) error { c.Dir = ""; return nil }, "there is no directory"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := client(t)
			if err := test.make(t, &c); err != nil {
				t.Fatal(err)
			}
			_, err := c.Grant(t.Context(), Terms{})
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(fault.HintOf(err), "set XDG_RUNTIME_DIR") {
				t.Errorf("%v, hint %q; want %q", err, fault.HintOf(err), test.want)
			}
		})
	}
}

// A file, a directory or a link at the socket's path counts as no server. Starting a server
// then reports it.
func TestWhatIsNoSocket(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"a file":                 func(path string) error { return os.WriteFile(path, []byte("x"), 0o600) },
		"a directory":            func(path string) error { return os.Mkdir(path, 0o700) },
		"a link to nothing":      func(path string) error { return os.Symlink("/proc/nonexistent", path) },
		"a link to a terminal":   func(path string) error { return os.Symlink("/dev/tty", path) },
		"a link in a circle":     func(path string) error { return os.Symlink(path, path) },
		"a socket that was left": left,
	} {
		c := client(t)
		if err := errors.Join(os.MkdirAll(c.Dir, 0o700), put(c.Socket())); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Grant(t.Context(), Terms{}); err == nil || err.Error() != "started" {
			if name != "a link in a circle" || !strings.HasPrefix(err.Error(), "ask the credential server: ") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func left(path string) error {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		return err
	}
	l.SetUnlinkOnClose(false)
	return l.Close()
}
