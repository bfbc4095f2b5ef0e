package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/creack/pty"

	"awsvault/tests/world"
)

// The picker's budgets among 10,000 profiles, issue 7: a delay that nobody sees.
const (
	mostFirstScreen = 30 * time.Millisecond
	mostKey         = 10 * time.Millisecond
)

// picker times `use` without a name on a terminal: until its first screen is
// whole, and from a key to the screen that answers it. Medians.
func picker(w *world.World) (first, key time.Duration, err error) {
	var firsts, keys []time.Duration
	for range 15 {
		f, k, err := pickOnce(w)
		if err != nil {
			return 0, 0, fmt.Errorf("the picker: %w", err)
		}
		firsts, keys = append(firsts, f), append(keys, k)
	}
	slices.Sort(firsts)
	slices.Sort(keys)
	return firsts[len(firsts)/2], keys[len(keys)/2], nil
}

func pickOnce(w *world.World) (first, key time.Duration, err error) {
	cmd := exec.Command(w.Vault, "__shell", "bash", "--readonly=", "--kept=", "--previous=", "--", "use")
	cmd.Env = lastOnly(w.Environ("AWS_CONFIG_FILE=" + filepath.Join(w.Dir, "many")))
	cmd.Dir = w.Home
	begin := time.Now()
	screen, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		return 0, 0, err
	}
	defer func() {
		screen.Close() // hangs up
		cmd.Process.Kill()
		cmd.Wait()
	}()
	if err := shown(screen, "/10002"); err != nil {
		return 0, 0, err
	}
	first = time.Since(begin)
	time.Sleep(200 * time.Millisecond) // what it reads behind the first screen
	begin = time.Now()
	if _, err := screen.WriteString("9"); err != nil {
		return 0, 0, err
	}
	err = shown(screen, "profile: 9")
	return first, time.Since(begin), err
}

// shown reads until the terminal shows a text.
func shown(screen *os.File, text string) error {
	var all bytes.Buffer
	b := make([]byte, 64<<10)
	_ = screen.SetReadDeadline(time.Now().Add(10 * time.Second))
	for !bytes.Contains(all.Bytes(), []byte(text)) {
		n, err := screen.Read(b)
		if all.Write(b[:n]); err != nil {
			return fmt.Errorf("%w before %q: %q", err, text, all.Bytes())
		}
	}
	return nil
}
