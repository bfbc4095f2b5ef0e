package sealed_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/sealed"
)

func (w *world) learn(t testing.TB, keystore string, news sealed.News) {
	t.Helper()
	if news.Backend == "" && !news.Anew {
		news.Backend = "secret-service"
	}
	if err := w.open().Learn(t.Context(), keystore, news); err != nil {
		t.Fatal(err)
	}
}

// wantFact checks what a fresh process knows about a key; nil stands for nothing.
func (w *world) wantFact(t testing.TB, keystore, name string, want *sealed.Fact) {
	t.Helper()
	got, known := w.open().Knowledge(keystore).Key(name)
	if known != (want != nil) || known && got != *want {
		t.Errorf("of %q: got %+v, %v; want %+v", name, got, known, want)
	}
}

func TestTheIndexKnowsWhatAKeystoreHasSaid(t *testing.T) {
	w := newWorld(t)
	there, absent := sealed.Fact{Exists: true, Revision: "AKIA1"}, sealed.Fact{}
	news := sealed.News{Backend: "secret-service", Facts: map[string]sealed.Fact{"plain": there, "role": absent}}
	if err := w.open().Learn(t.Context(), "one", news); !errors.Is(err, sealed.ErrMissing) || len(w.files(t)) != 0 {
		t.Errorf("without a session: got %v, want ErrMissing, and files %v", err, w.files(t))
	}
	if err := w.open().Put(t.Context(), key(1), session(1, epoch.Add(time.Hour)), "one", news); err != nil {
		t.Fatal(err)
	}
	w.wantFact(t, "one", "plain", &there)
	w.wantFact(t, "one", "role", &absent)
	w.wantFact(t, "one", "other", nil)
	w.wantFact(t, "two", "plain", nil)
	if got := w.open().Knowledge("one").Backend(); got != "secret-service" {
		t.Errorf("the backend is %q", got)
	}

	rotated := sealed.Fact{Exists: true, Revision: "AKIA2"}
	w.learn(t, "one", sealed.News{Facts: map[string]sealed.Fact{"plain": rotated}})
	w.wantFact(t, "one", "plain", &rotated)
	w.wantFact(t, "one", "role", &absent)
	w.put(t, 2, time.Hour) // keeps what is known
	w.wantFact(t, "one", "plain", &rotated)

	// Another keystore is chosen by the same settings: all that was known is void.
	w.learn(t, "one", sealed.News{Backend: "file", Facts: map[string]sealed.Fact{"new": there}})
	w.wantFact(t, "one", "plain", nil)
	w.wantFact(t, "one", "new", &there)

	// What one of our own commands changes voids what is known by other settings,
	// which may lead to the same keystore.
	w.learn(t, "two", sealed.News{Facts: map[string]sealed.Fact{"new": there}})
	w.learn(t, "one", sealed.News{Anew: true, Backend: "file", Facts: map[string]sealed.Fact{"newer": there}})
	w.wantFact(t, "one", "newer", &there)
	w.wantFact(t, "one", "new", nil)
	w.wantFact(t, "two", "new", nil)
	w.learn(t, "one", sealed.News{Anew: true})
	w.wantFact(t, "one", "newer", nil)
	w.want(t, 2, true)
}

func TestRemovingSessionsForgetsWhatIsKnown(t *testing.T) {
	w := newWorld(t)
	w.put(t, 1, time.Hour)
	w.put(t, 2, 5*time.Hour)
	w.learn(t, "one", sealed.News{Backend: "file", Facts: map[string]sealed.Fact{"plain": {Exists: true}}})
	if n, err := w.open().Remove(t.Context(), of("role1")); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	w.wantFact(t, "one", "plain", nil)
	w.put(t, 3, time.Hour)
	if got := w.kernel.lives[len(w.kernel.lives)-1]; got != 5*time.Hour {
		t.Errorf("the kernel keeps the key for %v, want 5 h", got)
	}
}

func TestTheIndexListsNames(t *testing.T) {
	w := newWorld(t)
	w.put(t, 1, time.Hour)
	if _, _, _, known := w.open().Knowledge("one").Names(); known {
		t.Error("names are known that were never listed")
	}
	w.learn(t, "one", sealed.News{Facts: map[string]sealed.Fact{"b": {Exists: true, Revision: "r"}, "gone": {Exists: true}, "absent": {}}})
	if _, _, _, known := w.open().Knowledge("one").Names(); known {
		t.Error("names are known from single facts")
	}
	w.clock.Time = epoch.Add(time.Minute)
	w.learn(t, "one", sealed.News{Names: []string{"a", "b", "c"}, Rotations: []string{"a"}, Listed: true})
	check := func(want ...string) {
		t.Helper()
		names, rotations, at, known := w.open().Knowledge("one").Names()
		if diff := cmp.Diff(want, names); diff != "" || !known || !at.Equal(epoch.Add(time.Minute)) || !slices.Equal(rotations, []string{"a"}) {
			t.Errorf("rotations %q at %v, %v; names (-want +got)\n%s", rotations, at, known, diff)
		}
	}
	check("a", "b", "c")
	w.wantFact(t, "one", "b", &sealed.Fact{Exists: true, Revision: "r"})
	w.wantFact(t, "one", "gone", nil)
	w.wantFact(t, "one", "absent", &sealed.Fact{})

	w.learn(t, "one", sealed.News{Facts: map[string]sealed.Fact{"b": {}, "bb": {Exists: true}, "absent": {}}})
	check("a", "bb", "c")
	w.learn(t, "one", sealed.News{Names: nil, Rotations: []string{"a"}, Listed: true})
	check()
}

// When another program writes its keys into a file keystore, vault notices it by the file,
// with one system call.
func TestAFactOfAFileHoldsWhileTheFileIsAsItWas(t *testing.T) {
	w := newWorld(t)
	w.put(t, 1, time.Hour)
	dir := t.TempDir()
	path := filepath.Join(dir, "plain")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	fact := func() sealed.Fact {
		stamp := sealed.Stamp(path)
		return sealed.Fact{Exists: stamp != "", Revision: "r", Path: path, Stamp: stamp}
	}
	absent := fact()
	if absent.Exists {
		t.Fatal("a file that is not there has a stamp")
	}
	w.learn(t, "one", sealed.News{Facts: map[string]sealed.Fact{"plain": absent}})
	w.wantFact(t, "one", "plain", &absent)
	write("one")
	w.wantFact(t, "one", "plain", nil)

	there := fact()
	w.learn(t, "one", sealed.News{Facts: map[string]sealed.Fact{"plain": there}})
	w.wantFact(t, "one", "plain", &there)
	past := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, past, past); err != nil {
		t.Fatal(err)
	}
	w.wantFact(t, "one", "plain", nil)

	there = fact()
	w.learn(t, "one", sealed.News{Facts: map[string]sealed.Fact{"plain": there}})
	w.wantFact(t, "one", "plain", &there)
	write("two") // of the same size
	w.wantFact(t, "one", "plain", nil)

	there = fact()
	w.learn(t, "one", sealed.News{Facts: map[string]sealed.Fact{"plain": there}})
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	w.wantFact(t, "one", "plain", nil)
}

// A program that cannot read the kernel's keyring, or a restored backup, cannot claim that a
// key exists.
func TestAnIndexOfAnotherKeyLies(t *testing.T) {
	w, other := newWorld(t), newWorld(t)
	w.put(t, 1, time.Hour)
	other.put(t, 1, time.Hour)
	other.learn(t, "one", sealed.News{Facts: map[string]sealed.Fact{"plain": {Exists: true}}})
	forged, err := os.ReadFile(filepath.Join(other.dir, "index"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "index"), forged, 0o600); err != nil {
		t.Fatal(err)
	}
	w.wantFact(t, "one", "plain", nil)
	// A session of ours in its place is authentic, and no index.
	session, err := os.ReadFile(w.sessionFiles(t)[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "index"), session, 0o600); err != nil {
		t.Fatal(err)
	}
	w.wantFact(t, "one", "plain", nil)
	w.learn(t, "one", sealed.News{Facts: map[string]sealed.Fact{"plain": {Exists: true}}})
	w.wantFact(t, "one", "plain", &sealed.Fact{Exists: true})
}

func TestTheIndexStaysSmall(t *testing.T) {
	w := newWorld(t)
	w.put(t, 1, time.Hour)
	for n := range 12 {
		w.clock.Time = epoch.Add(time.Duration(n) * time.Second)
		w.learn(t, fmt.Sprint(n), sealed.News{Facts: map[string]sealed.Fact{"plain": {Exists: true}}})
	}
	for n := range 12 {
		want := &sealed.Fact{Exists: true}
		if n < 4 {
			want = nil // those that were asked first
		}
		w.wantFact(t, fmt.Sprint(n), "plain", want)
	}
	facts := map[string]sealed.Fact{}
	for n := range 5000 {
		facts[fmt.Sprintf("profile-%0200d", n)] = sealed.Fact{Exists: true}
	}
	w.learn(t, "large", sealed.News{Facts: facts})
	w.learn(t, "large", sealed.News{Facts: map[string]sealed.Fact{"last": {Exists: true}}})
	w.wantFact(t, "large", "last", &sealed.Fact{Exists: true})
	info, err := os.Stat(filepath.Join(w.dir, "index"))
	if err != nil || info.Size() > 1<<20 {
		t.Errorf("the index has %d bytes, %v", info.Size(), err)
	}
	w.want(t, 1, true)
}

func TestNewsAddUp(t *testing.T) {
	there := sealed.Fact{Exists: true, Revision: "r"}
	facts := func(names ...string) map[string]sealed.Fact {
		all := map[string]sealed.Fact{}
		for _, n := range names {
			all[n] = there
		}
		return all
	}
	for _, test := range []struct {
		name               string
		first, later, want sealed.News
	}{
		{"nothing and something", sealed.News{}, sealed.News{Backend: "b", Facts: facts("x")}, sealed.News{Backend: "b", Facts: facts("x")}},
		{"facts", sealed.News{Backend: "b", Facts: facts("x")}, sealed.News{Backend: "b", Facts: facts("y")}, sealed.News{Backend: "b", Facts: facts("x", "y")}},
		{"another backend", sealed.News{Anew: true, Backend: "b", Facts: facts("x")}, sealed.News{Backend: "c", Facts: facts("y")}, sealed.News{Anew: true, Backend: "c", Facts: facts("y")}},
		{"a change", sealed.News{Backend: "b", Facts: facts("x")}, sealed.News{Anew: true, Backend: "b", Facts: facts("y")}, sealed.News{Anew: true, Backend: "b", Facts: facts("y")}},
		{"a list that says otherwise", sealed.News{Backend: "b", Facts: facts("x", "y")}, sealed.News{Backend: "b", Listed: true, Names: []string{"y"}}, sealed.News{Backend: "b", Facts: facts("y"), Listed: true, Names: []string{"y"}}},
	} {
		if diff := cmp.Diff(test.want, test.first.And(test.later)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.name, diff)
		}
	}
}
