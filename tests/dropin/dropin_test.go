//go:build unix

// Package dropin runs the table of docs/from-aws-vault.md: what a script that was
// written for aws-vault does, and what comes of it here.
package dropin

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"awsvault/tests/world"
)

func TestEveryRowOfTheTable(t *testing.T) {
	root, err := world.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "from-aws-vault.md"))
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `(.*?)` \\| ([0-9]+) \\| `(.*?)` \\|(?: .* \\|)?$")
	rows := row.FindAllStringSubmatch(string(text), -1)
	const heads = 2 // of the table of commands, and of that of differences
	if lines := strings.Count(string(text), "\n| "); len(rows) < 110 || lines-heads != len(rows) {
		t.Fatalf("%d rows of %d lines of the table can be read", len(rows), lines-1)
	}
	for _, r := range rows {
		t.Run(r[1], func(t *testing.T) {
			t.Parallel()
			status, out := run(t, r[1])
			if strconv.Itoa(status) != r[2] || !regexp.MustCompile("(?s)"+r[3]).MatchString(out) && !regexp.MustCompile(r[3]).MatchString(strings.TrimSuffix(out, "\n")) {
				t.Errorf("status %d, want %s; it says\n%s\nwant %s", status, r[2], out, r[3])
			}
		})
	}
}

// run runs a line in a home of its own, where vault is called aws-vault, and returns
// its status and what it prints.
func run(t *testing.T, line string) (int, string) {
	t.Helper()
	w := world.New(t)
	bin := t.TempDir()
	if err := os.Symlink(w.Vault, filepath.Join(bin, "aws-vault")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	// Two shells, so that a signal ends the inner one and the status tells.
	cmd := exec.CommandContext(ctx, "sh", "-c", `sh -c "$1"; exit $?`, "sh", line)
	// A profile of IAM Identity Center, to which nobody is signed in.
	sso := "\n[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n[profile sso]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Admin\n"
	if err := w.WriteConfig(world.Config + sso); err != nil {
		t.Fatal(err)
	}
	cmd.Env = w.Environ("PATH="+bin+":"+os.Getenv("PATH"), "AWS_VAULT_SESSION_BACKEND=file")
	cmd.Dir = w.Home
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // nobody can be asked
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		t.Fatalf("it hangs: %s", out)
	}
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}
