package person_test

import (
	"strings"
	"testing"
	"time"

	"awsvault/internal/person"
	"awsvault/internal/vault"
)

// onTerminal returns waits on a terminal whose mode a test sets.
func onTerminal(t *testing.T) (w *person.Waits, c *clock, out *strings.Builder, mode *uint64) {
	t.Helper()
	w, c, out = waitsOf(80)
	mode = new(uint64)
	w.Mode = func() (uint64, bool) { return *mode, true }
	return w, c, out, mode
}

func TestAProgramWithTheTerminalGetsOneWholeLine(t *testing.T) {
	w, c, out, _ := onTerminal(t)
	gpg := vault.Program{What: "pass", Limit: 10 * time.Minute, Use: vault.HiddenAnswers}
	done := w.Program(gpg)
	c.pass(299 * time.Millisecond)
	if out.Len() > 0 {
		t.Errorf("a quick program shows %q", out)
	}
	c.pass(300 * time.Millisecond)
	defer w.For("AWS", time.Time{})()
	c.pass(time.Minute) // neither this line is drawn again, nor another one
	done()
	done = w.Program(gpg)
	c.pass(time.Minute)
	done()
	if want := "Waiting for pass... 10m at most. Ctrl-C cancels.\n"; out.String() != want {
		t.Errorf("it shows %q, want %q", out, want)
	}
}

func TestAProgramThatAsksIsNotDrawnOver(t *testing.T) {
	for name, asks := range map[string]func(w *person.Waits, out *strings.Builder, mode *uint64){
		"on the terminal": func(_ *person.Waits, _ *strings.Builder, mode *uint64) { *mode++ },
		"on stderr":       func(w *person.Waits, out *strings.Builder, _ *uint64) { w.Through(out).Write([]byte("Touch: ")) },
		"and vault asks":  func(w *person.Waits, _ *strings.Builder, _ *uint64) { w.Hush() },
		"and it has ended": func(w *person.Waits, out *strings.Builder, _ *uint64) {
			w.For("AWS", time.Time{})()
		},
	} {
		w, c, out, mode := onTerminal(t)
		done := w.Program(vault.Program{What: "ykman", Use: vault.HiddenAnswers})
		tick := c.tick
		if name == "and it has ended" {
			done()
		}
		asks(w, out, mode)
		tick()
		if strings.Contains(out.String(), "Waiting") {
			t.Errorf("%s: it shows %q", name, out)
		}
	}
	w, c, out, _ := onTerminal(t)
	w.Mode = func() (uint64, bool) { return 0, false }
	w.Program(vault.Program{What: "ykman", Use: vault.HiddenAnswers})
	if c.pass(time.Second); out.Len() > 0 {
		t.Errorf("where the mode is not known it shows %q", out)
	}
}

// Vault knows nothing about a program from the settings, so the line appears before the
// program starts, and replaces the line of another wait.
func TestAProgramOfTheSettingsHasItsLineFirst(t *testing.T) {
	w, c, out, _ := onTerminal(t)
	w.For("AWS", time.Time{})
	c.pass(time.Second)
	out.Reset()
	done := w.Program(vault.Program{What: "corp\x1b-login", Use: vault.AnyUse})
	c.pass(time.Hour)
	w.Through(out).Write([]byte("Code: "))
	c.pass(time.Hour)
	if got, want := out.String(), "\r\x1b[K"; !strings.HasPrefix(got, want+"Waiting for corp") || !strings.HasSuffix(got, "... Ctrl-C cancels.\nCode: ") || strings.Count(got, "\x1b") > 1 {
		t.Errorf("it shows %q", got)
	}
	done()
	if c.pass(time.Second); !strings.Contains(out.String(), "Waiting for AWS... 7202s") {
		t.Errorf("when it has ended it shows %q", out)
	}
}

func TestAProgramWithoutTheTerminalIsWaitedForAsAWSIs(t *testing.T) {
	w, c, out, _ := onTerminal(t)
	done := w.Program(person.Keystore("op", 15*time.Second, false))
	c.pass(time.Second)
	done()
	if want := "\rWaiting for op... 0:14 left. Ctrl-C cancels.\x1b[K\r\x1b[K"; out.String() != want {
		t.Errorf("it shows %q, want %q", out, want)
	}
	w, c, out = waitsOf(0) // a pipe
	w.Program(person.Keystore("op", 0, true))
	c.pass(time.Minute)
	if want := "vault: waiting for op\n"; out.String() != want {
		t.Errorf("a pipe gets %q, want %q", out, want)
	}
}

// A terminal that cannot draw gets whole lines, which would disturb a program too.
func TestADumbTerminalIsLeftToTheProgram(t *testing.T) {
	w, c, out, _ := onTerminal(t)
	w.Columns = nil
	w.For("AWS", time.Time{})
	done := w.Program(vault.Program{What: "corp-login", Use: vault.AnyUse})
	other := c.tick
	c.pass(time.Minute)
	other()
	if want := "Waiting for corp-login... Ctrl-C cancels.\n"; out.String() != want {
		t.Errorf("while it runs: %q, want %q", out, want)
	}
	done()
	if c.pass(time.Minute); !strings.HasSuffix(out.String(), "vault: waiting for AWS\n") {
		t.Errorf("afterwards: %q", out)
	}
	var none *person.Waits
	none.Program(vault.Program{})()
	if none.Through(out) != out {
		t.Error("nothing takes note")
	}
}
