package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// count is something that may not happen at all.
type count struct {
	name string
	n    int
}

// counts runs each row of cached sessions under strace: the programs that it
// starts, and the connections to a message bus.
func (s *stage) counts() []count {
	strace, err := exec.LookPath("strace")
	if err != nil {
		s.note("Not counted here: programs started and calls of the message bus: apt-get install strace")
		return nil
	}
	programs, calls := count{name: "programs started with a cached session"}, count{name: "connections to the message bus with a cached session"}
	for _, one := range s.counted {
		trace := filepath.Join(s.dir, "trace")
		cmd := exec.Command(strace, append([]string{"-f", "-qq", "-e", "trace=execve,execveat,connect", "-e", "signal=none", "-o", trace, "--"}, one.argv...)...)
		cmd.Env = one.environ
		if err := one.check(cmd); err != nil {
			s.note(fmt.Sprintf("Not counted: %v", err))
			continue
		}
		text, err := os.ReadFile(trace)
		if err != nil {
			s.note(fmt.Sprintf("Not counted: %s: %v", one.name, err))
			continue
		}
		started := -1 // itself
		if one.command {
			started-- // and what it becomes
		}
		bus := 0
		for line := range bytes.Lines(text) {
			switch {
			case bytes.Contains(line, []byte("execve")) && bytes.HasSuffix(bytes.TrimSpace(line), []byte("= 0")):
				started++
			case bytes.Contains(line, []byte("connect(")) && bytes.Contains(line, []byte("AF_UNIX")) && onMessageBus(string(line), one.environ):
				bus++
			}
		}
		if started > 0 || bus > 0 {
			fmt.Fprintf(os.Stderr, "bench: %s: %d programs, %d connections to the message bus\n", one.name, started, bus)
		}
		programs.n += max(started, 0)
		calls.n += bus
	}
	return []count{programs, calls}
}

// onMessageBus reports whether a connection goes to the bus that the environment
// names, or to another that a library may look for.
func onMessageBus(line string, environ []string) bool {
	if strings.Contains(line, "/nonexistent/vault-wants-no-bus") { // internal/nodbus: where the library is sent instead
		return false
	}
	for _, v := range environ {
		if address, ok := strings.CutPrefix(v, "DBUS_SESSION_BUS_ADDRESS="); ok {
			for part := range strings.SplitSeq(address, ",") {
				_, path, _ := strings.Cut(part, "=")
				if path != "" && strings.HasPrefix(path, "/") && strings.Contains(line, path) {
					return true
				}
			}
		}
	}
	return strings.Contains(line, "dbus") || strings.Contains(line, "/run/user/")
}
