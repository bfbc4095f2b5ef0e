//go:build linux

package nodbus

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The test starts a program that imports the keyring library, with and without the guard. A
// dbus-launch on its PATH leaves a file behind. Without the guard the file must appear, which
// shows that the test can fail.
func TestNoBusIsLaunched(t *testing.T) {
	if exists("/run/user/" + strconv.Itoa(os.Getuid()) + "/bus") {
		t.Skip("this user has a session bus at /run/user/UID/bus, so nothing would be launched: run it where there is none")
	}
	bare, guarded := build(t, "bare"), build(t, "guarded")

	const unset = "\x00"
	tests := []struct {
		name     string
		program  string
		bus      string
		launched bool
	}{
		{"the bare library launches a bus where none is named", bare, unset, true},
		{"the bare library launches a bus for an empty address", bare, "", true},
		{"the bare library launches a bus for autolaunch:", bare, "autolaunch:", true},
		{"the guard prevents it where none is named", guarded, unset, false},
		{"the guard prevents it for an empty address", guarded, "", false},
		{"the guard prevents it for autolaunch:", guarded, "autolaunch:", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			marker := filepath.Join(t.TempDir(), "launched")
			bin := t.TempDir()
			script := "#!/bin/sh\n: >'" + marker + "'\nexit 1\n"
			if err := os.WriteFile(filepath.Join(bin, "dbus-launch"), []byte(script), 0o755); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(test.program)
			cmd.Env = []string{"PATH=" + bin, "LAST=1"}
			if test.bus != unset {
				cmd.Env = append(cmd.Env, variable+"="+test.bus)
			}
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if got := exists(marker); got != test.launched {
				t.Errorf("dbus-launch ran: got %v, want %v", got, test.launched)
			}
			if test.program == guarded {
				if diff := cmp.Diff(strings.Join(cmd.Env, "\n")+"\n", string(out)); diff != "" {
					t.Errorf("environment for children (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// A bus that accepts calls and never answers would block the bare library for ever.
func TestABusThatIsNamedIsNotDialled(t *testing.T) {
	guarded := build(t, "guarded")
	socket := filepath.Join(t.TempDir(), "bus")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	dialled := make(chan bool, 1)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conn.Close()
			select {
			case dialled <- true:
			default: // it dials once for each of its two backends
			}
		}
	}()
	for _, program := range []string{guarded, build(t, "bare")} {
		cmd := exec.Command(program)
		cmd.Env = []string{variable + "=unix:path=" + socket, "LAST=1"}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if program != guarded {
			<-dialled // this shows that the test can fail
			break
		}
		select {
		case <-dialled:
			t.Error("the bus was dialled")
		default:
		}
		if diff := cmp.Diff(strings.Join(cmd.Env, "\n")+"\n", string(out)); diff != "" {
			t.Errorf("environment for children (-want +got):\n%s", diff)
		}
	}
}

func TestAddressIsTheOneGiven(t *testing.T) {
	if got := Address(); got != original {
		t.Errorf("got %q, want %q", got, original)
	}
}

// build compiles one of the programs in testdata, which the go tool otherwise ignores.
func build(t *testing.T, name string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), name)
	cmd := exec.Command("go", "build", "-o", program, "./testdata/"+name)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}
