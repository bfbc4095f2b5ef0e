package awsconf

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func profileHeader(name string) Header { return Header{ConfigFile, ProfileSection, name} }

func TestSetKeys(t *testing.T) {
	a := profileHeader("a")
	tests := []struct {
		name, text string
		header     Header
		kv         []KV
		want       string
	}{
		{"a value is replaced where it stands", "# top\n[profile a]\nregion = x\noutput = json\n\n# end", a, []KV{{"region", "y"}}, "# top\n[profile a]\nregion = y\noutput = json\n\n# end"},
		{"space around it stays", "[profile a]\n\tRegion  =\tx \t\n", a, []KV{{"region", "y"}}, "[profile a]\n\tRegion  =\ty \t\n"},
		{"no space stays no space", "[profile a]\nregion=x\n", a, []KV{{"region", "y"}}, "[profile a]\nregion=y\n"},
		{"a colon stays a colon", "[profile a]\nregion: x\n", a, []KV{{"region", "y"}}, "[profile a]\nregion: y\n"},
		{"a comment after the value is the value", "[profile a]\nregion = x # c\n", a, []KV{{"region", "y"}}, "[profile a]\nregion = y\n"},
		{"an empty value gets space if there is some", "[profile a]\nk =\nl=\nm = \n", a, []KV{{"k", "1"}, {"l", "2"}, {"m", "3"}}, "[profile a]\nk = 1\nl=2\nm = 3\n"},
		{"a value may become empty", "[profile a]\nk = v\n", a, []KV{{"k", ""}}, "[profile a]\nk = \n"},
		{"the same value changes nothing", "[profile a]\nk  =  v  \n", a, []KV{{"k", "v"}}, "[profile a]\nk  =  v  \n"},
		{"nothing changes nothing", "[profile a]\nk  =  v  \n", a, nil, "[profile a]\nk  =  v  \n"},
		{"CRLF stays", "[profile a]\r\nk = v\r\n[profile b]\r\n", a, []KV{{"k", "w"}, {"l", "x"}}, "[profile a]\r\nk = w\r\nl = x\r\n[profile b]\r\n"},
		{"a byte order mark stays", "\ufeff[profile a]\nk = v\n", a, []KV{{"k", "w"}}, "\ufeff[profile a]\nk = w\n"},
		{"a missing last line end stays missing", "[profile a]\nk = v", a, []KV{{"k", "w"}, {"l", "x"}}, "[profile a]\nk = w\nl = x"},
		{"also below a lone header", "[profile a]", a, []KV{{"k", "v"}}, "[profile a]\nk = v"},
		{"a new key comes after the last one, before what is below", "[profile a]\nk = v\n# c\n\n# b's\n[profile b]\n", a, []KV{{"l", "w"}}, "[profile a]\nk = v\nl = w\n# c\n\n# b's\n[profile b]\n"},
		{"as deep as that", "[profile a]\n  k = v\n  [profile b]\n  k = v\n", a, []KV{{"l", "w"}}, "[profile a]\n  k = v\n  l = w\n  [profile b]\n  k = v\n"},
		{"after all of its value", "[profile a]\nk = v\n  w\ns3 =\n  x = y\n\n[profile b]\n", a, []KV{{"l", "w"}}, "[profile a]\nk = v\n  w\ns3 =\n  x = y\nl = w\n\n[profile b]\n"},
		{"in an empty section it is the first", "[profile a]\n# c\n[profile b]\n", a, []KV{{"k", "v"}}, "[profile a]\nk = v\n# c\n[profile b]\n"},
		{"there as deep as the next header", "[profile a]\n  [profile b]\n", a, []KV{{"k", "v"}}, "[profile a]\n  k = v\n  [profile b]\n"},
		{"several lines become one", "[profile a]\nk = v\n  w\n\n  # c\n  x\nl = y\n", a, []KV{{"k", "z"}}, "[profile a]\nk = z\n\n  # c\nl = y\n"},
		{"nested settings become one value", "[profile a]\ns3 =\n  x = y\n  k = z\nk = v\n", a, []KV{{"s3", "z"}}, "[profile a]\ns3 = z\nk = v\n"},
		{"a nested setting is another key", "[profile a]\ns3 =\n  k = y\n", a, []KV{{"k", "z"}}, "[profile a]\ns3 =\n  k = y\nk = z\n"},
		{"a comment is no key", "[profile a]\n# k = v\n", a, []KV{{"k", "z"}}, "[profile a]\nk = z\n# k = v\n"},
		{"another section's key is another", "[profile b]\nk = v\n[profile a]\n[profile c]\nk = v\n", a, []KV{{"k", "z"}}, "[profile b]\nk = v\n[profile a]\nk = z\n[profile c]\nk = v\n"},
		{"a fault elsewhere is nobody's", "[profile b]\njunk\nk\n[profile a]\nk = v\n", a, []KV{{"k", "z"}}, "[profile b]\njunk\nk\n[profile a]\nk = z\n"},
		{"a section is found however it is spelled", "[  profile   'a' ] # c\n", a, []KV{{"k", "v"}}, "[  profile   'a' ] # c\nk = v\n"},

		{"a missing section is added", "[default]\nk = v\n", a, []KV{{"k", "v"}, {"l", ""}}, "[default]\nk = v\n\n[profile a]\nk = v\nl =\n"},
		{"to an empty file", "", a, []KV{{"k", "v"}}, "[profile a]\nk = v\n"},
		{"to a byte order mark", "\ufeff", a, []KV{{"k", "v"}}, "\ufeff[profile a]\nk = v\n"},
		{"to a file without a last line end", "[default]\nk = v", a, []KV{{"k", "v"}}, "[default]\nk = v\n\n[profile a]\nk = v\n"},
		{"to one that ends in a blank line", "[default]\n\n", a, []KV{{"k", "v"}}, "[default]\n\n[profile a]\nk = v\n"},
		{"with CRLF", "[default]\r\n", a, []KV{{"k", "v"}}, "[default]\r\n\r\n[profile a]\r\nk = v\r\n"},
		{"in quotes if there is a space", "", profileHeader("a b"), nil, "[profile 'a b']\n"},
		{"the default without the word", "", profileHeader("default"), nil, "[default]\n"},
		{"an SSO session", "", Header{ConfigFile, SSOSessionSection, "default"}, nil, "[sso-session default]\n"},
		{"services", "", Header{ConfigFile, ServicesSection, "s"}, nil, "[services s]\n"},
		{"a bare name in the credentials file", "", Header{CredentialsFile, ProfileSection, "a b"}, nil, "[a b]\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := SetKeys([]byte(test.text), test.header, test.kv)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestEditorRefuses(t *testing.T) {
	a := profileHeader("a")
	set := func(h Header, kv ...KV) func([]byte) ([]byte, error) {
		return func(data []byte) ([]byte, error) { return SetKeys(data, h, kv) }
	}
	remove := func(h Header) func([]byte) ([]byte, error) {
		return func(data []byte) ([]byte, error) { return Apply(data, []Edit{{Header: h, Drop: true}}) }
	}
	tests := []struct {
		name, text string
		edit       func([]byte) ([]byte, error)
		want       string
	}{
		{"a file that it cannot divide", "[profile a\n", set(a, KV{"k", "v"}), "line 1: section header has no closing bracket"},
		{"a section that is there twice", "[profile a]\n[profile a]\n", set(a, KV{"k", "v"}), `line 2: profile "a" is defined twice, first on line 1`},
		{"to remove one of them", "[profile a]\n[profile a]\n", remove(a), `line 2: profile "a" is defined twice, first on line 1`},
		{"either of two defaults", "[default]\n[profile default]\n", set(profileHeader("default"), KV{"k", "v"}), `line 2: profile "default" is defined twice, first on line 1`},
		{"a key that is there twice", "[profile a]\nk = v\nk = w\n", set(a, KV{"k", "x"}), `line 3: "k" is set twice, first on line 2`},
		{"a section with another fault", "[profile a]\nk = v\njunk\n", set(a, KV{"k", "x"}), `line 3: line is neither "key = value" nor a comment`},
		{"to leave a header inside a value", "[profile b]\nk = v\n[profile a]\n  [profile c]\n", remove(a), `line 3: cannot remove profile "a": the indented header below it would become a part of the section above`},
		{"to add what is there", "\n[profile a]\n", func(data []byte) ([]byte, error) { return Apply(data, []Edit{{Header: a, New: true}}) }, `line 2: profile "a" exists already`},

		{"a bracket in a name", "", set(profileHeader("a]")), `cannot write profile "a]": the name has one of [ ] " ' \ # ;`},
		{"a quote in a name", "", set(profileHeader("o'neill")), `cannot write profile "o'neill": the name has one of [ ] " ' \ # ;`},
		{"a name that unquotes to one that is there", "[default]\nk = v\n", set(profileHeader(`\default`), KV{"k", "w"}), `cannot write profile "\\default": the name has one of [ ] " ' \ # ;`},
		{"a quoted name that is there without quotes", "[profile a]\nk = v\n", set(profileHeader(`"a"`), KV{"k", "w"}), `cannot write profile "\"a\"": the name has one of [ ] " ' \ # ;`},
		{"a line break in a name", "", set(profileHeader("a\nb")), `cannot write profile "a\nb": the name has a control character or an unusual space`},
		{"a tab in a name", "", set(profileHeader("a\tb")), `cannot write profile "a\tb": the name has a control character or an unusual space`},
		{"a NUL in a name", "", set(profileHeader("a\x00b")), `cannot write profile "a\x00b": the name has a control character or an unusual space`},
		{"bad bytes in a name", "", set(profileHeader("a\xff")), `cannot write profile "a\xff": the name is not valid UTF-8`},
		{"space at the end of a name", "", set(profileHeader("a ")), `cannot write profile "a ": the name has space at its ends`},
		{"no name", "", set(profileHeader("")), `cannot write profile "": it has no name`},
		{"a session in the credentials file", "", set(Header{CredentialsFile, SSOSessionSection, "s"}), `cannot write sso-session "s": this file has no such section`},
		{"python's default section", "", set(Header{CredentialsFile, ProfileSection, "DEFAULT"}), `cannot write profile "DEFAULT": the AWS CLI would copy its settings into every section`},
		{"a name that another tool passes over", "", set(Header{CredentialsFile, ProfileSection, "profile a"}), `cannot write profile "profile a": a header in the credentials file is the name alone`},

		{"a key with space", "", set(a, KV{"k l", "v"}), `cannot write key "k l": a key consists of a-z, 0-9, _ and -`},
		{"a key in capitals", "", set(a, KV{"K", "v"}), `cannot write key "K": a key consists of a-z, 0-9, _ and -`},
		{"no key", "", set(a, KV{"", "v"}), `cannot write key "": a key consists of a-z, 0-9, _ and -`},
		{"a key given twice", "", set(a, KV{"k", "v"}, KV{"k", "w"}), `cannot write key "k": it is given twice`},
		{"a line break in a value", "", set(a, KV{"k", "v\nw"}), `cannot write the value of "k": it has a line break or another control character`},
		{"a NUL in a value", "[profile a]\n", set(a, KV{"k", "v\x00w"}), `cannot write the value of "k": it has a line break or another control character`},
		{"bad bytes in a value", "", set(a, KV{"k", "\xff"}), `cannot write the value of "k": it has bytes that are not UTF-8`},
		{"space at the end of a value", "", set(a, KV{"k", "v "}), `cannot write the value of "k": it has space at its ends`},
		{"a comment in a value", "", set(a, KV{"k", "v #w"}), `cannot write the value of "k": it has a comment, which AWS tools read differently`},
		{"quotes around a value", "", set(a, KV{"k", `"v"`}), `cannot write the value of "k": it has quotes, which AWS tools read differently`},
		{"what other tools take for a line break", "", set(a, KV{"k", `C:\new`}), `cannot write the value of "k": it has \n, which AWS tools read differently`},
		{"a book", "", set(a, KV{"k", strings.Repeat("x", 1<<16)}), `cannot write the value of "k": it has more than 32 KiB`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.edit([]byte(test.text))
			if err == nil || err.Error() != test.want || got != nil {
				t.Errorf("got %q, %v, want %s", got, err, test.want)
			}
		})
	}
}

func TestRemoveKey(t *testing.T) {
	tests := []struct{ name, text, key, want string }{
		{"a key goes with its line", "[profile a]\nk = v\n# c\nl = w\n", "k", "[profile a]\n# c\nl = w\n"},
		{"and with all of its value", "[profile a]\ns3 =\n  x = y\n\n  # c\n  z = w\nl = w\n", "s3", "[profile a]\n\n  # c\nl = w\n"},
		{"in any case", "[profile a]\nRegion = v\n", "REGION", "[profile a]\n"},
		{"from the end", "[profile a]\nk = v\nl = w", "l", "[profile a]\nk = v\n"},
		{"what is not there is gone already", "[profile a]\nk = v\n", "l", "[profile a]\nk = v\n"},
		{"so is what is nested", "[profile a]\ns3 =\n  k = v\n", "k", "[profile a]\ns3 =\n  k = v\n"},
		{"or in another section", "[profile b]\nk = v\n", "k", "[profile b]\nk = v\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := RemoveKey([]byte(test.text), profileHeader("a"), test.key)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestASectionIsRemoved(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a section goes with the blank lines below", "[profile b]\n\n[profile a]\nk = v\n\n\n[profile c]\n", "[profile b]\n\n[profile c]\n"},
		{"with the comments among its settings", "[profile a]\n# c\nk = v\n# l = w\n\n[profile c]\n", "[profile c]\n"},
		{"without those above the next header", "[profile a]\nk = v\n# l = w\n\n# c's\n[profile c]\n", "# c's\n[profile c]\n"},
		{"even if no blank line divides them", "[profile a]\nk = v\n# c's\n[profile c]\n", "# c's\n[profile c]\n"},
		{"without those above its own", "# a's\n[profile a]\nk = v\n", "# a's\n"},
		{"at the end with the blank line above", "[profile b]\nk = v\n\n[profile a]\nk = v\n", "[profile b]\nk = v\n"},
		{"of any kind", "[profile b]\r\n\r\n[profile a]\r\nk = v\r\n# c", "[profile b]\r\n"},
		{"what stands apart at the end stays", "[profile b]\n\n[profile a]\nk = v\n\n# vim: ft=dosini\n", "[profile b]\n\n# vim: ft=dosini\n"},
		{"a byte order mark stays", "\ufeff[profile a]\n", "\ufeff"},
		{"a section may be broken", "[profile a]\njunk\nk\x00\n[profile b]\n", "[profile b]\n"},
		{"what is not there is gone already", "[profile b]\nk = v\n", "[profile b]\nk = v\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Apply([]byte(test.text), []Edit{{Header: profileHeader("a"), Drop: true}})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// meaning is the meaning of a text: its sections in order, including faults.
type meaning struct {
	Type     SectionType
	Name     string
	Settings map[string]string
	Faults   int
}

func contents(f *File) []meaning {
	all := []meaning{}
	for i, s := range f.sections {
		settings, faults := f.settings(i)
		m := meaning{s.typ, f.name(i), map[string]string{}, len(faults)}
		for i := range settings {
			m.Settings[settings[i].key] = settings[i].text()
		}
		all = append(all, m)
	}
	return all
}

func meanings(t *rapid.T, text string) []meaning {
	f, err := Parse("", ConfigFile, []byte(text))
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return contents(f)
}

// lines splits a text without losing a byte.
func lines(text string) []string { return slices.Collect(strings.Lines(text)) }

// drawEditable draws a text that can be divided into sections, and one of the names in it.
func drawEditable(t *rapid.T) (string, Header) {
	text := rapid.Custom(drawFile).Filter(func(text string) bool {
		_, err := Parse("", ConfigFile, []byte(text))
		return err == nil
	}).Draw(t, "text")
	var names []string
	if f, err := Parse("", ConfigFile, []byte(text)); err == nil {
		names = append(slices.Collect(f.all(ProfileSection)), "new")
	}
	return text, profileHeader(rapid.SampledFrom(names).Draw(t, "profile"))
}

var (
	anyKey   = rapid.SampledFrom([]string{"region", "output", "s3", "max", "role_arn", "a", "new_key"})
	anyValue = rapid.SampledFrom([]string{"", "v", "a = b", "x: y", "[z]", "é", "-", "https://x/#/"})
)

// refused reports whether err is the one reason to give up on a text that can be divided.
func refused(t *rapid.T, err error) bool {
	var fault *Error
	if err != nil && !errors.As(err, &fault) {
		t.Fatalf("got %v, want an *Error", err)
	}
	return err != nil
}

func TestSettingAKeyChangesNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, header := drawEditable(t)
		pair := KV{anyKey.Draw(t, "key"), anyValue.Draw(t, "value")}
		after, err := SetKeys([]byte(text), header, []KV{pair})
		if refused(t, err) {
			return
		}
		want := meanings(t, text)
		i := slices.IndexFunc(want, func(m meaning) bool { return m.Type == ProfileSection && m.Name == header.Name })
		if i < 0 {
			want = append(want, meaning{ProfileSection, header.Name, map[string]string{}, 0})
			i = len(want) - 1
			if !strings.HasPrefix(string(after), text) {
				t.Fatalf("%q -> %q: a new section changes what is above", text, after)
			}
		}
		_, existed := want[i].Settings[pair.Key]
		want[i].Settings[pair.Key] = pair.Value
		if diff := cmp.Diff(want, meanings(t, string(after))); diff != "" {
			t.Fatalf("%q -> %q: (-want +got)\n%s", text, after, diff)
		}
		again, err := SetKeys(after, header, []KV{pair})
		if err != nil || string(again) != string(after) {
			t.Fatalf("%q -> %q -> %q, %v: the second time changes something", text, after, again, err)
		}
		removed, err := RemoveKey(after, header, pair.Key)
		if err != nil {
			t.Fatal(err)
		}
		// With the key gone, what is left is the old text without it, line by line and byte by byte.
		old, err := RemoveKey([]byte(text), header, pair.Key)
		if err != nil {
			t.Fatal(err)
		}
		if i == len(meanings(t, text)) {
			return // the header of the new section is left
		}
		if strings.TrimRight(string(old), "\r\n") != strings.TrimRight(string(removed), "\r\n") {
			t.Fatalf("%q -> %q: another line has changed\nwant %q\ngot  %q", text, after, old, removed)
		}
		if !existed && strings.HasSuffix(text, "\n") != strings.HasSuffix(string(after), "\n") {
			t.Fatalf("%q -> %q: the last line end has changed", text, after)
		}
	})
}

func TestRemovingAKeyRemovesNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, header := drawEditable(t)
		key := anyKey.Draw(t, "key")
		after, err := RemoveKey([]byte(text), header, key)
		if refused(t, err) {
			return
		}
		want := meanings(t, text)
		for _, m := range want {
			if m.Type == ProfileSection && m.Name == header.Name {
				delete(m.Settings, key)
			}
		}
		if diff := cmp.Diff(want, meanings(t, string(after))); diff != "" {
			t.Fatalf("%q -> %q: (-want +got)\n%s", text, after, diff)
		}
		checkSubsequence(t, text, string(after))
	})
}

func TestRemovingASectionRemovesNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, header := drawEditable(t)
		after, err := Apply([]byte(text), []Edit{{Header: header, Drop: true}})
		if refused(t, err) {
			return
		}
		want := slices.DeleteFunc(meanings(t, text), func(m meaning) bool {
			return m.Type == ProfileSection && m.Name == header.Name
		})
		if diff := cmp.Diff(want, meanings(t, string(after))); diff != "" {
			t.Fatalf("%q -> %q: (-want +got)\n%s", text, after, diff)
		}
		checkSubsequence(t, text, string(after))
	})
}

// checkSubsequence checks that after equals before without some of its lines.
func checkSubsequence(t *rapid.T, before, after string) {
	rest := lines(before)
	for _, line := range lines(after) {
		i := slices.Index(rest, line)
		if i < 0 {
			t.Fatalf("%q -> %q: line %q is new", before, after, line)
		}
		rest = rest[i+1:]
	}
}

func TestAddedSectionIsRemovedWithoutATrace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, _ := drawEditable(t)
		if strings.TrimSpace(text) == "" || !strings.HasSuffix(text, "\n") || strings.HasSuffix(text, "\n\n") || strings.HasSuffix(text, "\n\r\n") {
			return // then the line end or the blank line that is added, or was there, stays or goes
		}
		header := profileHeader("added")
		after, err := Apply([]byte(text), []Edit{{Header: header, Set: []KV{{"k", "v"}}, New: true}})
		if err != nil {
			t.Fatal(err)
		}
		back, err := Apply(after, []Edit{{Header: header, Drop: true}})
		if err != nil {
			t.Fatal(err)
		}
		if string(back) != text {
			t.Fatalf("%q -> %q -> %q", text, after, back)
		}
	})
}

// The AWS CLI reads the files that the editor has written.
func TestEditedFilesReadAsTheAWSCLIReadsThem(t *testing.T) {
	type edit struct {
		Text   string
		Header Header
		Pair   KV
	}
	random := rapid.Custom(func(t *rapid.T) edit {
		text, header := drawEditable(t)
		return edit{text, header, KV{anyKey.Draw(t, "key"), anyValue.Draw(t, "value")}}
	})
	var edits []edit
	var files []cliFile
	for seed := range 2000 {
		e := random.Example(seed)
		after, err := SetKeys([]byte(e.Text), e.Header, []KV{e.Pair})
		if err != nil {
			continue
		}
		edits = append(edits, e)
		files = append(files, cliFile{Text: string(after)})
	}
	read := 0
	for i, answer := range askCLI(t, files) {
		e := edits[i]
		profile, ok := answer.Profiles[e.Header.Name]
		if answer.Refused || !ok {
			continue // for what was there before
		}
		if got := profile[e.Pair.Key]; got != e.Pair.Value {
			t.Errorf("%q with %v -> %q: the AWS CLI reads %q", e.Text, e.Pair, files[i].Text, got)
		}
		read++
	}
	if read < 200 {
		t.Errorf("only %d of %d files were read", read, len(files))
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range trickyFiles {
		f.Add([]byte(text), "a")
	}
	for _, text := range []string{"[", "[]", "[profile a", "\ufeff", "\x00", "\r", "[a]\n\xff", "[a]\n=\n  [b]\n", "[profile a]\n\x00\n  x\n", "[a]\nk\x00=\n  x\n"} {
		f.Add([]byte(text), "new")
	}
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		for _, kind := range []Kind{ConfigFile, CredentialsFile} {
			file, err := Parse("f", kind, data)
			if err != nil {
				if _, err := Apply(data, []Edit{{Header: Header{kind, ProfileSection, name}}}); err == nil {
					t.Fatalf("%q: the editor changes what cannot be parsed", data)
				}
				continue
			}
			// The sections and what is above them are the whole text, in order.
			at := 0
			for i, s := range file.sections {
				body := file.below(i)
				if int(s.start) < at || body < int(s.start) || file.end(i) < body {
					t.Fatalf("%q: section %d: %+v", data, i, s)
				}
				at = body
			}
			c := Merge(file, file)
			c.Problems()
			c.Near(name)
			file.Marked(name)
			for _, name := range append(c.Names(), name) {
				p, err := c.Profile(name)
				if err != nil {
					continue
				}
				if !c.Has(name) {
					t.Fatalf("%q: profile %q is read and not there", data, name)
				}
				for _, key := range p.Keys() {
					v, ok := p.Get(key)
					p.Nested(key, "k")
					if !ok || v.Pos.Line < 1 || v.Pos.Line > 1+bytes.Count(data, []byte("\n")) {
						t.Fatalf("%q: %q.%q: %+v, %v", data, name, key, v, ok)
					}
				}
			}
		}
	})
}

func FuzzEdit(f *testing.F) {
	for _, text := range trickyFiles {
		f.Add([]byte(text), "a", "k", "v", byte(0))
		f.Add([]byte(text), "b", "region", "", byte(1))
	}
	for i, text := range []string{"[profile a]\n k = v\n  [profile b]\n", "[profile b]\nk = v\n[profile a]\n  [profile c]\n", "\ufeff[profile a]\r\nk:\r\n\r\n  v", "[profile a]\nk ="} {
		f.Add([]byte(text), "a", "k", "v", byte(i))
	}
	f.Fuzz(func(t *testing.T, data []byte, name, key, value string, what byte) {
		h := Header{Kind(what >> 2 & 1), ProfileSection, name}
		before, err := Parse("", h.Kind, data)
		if err != nil {
			return
		}
		e := Edit{Header: h}
		switch what & 3 {
		case 0, 1:
			e.Set = []KV{{key, value}}
		case 2:
			e.Unset = []string{key}
		case 3:
			e.Drop = true
		}
		edited, err := Apply(data, []Edit{e})
		if err != nil {
			return
		}
		after, err := Parse("", h.Kind, edited)
		if err != nil {
			t.Fatalf("%q -> %q: %v", data, edited, err)
		}
		if twice, err := Apply(edited, []Edit{e}); err != nil || !bytes.Equal(twice, edited) {
			t.Fatalf("%q -> %q -> %q, %v", data, edited, twice, err)
		}
		want, got := contents(before), contents(after)
		mine := before.find(ProfileSection, name)
		switch {
		case e.Drop && mine.count == 1:
			want = slices.Delete(want, mine.first, mine.first+1)
		case mine.count == 0 && len(e.Set) > 0:
			if !bytes.HasPrefix(edited, data) {
				t.Fatalf("%q -> %q: what was there has changed", data, edited)
			}
			want = append(want, meaning{ProfileSection, name, map[string]string{key: value}, 0})
		case mine.count == 1 && len(e.Set) > 0:
			want[mine.first].Settings[key] = value
		case mine.count == 1 && len(e.Unset) > 0:
			delete(want[mine.first].Settings, strings.ToLower(key))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q -> %q: (-want +got)\n%s", data, edited, diff)
		}
	})
}
