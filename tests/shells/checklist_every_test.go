package shells

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

var everyChecklist = []item{
	{name: "every/01-refusals", claim: ".awsprofile is not followed, one line says why, and no process follows: symlink, FIFO, device, directory, other owner, other's directory, group- and world-writable, 4 KiB + 1, BOM, escape sequences in name and path, a shell's words, NUL, empty, unreadable. CRLF, 40 levels, `/`, an unreadable ancestor, a deleted directory", test: inAll(refusalsIn)},
	{name: "every/02-nested", claim: "a nested shell of another kind switches off what the outer one activated, and says which secrets it cannot bring back", test: nestedShellCanSwitchOff},
	{name: "every/03-tmux", claim: "a new pane of tmux, whose server kept what has ended since: renewed at the first prompt", test: inAll(staleIn)},
	{name: "every/04-su", claim: "another user's shell with the environment of ours (su): silent prompts, and off takes it away", test: inAll(suIn)},
	{name: "every/05-decided-elsewhere", claim: "allow, deny and an edit are noticed by the other shells at their next prompt, without a process before and after", test: inAll(decidedElsewhereIn)},
	{name: "every/06-every-byte", claim: "a directory with every byte in its name that one can have", test: inAll(everyByteIn)},
	{name: "every/07-by-hand", claim: "use and off by hand win over the directory until its tree is left", test: choiceByHandWins},
	{name: "every/08-protected", claim: "a protected profile is asked for by its name, on the terminal", test: protectedIsConfirmed},
	{name: "every/09-restored", claim: "200 random sequences of use, refresh, off and changes of one's own end in one's own environment, empty and unset told apart", test: randomSequences},
	{name: "every/10-may-not", claim: "a directory activates no protected profile, none of another account than promised, none that needs a person; denied, it is not a word", test: whatADirectoryMayNotDo},
	{name: "every/11-links", claim: "a link in the place of .awsprofile is never followed, by the shell or by the program, at the first prompt or later, in the directory or above it: one line, no process however often what it leads to changes; denied, not a word; a file in its place is noticed", test: inAll(linksIn)},
	{name: "every/12-denied", claim: "what is denied costs no process and no word, however often it is edited", test: inAll(deniedIn)},
}

// everyByteIn enters a directory whose name is all bytes but NUL and /.
func everyByteIn(t *testing.T, k kind) {
	var name []byte
	last := 0xff
	if k.name == "powershell" {
		last = 0x7f // its strings are UTF-16
	}
	for c := 1; c <= last; c++ {
		if c != '/' && (c != '\\' || k.name != "powershell") { // which takes it for /
			name = append(name, byte(c))
		}
	}
	oddPathsIn(t, k, string(name))
}

// suIn gives another user's shell the environment of an active one.
func suIn(t *testing.T, k kind) {
	t.Parallel()
	need.Root(t, "which can become another user")
	su := need.Program(t, "su", "util-linux")
	if k.name == "powershell" && exec.Command(su, "-s", "/bin/sh", "nobody", "-c", need.Pwsh(t)+" -NoProfile -Command exit").Run() != nil {
		t.Skip("this PowerShell is in a directory of root's")
	}
	w := world.New(t)
	s := start(t, k, w)
	s.ok("vault use dev")
	var state []string
	for _, v := range s.exported() {
		if strings.HasPrefix(v, "AWS_") {
			state = append(state, v)
		}
	}
	// --session-command: what -c is, without a new session, which has no terminal.
	theirs := k.under(t, "su", "-s", "/bin/sh", "--session-command", `exec "$@"`, "--", "nobody", "sh")
	begin := theirs.start
	theirs.start = func(t testing.TB, dir, rc string) []string {
		args := begin(t, dir, rc)
		err := os.Chmod(filepath.Dir(dir), 0o711)
		if err != nil {
			t.Fatal(err)
		}
		err = filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
			if err == nil {
				err = os.Chown(path, 65534, 65534)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return args
	}
	n := prepare(t, theirs, w, theirs.rc(w.Vault), state...)
	n.cmd.Dir = n.dir // in a directory that one may not enter, PowerShell starts no program
	if err := n.launch(); err != nil {
		t.Fatal(err)
	}
	if out := n.said(func() { n.enters(3) }); strings.Contains(out, "rror") || strings.Contains(out, "vault: ") || !strings.Contains(out, "(dev 1h) ") {
		t.Errorf("prompts show %q", out)
	}
	if got := n.active(); got != "dev" {
		t.Errorf("%q is active", got)
	}
	n.run("vault off")
	for _, v := range n.exported() {
		if name, _, _ := strings.Cut(v, "="); name == "AWS_VAULT" || name == "AWS_SECRET_ACCESS_KEY" || name == "AWS_VAULT_SHELL_STATE" {
			t.Errorf("after off there is %s", name)
		}
	}
}

// linksIn enters directories whose file is a link to what changes all the time.
func linksIn(t *testing.T, k kind) {
	t.Parallel()
	w := world.New(t)
	elsewhere := filepath.Join(t.TempDir(), "target")
	s := start(t, k, w)
	for name, target := range map[string]string{"proc": "/proc/self/stat", "file": elsewhere, "none": filepath.Join(w.Home, "is not there")} {
		write(t, elsewhere, "dev\n")
		dir := project(t, w, name, "")
		link := filepath.Join(dir, ".awsprofile")
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
		below := project(t, w, name+"/below", "")
		for _, at := range []string{dir, below} {
			trace := ""
			out := s.said(func() {
				if k.name == "powershell" {
					s.cd(at) // its cd looks at all that is in the directory above
				}
				trace = s.straced("%file", func() {
					if k.name != "powershell" {
						s.cd(at)
					}
					write(t, elsewhere, "other\n")
					s.enters(3)
				})
			})
			if n := strings.Count(out, "a symbolic link"); n != 1 || strings.Count(out, "vault: ") != 1 {
				t.Errorf("%s: in %s it is said %d times: %q", name, at, n, out)
			}
			for _, call := range strings.Split(trace, "\n") {
				follows := !strings.Contains(call, "NOFOLLOW") && !strings.Contains(call, "lstat(") && !strings.Contains(call, "readlink")
				// Of what is not there, nothing can be followed; a link to nothing would look the same.
				if strings.Contains(call, ".awsprofile\"") && follows && !strings.Contains(call, "ENOENT") && !strings.Contains(call, "<detached") {
					t.Errorf("%s: in %s the link is followed: %s", name, at, call)
				}
			}
			if n, trace := s.processes(func() { s.enters(3) }); n != 0 {
				t.Errorf("%s: in %s %d processes\n%s", name, at, n, trace)
			}
			s.cd(w.Home)
		}
		s.ok("vault deny " + quoted(k.name, dir))
		if out := s.said(func() { s.cd(dir) }); strings.Contains(out, "vault: ") {
			t.Errorf("%s: denied: %q", name, out)
		}
		if n, trace := s.processes(func() { write(t, elsewhere, "dev\n"); s.enters(3) }); n != 0 {
			t.Errorf("%s: denied, %d processes\n%s", name, n, trace)
		}
		if err := os.Remove(link); err != nil {
			t.Fatal(err)
		}
		write(t, link, "dev\n")
		s.ok("vault allow " + quoted(k.name, dir))
		s.enters(2)
		if got := s.active(); got != "dev" {
			t.Errorf("%s: with a file in the link's place %q is active", name, got)
		}
		// And back: what was trusted is none of it.
		if err := os.Remove(link); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(elsewhere, link); err != nil {
			t.Fatal(err)
		}
		s.enters(2)
		if got := s.active(); got != "" {
			t.Errorf("%s: with a link in the file's place %q is active", name, got)
		}
		s.cd(w.Home)
	}
}

// deniedIn edits a denied file.
func deniedIn(t *testing.T, k kind) {
	t.Parallel()
	w := world.New(t)
	dir := project(t, w, "pay", "dev\n")
	s := start(t, k, w)
	s.ok("vault deny " + quoted(k.name, dir))
	if out := s.said(func() { s.cd(dir) }); strings.Contains(out, "vault: ") {
		t.Errorf("denied: %q", out)
	}
	for _, text := range []string{"other\n", "this is\nno such file\n"} {
		if n, trace := s.processes(func() { write(t, filepath.Join(dir, ".awsprofile"), text); s.enters(3) }); n != 0 {
			t.Errorf("edited to %q, %d processes\n%s", text, n, trace)
		}
	}
	write(t, filepath.Join(dir, ".awsprofile"), "dev\n")
	s.ok("vault allow")
	s.enters(2)
	if got := s.active(); got != "dev" {
		t.Errorf("allowed again, %q is active", got)
	}
}
