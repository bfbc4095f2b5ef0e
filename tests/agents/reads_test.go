//go:build linux

package agents

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain lets this program be the one that reads another process's memory.
func TestMain(m *testing.M) {
	if pid := os.Getenv("READ_MEMORY_OF"); pid != "" {
		text, _ := os.ReadFile("wanted")
		fmt.Println(found(pid, strings.TrimSpace(string(text))))
		return
	}
	os.Exit(m.Run())
}

// found says how often a text is in the memory of a process, or why that is not known.
func found(pid, text string) string {
	maps, err := os.Open("/proc/" + pid + "/maps")
	if err != nil {
		return err.Error()
	}
	defer maps.Close()
	memory, err := os.Open("/proc/" + pid + "/mem")
	if err != nil {
		return err.Error()
	}
	defer memory.Close()
	n := 0
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		var from, to int64
		var modes string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &modes); err != nil || !strings.HasPrefix(modes, "rw") || to-from > 64<<20 {
			continue
		}
		part, _ := io.ReadAll(io.NewSectionReader(memory, from, to-from))
		n += bytes.Count(part, []byte(text))
	}
	return fmt.Sprint(n)
}

// What any program of the same user reads, whatever vault does, is what the page says it
// reads (docs/threat-model.md): the rules for agents are no border.
func TestWhatAProgramOfTheSameUserReads(t *testing.T) {
	w, run := shell(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cache := filepath.Join(w.Home, ".aws", "sso", "cache")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cache, "token.json"), []byte(`{"accessToken":"signed in"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	// The shell itself never copies the secret: another process writes it to a file.
	out := run(`export AWS_VAULT_FILE_PASSPHRASE=$pass
eval "$(vault hook bash)"
vault exec dev -- sh -c 'echo $AWS_SECRET_ACCESS_KEY' >wanted
echo "before $(READ_MEMORY_OF=$$ ` + self + `)"
vault use dev 2>/dev/null || echo "use failed"
echo "active $(READ_MEMORY_OF=$$ ` + self + `)"
tr '\0' '\n' <"/proc/$$/environ" >environ
vault off 2>/dev/null
echo "left $(READ_MEMORY_OF=$$ ` + self + `)"
unset AWS_VAULT_FILE_PASSPHRASE
AWS_VAULT_AGENT=1 vault exec dev -- true >/dev/null 2>&1
echo "by the rules $?"
vault exec dev -- sh -c 'read -r wanted <wanted; [ "$wanted" = "$AWS_SECRET_ACCESS_KEY" ] && echo "past the rules: its session"'
echo "sign-in $(cat ~/.aws/sso/cache/token.json)"`)
	t.Log(out)
	if text := read(t, filepath.Join(w.Home, "environ")); strings.Contains(text, read(t, filepath.Join(w.Home, "wanted"))) {
		t.Error("the environment that a shell was started with shows what `use` set later")
	}
	wanted := []string{"by the rules 3", `sign-in {"accessToken":"signed in"}`}
	if !strings.Contains(out, "before open ") { // else the system lets no one trace it
		wanted = append(wanted, "before 0")
	}
	if _, err := os.Stat(filepath.Join(w.Home, ".local/state/awsvault/sessions/index")); err == nil { // else the kernel keeps no keys
		wanted = append(wanted, "past the rules: its session")
	}
	for _, want := range wanted {
		if !strings.Contains(out, want+"\n") {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}
