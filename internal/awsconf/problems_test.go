package awsconf

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProblems(t *testing.T) {
	tests := []struct {
		name string
		kind Kind
		text string
		want []string
	}{
		{"a file that all read alike has none", ConfigFile,
			"# c\n[default]\nregion = x\n\n[profile a] ; c\n  s3 =\n    k = v # c\n[plugins]\nk = v\n[sso-session s]\nsso_start_url = https://x/#/\n", nil},
		{"nor has an empty one", ConfigFile, "", nil},
		{"a byte order mark", ConfigFile, "\ufeff[default]\n", []string{
			"c:1: file begins with a byte order mark: the AWS CLI refuses the file (save the file without it)"}},
		{"text above the first section, said once", ConfigFile, "# c\nk = v\nl = w\n[default]\n", []string{
			"c:2: line is above the first section: the AWS CLI refuses the file"}},
		{"text without any section", ConfigFile, "k = v\n", []string{
			"c:1: line is above the first section: the AWS CLI refuses the file"}},
		{"names that not all read", ConfigFile,
			"[profile \"a b\"]\n[profile c d]\n[ profile e ]\n[profiles f]\n[profile g\\h]\n[Profile i]\n[j]\n[Default]\n[profile]\n[]\n[profile k] l\n[profile '']\n", []string{
				`c:1: [profile "a b"]: AWS SDKs other than Python's do not read this as profile "a b"`,
				`c:2: [profile c d]: the AWS CLI does not read this as profile "c d"`,
				`c:3: [ profile e ]: the AWS CLI does not read this as profile "e"`,
				`c:4: [profiles f]: AWS SDKs other than Python's do not read this as profile "f"`,
				`c:5: [profile g\h]: AWS SDKs other than Python's do not read this as profile "gh"`,
				`c:6: no AWS tool reads [Profile i] (it should be [profile i])`,
				`c:7: no AWS tool reads [j] (a profile would be [profile j])`,
				`c:8: no AWS tool reads [Default] (it should be [default])`,
				`c:9: no AWS tool reads [profile] (it should be [profile NAME])`,
				`c:10: section has no name`,
				`c:11: no AWS tool reads the text after [profile k]`,
				`c:12: section has no name`,
			}},
		{"python's default section", ConfigFile, "[DEFAULT]\nk = v\n", []string{
			"c:1: [DEFAULT] is not a profile, and the AWS CLI copies its settings into every section (the profile without a name is [default])"}},
		{"both defaults", ConfigFile, "[profile default]\nk = v\n[default]\nk = w\n", []string{
			"c:3: [default] and [profile default] are one profile: the AWS CLI reads this one and ignores line 1, other tools read [profile default] (keep one of them)"}},
		{"sections and keys that are there twice", ConfigFile, "[profile a]\nk = v\nk = w\n[profile a]\n[profile 'a']\n[x]\n[x]\n", []string{
			`c:3: "k" is set twice, first on line 2`,
			`c:4: profile "a" is defined twice, first on line 1`,
			`c:5: [profile 'a']: AWS SDKs other than Python's do not read this as profile "a"`,
			`c:5: profile "a" is defined twice, first on line 1`,
			`c:6: no AWS tool reads [x] (a profile would be [profile x])`,
			`c:7: no AWS tool reads [x] (a profile would be [profile x])`,
			`c:7: section "x" is defined twice, first on line 6`,
		}},
		{"bad lines in sections that nobody asks for", ConfigFile, "[plugins]\njunk\n= v\nk = \x00\n# \xff\nl = \xff\nm = a\rb\nn =\n  junk\no = p\n  [default]\n", []string{
			`c:2: line is neither "key = value" nor a comment`,
			`c:3: line is neither "key = value" nor a comment`,
			`c:4: line contains a NUL byte`,
			`c:5: line is not valid UTF-8: the AWS CLI refuses the file`,
			`c:6: line is not valid UTF-8`,
			`c:7: line contains a carriage return, which the AWS CLI reads as the end of the line`,
			`c:9: line below "n" is not "key = value"`,
			`c:11: the indented header [default] is read as part of the value of "o" (remove the space before it)`,
			`c:11: the AWS CLI reads this line as more of the value of "o"; other tools may read a new setting`,
		}},
		{"values that not all read alike", ConfigFile, "[default]\na = 1 # c\nb = 1\t; c\nc = \"x\"\nd = C:\\new\ne = # f\nf = v\n  g = w\nok = a#b\n", []string{
			`c:2: a comment in the value of "a": the AWS CLI keeps it in the value, other tools do not`,
			`c:3: a comment in the value of "b": the AWS CLI keeps it in the value, other tools do not`,
			`c:4: quotes in the value of "c": the AWS CLI keeps it in the value, other tools do not`,
			`c:5: \n in the value of "d": the AWS CLI keeps it in the value, other tools do not`,
			`c:6: a comment in the value of "e": the AWS CLI keeps it in the value, other tools do not`,
			`c:8: the AWS CLI reads this line as more of the value of "f"; other tools may read a new setting`,
		}},
		{"headers of the other file", CredentialsFile, "[default]\n[a b]\n[profile c]\n[sso-session d]\n[ e ]\n[DEFAULT]\n", []string{
			`c:3: [profile c]: the AWS CLI reads all of it as the name, other tools ignore it (in this file it should be [c])`,
			`c:4: [sso-session d] belongs in the config file`,
			`c:5: [ e ]: the AWS CLI treats the space at the ends as part of the name`,
			`c:6: [DEFAULT] is not a profile, and the AWS CLI copies its settings into every section (the profile without a name is [default])`,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, err := Parse("c", test.kind, []byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			c := Merge(f, nil)
			if test.kind == CredentialsFile {
				c = Merge(nil, f)
			}
			var got []string
			for _, e := range c.Problems() {
				line := e.Error()
				if e.Hint() != "" {
					line += " (" + e.Hint() + ")"
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestProblemsOfTextThatIsSomethingElseAreFew(t *testing.T) {
	c := config(t, "[default]\n"+strings.Repeat("junk\n", 100_000))
	if got := len(c.Problems()); got != maxFaults {
		t.Errorf("got %d problems, want %d", got, maxFaults)
	}
}

func TestProblemsOfABigFileTakeLinearTime(t *testing.T) {
	// Some minutes if any part of it were quadratic.
	got := len(config(t, strings.Repeat("[default]\n", 200_000)).Problems())
	if want := 199_999; got != want {
		t.Errorf("got %d problems, want %d", got, want)
	}
}
