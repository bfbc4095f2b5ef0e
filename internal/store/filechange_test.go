package store_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/aws"
	"awsvault/internal/store"
)

// answers gives one passphrase after another, and counts the questions.
type answers struct {
	list    []string
	prompts []string
}

var errNoMore = errors.New("there is no other answer")

func (a *answers) ask(_ context.Context, prompt string) (string, error) {
	a.prompts = append(a.prompts, prompt)
	if len(a.list) == 0 {
		return "", errNoMore
	}
	answer := a.list[0]
	a.list = a.list[1:]
	return answer, nil
}

// typing returns the settings of a file keystore whose passphrase a person types.
func typing(dir string, typed ...string) (store.Settings, *answers) {
	settings := fileSettings(dir)
	a := &answers{list: typed}
	settings.Passphrase, settings.NewPassphrase, settings.OtherPassphrase, settings.Typed = a.ask, a.ask, a.ask, true
	return settings, a
}

func TestAPassphraseIsTypedThreeTimesAtMost(t *testing.T) {
	dir := t.TempDir()
	put(t, store.Open(fileSettings(dir)), "dev", keys(1))
	for name, c := range map[string]struct {
		typed []string
		given bool // a variable holds the passphrase
		asked int
		opens bool
	}{
		"at once":                {[]string{passphrase}, false, 1, true},
		"the third":              {[]string{"x", "y", passphrase}, false, 3, true},
		"the fourth":             {[]string{"x", "y", "z", passphrase}, false, 3, false},
		"a variable, once":       {[]string{"x", passphrase}, true, 1, false},
		"a variable that opens":  {[]string{passphrase}, true, 1, true},
		"no answer at the third": {[]string{"x", "y"}, false, 3, false},
	} {
		for use, do := range map[string]func(*store.Store) error{
			"read":  func(s *store.Store) error { _, err := s.Keys(t.Context(), "dev"); return err },
			"write": func(s *store.Store) error { return s.PutKeys(t.Context(), "dev", keys(1)) },
		} {
			settings, a := typing(dir, slices.Clone(c.typed)...)
			settings.Typed = !c.given
			err := do(store.Open(settings))
			if (err == nil) != c.opens || len(a.prompts) != c.asked {
				t.Errorf("%s, %s: asked %d times, %v", name, use, len(a.prompts), err)
			}
			if err != nil && !errors.Is(err, store.ErrPassphrase) && !errors.Is(err, errNoMore) {
				t.Errorf("%s, %s: %v", name, use, err)
			}
			for i, prompt := range a.prompts {
				if again := strings.HasPrefix(prompt, fmt.Sprintf("Wrong passphrase (%d of 3). Try again.\n", i)); again != (i > 0) || !strings.HasSuffix(prompt, "Passphrase for "+settings.FileDir) {
					t.Errorf("%s, %s: question %d is %q", name, use, i+1, prompt)
				}
			}
		}
	}
}

func TestANewKeystoreExplainsItself(t *testing.T) {
	for why, named := range map[string]string{"you chose it.": "file", "no other keystore works here.": ""} {
		settings, a := typing(t.TempDir(), "new")
		settings.Backend = named
		if named == "" && !chooses(t, settings, "file") {
			continue
		}
		put(t, store.Open(settings), "dev", keys(1))
		if len(a.prompts) != 1 {
			t.Fatalf("it asks %q", a.prompts)
		}
		for _, part := range []string{why, "protects", "cannot be recovered", "\nNew passphrase for " + settings.FileDir} {
			if !strings.Contains(a.prompts[0], part) {
				t.Errorf("%q is not in\n%s", part, a.prompts[0])
			}
		}
	}
}

// chooses reports whether this machine chooses a keystore for a person who names none.
func chooses(t *testing.T, settings store.Settings, backend string) bool {
	name, err := store.Open(settings).Backend(t.Context())
	return err == nil && name == backend
}

// Every item gets the new passphrase and the rounds of new items. An item with another
// passphrase and a damaged item stay unchanged, and the result names them.
func TestThePassphraseIsChanged(t *testing.T) {
	dir := t.TempDir()
	settings := fileSettings(dir)
	ring := awsVault(t, settings.FileDir)
	if err := ring.Set(awsVaultItem(t, "old", sdk(keys(1)))); err != nil {
		t.Fatal(err)
	}
	s := store.Open(settings)
	put(t, s, "dev", keys(2))
	if err := s.PutSession(t.Context(), sessionKey("role"), session(3, epoch.Add(time.Hour))); err != nil {
		t.Fatal(err)
	}
	foreign, _ := typing(t.TempDir(), "another")
	put(t, store.Open(foreign), "foreign", keys(4))
	if err := os.Rename(filepath.Join(foreign.FileDir, "foreign"), filepath.Join(settings.FileDir, "foreign")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(settings.FileDir, "damaged"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"old"}, s.Weak(t.Context())); diff != "" {
		t.Error("weak items", diff)
	}

	changing, a := typing(dir, "a slip", passphrase, "battery staple")
	changed, err := store.Open(changing).ChangePassphrase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(changed.Rewritten); n != 3 || !slices.Equal(changed.Others, []string{"foreign"}) || !slices.Equal(changed.Damaged, []string{"damaged"}) {
		t.Errorf("%+v", changed)
	}
	if len(a.prompts) != 3 || a.prompts[2] != "New passphrase for "+settings.FileDir {
		t.Errorf("it asks %q", a.prompts)
	}
	after := fileSettings(dir)
	after.Passphrase = say("battery staple")
	s = store.Open(after)
	wantKeys(t, s, "dev", keys(2))
	wantKeys(t, s, "old", keys(1))
	if c, ok, err := s.Session(t.Context(), sessionKey("role")); err != nil || !ok || c.AccessKeyID != session(3, epoch).AccessKeyID {
		t.Errorf("the session: %v %v", ok, err)
	}
	if weak := s.Weak(t.Context()); len(weak) > 0 {
		t.Errorf("%q are weak still", weak)
	}
	if _, err := store.Open(settings).Keys(t.Context(), "dev"); !errors.Is(err, store.ErrPassphrase) {
		t.Errorf("the old passphrase: %v", err)
	}
	entries, err := os.ReadDir(settings.FileDir)
	if err != nil || len(entries) != 5 {
		t.Errorf("%v are left (%v)", entries, err)
	}
}

// New items are stretched as OWASP recommends, and aws-vault's library can open them.
func TestNewItemsGetEnoughRounds(t *testing.T) {
	settings := fileSettings(t.TempDir())
	settings.Rounds = 0
	s := store.Open(settings)
	put(t, s, "dev", keys(1))
	if err := s.PutSession(t.Context(), sessionKey("dev"), session(3, epoch.Add(time.Hour))); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(settings.FileDir)
	if err != nil || len(entries) != 2 {
		t.Fatal(entries, err)
	}
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(settings.FileDir, entry.Name()))
		head, _, _ := strings.Cut(string(data), ".")
		header, err2 := base64.RawURLEncoding.DecodeString(head)
		if err != nil || err2 != nil || !strings.Contains(string(header), `"p2c":600000,`) {
			t.Errorf("%s begins with %s (%v, %v)", entry.Name(), header, err, err2)
		}
	}
	if item, err := awsVault(t, settings.FileDir).Get("dev"); err != nil || !strings.Contains(string(item.Data), keys(1).AccessKeyID) {
		t.Errorf("the library reads %q, %v", item.Data, err)
	}
	if weak := s.Weak(t.Context()); len(weak) > 0 {
		t.Errorf("%q are weak", weak)
	}
}

func sessionKey(profile string) aws.SessionKey {
	return aws.SessionKey{Type: "sts.AssumeRole", Profile: profile, Hash: "hash"}
}

func TestAChangeThatIsNotMade(t *testing.T) {
	for name, c := range map[string]struct {
		typed []string
		empty bool
		want  string
	}{
		"three slips":       {[]string{"x", "y", "z"}, false, "wrong passphrase"},
		"no new passphrase": {[]string{passphrase}, false, errNoMore.Error()},
		"an empty keystore": {nil, true, "there is no key in"},
	} {
		dir := t.TempDir()
		if !c.empty {
			put(t, store.Open(fileSettings(dir)), "dev", keys(1))
		}
		settings, _ := typing(dir, c.typed...)
		if _, err := store.Open(settings).ChangePassphrase(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if !c.empty {
			wantKeys(t, store.Open(fileSettings(dir)), "dev", keys(1))
		}
	}
}

// changeForEver changes the passphrase of the keystore in the working directory back and forth
// between two passphrases, until it is killed.
func changeForEver() error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	for old, next := "one", "two"; ; old, next = next, old {
		settings, a := typing(dir, old, next)
		_, err := store.Open(settings).ChangePassphrase(context.Background())
		if errors.Is(err, store.ErrPassphrase) || errors.Is(err, errNoMore) { // the process before was killed after its change
			a.list = nil
			continue
		}
		if err != nil {
			return err
		}
	}
}

// Whenever a change is killed, every item opens with one of the two passphrases.
func TestAKilledChangeLeavesAKeystoreThatOpens(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a while")
	}
	dir := t.TempDir()
	first, _ := typing(dir, "one")
	s := store.Open(first)
	for n := range 3 {
		put(t, s, fmt.Sprint("key", n), keys(n))
	}
	seen := map[string]int{}
	for range 25 {
		cmd := play(t, "change", dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.IntN(400)) * time.Millisecond) // the moment of the kill, and not a wait
		cmd.Process.Kill()
		cmd.Wait()
		opens := ""
		for _, p := range []string{"one", "two"} {
			settings := fileSettings(dir)
			settings.Passphrase = say(p)
			all := 0
			for n := range 3 {
				if c, err := store.Open(settings).Keys(t.Context(), fmt.Sprint("key", n)); err == nil && c == keys(n) {
					all++
				}
			}
			if all != 0 && all != 3 {
				t.Fatalf("%d of 3 items open with the passphrase %s", all, p)
			}
			if all == 3 {
				opens += p
			}
		}
		if opens != "one" && opens != "two" {
			t.Fatalf("what opens the keystore is %q", opens)
		}
		seen[opens]++
	}
	t.Log(seen)
}

// A process may be killed between two moves. The next process moves the staged items, whatever
// else it does.
func TestWhatWasStagedIsMoved(t *testing.T) {
	for name, do := range map[string]func(*store.Store) error{
		"read":     func(s *store.Store) error { _, err := s.Keys(t.Context(), "dev"); return err },
		"write":    func(s *store.Store) error { return s.PutKeys(t.Context(), "new", keys(7)) },
		"remove":   func(s *store.Store) error { return s.RemoveKeys(t.Context(), "gone") },
		"revision": func(s *store.Store) error { _, err := s.Revision(t.Context(), "dev"); return err },
	} {
		for _, marked := range []bool{true, false} {
			dir := t.TempDir()
			settings := fileSettings(dir)
			s := store.Open(settings)
			put(t, s, "dev", keys(1))
			put(t, s, "gone", keys(2))
			staged, _ := typing(t.TempDir(), "next")
			put(t, store.Open(staged), "dev", keys(1))
			stage := filepath.Join(settings.FileDir, store.Stage)
			if err := os.MkdirAll(filepath.Join(stage, "items"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(filepath.Join(staged.FileDir, "dev"), filepath.Join(stage, "items", "dev")); err != nil {
				t.Fatal(err)
			}
			wantNames(t, s, "dev", "gone")
			if marked {
				if err := os.WriteFile(filepath.Join(stage, "whole"), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			do(s) // the result does not matter: the keystore has two passphrases
			after := fileSettings(dir)
			after.Passphrase = say(map[bool]string{true: "next", false: passphrase}[marked])
			wantKeys(t, store.Open(after), "dev", keys(1))
			if _, err := os.Stat(stage); marked && !os.IsNotExist(err) {
				t.Errorf("%s: the stage is there still", name)
			}
		}
	}
}
