package awsconf

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestApply(t *testing.T) {
	a, b, c := profileHeader("a"), profileHeader("b"), profileHeader("c")
	tests := []struct {
		name, text string
		edits      []Edit
		want       string
	}{
		{"nothing", "[profile a]\nk = v", nil, "[profile a]\nk = v"},
		{"of several sections, in any order", "# top\n[profile a]\nk = v\n\n[profile b]\nl = w\n\n[profile c]\nm = x\n", []Edit{
			{Header: c, Set: []KV{{"m", "y"}}}, {Header: b, Drop: true}, {Header: a, Set: []KV{{"n", "1"}, {"k", "2"}}},
		}, "# top\n[profile a]\nk = 2\nn = 1\n\n[profile c]\nm = y\n"},
		{"new sections come at the end as they are given", "[profile a]", []Edit{
			{Header: c, Set: []KV{{"k", "v"}}, Mark: "sso sync s"}, {Header: b},
		}, "[profile a]\n\n[profile c]\n# vault: sso sync s\nk = v\n\n[profile b]\n"},
		{"set and unset at once", "[profile a]\nk = v\n  w\nl = x\n\n[profile b]\n", []Edit{
			{Header: a, Set: []KV{{"m", "1"}}, Unset: []string{"L", "none"}},
		}, "[profile a]\nk = v\n  w\nm = 1\n\n[profile b]\n"},
		{"the last line goes, and another comes", "[profile a]\nk = v\n  w", []Edit{{Header: a, Set: []KV{{"k", "z"}, {"l", "x"}}}}, "[profile a]\nk = z\nl = x\n"},
		{"two keys below a last line without end", "[profile a]\nk = ", []Edit{{Header: a, Set: []KV{{"k", "z"}, {"l", "x"}, {"m", "y"}}}}, "[profile a]\nk = z\nl = x\nm = y"},
		{"the last sections go with the blank line above", "[profile a]\n\n[profile b]\nk = v\n\n[profile c]\n", []Edit{{Header: b, Drop: true}, {Header: c, Drop: true}}, "[profile a]\n"},
		{"a section goes, and another comes in its place", "[profile a]\n\n[profile b]\nk = v\n", []Edit{{Header: b, Drop: true}, {Header: c}}, "[profile a]\n\n[profile c]\n"},
		{"all go", "\ufeff[profile a]\n\n[profile b]\n", []Edit{{Header: b, Drop: true}, {Header: a, Drop: true}}, "\ufeff"},
		{"an empty section goes if that is asked for", "[profile a]\nk = v\n\n[profile b]\nk = v\nl = w\n", []Edit{
			{Header: a, Unset: []string{"k"}, DropEmpty: true}, {Header: b, Unset: []string{"k"}, DropEmpty: true},
		}, "[profile b]\nl = w\n"},
		{"what is not there is gone already", "[profile a]\n", []Edit{{Header: b, Drop: true}, {Header: c, Unset: []string{"k"}}}, "[profile a]\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Apply([]byte(test.text), test.edits)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestApplyRefuses(t *testing.T) {
	a := profileHeader("a")
	tests := []struct {
		name  string
		edits []Edit
		want  string
	}{
		{"a section twice", []Edit{{Header: a}, {Header: a}}, `cannot edit profile "a": it is given twice`},
		{"in two spellings", []Edit{{Header: a}, {Header: profileHeader(`"a"`)}}, `cannot write profile "\"a\"": the name has one of [ ] " ' \ # ;`},
		{"a new one twice", []Edit{{Header: profileHeader("n")}, {Header: profileHeader("n")}}, `cannot write profile "n": it is given twice`},
		{"sections of two files", []Edit{{Header: a}, {Header: Header{CredentialsFile, ProfileSection, "b"}}}, `cannot edit profile "b": it belongs in the other file`},
		{"to set what it removes", []Edit{{Header: a, Drop: true, Set: []KV{{"k", "v"}}}}, `cannot edit profile "a": it is to be removed`},
		{"to set a key that it removes", []Edit{{Header: a, Unset: []string{"K"}, Set: []KV{{"k", "v"}}}}, `cannot write key "k": it is to be removed`},
		{"a mark of two lines", []Edit{{Header: profileHeader("n"), Mark: "a\nb = c"}}, `cannot write the mark "a\nb = c"`},
		{"one bad name among good ones", []Edit{{Header: profileHeader("n")}, {Header: profileHeader("x]")}}, `cannot write profile "x]": the name has one of [ ] " ' \ # ;`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Apply([]byte("[profile a]\nk = v\n"), test.edits)
			if err == nil || err.Error() != test.want || got != nil {
				t.Errorf("got %q, %v, want %s", got, err, test.want)
			}
		})
	}
}

func TestMarked(t *testing.T) {
	const text = "[profile a]\n# vault: sso sync s\nk = v\n[profile b]\n# mine\n\n# vault: sso sync s \r\n[profile c]\nk = v\n# vault: sso sync s\n" +
		"[profile d]\n# vault: sso sync s2\n[sso-session s]\n# vault: sso sync s\n[profile e]\nk =\n  # vault: sso sync s\n"
	f := parse(t, ConfigFile, text)
	want := []Header{profileHeader("a"), profileHeader("b"), {ConfigFile, SSOSessionSection, "s"}}
	if diff := cmp.Diff(want, f.Marked("sso sync s")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// syncProfiles edits a file as the synchronisation of a sign-in session does.
func syncProfiles(data []byte, mark string, want map[string]string) ([]byte, error) {
	f, err := Parse("", ConfigFile, data)
	if err != nil {
		return nil, err
	}
	var edits []Edit
	for _, h := range f.Marked(mark) {
		if _, ok := want[h.Name]; !ok {
			edits = append(edits, Edit{Header: h, Drop: true})
		}
	}
	for name, account := range want {
		edits = append(edits, Edit{Header: profileHeader(name), Set: []KV{{"sso_account_id", account}, {"sso_role_name", "Admin"}}, Mark: mark})
	}
	slices.SortFunc(edits, func(a, b Edit) int { return strings.Compare(a.Header.Name, b.Header.Name) })
	return Apply(data, edits)
}

func TestManyEditsTakeLinearTime(t *testing.T) {
	const own = "# mine\n[profile own]\nregion = x\n"
	want := map[string]string{}
	for i := range 50_000 {
		want[fmt.Sprintf("p%05d", i)] = "1"
	}
	start := time.Now()
	data := []byte(own)
	for _, step := range []func(name string){
		func(string) {},
		func(name string) { want[name] = "2" },
		func(name string) { delete(want, name) },
	} {
		for name := range want {
			step(name)
		}
		var err error
		if data, err = syncProfiles(data, "sso sync s", want); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(string(data), "[profile p"); got != len(want) {
			t.Fatalf("got %d profiles, want %d", got, len(want))
		}
	}
	if string(data) != own {
		t.Errorf("got %.100q, want %q", data, own)
	}
	// Under a second on an idle machine; hours if any part of it were quadratic.
	if took := time.Since(start); took > time.Minute {
		t.Errorf("it took %v", took)
	}
}

// Apply has the same result as its edits one by one.
func TestApplyIsItsEditsOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, _ := drawEditable(t)
		f, err := Parse("", ConfigFile, text)
		if err != nil {
			t.Fatal(err)
		}
		var edits []Edit
		for i, name := range append(slices.Collect(f.all(ProfileSection)), "new", "new 2") {
			e := Edit{Header: profileHeader(name)}
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				continue
			case 1:
				if i == 0 { // a removed section's neighbours are another matter
					continue
				}
				e.Drop = true
			default:
				for _, key := range []string{"region", "s3", "max", "new_key"} {
					switch rapid.IntRange(0, 2).Draw(t, key) {
					case 1:
						e.Set = append(e.Set, KV{key, anyValue.Draw(t, "value")})
					case 2:
						e.Unset = append(e.Unset, key)
					}
				}
			}
			edits = append(edits, e)
		}
		together, err := Apply([]byte(text), edits)
		if err != nil {
			return
		}
		apart := []byte(text)
		for _, e := range edits {
			if apart, err = Apply(apart, []Edit{e}); err != nil {
				return // in between, a header would have been swallowed
			}
		}
		if diff := cmp.Diff(meanings(t, string(apart)), meanings(t, string(together))); diff != "" {
			t.Fatalf("%q with %+v: (-one by one +at once)\n%s", text, edits, diff)
		}
		if got, want := trimmedLines(together), trimmedLines(apart); !slices.Equal(got, want) {
			t.Fatalf("%q with %+v\none by one %q\nat once    %q", text, edits, apart, together)
		}
	})
}

// trimmedLines returns the lines that are not blank.
func trimmedLines(text []byte) (all []string) {
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimRight(line, "\r\n"); trim(line) != "" {
			all = append(all, line)
		}
	}
	return all
}

// Whatever the name, the editor either refuses it or writes a section that can be found under
// this name alone.
func TestHostileNames(t *testing.T) {
	pieces := rapid.SampledFrom([]string{"a", "]", "[", "\n", "\r", "\"", "'", "\\", " ", "\t", "é", "日本", "\u00a0", "\u2028", "#", ";", "=", "%", "$(x)", "profile ", "default", "DEFAULT", "\x00", "\xff", "/", ".", "@", "\x1b[m"})
	rapid.Check(t, func(t *rapid.T) {
		name := strings.Join(rapid.SliceOfN(pieces, 0, 4).Draw(t, "name"), "")
		kind := rapid.SampledFrom([]Kind{ConfigFile, CredentialsFile}).Draw(t, "kind")
		const text = "[default]\nk = v\n"
		h := Header{kind, ProfileSection, name}
		after, err := SetKeys([]byte(text), h, []KV{{"l", "w"}})
		if err != nil {
			return
		}
		f, err := Parse("", kind, after)
		if err != nil {
			t.Fatalf("%q: %v", after, err)
		}
		s, ok, err := f.section(ProfileSection, name)
		if err != nil || !ok {
			t.Fatalf("%q: profile %q: %v", after, name, err)
		}
		if v, _ := s.Get("l"); v.Text != "w" || name != "default" && (s.name != name || len(f.sections) != 2 || len(s.settings) != 1) {
			t.Fatalf("%q: profile %q: got %+v", after, name, s)
		}
	})
}
