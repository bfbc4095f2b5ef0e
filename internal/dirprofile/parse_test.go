package dirprofile

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const somewhere = "/src/pay/.awsprofile"

func TestWhatAFileMaySay(t *testing.T) {
	dev := File{Profile: "dev"}
	tests := []struct {
		name, text string
		want       File
	}{
		{"a name", "dev", dev},
		{"a name and a line end", "dev\n", dev},
		{"a name between spaces", " \t dev\t \n", dev},
		{"a name between comments and blank lines", "# mine\n\n \t\n  # indented\ndev\n\n# end", dev},
		{"lines of Windows", "# mine\r\n\r\ndev\r\n", dev},
		{"a CR at the very end", "dev\r", dev},
		{"a byte order mark", "\uFEFFdev\n", dev},
		{"a byte order mark in front of a comment", "\uFEFF# mine\r\ndev\r\n", dev},
		{"comments in any script, with emoji", "# größte Vorsicht\u00A0\U0001F600\uFE0F 中文　注\ndev", dev},
		{"a profile as a setting", "profile = dev", dev},
		{"no space around =", "profile=dev", dev},
		{"all settings, in any order", "account = 111122223333\n# where\nregion\t=\teu-west-1\n\nprofile = dev\n", File{Profile: "dev", Region: "eu-west-1", Account: "111122223333"}},
		{"an account with zeros", "profile = dev\naccount = 000000000000", File{Profile: "dev", Account: "000000000000"}},
		{"every character of ASCII that a name may have", "azAZ09._@/+:-", File{Profile: "azAZ09._@/+:-"}},
		{"a name with = in it, as a setting", "profile = a=b=c", File{Profile: "a=b=c"}},
		{"a name that is named like a setting", "region", File{Profile: "region"}},
		{"a name with a space, as real ones have", "my profile", File{Profile: "my profile"}},
		{"letters and digits of any script", "profile = münchen-продакшн-東京-٣", File{Profile: "münchen-продакшн-東京-٣"}},
		{"a name of dots", "..", File{Profile: ".."}},
	}
	for _, region := range []string{"us-east-1", "us-gov-west-1", "us-isob-east-1", "cn-northwest-1", "ap-southeast-5", "eusc-de-east-1", "xx-new-region-42"} {
		tests = append(tests, struct {
			name, text string
			want       File
		}{"the region " + region, "profile = dev\nregion = " + region, File{Profile: "dev", Region: region}})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.want.Path = somewhere
			test.want.Sum = sha256.Sum256([]byte(test.text))
			got, err := Parse(somewhere, []byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestWhatAFileMayNotSay(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", "", ": names no profile"},
		{"only comments", "# a\n\n# b\n", ": names no profile"},
		{"only other settings", "region = eu-west-1\naccount = 111122223333\n", ": names no profile"},
		{"two names", "dev\n\nprod", ":3: something else after the profile name on line 1"},
		{"a setting after a name", "# x\ndev\nregion = eu-west-1", ":3: a setting after the profile name on line 2"},
		{"a name after a setting", "region = eu-west-1\ndev", ":2: neither a setting nor a comment"},
		{"a setting that is misspelt", "profile = dev\nrgion = eu-west-1", `:2: unknown setting "rgion"`},
		{"a setting in capitals", "Profile = dev", `:1: unknown setting "Profile"`},
		{"a variable of a shell", "export AWS_PROFILE=dev", ":1: unknown setting"},
		{"a setting of the AWS files", "role_arn = arn:aws:iam::111122223333:role/x", `:1: unknown setting "role_arn"`},
		{"a key that is a message to the reader", "to continue please type rm = x", ":1: unknown setting"},
		{"no key", "= dev", ":1: unknown setting"},
		{"no value", "profile =", ":1: profile has no value"},
		{"a setting twice", "profile = dev\nregion = eu-west-1\nregion = eu-west-1", ":3: region is set on line 2 already"},
		{"a section", "[dev]", ":1: a profile name cannot contain '['"},
		{"quotes", `"dev"`, `:1: a profile name cannot contain '"'`},
		{"an apostrophe", "it's", `:1: a profile name cannot contain '\''`},
		{"an apostrophe of PowerShell", "it\u2019s", `:1: a profile name cannot contain '\u2019'`},
		{"a variable", "$HOME", ":1: a profile name cannot contain '$'"},
		{"a command", "profile = `id`", ":1: a profile name cannot contain '`'"},
		{"a backslash", `a\b`, `:1: a profile name cannot contain '\\'`},
		{"a percent sign", "a%b", ":1: a profile name cannot contain '%'"},
		{"a comment behind a name", "dev # mine", ":1: a profile name cannot contain '#'"},
		{"two spaces in a name", "my  profile", ":1: a profile name cannot contain two spaces in a row"},
		{"a tab in a name", "my\tprofile", `:1: a profile name cannot contain '\t'`},
		{"a space that is none", "my\u00A0profile", `:1: a profile name cannot contain '\u00a0'`},
		{"a combining mark", "mu\u0308nchen", `:1: a profile name cannot contain '\u0308'`},
		{"an option", "-", ":1: a profile name cannot begin with -"},
		{"a region that is a zone", "profile = dev\nregion = eu-west-1a", ":2: this is not a region"},
		{"a region with a dot", "profile = dev\nregion = eu-west-1.evil.example", ":2: this is not a region"},
		{"a region in capitals", "profile = dev\nregion = EU-WEST-1", ":2: this is not a region"},
		{"a region of two parts", "profile = dev\nregion = local-1", ":2: this is not a region"},
		{"a region with a comment", "profile = dev\nregion = eu-west-1 # Dublin", ":2: this is not a region"},
		{"a region with nothing in it", "profile = dev\nregion = eu--1", ":2: this is not a region"},
		{"a region that never ends", "profile = dev\nregion = eu-" + strings.Repeat("west-", 10) + "1", ":2: this is not a region"},
		{"eleven digits", "profile = dev\naccount = 11112222333", ":2: this is not an account"},
		{"digits with dashes", "profile = dev\naccount = 1111-2222-3333", ":2: this is not an account"},
		{"digits of another script", "profile = dev\naccount = ١١١١١١١١١١١١", ":2: this is not an account"},
		{"an escape sequence in a name", "dev\x1B[2Jprod", ":1: contains the invisible character U+001B"},
		{"an escape sequence in a comment", "prod\n# \x1B[1Adev", ":2: contains the invisible character U+001B"},
		{"a CR in a line, which hides its beginning", "prod\rdev \n", ":1: contains the invisible character U+000D"},
		{"two CRs", "dev\r\r\n", ":1: contains the invisible character U+000D"},
		{"a NUL", "dev\x00", ":1: contains the invisible character U+0000"},
		{"a DEL", "de\x7Fv", ":1: contains the invisible character U+007F"},
		{"a control character beyond ASCII", "de\u009Bv", ":1: contains the invisible character U+009B"},
		{"a change of direction in a comment", "dev\n# \u202Eevil", ":2: contains the invisible character U+202E"},
		{"a space without width", "de\u200Bv", ":1: contains the invisible character U+200B"},
		{"a letter that is not shown", "de\u3164v", ":1: contains the invisible character U+3164"},
		{"a byte order mark further on", "# x\n\uFEFFdev", ":2: contains the invisible character U+FEFF"},
		{"a byte that is not UTF-8", "# x\nd\xE9v", ":2: byte 0xE9 is not UTF-8"},
		{"half of a pair", "\xED\xA0\x80", ":1: byte 0xED is not UTF-8"},
		{"the replacement character in a name", "d\uFFFDv", `:1: a profile name cannot contain '\ufffd'`},
		{"UTF-16, as Windows PowerShell writes it", "\xFF\xFEd\x00e\x00v\x00\r\x00\n\x00", ": the text is UTF-16"},
		{"UTF-16, the other way round", "\xFE\xFF\x00d\x00e\x00v", ": the text is UTF-16"},
		{"more than 4 KiB", "dev\n#" + strings.Repeat("x", 4092), ": longer than 4096 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Parse(somewhere, []byte(test.text))
			if want := somewhere + test.want; err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
			if diff := cmp.Diff(File{}, got); diff != "" {
				t.Errorf("a file that says nothing (-want +got)\n%s", diff)
			}
		})
	}
}

func TestFourKiBAreNotTooLong(t *testing.T) {
	text := "dev\n#" + strings.Repeat("x", 4091)
	if got, err := Parse(somewhere, []byte(text)); err != nil || len(text) != 4096 || got.Profile != "dev" {
		t.Errorf("got %+v, %v for %d bytes", got, err, len(text))
	}
}

// The rules again, in another language.
var (
	profileForm = regexp.MustCompile(`^[\p{L}\p{Nd}._@/+=:]( ?[\p{L}\p{Nd}._@/+=:-])*$`)
	regionForm  = regexp.MustCompile(`^$|^[a-z]{2,}(-[a-z]{2,})+-[0-9]{1,2}$`)
	accountForm = regexp.MustCompile(`^$|^[0-9]{12}$`)
)

// checkOneLine fails for an error that could affect a terminal.
func checkOneLine(t interface{ Errorf(string, ...any) }, err error) {
	texts := []string{err.Error()}
	if hint, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		texts = append(texts, hint.Hint())
	}
	for _, text := range texts {
		if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("an error that is not one line of what can be seen: %q", text)
		}
	}
}

func TestNothingForbiddenIsAccepted(t *testing.T) {
	pieces := rapid.SampledFrom([]string{
		"profile", "region", "account", "=", "\n", "\r\n", "\r", "dev", "eu-west-1", "111122223333", "#", " ", "\t", "-", "7", "x",
		"'", `"`, "$", "`", `\`, "\x1b[2J", "\x00", "\u202E", "\u2019", "\uFEFF", "\xFF", "ü", "\u0308", "\u3164", "é", "%", ";", "(", "日",
	})
	whole := rapid.SampledFrom([]string{"dev", "# note\r\nmy dev\n", "profile=dev", "region = eu-west-1\nprofile = dev\naccount = 111122223333\n"})
	// Almost right: most of these have one thing too many, or too few.
	almost := rapid.Custom(func(t *rapid.T) string {
		text := whole.Draw(t, "whole")
		for range rapid.IntRange(0, 2).Draw(t, "changes") {
			from := rapid.IntRange(0, len(text)).Draw(t, "from")
			to := min(len(text), from+rapid.IntRange(0, 3).Draw(t, "less"))
			text = text[:from] + pieces.Draw(t, "more") + text[to:]
		}
		return text
	})
	anything := rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })
	texts := rapid.OneOf(almost, almost, almost, rapid.String(), anything)
	rapid.Check(t, func(t *rapid.T) {
		path := "/" + anything.Draw(t, "path")
		for _, text := range rapid.SliceOfN(texts, 10, 10).Draw(t, "texts") {
			checkParse(t, path, text)
		}
	})
}

func TestEveryCharacterHasOneAnswer(t *testing.T) {
	for b := range 256 {
		checkParse(t, somewhere, "a"+string([]byte{byte(b)})+"b")
		checkParse(t, somewhere, "dev\n#"+string([]byte{byte(b)}))
	}
	for r := rune(0x80); r < 0x20000; r++ {
		text := "a" + string(r) + "b"
		_, err := Parse(somewhere, []byte(text))
		if want := profileForm.MatchString(text) && !ignorable(r); (err == nil) != want {
			t.Errorf("%U in a name: got %v", r, err)
		}
	}
}

// checkParse parses a text and compares the result with the rules.
func checkParse(t interface{ Errorf(string, ...any) }, path, text string) {
	got, err := Parse(path, []byte(text))
	if err != nil {
		checkOneLine(t, err)
		return
	}
	if !profileForm.MatchString(got.Profile) || strings.ContainsAny(got.Profile, "\u3164\u2018\u2019\u201A\u201B") {
		t.Errorf("%q: accepted the profile %q", text, got.Profile)
	}
	if !regionForm.MatchString(got.Region) || !accountForm.MatchString(got.Account) {
		t.Errorf("%q: accepted %+v", text, got)
	}
	if got.Path != path || got.Sum != sha256.Sum256([]byte(text)) {
		t.Errorf("%q: got path %q and sum %x", text, got.Path, got.Sum)
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\t\r\n", r) }) || strings.ContainsAny(text, "\u202E\u3164") {
		t.Errorf("accepted the text %q", text)
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	blank := rapid.SampledFrom([]string{"", "\n", "# note = x\n", " \t\r\n"})
	space := rapid.SampledFrom([]string{"", " ", "\t", "  "})
	rapid.Check(t, func(t *rapid.T) {
		want := File{
			Path:    somewhere,
			Profile: rapid.StringMatching(`[\p{Latin}\p{Han}0-9._@/+=:]([a-z-]| [A-Z])*`).Filter(profileForm.MatchString).Draw(t, "profile"),
			Region:  rapid.StringMatching(`([a-z]{2}-[a-z]{3,8}-[0-9])?`).Draw(t, "region"),
			Account: rapid.StringMatching(`([0-9]{12})?`).Draw(t, "account"),
		}
		lines := []string{"profile" + space.Draw(t, "space") + "=" + space.Draw(t, "space") + want.Profile}
		if want.Region != "" {
			lines = append(lines, "region = "+want.Region)
		}
		if want.Account != "" {
			lines = append(lines, "account="+want.Account)
		}
		text := ""
		for _, line := range rapid.Permutation(lines).Draw(t, "lines") {
			text += blank.Draw(t, "blank") + space.Draw(t, "space") + line + space.Draw(t, "space") + rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end")
		}
		want.Sum = sha256.Sum256([]byte(text))
		got, err := Parse(somewhere, []byte(text))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v (-want +got)\n%s", text, err, diff)
		}
	})
}

func TestAPathIsShownWithoutEffect(t *testing.T) {
	tests := []struct{ path, want string }{
		{"/home/me/.awsprofile", "/home/me/.awsprofile"},
		{"/home/my own/größe/.awsprofile", "/home/my own/größe/.awsprofile"},
		{`C:\Users\me\.awsprofile`, `C:\Users\me\.awsprofile`},
		{"/a\nvault: all is well/x", `"/a\nvault: all is well/x"`},
		{"/\x1B[2J/x", `"/\x1b[2J/x"`},
		{"/\xFF/x", `"/\xff/x"`},
		{"/\u202Ex", `"/\u202ex"`},
	}
	for _, test := range tests {
		got := (&Error{Path: test.path, Line: 3, Msg: "m"}).Error()
		if want := test.want + ":3: m"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	// The system's errors have the path in them too.
	_, err := Find([]string{"/a\x1B[2J\x00/x"})
	if want := `"/a\x1b[2J\x00/x": cannot be looked at: invalid argument`; fmt.Sprint(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
