package listing

import (
	"bufio"
	"fmt"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"awsvault/internal/line"
)

func printed(table awsVaultTable) string {
	var b strings.Builder
	w := bufio.NewWriter(&b)
	table.write(w)
	w.Flush()
	return b.String()
}

func TestAWSVaultTable(t *testing.T) {
	table := awsVaultTable{
		profiles: []string{"default", "dev", "a-profile-with-a-name-that-is-long\x1b"},
		stored:   []string{"dev", "other"},
		sessions: []sessionLabel{{"dev", "sts.AssumeRole:59m0s"}, {"gone", "sts.GetSessionToken:1m0s"}, {"dev", "sso:2h0m0s"}},
	}
	const want = `
Profile                              Credentials              Sessions                          
=======                              ===========              ========                          
default                              -                        -                                 
dev                                  dev                      sts.AssumeRole:59m0s, sso:2h0m0s  
a-profile-with-a-name-that-is-long?  -                        -                                 
-                                    other                    -                                 
-                                    -                        sts.GetSessionToken:1m0s          
`
	if diff := cmp.Diff(want, "\n"+printed(table)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// aws-vault formats its table with this package and these settings.
func TestAWSVaultTableIsThatOfTabwriter(t *testing.T) {
	name := rapid.OneOf(rapid.StringMatching("[a-z日é/-]{0,40}"), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		table := awsVaultTable{profiles: rapid.SliceOfDistinct(name, rapid.ID).Draw(t, "profiles"), stored: rapid.SliceOfDistinct(name, rapid.ID).Draw(t, "stored")}
		for range rapid.IntRange(0, 3).Draw(t, "sessions") {
			table.sessions = append(table.sessions, sessionLabel{name.Draw(t, "of"), line.Printable(name.Draw(t, "label"))})
		}
		var b strings.Builder
		w := tabwriter.NewWriter(&b, 25, 4, 2, ' ', 0)
		table.rows(func(name, key, sessions string) {
			or := func(s string) string {
				if s == "" {
					return "-"
				}
				return s
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t\n", or(name), or(key), or(sessions))
		})
		w.Flush()
		if diff := cmp.Diff(b.String(), printed(table)); diff != "" {
			t.Fatalf("(-tabwriter +got)\n%s", diff)
		}
	})
}

// A name that no command accepts lengthens no other row.
func TestAVeryLongNameStaysInItsRow(t *testing.T) {
	long := strings.Repeat("n", 10_000)
	lines := strings.Split(printed(awsVaultTable{profiles: []string{"dev", long}}), "\n")
	for i, want := range []int{564, 564, 564, 10_050} {
		if len(lines[i]) != want {
			t.Errorf("line %d has %d columns, want %d", i, len(lines[i]), want)
		}
	}
}

// A row among ten thousand allocates no memory.
func TestARowOfTheTableAllocatesNothing(t *testing.T) {
	var table awsVaultTable
	for i := range 1000 {
		table.profiles = append(table.profiles, fmt.Sprintf("team-%05d", i))
	}
	table.stored = []string{"team-00007"}
	w := bufio.NewWriter(&strings.Builder{})
	w.Reset(discard{})
	if n := testing.AllocsPerRun(5, func() { table.write(w) }); n > 100 {
		t.Errorf("1000 rows make %v allocations", n)
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
