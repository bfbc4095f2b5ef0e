//go:build unix

package broker

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"awsvault/internal/fault"
	"awsvault/internal/lease"
)

// failing starts a keeper whose program cannot serve.
func (b *bench) failing(program string) func(context.Context) error {
	return func(context.Context) error {
		b.starts.Add(1)
		k, err := Open(b.Place)
		if err != nil {
			return err
		}
		k.Program, k.Args = program, []string{"-test.run=^$"}
		b.keep.Go(func() {
			b.ended <- k.Keep(b.t.Context(), time.Now, sleep)
			k.Port.Close()
			k.Control.Close()
		})
		return nil
	}
}

// A server that ends at once is not restarted without end. A waiting client gets the reason at
// once, and not after its patience has ended. Nothing stays behind, and the next client starts
// another server.
func TestAServerThatCannotServe(t *testing.T) {
	for program, why := range map[string]string{"/bin/false": "exit status 1", "/proc/nonexistent": "no such file or directory"} {
		b := newBench(t)
		t.Cleanup(b.keep.Wait)
		pid := shell(t).Process.Pid
		b.Client.Start = b.failing(program)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		_, err := b.Grant(ctx, lease.Terms{Name: "DEV", Shell: pid, Source: json.RawMessage(`"DEV"`)})
		if err == nil || !strings.HasPrefix(err.Error(), "the credential server ends as soon as it is started: ") || !strings.HasSuffix(err.Error(), why) ||
			!strings.Contains(fault.HintOf(err), "--via env") || b.starts.Load() != 1 {
			t.Errorf("%s: %v, %d starts", program, err, b.starts.Load())
		}
		if err := <-b.ended; err == nil {
			t.Errorf("%s: the keeper has no error", program)
		}
		if left, _ := filepath.Glob(filepath.Join(b.Dir, "*.sock")); len(left) > 0 {
			t.Errorf("%s: left: %v", program, left)
		}
		if _, err := b.Report(ctx); !errors.Is(err, lease.ErrNone) {
			t.Errorf("%s: afterwards: %v", program, err)
		}
		b.Client.Start = b.start
		l := b.lease("DEV", pid)
		b.wants(l, 200, `"ASIADEV"`)
		b.Revoke(t.Context(), l.ID)
		b.gone()
	}
}

// If leases exist, programs wait for the server, so it is restarted more often.
func TestAServerThatFailsForAWhile(t *testing.T) {
	b := newBench(t)
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	// It serves, until there is a file that it fails by, five times.
	script := "#!/bin/sh\nif [ -e " + dir + "/fail ]; then echo >>" + dir + "/tries; [ $(wc -l <" + dir + "/tries) -gt 5 ] || exit 1; fi\nexec " + os.Args[0] + " \"$@\"\n"
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	self := os.Args[0]
	os.Args[0] = program
	l := b.lease("DEV", shell(t).Process.Pid)
	os.Args[0] = self
	now, err := b.Report(t.Context())
	if err = errors.Join(err, os.WriteFile(dir+"/fail", nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if p, err := os.FindProcess(now.Server); err != nil || p.Kill() != nil {
		t.Fatal(err)
	}
	b.wants(l, 200, `"ASIADEV"`) // it has waited in the queue
	b.Revoke(t.Context(), l.ID)
	b.gone()
}
