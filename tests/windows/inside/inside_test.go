//go:build windows

package inside

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/windows"
)

const patience = time.Minute

// exec1 runs a program by `vault exec`, with its words.
func exec1(program string, words ...string) *exec.Cmd {
	args := append([]string{"exec", "plain", "--no-session", "--", filepath.Join(os.Getenv("INSIDE_BIN"), program)}, words...)
	return exec.Command(filepath.Join(os.Getenv("INSIDE_BIN"), "aws-vault.exe"), args...)
}

// between stands between two lists of arguments that one process gets.
const between = "--next--"

// 10,000 lists in a few processes: starting one takes longer than all that is tested.
func lists(pieces []string) (all [][]string) {
	random := rand.New(rand.NewPCG(15, 6))
	for range 10_000 {
		list := []string{}
		for range random.IntN(5) {
			word := ""
			for range random.IntN(8) {
				word += pieces[random.IntN(len(pieces))]
			}
			list = append(list, word)
		}
		all = append(all, list)
	}
	return all
}

var pieces = []string{
	"a", "B7", " ", `"`, `\`, `\\`, "&", "|", "<", ">", "^", "!", "(", ")", ",", ";", "=", "'", "`", "\t", "é", "日本", "\U0001F511", `\"`, "~", "@", "-", "--", "/", ":", "*", "?", "{", "$",
}

// arrive sends all lists to a program that says what it got, as many at once as a line may
// be long.
func arrive(t *testing.T, program string, all [][]string, longest int, read func(out []byte) ([]string, error)) {
	t.Helper()
	var batch [][]string
	processes := 0
	send := func() {
		processes++
		var words []string
		for _, list := range batch {
			words = append(append(words, list...), between)
		}
		out, err := exec1(program, append([]string{"words"}, words...)...).Output()
		var got []string
		if err == nil {
			got, err = read(out)
		}
		if err != nil {
			t.Fatalf("%v: %q: %.300q", err, words, out)
		}
		if !slices.Equal(got, words) {
			for i := range min(len(got), len(words)) {
				if got[i] != words[i] {
					t.Fatalf("sent %q, got %q, after %q", words[i], got[i], words[max(0, i-3):i])
				}
			}
			t.Fatalf("sent %d words, got %d", len(words), len(got))
		}
		batch = nil
	}
	size := 0
	for _, list := range all {
		for _, word := range list {
			size += 3 + len(word) + strings.Count(word, `"`)*4 + strings.Count(word, "%")*8
		}
		batch, size = append(batch, list), size+len(between)
		if size > longest {
			send()
			size = 0
		}
	}
	send()
	t.Logf("%d lists in %d processes", len(all), processes)
}

func TestArgumentsArriveAtAProgram(t *testing.T) {
	arrive(t, "aws.exe", lists(append(pieces, "%", "%PATH%", "\n", "\r")), 20_000, func(out []byte) (got []string, err error) { // CreateProcess takes 32,767
		return got, json.Unmarshal(out[:bytes.IndexByte(out, '\n')], &got)
	})
}

func TestArgumentsArriveAtABatchFile(t *testing.T) {
	all := pieces
	if !strings.HasPrefix(os.Getenv("VAULT_TESTS_WINE"), "8.") { // Wine 8 reads what it has put in for %* once more
		all = append(all, "%", "%PATH%", "%cd:~,%")
	}
	arrive(t, "words.cmd", lists(all), 5_000, func(out []byte) ([]string, error) { // cmd.exe takes 8,191
		var line string
		err := json.Unmarshal(out[bytes.IndexByte(out, '\n')+1:], &line)
		words := programWords(line)
		return words[min(2, len(words)):], err // without the program, and what it is asked
	})
	for _, word := range []string{"a\nb", "\r", "a\r\n&whoami"} {
		if out, err := exec1("words.cmd", "words", word).CombinedOutput(); err == nil || !bytes.Contains(out, []byte("line break")) {
			t.Errorf("%q: %v, %s", word, err, out)
		}
	}
}

// programWords is how a program of Microsoft's C divides its line, since 2008: "" within
// quotes is a quote. (Go still has the older rule, by which it also ends them.)
// https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
func programWords(line string) (words []string) {
	for line = strings.TrimLeft(line, " \t"); line != ""; line = strings.TrimLeft(line, " \t") {
		var word []byte
		quoted := false
		for line != "" && (quoted || line[0] != ' ' && line[0] != '\t') {
			rest := strings.TrimLeft(line, `\`)
			n := len(line) - len(rest)
			switch {
			case !strings.HasPrefix(rest, `"`):
				word = append(word, line[:n]...)
				line = rest
				if n == 0 {
					word = append(word, line[0])
					line = line[1:]
				}
				continue
			case n%2 == 1:
				word = append(word, line[:n/2]...)
				word = append(word, '"')
			case quoted && strings.HasPrefix(rest, `""`):
				word = append(word, line[:n/2]...)
				word = append(word, '"')
				rest = rest[1:]
			default:
				word = append(word, line[:n/2]...)
				quoted = !quoted
			}
			line = rest[1:]
		}
		words = append(words, string(word))
	}
	return words
}

// pidIn waits for a file in which a program tells its process id.
func pidIn(t *testing.T, path string) int {
	t.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		if text, err := os.ReadFile(path); err == nil && strings.HasSuffix(string(text), "\n") {
			pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
			if err != nil {
				t.Fatal(err)
			}
			return pid
		}
	}
	t.Fatalf("%s is not there", path)
	return 0
}

// ends tells whether a process ends in time.
func ends(t *testing.T, pid int, in time.Duration) bool {
	t.Helper()
	process, err := windows.OpenProcess(windows.SYNCHRONIZE|windows.PROCESS_TERMINATE, false, uint32(pid))
	if err != nil {
		return true
	}
	defer windows.CloseHandle(process)
	event, err := windows.WaitForSingleObject(process, uint32(in.Milliseconds()))
	if err != nil {
		t.Fatal(err)
	}
	if event == windows.WAIT_OBJECT_0 {
		return true
	}
	_ = windows.TerminateProcess(process, 1)
	return false
}

func TestAKilledVaultEndsItsCommand(t *testing.T) {
	dir := t.TempDir()
	own, below := filepath.Join(dir, "own"), filepath.Join(dir, "below")
	vault := exec1("aws.exe", "stay", own, below)
	if err := vault.Start(); err != nil {
		t.Fatal(err)
	}
	pids := []int{pidIn(t, own), pidIn(t, below)}
	if err := vault.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = vault.Wait()
	for i, pid := range pids {
		if !ends(t, pid, patience/2) {
			t.Errorf("%s goes on", []string{"the command", "what the command has started"}[i])
		}
	}
}

// What the command leaves running goes on when the command has ended, as without vault.
func TestWhatACommandLeavesGoesOn(t *testing.T) {
	dir := t.TempDir()
	below := filepath.Join(dir, "below")
	if out, err := exec1("aws.exe", "leave", below).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if ends(t, pidIn(t, below), time.Second) {
		t.Error("it was ended")
	}
}

// hidden is set in a process that has a console of its own.
const hidden = "INSIDE_HIDDEN"

// The command decides what Ctrl-Break (and Ctrl-C) means: vault waits, and passes its
// status on.
func TestAConsoleEventIsForTheCommand(t *testing.T) {
	if os.Getenv(hidden) == "" {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(self, "-test.run", "^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), hidden+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NO_WINDOW}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	told := make(chan os.Signal, 9) // the console tells this process too
	signal.Notify(told, os.Interrupt)
	ready := filepath.Join(t.TempDir(), "ready")
	vault := exec1("aws.exe", "signal", ready)
	if err := vault.Start(); err != nil {
		t.Fatal(err)
	}
	pidIn(t, ready)
	if err := windows.GenerateConsoleCtrlEvent(windows.CTRL_C_EVENT, 0); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(patience, func() { _ = vault.Process.Kill() })
	_ = vault.Wait()
	if status := vault.ProcessState.ExitCode(); status != 5 {
		t.Errorf("vault ended with %d, the command with 5", status)
	}
}

// Every status is the command's.
func TestEveryStatusIsPassedOn(t *testing.T) {
	for _, status := range []uint32{0, 1, 3, 127, 255, 256, 0xC0000005, 0xC000013A, 1<<32 - 1} {
		cmd := exec1("aws.exe", "exit", fmt.Sprint(status))
		_ = cmd.Run()
		if got := uint32(cmd.ProcessState.ExitCode()); got != status {
			t.Errorf("%#x became %#x", status, got)
		}
	}
}
