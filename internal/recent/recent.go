// Package recent remembers which profiles are used, and how much. It stores only names. A
// profile ranks higher the more often and the more recently it was used; each use counts
// half after a week.
//
// Uses at the times t count sum(2^(t/week)), and the package stores the logarithm. The
// order does not depend on when it is read, and lines with one name add up. So a use
// appends a line to the file, and tidying up adds lines together.
package recent

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"awsvault/internal/disk"
)

const (
	name     = "recent"
	week     = 7 * 24 * time.Hour
	mostSize = 64 << 10 // in bytes; a larger file is tidied
	mostRead = 4 * mostSize
	most     = 500 // the number of names that are kept
	longest  = 256 // the longest name, in bytes
)

var errForeign = errors.New("not a file that only this user can write")

func own(path string) func(fs.FileInfo) error {
	return func(info fs.FileInfo) error {
		if disk.Ours().Flaw(path, info) != "" {
			return errForeign
		}
		return nil
	}
}

// Record records that a profile was used. It makes one write, unless the file has become
// large.
func Record(dir, profile string, now time.Time) error {
	if dir == "" || profile == "" || len(profile) > longest || strings.ContainsAny(profile, "\n\r") {
		return nil
	}
	path := filepath.Join(dir, name)
	f, info, err := disk.OpenAppend(path, disk.Reading{NoFollow: true, Check: own(path)})
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := fmt.Fprintf(f, "%.6f\t%s\n", logarithm(now), profile); err != nil {
		return err
	}
	if info.Size() > mostSize {
		return tidy(dir, Load(dir, now))
	}
	return nil
}

// logarithm returns the value of one use at a time.
func logarithm(t time.Time) float64 { return float64(t.Unix()) / week.Seconds() }

// Load returns the recorded uses: a higher number means more use. A file that is damaged, or
// that belongs to another user, counts as empty.
func Load(dir string, now time.Time) map[string]float64 {
	counts := map[string]float64{}
	if dir == "" {
		return counts
	}
	path := filepath.Join(dir, name)
	f, info, err := disk.Open(path, disk.Reading{NoFollow: true, Check: own(path)})
	if err != nil {
		return counts
	}
	defer f.Close()
	text := make([]byte, min(info.Size(), mostRead))
	n, _ := f.ReadAt(text, max(info.Size()-mostRead, 0))
	// The limit is above the value of all uses that are possible up to now.
	highest := logarithm(now.Add(time.Hour)) + 20
	for line := range bytes.Lines(text[:n]) {
		line, whole := bytes.CutSuffix(line, []byte("\n"))
		number, profile, ok := strings.Cut(string(line), "\t")
		v, err := strconv.ParseFloat(number, 64)
		if !whole || !ok || err != nil || !(v > 0 && v < highest) || profile == "" || len(profile) > longest {
			continue
		}
		if old, ok := counts[profile]; ok {
			v = max(v, old) + math.Log2(1+math.Exp2(-math.Abs(v-old)))
		}
		counts[profile] = v
	}
	return counts
}

// Tidy shortens the file if that is worthwhile, and drops profiles that no longer exist. It
// may lose a use that another process records at the same time, which does not matter for a
// count.
func Tidy(dir string, now time.Time, known func(profile string) bool) error {
	info, err := os.Lstat(filepath.Join(dir, name))
	if err != nil || info.Size() <= mostSize/2 {
		return err
	}
	counts := Load(dir, now)
	for profile := range counts {
		if !known(profile) {
			delete(counts, profile)
		}
	}
	return tidy(dir, counts)
}

func tidy(dir string, counts map[string]float64) error {
	var names []string
	for n := range counts {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b string) int {
		if counts[a] > counts[b] {
			return -1
		} else if counts[a] < counts[b] {
			return 1
		}
		return strings.Compare(a, b)
	})
	var text bytes.Buffer
	for _, n := range names[:min(len(names), most)] {
		if text.Len() < mostSize/4 {
			fmt.Fprintf(&text, "%.6f\t%s\n", counts[n], n)
		}
	}
	return disk.Replace(filepath.Join(dir, name), text.Bytes(), disk.Options{})
}
