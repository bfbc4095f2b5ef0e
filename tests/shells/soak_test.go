package shells

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/tests/world"
)

// shown is the line that prints the key and its end between marks.
func (k kind) shown(n int) string {
	if k.name == "powershell" {
		return fmt.Sprintf(`"<<${env:AWS_ACCESS_KEY_ID} ${env:AWS_CREDENTIAL_EXPIRATION}:%d>>"`, n)
	}
	return fmt.Sprintf(`echo "<<$AWS_ACCESS_KEY_ID $AWS_CREDENTIAL_EXPIRATION:%d>>"`, n)
}

// sight is what a prompt saw in the environment.
type sight struct {
	id   string
	ends time.Time // zero: nothing
}

// looks are n commands typed at once: what was in the environment at each, and
// the times from the end of one to the end of the next, which is a prompt's.
func (s *session) looks(n int) (seen []sight, took []time.Duration) {
	s.t.Helper()
	first := s.n + 1
	keys := ""
	for range n {
		s.n++
		keys += s.kind.shown(s.n) + "\r"
	}
	s.typed(keys)
	var last time.Time
	for i := first; i <= s.n; i++ {
		_, groups := s.expect(fmt.Sprintf(`<<([A-Z0-9]*) ([-0-9TZ:]*):%d>>`, i))
		now := time.Now()
		if !last.IsZero() {
			took = append(took, now.Sub(last))
		}
		last = now
		var ends time.Time
		if groups[2] != "" {
			var err error
			if ends, err = time.Parse(time.RFC3339, groups[2]); err != nil {
				s.t.Fatal(err)
			}
		}
		seen = append(seen, sight{groups[1], ends})
	}
	return seen, took
}

// quantiles of the times, sorted on the way.
func quantiles(times []time.Duration) string {
	slices.Sort(times)
	at := func(q float64) time.Duration {
		return times[int(q*float64(len(times)-1))].Round(100 * time.Microsecond)
	}
	return fmt.Sprintf("median %v, 90%% %v, 99%% %v, most %v", at(.5), at(.9), at(.99), at(1))
}

// left returns the programs of this world that still run, without its shells.
func left(t testing.TB, w *world.World, shells ...*session) []string {
	t.Helper()
	var found []string
	environs, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range environs {
		environ, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(append([]byte{0}, environ...), []byte("\x00HOME="+w.Home+"\x00")) {
			continue
		}
		pid := filepath.Base(filepath.Dir(path))
		if slices.ContainsFunc(shells, func(s *session) bool { return strconv.Itoa(s.cmd.Process.Pid) == pid }) {
			continue
		}
		argv, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		found = append(found, pid+" "+strings.ReplaceAll(string(argv), "\x00", " "))
	}
	return found
}

// gone waits until nothing of this world runs but its shells.
func gone(t testing.TB, w *world.World, shells ...*session) {
	t.Helper()
	until := time.Now().Add(patience)
	for {
		found := left(t, w, shells...)
		if len(found) == 0 {
			return
		}
		if time.Now().After(until) {
			t.Errorf("left behind: %q", found)
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// files returns the files below vault's directories.
func files(t testing.TB, w *world.World) []string {
	t.Helper()
	var found []string
	for _, dir := range []string{filepath.Join(w.Home, ".local"), filepath.Join(w.Home, ".awsvault"), filepath.Join(w.Dir, "tmp")} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && !strings.Contains(path, "/fish") && !strings.Contains(path, "/powershell") {
				rest, _ := filepath.Rel(w.Dir, path)
				found = append(found, rest)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// due has AWS give out credentials that come due in that time: its clock is slow,
// and says so, so that those of 15 minutes have that and their window left.
func dueSoon(w *world.World, in time.Duration) {
	behind := 10*time.Minute - in
	w.Fake.Clock.Advance(-behind)
	w.Fake.SkewDate(behind)
}

// Renewals in a row, with the network cut in the middle: VAULT_SOAK says how many,
// and that the times are to be judged.
func TestSoak(t *testing.T) {
	t.Parallel()
	renewals, long := 4, false
	if n, err := strconv.Atoi(os.Getenv("VAULT_SOAK")); err == nil {
		renewals, long = n, true
	}
	inEach(t, func(t *testing.T, k kind) {
		t.Parallel()
		w := world.New(t)
		net := newWire(t, w.Fake.URL)
		s := start(t, k, w, "AWS_ENDPOINT_URL_STS="+net.URL, "AWS_MIN_TTL=1m")

		var own []time.Duration // of the shell, with nothing active
		for range 20 {
			_, took := s.looks(3)
			own = append(own, took...)
		}
		dueSoon(w, 2*time.Second)
		s.ok("vault use dev -d 15m")
		var ids []string
		var before []string
		var times []time.Duration
		cut := false
		limit := time.Now().Add(time.Duration(renewals)*20*time.Second + 2*time.Minute)
		for len(ids) <= renewals {
			seen, took := s.looks(3)
			times = append(times, took...)
			for _, at := range seen {
				if !at.ends.After(time.Now()) {
					t.Fatalf("at a prompt: %+v", at)
				}
				if len(ids) > 0 && at.id == ids[len(ids)-1] {
					continue
				}
				ids = append(ids, at.id)
				if len(ids) == 3 {
					before = files(t, w)
				}
				if len(ids) == renewals/2+1 {
					net.set(wireCut)
					cut = true
				}
			}
			// Until it has been felt, and the next try is half a minute off.
			if cut && strings.Contains(s.all(), "could not be renewed") {
				net.set(wireUp)
				cut = false
			}
			if time.Now().After(limit) {
				t.Fatalf("only %d renewals; AWS was called: %v\n%s", len(ids)-1, w.Fake.Operations(), s.all())
			}
			time.Sleep(200 * time.Millisecond) // a person types; what is waited for is the clock
		}
		gone(t, w, s)
		calls := w.Fake.Operations()
		// One for `use`, one for each renewal, and perhaps one for a renewal that the
		// last prompts have begun.
		if n := len(calls); n < renewals+1 || n > renewals+2 {
			t.Errorf("%d calls for %d renewals: %v", n, renewals, calls)
		}
		if n := strings.Count(s.all(), "could not be renewed"); n != 1 {
			t.Errorf("the cut network was complained of %d times:\n%s", n, s.all())
		}
		// A renewal under way has a file.
		before = slices.DeleteFunc(before, func(f string) bool { return strings.Contains(f, "/renewals/") })
		if d := cmp.Diff(before, files(t, w)); d != "" {
			t.Errorf("files after the second and the last renewal (-want +got):\n%s", d)
		}
		usual := slices.Sorted(slices.Values(own))[len(own)/2]
		t.Logf("%d prompts, the shell's own: %s", len(own), quantiles(own))
		t.Logf("%d prompts over %d renewals: %s", len(times), renewals, quantiles(times))
		slow := len(times) - len(slices.DeleteFunc(slices.Clone(times), func(d time.Duration) bool { return d > usual+50*time.Millisecond }))
		t.Logf("%d prompts took 50 ms more than the shell's median of %v", slow, usual)
		// A machine has its own hiccups: one in a thousand. A renewal has two prompts in
		// some twenty.
		if long && slow > len(times)/1000 {
			t.Errorf("%d of %d prompts took 50 ms more than usual", slow, len(times))
		}
	})
}
