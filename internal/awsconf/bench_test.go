package awsconf

import (
	"fmt"
	"strings"
	"testing"
)

// manyProfiles returns a config file with about 150 bytes for each profile.
func manyProfiles(n int) []byte {
	var b strings.Builder
	b.WriteString("[default]\nregion = eu-west-1\n\n")
	for i := range n {
		fmt.Fprintf(&b, "[profile team-%05d]\nregion = eu-west-1\nrole_arn = arn:aws:iam::%012d:role/Developer\nsource_profile = default\nmfa_serial = arn:aws:iam::111111111111:mfa/jon\n\n", i, i)
	}
	return []byte(b.String())
}

func BenchmarkParse(b *testing.B) {
	for _, n := range []int{1, 10_000} {
		data := manyProfiles(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := Parse("config", ConfigFile, data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkProfile measures the work of this package for a cached "vault use".
func BenchmarkProfile(b *testing.B) {
	for _, n := range []int{1, 10_000} {
		data, name := manyProfiles(n), fmt.Sprintf("team-%05d", n-1)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				f, err := Parse("config", ConfigFile, data)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := Merge(f, nil).Profile(name); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkOpen measures the same for a file that is read in parts, both for any sections and
// for a few. A command that finds a cached session reads a few.
func BenchmarkOpen(b *testing.B) {
	source, name := strings.NewReader(string(manyProfiles(10_000))), fmt.Sprintf("team-%05d", 9999)
	for _, few := range []bool{false, true} {
		b.Run(fmt.Sprintf("few=%v", few), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f, err := open("config", ConfigFile, source, bufferSize, purpose{few: few})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := Merge(f, nil).Profile(name); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkNames measures the work of this package for a completion.
func BenchmarkNames(b *testing.B) {
	for _, n := range []int{1, 10_000} {
		data := manyProfiles(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				f, err := Parse("config", ConfigFile, data)
				if err != nil {
					b.Fatal(err)
				}
				if got := len(Merge(f, nil).Names()); got != n+1 {
					b.Fatalf("got %d names, want %d", got, n+1)
				}
			}
		})
	}
}

func BenchmarkNear(b *testing.B) {
	f, err := Parse("config", ConfigFile, manyProfiles(10_000))
	if err != nil {
		b.Fatal(err)
	}
	config := Merge(f, nil)
	for b.Loop() {
		config.Near("taem-01234")
	}
}

// BenchmarkEveryProfile measures the work that "vault list" may need.
func BenchmarkEveryProfile(b *testing.B) {
	data := manyProfiles(10_000)
	for b.Loop() {
		f, err := Parse("config", ConfigFile, data)
		if err != nil {
			b.Fatal(err)
		}
		config := Merge(f, nil)
		for _, name := range config.Names() {
			if _, err := config.Profile(name); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkProblems(b *testing.B) {
	f, err := Parse("config", ConfigFile, manyProfiles(10_000))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if got := Merge(f, nil).Problems(); len(got) != 0 {
			b.Fatal(got[0])
		}
	}
}
