package process

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// This checks the kernel's answers for environments at the limits.
func TestRoomIsTheKernels(t *testing.T) {
	one, all := Room()
	run := func(environ ...string) error {
		cmd := exec.Command("/bin/true")
		cmd.Env = environ
		return cmd.Run()
	}
	names := 0
	text := func(n int) string { // n bytes with the one behind it
		names++
		name := fmt.Sprintf("A%d=", names)
		return name + strings.Repeat("x", n-len(name)-1)
	}
	if err := run(text(one)); err != nil {
		t.Errorf("one of %d bytes: %v", one, err)
	}
	if err := run(text(one + 1)); !errors.Is(err, unix.E2BIG) {
		t.Errorf("one of %d bytes: %v", one+1, err)
	}
	const used = 200 // its path, its argument, the pointers, the end of both lists
	var fits []string
	for rest := all - used; rest > 0; rest -= one {
		if n := min(one, rest) - 8; n > 10 {
			fits = append(fits, text(n))
		}
	}
	if err := run(fits...); err != nil {
		t.Errorf("%d texts of %d bytes in all: %v", len(fits), all-used, err)
	}
	if err := run(append(fits, text(used+100))...); !errors.Is(err, unix.E2BIG) {
		t.Errorf("with %d bytes more: %v", used+100, err)
	}
}
