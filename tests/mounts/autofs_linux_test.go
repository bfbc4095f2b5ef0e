package mounts

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// nameAt is where in a packet of version 5 the name is: struct autofs_v5_packet.
const nameAt = 44

// automounter mounts an automounter's directory, for which this process answers, and no
// other of its process group is asked anything. It returns what is asked for: names that
// are not there. No one answers, so that who asks waits.
func automounter(t *testing.T, at string) (asked func() string) {
	t.Helper()
	var pipe [2]int
	if err := syscall.Pipe2(pipe[:], syscall.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	options := fmt.Sprintf("fd=%d,pgrp=%d,minproto=5,maxproto=5,indirect", pipe[1], syscall.Getpgrp())
	if err := os.Mkdir(at, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("test", at, "autofs", 0, options); err != nil {
		need.Bonus(t, "be root of a machine with autofs: mount "+err.Error())
	}
	syscall.Close(pipe[1])
	t.Cleanup(func() {
		syscall.Close(pipe[0])
		syscall.Unmount(at, syscall.MNT_DETACH)
	})
	if err := syscall.SetNonblock(pipe[0], true); err != nil {
		t.Fatal(err)
	}
	return func() string {
		packet := make([]byte, 4096)
		if n, _ := syscall.Read(pipe[0], packet); n <= nameAt {
			return ""
		}
		return strings.TrimRight(string(packet[nameAt:]), "\x00")
	}
}

// In /net/HOST the directory above is the automounter's: to look for .awsprofile there
// would have it look for a host of that name. The hooks and the program do not.
func TestAnAutomounterIsAskedForNothing(t *testing.T) {
	need.Root(t, "to mount file systems")
	w := world.New(t)
	net := filepath.Join(w.Dir, "net")
	asked := automounter(t, net)
	host := filepath.Join(net, "host")
	if err := os.Mkdir(host, 0o755); err != nil {
		t.Fatal(err)
	}
	scratch(t, host)
	project, empty := filepath.Join(host, "project"), filepath.Join(host, "empty")
	for _, dir := range []string{project, empty} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(host, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(host, 0, 0); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(project, ".awsprofile"), []byte("dev\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs, status := w.Run(w.Environ(), "allow", project); status != 0 {
		t.Fatal(errs)
	}
	for _, shell := range [][]string{
		{"bash", "--norc", "-c", `eval "$("$0" hook bash)"; cd "$1"; __vault_prompt; cd "$2"; __vault_prompt; echo "<${AWS_VAULT-}>"`},
		{"zsh", "-f", "-c", `eval "$("$0" hook zsh)"; cd "$1"; __vault_prompt; cd "$2"; __vault_prompt; echo "<${AWS_VAULT-}>"`},
		{"fish", "--no-config", "-c", `set -l v $argv[1]; $v hook fish | source; cd $argv[2]; __vault_prompt; cd $argv[3]; __vault_prompt; echo "<$AWS_VAULT>"`},
	} {
		t.Run(shell[0], func(t *testing.T) {
			path := need.Program(t, shell[0], shell[0])
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			cmd := exec.CommandContext(ctx, path, append(shell[1:], w.Vault, empty, project)...)
			cmd.Env, cmd.Dir = w.Environ("AWS_VAULT_FILE_PASSPHRASE="+world.Passphrase), w.Home
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // another process group
			cmd.WaitDelay = time.Second
			out, err := cmd.CombinedOutput()
			if name := asked(); name != "" {
				t.Errorf("the automounter was asked for %q", name)
			}
			if err != nil || !strings.HasSuffix(string(out), "<dev>\n") {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}
