package recent

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

func record(t *testing.T, dir, profile string, ago time.Duration) {
	t.Helper()
	if err := Record(dir, profile, now.Add(-ago)); err != nil {
		t.Fatal(err)
	}
}

func TestOftenAndLately(t *testing.T) {
	const day = 24 * time.Hour
	tests := []struct {
		name         string
		first, other []time.Duration // how long ago
	}{
		{"oftener", []time.Duration{day, day}, []time.Duration{day}},
		{"more lately", []time.Duration{time.Hour}, []time.Duration{day}},
		{"once now against three times two weeks ago", []time.Duration{0}, []time.Duration{14 * day, 14 * day, 14 * day}},
		{"five times two weeks ago against once now", []time.Duration{14 * day, 14 * day, 14 * day, 14 * day, 14 * day}, []time.Duration{0}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "a", "b")
			for _, ago := range test.first {
				record(t, dir, "first", ago)
			}
			for _, ago := range test.other {
				record(t, dir, "other", ago)
			}
			before := Load(dir, now)
			if before["first"] <= before["other"] {
				t.Errorf("%v", before)
			}
			if err := tidy(dir, before); err != nil {
				t.Fatal(err)
			}
			for name, v := range Load(dir, now) {
				if d := v - before[name]; d > 1e-5 || d < -1e-5 {
					t.Errorf("%s: %f, and before it was tidied up %f", name, v, before[name])
				}
			}
		})
	}
}

func TestTheFileIsOurs(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("has no modes")
	}
	openUmask(t) // the modes are not the umask's doing
	for name, write := range map[string]func(t *testing.T, dir string){
		"in a new directory": func(t *testing.T, dir string) { record(t, dir, "dev", 0) },
		"in a directory that is there": func(t *testing.T, dir string) {
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			record(t, dir, "dev", 0)
		},
		"tidied up": func(t *testing.T, dir string) {
			record(t, dir, "dev", 0)
			if err := tidy(dir, Load(dir, now)); err != nil {
				t.Fatal(err)
			}
		},
	} {
		dir := filepath.Join(t.TempDir(), "state")
		write(t, dir)
		for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "recent"): 0o600} {
			info, err := os.Stat(path)
			if err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %s: %v %v, want %v", name, filepath.Base(path), info.Mode(), err, want)
			}
		}
	}
}

func TestDamagedAndForeignFilesAreIgnored(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "recent")
	good := fmt.Sprintf("%.6f\tdev\n", logarithm(now))
	for name, text := range map[string]string{
		"nothing": "", "not a number": "x\ta\n", "no number": "\ta\n", "NaN": "NaN\ta\n", "infinite": "+Inf\ta\n", "the future": "99999\ta\n", "negative": "-1\ta\n",
		"no name": "1\t\n", "one column": "12\n", "zeroes": strings.Repeat("\x00", 5000) + "\n", "too long a name": "1\t" + strings.Repeat("a", 5000) + "\n", "cut off": "1\tabc",
	} {
		if err := os.WriteFile(path, []byte(good+text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := Load(dir, now); len(got) != 1 || got["dev"] == 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	if got := Load(dir, now); len(got) != 0 {
		t.Errorf("others can write it: %v", got)
	}
	if err := Record(dir, "dev", now); err == nil {
		t.Error("others can write it, and so do we")
	}
	other := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(other, []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	os.Remove(path)
	if err := os.Symlink(other, path); err != nil {
		t.Fatal(err)
	}
	if got := Load(dir, now); len(got) != 0 || Record(dir, "dev", now) == nil {
		t.Errorf("a link is followed: %v", got)
	}
}

func TestItStaysSmall(t *testing.T) {
	dir := t.TempDir()
	for i := range 5000 {
		record(t, dir, fmt.Sprintf("a-profile-with-a-name-%d", i), time.Duration(5000-i)*time.Minute)
	}
	record(t, dir, "a\nb", 0)
	record(t, dir, strings.Repeat("x", 1000), 0)
	info, err := os.Stat(filepath.Join(dir, "recent"))
	if err != nil || info.Size() > mostSize+1000 {
		t.Fatalf("%d bytes, %v", info.Size(), err)
	}
	got := Load(dir, now)
	if got["a-profile-with-a-name-4999"] == 0 || got["a\nb"] != 0 || len(got) < 300 {
		t.Errorf("%d: %v", len(got), got)
	}
	left, _ := os.ReadDir(dir)
	if len(left) != 1 {
		t.Errorf("left: %v", left)
	}
	for range 3000 {
		record(t, dir, "dev", 0)
	}
	if err := Tidy(dir, now, func(n string) bool { return n == "dev" }); err != nil {
		t.Fatal(err)
	}
	if got := Load(dir, now); len(got) != 1 {
		t.Errorf("after it was tidied up: %v", got)
	}
}

func BenchmarkRecord(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		Record(dir, "dev", now)
	}
}
