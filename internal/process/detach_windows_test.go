package process

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
)

// A background renewal runs programs. They share the hidden console that Detach has made.
// Without one, Windows would open a window for each.
func TestWhatRunsInTheBackgroundOpensNoWindow(t *testing.T) {
	const part = "DETACH_TEST_PART"
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	next := func(part string) *exec.Cmd {
		cmd := exec.Command(self, "-test.run", "^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), part)
		return cmd
	}
	switch os.Getenv(part) {
	case "": // vault at a prompt
		cmd := next(part + "=renewal")
		Detach(cmd)
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "2 processes, no window") {
			t.Errorf("%v\n%s", err, out)
		}
	case "renewal": // vault __renew, which starts programs as ever
		out, err := next(part + "=program").CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		t.Logf("%s", out)
		os.Stdout.Write(out)
	case "program":
		kernel := windows.NewLazySystemDLL("kernel32.dll")
		var ids [8]uint32
		n, _, _ := kernel.NewProc("GetConsoleProcessList").Call(uintptr(unsafe.Pointer(&ids[0])), uintptr(len(ids)))
		window, _, _ := kernel.NewProc("GetConsoleWindow").Call()
		seen, _, _ := windows.NewLazySystemDLL("user32.dll").NewProc("IsWindowVisible").Call(window)
		os.Stdout.WriteString(map[uintptr]string{1: "1 process", 2: "2 processes"}[n] + map[bool]string{true: ", no window", false: ", a window"}[seen == 0] + "\n")
	}
}
