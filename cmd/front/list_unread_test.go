package front

import (
	"os"
	"path/filepath"
	"testing"

	"awsvault/internal/awsconf"
)

// A list without profiles, because the config may not be read, says so.
func TestListSaysThatTheConfigMayNotBeRead(t *testing.T) {
	dir := t.TempDir()
	stdout, err := os.Create(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer stdout.Close()
	stderr, err := os.Create(filepath.Join(dir, "err"))
	if err != nil {
		t.Fatal(err)
	}
	defer stderr.Close()
	w := &World{Stdout: stdout, Stderr: stderr}
	config := awsconf.Merge(awsconf.Absent("~/.aws/config", awsconf.ConfigFile, "cannot be read: permission denied"), nil)
	if err := w.List(ListForm{Profiles: true}, Listing{Config: config}, nil); err != nil {
		t.Fatal(err)
	}
	out, _ := os.ReadFile(stdout.Name())
	said, _ := os.ReadFile(stderr.Name())
	if len(out) != 0 || string(said) != "vault: warning: no profiles are listed: ~/.aws/config cannot be read: permission denied\n" {
		t.Errorf("it prints %q and says %q", out, said)
	}
}
