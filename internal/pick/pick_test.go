package pick

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"awsvault/internal/line"
)

func named(names ...string) []Candidate {
	var list []Candidate
	for _, n := range names {
		list = append(list, Candidate{Name: n})
	}
	return list
}

// Each ranking has a query, the matching names in order, and the names that must not match.
func TestRanking(t *testing.T) {
	tests := []struct {
		query string
		want  []string
		not   []string
	}{
		{"prod", []string{"prod", "prod-admin", "pay-prod", "spayprodx", "xpxrxoxd"}, []string{"dev", "dorp"}},
		{"payprod", []string{"payprod", "payments-prod", "spayprodx"}, []string{"prodpay"}},
		{"prod pay", []string{"pay-prod", "prod-pay"}, []string{"prod", "pay"}},
		{"Prod", []string{"Prod-eu"}, []string{"prod-eu"}},
		{"prod", []string{"prod-eu", "Prod-eu2"}, nil},
		{"'prd", []string{"xprd"}, []string{"prod"}},
		{"prod !eu", []string{"prod-us"}, []string{"prod-eu"}},
		{"!", []string{"a", "b"}, nil},
		{"'", []string{"a", "b"}, nil},
		{"prod", []string{"team/prod", "reprod"}, nil},
		{"td", []string{"team-dev", "tad", "xtxd"}, nil},
		{"é", []string{"café"}, []string{"cafe"}},
		{"日本", []string{"日本-dev", "日x本"}, []string{"本日"}},
	}
	for _, test := range tests {
		t.Run(test.query, func(t *testing.T) {
			backwards := slices.Clone(test.want)
			slices.Reverse(backwards)
			s := New(named(append(backwards, test.not...)...), Options{})
			s.Search(test.query)
			if d := cmp.Diff(test.want, s.Matches()); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestAccountRoleAndRegionMatchAfterTheName(t *testing.T) {
	s := New([]Candidate{{Name: "a", Account: "111122223333", Role: "admin", Region: "eu-west-1"}, {Name: "b-admin"}, {Name: "c", Role: "Admin"}}, Options{})
	for query, want := range map[string][]string{
		"2222": {"a"}, "admin": {"b-admin", "a", "c"}, "Admin": {"c"}, "eu-west a": {"a"}, "!admin": {}, "1133": {},
	} {
		s.Search(query)
		if d := cmp.Diff(want, s.Matches()); d != "" {
			t.Errorf("%s (-want +got):\n%s", query, d)
		}
	}
}

func TestOrderWithoutAQuery(t *testing.T) {
	list := named("b", "a", "often", "sometimes", "before")
	list[2].Recent, list[3].Recent = 9, 3
	tests := []struct {
		name    string
		options Options
		want    []string
	}{
		{"used, then by name", Options{}, []string{"often", "sometimes", "a", "b", "before"}},
		{"the previous one first", Options{Previous: "before"}, []string{"before", "often", "sometimes", "a", "b"}},
		{"not the active one", Options{Active: "often"}, []string{"sometimes", "often", "a", "b", "before"}},
		{"both", Options{Active: "often", Previous: "b"}, []string{"b", "often", "sometimes", "a", "before"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if d := cmp.Diff(test.want, New(list, test.options).Matches()); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestUseNeverOverridesABetterMatch(t *testing.T) {
	list := named("xdev", "dev", "devel", "devil")
	list[0].Recent, list[3].Recent = 100, 50
	s := New(list, Options{})
	s.Search("dev")
	if d := cmp.Diff([]string{"dev", "devil", "devel", "xdev"}, s.Matches()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// typed types keys. The text after a "|" follows a pause.
func typed(s *State, keys string) (done bool) {
	for i, part := range strings.Split(keys, "|") {
		if i > 0 && s.Pending() && s.Idle() {
			return true
		}
		for _, b := range []byte(part) {
			if s.Typed(b) {
				return true
			}
		}
	}
	return false
}

func many(n int) []Candidate {
	var list []Candidate
	for i := range n {
		list = append(list, Candidate{Name: fmt.Sprintf("p%04d", i)})
	}
	return list
}

func TestKeys(t *testing.T) {
	tests := []struct{ name, keys, want string }{
		{"Enter takes the first", "\r", "p0000"},
		{"a newline too", "\n", "p0000"},
		{"arrows", "\x1b[B\x1b[B\x1b[A\r", "p0001"},
		{"arrows of application mode", "\x1bOB\x1bOB\x1bOA\r", "p0001"},
		{"Ctrl-N and Ctrl-P", "\x0e\x0e\x0e\x10\r", "p0002"},
		{"up at the top", "\x1b[A\r", "p0000"},
		{"Home and End", "\x1b[F\r", "p0099"},
		{"down at the bottom", "\x1b[4~\x1b[B\r", "p0099"},
		{"Home", "\x1b[F\x1b[H\r", "p0000"},
		{"Home of others", "\x1b[F\x1b[1~\r", "p0000"},
		{"pages", "\x1b[6~\x1b[6~\x1b[5~\r", "p0010"},
		{"typing highlights the best", "\x1b[B\x1b[B42\r", "p0042"},
		{"rubout", "425\x7f\r", "p0042"},
		{"Ctrl-H", "425\x08\r", "p0042"},
		{"Ctrl-U", "zzz\x1542\r", "p0042"},
		{"Ctrl-W", "p 42 zzz \x17\r", "p0042"},
		{"Ctrl-W of all", "zzz\x17\x17\x1742\r", "p0042"},
		{"Tab fills in", "7\t\r", "p0007"},
		{"nothing matches, so Enter does nothing", "zzz\r\x1542\r", "p0042"},
		{"a paste", "\x1b[200~42\x1b[201~\r", "p0042"},
		{"newlines and keys in a paste", "\x1b[200~4\r\n\x03\x072\x1b[201~\r", "p0042"},
		{"a key that is not known", "\x1b[1;5C\x1b[24~\x1bx42\r", "p0042"},
		{"a key that never ends", "\x1b[" + strings.Repeat("1;", 1000) + "~42\r", "p0042"},
		{"half a character", "\xc342\r", "p0042"},
		{"what is not UTF-8", "\xff\xfe42\r", "p0042"},
		{"a long paste", "\x1b[200~" + strings.Repeat("x", 5000) + "\x1b[201~\x1542\r", "p0042"},
		{"Ctrl-C", "42\x03", ""},
		{"Ctrl-G", "42\x07", ""},
		{"Esc", "42\x1b|", ""},
		{"two Esc", "42\x1b\x1b|", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := New(many(100), Options{})
			s.Frame(80, 24)
			if !typed(s, test.keys) {
				t.Fatal("it goes on")
			}
			if got, _ := s.Chosen(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestAnArrowInTwoHalvesIsNoEsc(t *testing.T) {
	s := New(many(3), Options{})
	s.Typed(0x1b)
	if !s.Pending() {
		t.Fatal("not pending")
	}
	s.Typed('[')
	if s.Pending() || typed(s, "B\r") != true {
		t.Fatal("it is not taken as an arrow")
	}
	if got, _ := s.Chosen(); got != "p0001" {
		t.Errorf("got %q", got)
	}
}

func TestUpdateKeepsWhatIsHighlighted(t *testing.T) {
	s := New(many(100), Options{})
	typed(s, "7\x1b[B\x1b[B")
	want, _ := s.highlighted()
	s.Update(func(c *Candidate) {
		if c.Name == "p0001" {
			c.Account = "777"
		}
	})
	if got, _ := s.highlighted(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !slices.Contains(s.Matches(), "p0001") {
		t.Error("the account is not searched")
	}
}

var ours = regexp.MustCompile("\x1b\\[([?0-9;]*[A-Za-z])")

func plain(frame string) string { return ours.ReplaceAllString(frame, "") }

func TestScreen(t *testing.T) {
	list := []Candidate{
		{Name: "dev", Account: "111122223333", Role: "reader", Region: "eu-west-1", Left: "42m left", Recent: 2},
		{Name: "prod", Account: "444455556666", Role: "prod-admin", Described: true, Protected: true, Recent: 1},
		{Name: "a-profile-with-a-long-name"},
	}
	preview := func(name string) []string { return []string{"stored keys of plain", "AssumeRole " + name} }
	s := New(list, Options{Active: "prod", Preview: preview})
	check := func(width, height int, want string) {
		t.Helper()
		got := plain(s.Frame(width, height))
		got = strings.ReplaceAll(strings.ReplaceAll(got, "\r\n", "\n"), "\r", "")
		if d := cmp.Diff(strings.TrimPrefix(want, "\n"), got+"\n"); d != "" {
			t.Errorf("%d columns (-want +got):\n%s", width, d)
		}
	}
	check(100, 24, `
profile:                                                                                        3/3
> dev                         111122223333  42m left   | stored keys of plain
  prod *                      444455556666  protected  | AssumeRole dev
  a-profile-with-a-long-name
  Enter picks, Esc cancels, arrows move
`)
	check(60, 24, `
profile:                                                3/3
> dev                         111122223333  42m left
  prod *                      444455556666  protected
  a-profile-with-a-long-name
  stored keys of plain, AssumeRole dev
  Enter picks, Esc cancels, arrows move
`)
	check(20, 24, `
profile:        3/3
> dev
  prod *  protected
  a-profil…ong-name
  stored …eRole dev
`)
	check(20, 2, `
profile:        3/3
> dev  42m left
`)
	typed(s, "e\x1b[B")
	check(80, 24, `
profile: e                                                                  2/3
  dev                         111122223333  reader  eu-west-1  42m left
> a-profile-with-a-long-name
  stored keys of plain, AssumeRole a-profile-with-a-long-name
  Enter picks, Esc cancels, arrows move
`)
	typed(s, "zzz")
	check(40, 24, `
profile: ezzz                       0/3
  nothing matches; Ctrl-U clears
  Enter picks, Esc cancels, arrows move
`)
}

func TestWhatIsChosenIsNamed(t *testing.T) {
	for what, want := range map[string]string{"": "\rprofile: ", "region": "region: "} {
		if text := New([]Candidate{{Name: "eu-west-1"}}, Options{What: what}).Frame(60, 10); !strings.Contains(text, strings.TrimPrefix(want, "\r")) {
			t.Errorf("%q: %q", what, text)
		}
	}
}

func TestColours(t *testing.T) {
	list := []Candidate{{Name: "dev", Protected: true}}
	if frame := New(list, Options{}).Frame(80, 24); regexp.MustCompile("\x1b\\[[0-9;]*m").MatchString(frame) {
		t.Errorf("without: %q", frame)
	}
	if frame := New(list, Options{Colour: true}).Frame(80, 24); !strings.Contains(frame, "\x1b[1m> dev\x1b[0m  \x1b[7mprotected\x1b[0m") {
		t.Errorf("with: %q", frame)
	}
}

// For any names, any keys and any size of the terminal, the output contains only vault's own
// escape sequences, no line is too long, there are not too many lines, and the cursor is in
// the line.
func TestEveryScreen(t *testing.T) {
	any := rapid.OneOf(rapid.String(), rapid.StringMatching("[a-z0-9/-]{0,40}"), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
	rapid.Check(t, func(t *rapid.T) {
		var list []Candidate
		for range rapid.IntRange(0, 30).Draw(t, "n") {
			list = append(list, Candidate{Name: any.Draw(t, "name"), Account: any.Draw(t, "account"), Role: any.Draw(t, "role"), Left: any.Draw(t, "left"),
				Protected: rapid.Bool().Draw(t, "protected"), Recent: float64(rapid.IntRange(0, 3).Draw(t, "recent"))})
		}
		lines := rapid.SliceOfN(any, 0, 4).Draw(t, "preview")
		s := New(list, Options{Active: any.Draw(t, "active"), Colour: rapid.Bool().Draw(t, "colour"), Preview: func(string) []string { return lines }})
		for range rapid.IntRange(1, 5).Draw(t, "rounds") {
			if typed(s, any.Draw(t, "typed")+rapid.SampledFrom([]string{"", "\x1b[B", "\x1b[6~", "\x1b[F", "\x15"}).Draw(t, "key")) {
				if name, ok := s.Chosen(); ok && !slices.ContainsFunc(list, func(c Candidate) bool { return c.Name == name }) {
					t.Fatalf("chosen is %q, which is none", name)
				}
				return
			}
			width, height := rapid.IntRange(1, 200).Draw(t, "width"), rapid.IntRange(1, 60).Draw(t, "height")
			frame := s.Frame(width, height)
			shown := strings.Split(plain(frame), "\r\n")
			if len(shown) > height {
				t.Fatalf("%d lines in %d", len(shown), height)
			}
			for _, text := range shown {
				text = strings.Trim(text, "\r")
				if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
					t.Fatalf("a control character: %q", text)
				}
				if line.Width(text) >= max(width, 2) {
					t.Fatalf("%d columns in %d: %q", line.Width(text), width, text)
				}
			}
			if _, cursor := s.view(width, height); cursor >= max(width, 1) {
				t.Fatalf("the cursor is in column %d of %d", cursor, width)
			}
			if name, ok := s.highlighted(); ok && height > 1 && !strings.Contains(frame, ">") && width > 3 {
				t.Fatalf("%q is not on the screen", name)
			}
		}
	})
}

// BenchmarkKey measures a key and the next screen, among 10,000 profiles.
func BenchmarkKey(b *testing.B) {
	s := New(many(10_000), Options{})
	s.Update(func(c *Candidate) { c.Account, c.Role, c.Region = "1111"+c.Name, "administrator", "eu-west-1" })
	keys := "p1\x7f\x7f"
	for i := 0; b.Loop(); i++ {
		s.Typed(keys[i%len(keys)])
		s.Frame(120, 40)
	}
}

func BenchmarkFirstScreen(b *testing.B) {
	list := many(10_000)
	for b.Loop() {
		New(list, Options{}).Frame(120, 40)
	}
}

func BenchmarkUpdate(b *testing.B) {
	s := New(many(10_000), Options{})
	for b.Loop() {
		s.Update(func(c *Candidate) { c.Account, c.Role, c.Region = "1111"+c.Name, "administrator", "eu-west-1" })
	}
}
