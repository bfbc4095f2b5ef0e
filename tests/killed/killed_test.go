//go:build unix

// Package killed ends vault by SIGKILL at random instants, and looks what is left:
// everything that was stored before is there, nothing half-written is read, and
// the next run mends it or says what to do.
//
// VAULT_KILLS is how many times each command is killed; 40 unless it is set. The
// counts are in the log: VAULT_KILLS=300 go test -v -timeout 1h ./tests/killed
package killed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"awsvault/tests/awsfake"
	"awsvault/tests/need"
	"awsvault/tests/world"
)

// kills is how often each command is to be killed.
func kills(t *testing.T) int {
	if v := os.Getenv("VAULT_KILLS"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			t.Fatalf("VAULT_KILLS is %q", v)
		}
		return n
	}
	return 40
}

// workers share the kills of a command: a rotation mostly waits.
const workers = 4

// scene is a command in a world of its own.
type scene struct {
	t       *testing.T
	w       *world.World
	env     []string
	witness map[string]awsfake.Key // what is stored and has nothing to do with the command
	secrets []string               // of all keys; none may be in a file at the end
	done    *tally
}

// tally counts over all workers.
type tally struct {
	sync.Mutex
	kills, finished, items, lost, mended, told int
}

func (d *tally) add(count *int, n int) {
	d.Lock()
	defer d.Unlock()
	*count += n
}

// lose reports an item that is not what it was.
func (s *scene) lose(format string, args ...any) {
	s.t.Helper()
	s.done.add(&s.done.lost, 1)
	s.t.Errorf(format, args...)
}

// each runs a kind of scene until there were enough kills: prepare makes what the
// command needs and returns it, look is called after each kill, and mend after
// that, with nobody killing.
func each(t *testing.T, makeScene func(*scene) act) *tally {
	total, done := kills(t), &tally{}
	t.Run("workers", func(t *testing.T) {
		for n := range workers {
			share := total / workers
			if n < total%workers {
				share++
			}
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				t.Parallel()
				s := newScene(t, done)
				s.play(makeScene(s), share)
			})
		}
	})
	t.Logf("%d kills, %d runs that ended before the kill; %d items looked at after the kills, %d lost; %d mended by the next run, %d where it said what to do",
		done.kills, done.finished, done.items, done.lost, done.mended, done.told)
	return done
}

// act is what is done in a scene.
type act struct {
	begin func()                        // before each run
	args  func() (env, args []string)   // of the command
	look  func(killed bool, out string) // after it
	mend  func()                        // then
	calls int                           // of AWS that the command makes; half of the kills come just after one
}

func newScene(t *testing.T, done *tally) *scene {
	s := &scene{t: t, w: world.New(t), done: done, witness: map[string]awsfake.Key{}}
	s.env = []string{"AWS_VAULT_SESSION_BACKEND=file"}
	for _, name := range []string{"first", "second"} {
		key := s.user(name)
		s.add(name, key)
		s.witness[name] = key
	}
	return s
}

// play kills a command as often as is wanted, at instants from its start to just
// after its end.
func (s *scene) play(a act, want int) {
	usual := s.measure(a)
	for killed := 0; killed < want && !s.t.Failed(); {
		a.begin()
		s.w.Fake.Reset()
		env, args := a.args()
		cmd := s.command(env, args...)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		began := time.Now()
		if err := cmd.Start(); err != nil {
			s.t.Fatal(err)
		}
		ended, stopped := make(chan struct{}), make(chan struct{})
		go func(usual time.Duration) {
			defer close(stopped)
			if s.instant(a, usual, ended) {
				_ = cmd.Process.Kill() // it may have ended
			}
		}(usual)
		err := cmd.Wait()
		close(ended)
		<-stopped
		status := cmd.ProcessState.Sys().(syscall.WaitStatus)
		switch {
		case status.Signaled():
			killed++
			s.done.add(&s.done.kills, 1)
		case err != nil:
			s.t.Fatalf("%v: %v\n%s", args, err, out.String())
		default:
			usual = (usual*3 + time.Since(began)) / 4
			s.done.add(&s.done.finished, 1)
		}
		if status.Signaled() && time.Since(began) > usual*9/10 {
			usual = usual * 11 / 10 // the machine has become slower, and no run gets to its end
		}
		s.awaitOrphans()
		s.checkWitnesses()
		a.look(status.Signaled(), out.String())
		a.mend()
	}
	s.checkPlain()
}

// awaitOrphans waits for programs that a killed vault ran, such as pass, which has
// a process group of its own: what they were told to do, they still do.
func (s *scene) awaitOrphans() {
	mark := []byte("\x00HOME=" + s.w.Home + "\x00")
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		left := false
		environs, _ := filepath.Glob("/proc/[0-9]*/environ") // none where there is no /proc
		for _, path := range environs {
			// What cannot be read is someone else's, or gone.
			data, err := os.ReadFile(path)
			left = left || err == nil && bytes.Contains(append([]byte{0}, data...), mark)
		}
		if !left {
			return
		}
		if time.Now().After(end) {
			s.t.Fatal("a program that vault ran does not end")
		}
	}
}

// instant waits until the command is to be killed; false: it has ended before.
func (s *scene) instant(a act, usual time.Duration, ended <-chan struct{}) bool {
	delay := rand.N(usual + usual/10)
	if a.calls > 0 && rand.N(2) == 0 {
		for n := rand.N(a.calls) + 1; len(s.w.Fake.Calls()) < n; {
			select {
			case <-ended:
				return false
			case <-time.After(time.Millisecond):
			}
		}
		delay = rand.N(20 * time.Millisecond)
	}
	select {
	case <-ended:
		return false
	case <-time.After(delay):
		return true
	}
}

// measure runs the command to its end.
func (s *scene) measure(a act) time.Duration {
	a.begin()
	env, args := a.args()
	began := time.Now()
	_, stderr := s.run(env, args...)
	took := time.Since(began)
	a.look(false, stderr)
	a.mend()
	return took
}

func (s *scene) command(env []string, args ...string) *exec.Cmd {
	cmd := exec.Command(s.w.Vault, args...)
	cmd.Env = s.w.Environ(append(slices.Clone(s.env), env...)...)
	cmd.Dir = s.w.Home
	return cmd
}

// run runs a command to its end, which must be good.
func (s *scene) run(env []string, args ...string) (stdout, stderr string) {
	s.t.Helper()
	stdout, stderr, status := s.w.Run(append(slices.Clone(s.env), env...), args...)
	if status != 0 {
		s.t.Fatalf("%v: status %d\n%s", args, status, stderr)
	}
	return stdout, stderr
}

func keyEnv(key awsfake.Key) []string {
	return []string{"AWS_ACCESS_KEY_ID=" + key.ID, "AWS_SECRET_ACCESS_KEY=" + key.Secret}
}

func (s *scene) add(name string, key awsfake.Key) {
	s.t.Helper()
	s.run(keyEnv(key), "add", name, "--env")
}

// stored is the key of a profile as vault hands it out.
func (s *scene) stored(name string, more ...string) awsfake.Key {
	s.t.Helper()
	out, _ := s.run(nil, append([]string{"export", name, "--no-session", "--format=json"}, more...)...)
	var k struct{ AccessKeyId, SecretAccessKey string }
	if err := json.Unmarshal([]byte(out), &k); err != nil {
		s.t.Fatal(err)
	}
	return awsfake.Key{ID: k.AccessKeyId, Secret: k.SecretAccessKey}
}

// names lists the stored keys.
func (s *scene) names(more ...string) []string {
	s.t.Helper()
	out, _ := s.run(nil, append([]string{"list", "--credentials"}, more...)...)
	return strings.Fields(out)
}

func (s *scene) checkWitnesses() {
	s.t.Helper()
	names := s.names()
	for name, key := range s.witness {
		s.done.add(&s.done.items, 1)
		if !slices.Contains(names, name) {
			s.lose("the key of %s is lost: %v", name, names)
		} else if got := s.stored(name); got != key {
			s.lose("the key of %s is %s, was %s", name, got.ID, key.ID)
		}
	}
}

// checkPlain looks for secrets in the files of the home directory.
func (s *scene) checkPlain() {
	secrets := append(s.secrets, s.w.Example.SecretAccessKey)
	err := filepath.WalkDir(s.w.Home, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, secret := range secrets {
			if bytes.Contains(data, []byte(secret)) {
				s.t.Errorf("a secret is in %s", path)
			}
		}
		return err
	})
	if err != nil {
		s.t.Error(err)
	}
}

func (s *scene) user(name string) awsfake.Key {
	key := s.w.Fake.Account("111122223333").AddUser(name).AddKey()
	s.secrets = append(s.secrets, key.Secret)
	return key
}

// A killed add leaves the old key, or the new one.
func TestAdd(t *testing.T) {
	each(t, func(s *scene) act {
		old, new := s.user("a"), s.user("b")
		n := 0
		return act{
			begin: func() {
				if n++; n%2 == 0 {
					s.add("subject", old)
				} else { // with a profile to be written, too
					os.Remove(filepath.Join(s.w.Home, ".awsvault", "keys", "subject"))
					if err := s.w.WriteConfig(world.Config); err != nil {
						s.t.Fatal(err)
					}
				}
			},
			args: func() ([]string, []string) { return keyEnv(new), []string{"add", "subject", "--env"} },
			look: func(bool, string) {
				switch has := slices.Contains(s.names(), "subject"); {
				case n%2 == 0 && !has:
					s.lose("the key of subject is lost")
				case has:
					s.done.add(&s.done.items, 1)
					if got := s.stored("subject"); got != new && (got != old || n%2 != 0) {
						s.lose("the key of subject is %s, neither the old nor the new one", got.ID)
					}
				}
			},
			mend: func() {
				s.add("subject", new)
				if got := s.stored("subject"); got != new {
					s.t.Errorf("add stored %s instead of %s", got.ID, new.ID)
				}
				s.done.add(&s.done.mended, 1)
			},
		}
	})
}

// A killed rotation leaves a stored key that works, and the next one ends it.
func TestRotate(t *testing.T) {
	hint := regexp.MustCompile(`--delete-key=(\w+)`)
	done := each(t, func(s *scene) act {
		user := s.w.Fake.Account("111122223333").User("jon")
		check := func() awsfake.Key {
			key := s.stored("plain")
			s.done.add(&s.done.items, 2)
			if status := user.Keys()[key.ID]; status != "Active" {
				s.lose("the stored key %s is %q at AWS, of %v", key.ID, status, user.Keys())
			}
			return key
		}
		return act{
			begin: func() {},
			calls: 11,
			args:  func() ([]string, []string) { return nil, []string{"rotate", "plain"} },
			look: func(bool, string) {
				check()
				if n := len(s.names()); n != 4 {
					s.lose("%d keys are listed, not 4", n)
				}
				s.run(nil, "export", "jon", "--no-session")
			},
			mend: func() {
				env := slices.Clone(s.env)
				_, stderr, status := s.w.Run(env, "rotate", "plain")
				if m := hint.FindStringSubmatch(stderr); status == 1 && m != nil {
					s.done.add(&s.done.told, 1)
					if m[1] == s.stored("plain").ID {
						s.t.Fatalf("it would have the stored key deleted:\n%s", stderr)
					}
					s.run(nil, "rotate", "plain", "--delete-key="+m[1])
				} else if status != 0 {
					s.t.Fatalf("the next rotation: status %d\n%s", status, stderr)
				} else {
					s.done.add(&s.done.mended, 1)
				}
				key := check()
				s.secrets = append(s.secrets, key.Secret)
				if keys := user.Keys(); len(keys) != 1 {
					s.t.Errorf("AWS has the keys %v", keys)
				}
				if got := s.stored("jon"); got != key {
					s.t.Errorf("jon had the same key, and has %s instead of %s", got.ID, key.ID)
				}
				if left, _ := filepath.Glob(filepath.Join(s.w.Home, ".awsvault", "keys", "*rotate*")); len(left) > 0 {
					s.t.Errorf("left behind: %v", left)
				}
			},
		}
	})
	// Only the moment between the answer of CreateAccessKey and its record is lost.
	if done.told > 1+done.kills/5 {
		t.Errorf("after %d of %d kills there was a key that nobody had", done.told, done.kills)
	}
}

// Rotations of one key at once come one after the other, and each is of the key
// that the one before made.
func TestRotationsAtOnce(t *testing.T) {
	s := newScene(t, &tally{})
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			if _, stderr, status := s.w.Run(s.env, "rotate", "plain"); status != 0 {
				t.Errorf("status %d\n%s", status, stderr)
			}
		})
	}
	wait.Wait()
	key, keys := s.stored("plain"), s.w.Fake.Account("111122223333").User("jon").Keys()
	if len(keys) != 1 || keys[key.ID] != "Active" {
		t.Errorf("%s is stored, and AWS has %v", key.ID, keys)
	}
}

// A killed migration leaves each key in one of the keystores, and the next one ends it.
func TestMigrateBackend(t *testing.T) {
	each(t, func(s *scene) act {
		s.pass()
		keys := map[string]awsfake.Key{}
		for _, name := range []string{"a", "b", "c"} {
			keys[name] = s.user(name)
			s.add(name, keys[name])
		}
		from, to := "file", "pass"
		args := func() []string {
			args := []string{"migrate-backend", "--from", from, "--to", to, "--delete-source"}
			for name := range keys {
				args = append(args, "--profile", name)
			}
			return args
		}
		return act{
			begin: func() {},
			args:  func() ([]string, []string) { return nil, args() },
			look: func(bool, string) {
				for name, key := range keys {
					found := 0
					for _, backend := range []string{from, to} {
						if !slices.Contains(s.names("--backend="+backend), name) {
							continue
						}
						if got := s.stored(name, "--backend="+backend); got != key {
							s.t.Errorf("the key of %s in %s is %s, was %s", name, backend, got.ID, key.ID)
						}
						found++
					}
					s.done.add(&s.done.items, 1)
					if found == 0 {
						s.lose("the key of %s is lost", name)
					}
				}
			},
			mend: func() {
				for name := range keys {
					if slices.Contains(s.names("--backend="+from), name) {
						s.run(nil, "migrate-backend", "--from", from, "--to", to, "--delete-source", "--profile", name)
						s.done.add(&s.done.mended, 1)
					}
					if got := s.stored(name, "--backend="+to); got != keys[name] {
						s.t.Errorf("the key of %s in %s is %s", name, to, got.ID)
					}
				}
				from, to = to, from
			},
		}
	})
}

// pass makes a password store, with a stand-in for pass: it is not pass that is
// killed here, and gpg would take a second for each key.
func (s *scene) pass() {
	need.Program(s.t, "sh", "dash")
	bin, dir := filepath.Join(s.w.Dir, "bin"), filepath.Join(s.w.Dir, "store")
	const program = `#!/bin/sh
cmd=$1; shift
for name; do :; done
file="$PASSWORD_STORE_DIR/$name.gpg"
case $cmd in
insert) mkdir -p "${file%/*}" && tr A-Za-z N-ZA-Mn-za-m >"$file.new" && mv "$file.new" "$file" ;;
show) tr A-Za-z N-ZA-Mn-za-m <"$file" ;;
rm) rm -f "$file" ;;
esac
`
	for _, err := range []error{
		os.MkdirAll(bin, 0o700), os.MkdirAll(dir, 0o700),
		os.WriteFile(filepath.Join(dir, ".gpg-id"), []byte("me\n"), 0o600),
		os.WriteFile(filepath.Join(bin, "pass"), []byte(program), 0o700),
	} {
		if err != nil {
			s.t.Fatal(err)
		}
	}
	s.env = append(s.env, "PASSWORD_STORE_DIR="+dir, "AWS_VAULT_PASS_CMD="+filepath.Join(bin, "pass"))
}

// A killed import leaves each key in the file or in the keystore, and the next one ends it.
func TestImport(t *testing.T) {
	each(t, func(s *scene) act {
		keys := map[string]awsfake.Key{}
		before, after := "# mine\n", "# mine\n"
		names := []string{"x", "y", "z"}
		for _, name := range names {
			keys[name] = s.user(name)
			before += fmt.Sprintf("[%s]\n# key\naws_access_key_id = %s\naws_secret_access_key = %s\nregion = eu-west-1\n", name, keys[name].ID, keys[name].Secret)
			after += fmt.Sprintf("[%s]\n# key\nregion = eu-west-1\n", name)
		}
		file := filepath.Join(s.w.Home, ".aws", "credentials")
		read := func() string {
			text, err := os.ReadFile(file)
			if err != nil {
				s.t.Fatal(err)
			}
			return string(text)
		}
		args := []string{"import", "credentials", "--yes", "--scrub"}
		return act{
			begin: func() {
				for _, name := range names {
					os.Remove(filepath.Join(s.w.Home, ".awsvault", "keys", name))
				}
				if err := os.WriteFile(file, []byte(before), 0o600); err != nil {
					s.t.Fatal(err)
				}
			},
			calls: 3,
			args:  func() ([]string, []string) { return nil, args },
			look: func(bool, string) {
				text, stored := read(), s.names()
				if text != before && text != after {
					s.t.Errorf("the file is neither what it was nor what it should become:\n%s", text)
				}
				for _, name := range names {
					s.done.add(&s.done.items, 1)
					switch {
					case slices.Contains(stored, name):
						if got := s.stored(name); got != keys[name] {
							s.lose("the key of %s is %s, was %s", name, got.ID, keys[name].ID)
						}
					case text != before:
						s.lose("the key of %s is lost", name)
					}
				}
			},
			mend: func() {
				s.run(nil, args...)
				if text := read(); text != after {
					s.t.Errorf("the next import left\n%s", text)
				}
				for _, name := range names {
					if got := s.stored(name); got != keys[name] {
						s.t.Errorf("the next import stored %s for %s", got.ID, name)
					}
				}
				left, _ := filepath.Glob(filepath.Join(s.w.Home, ".aws", ".*tmp"))
				if len(left) > 0 {
					s.t.Errorf("left behind: %v", left)
				}
				s.done.add(&s.done.mended, 1)
			},
		}
	})
}

// A killed use leaves the keys, and what it printed is whole or has no end mark.
func TestUse(t *testing.T) {
	each(t, func(s *scene) act {
		n := 0
		args := func() []string {
			if n%3 == 0 {
				return []string{"__shell", "bash", "--", "use", "dev"} // cached
			}
			return []string{"__shell", "bash", "--", "use", "dev", "--fresh"}
		}
		out, _ := s.run(nil, args()...)
		lines := strings.Split(strings.TrimRight(out, "\n"), "\n")
		mark := lines[len(lines)-1]
		id := regexp.MustCompile(`AWS_ACCESS_KEY_ID=\W*(ASIA\w+)`)
		check := func(out string) {
			m := id.FindStringSubmatch(out)
			if m == nil {
				s.t.Fatalf("no credentials in %d bytes", len(out))
			}
			if _, ok := s.w.Fake.Session(m[1]); !ok {
				s.t.Errorf("AWS knows no session %s", m[1])
			}
		}
		return act{
			begin: func() { n++ },
			args:  func() ([]string, []string) { return nil, args() },
			look: func(_ bool, out string) {
				if strings.Contains(out, mark) {
					check(out)
				}
				s.done.add(&s.done.items, 1)
				if got := s.stored("plain"); got.ID != s.w.Example.AccessKeyID || got.Secret != s.w.Example.SecretAccessKey {
					s.lose("the key of plain is %s", got.ID)
				}
			},
			mend: func() {
				out, _ := s.run(nil, "__shell", "bash", "--", "use", "dev")
				check(out)
				s.done.add(&s.done.mended, 1)
			},
		}
	})
}
