package awsconf

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func parse(t *testing.T, kind Kind, text string) *File {
	t.Helper()
	path := "~/.aws/config"
	if kind == CredentialsFile {
		path = "~/.aws/credentials"
	}
	f, err := Parse(path, kind, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func config(t *testing.T, text string) *Config {
	t.Helper()
	return Merge(parse(t, ConfigFile, text), nil)
}

// values lists the settings of a profile as "key=value", or returns its error.
func values(c *Config, name string) []string {
	p, err := c.Profile(name)
	if err != nil {
		return []string{"error: " + err.Error()}
	}
	var list []string
	for _, key := range p.Keys() {
		v, _ := p.Get(key)
		list = append(list, key+"="+v.Text)
	}
	return list
}

// Each row of aws-protocols.md, 7.2: where the SDKs differ the AWS CLI decides, and names are the union of what they accept.
func TestReading(t *testing.T) {
	tests := []struct {
		name    string
		text    string
		profile string
		want    []string
	}{
		{"a name in double quotes loses them", `[profile "a b"]` + "\nk = v\n", "a b", []string{"k=v"}},
		{"a name in single quotes loses them", `[profile 'a b']` + "\nk = v\n", "a b", []string{"k=v"}},
		{"a quoted name is found with its quotes too", `[profile "a b"]` + "\nk = v\n", `"a b"`, []string{"k=v"}},
		{"a backslash in a name is the shell's", `[profile CORP\jon]` + "\nk = v\n", `CORPjon`, []string{"k=v"}},
		{"a name with a backslash is found as it is written", `[profile CORP\jon]` + "\nk = v\n", `CORP\jon`, []string{"k=v"}},
		{"a name of two words needs no quotes", "[profile a b]\nk = v\n", "a b", []string{"k=v"}},
		{"an apostrophe that is left hanging belongs to the name", "[profile o'neill]\nk = v\n", "o'neill", []string{"k=v"}},
		{"space around the words of a header is nothing", "[  profile   a  ]\nk = v\n", "a", []string{"k=v"}},
		{"space around default is nothing", "[ default ]\nk = v\n", "default", []string{"k=v"}},
		{"space and quotes", `[ profile "a b" ]` + "\nk = v\n", "a b", []string{"k=v"}},
		{"a tab divides as a space does", "[profile\ta]\nk = v\n", "a", []string{"k=v"}},
		{"a capital makes it no profile", "[Profile a]\nk = v\n", "a", []string{`error: profile "a" not found in ~/.aws/config`}},
		{"without the word it is no profile", "[a]\nk = v\n", "a", []string{`error: profile "a" not found in ~/.aws/config`}},
		{"[DEFAULT] is not the default", "[DEFAULT]\nk = v\n", "default", []string{`error: profile "default" not found in ~/.aws/config`}},
		{"[DEFAULT] leaks into nothing", "[DEFAULT]\nk = v\n[default]\nl = w\n", "default", []string{"l=w"}},
		{"[profile DEFAULT] is just a name", "[profile DEFAULT]\nk = v\n", "DEFAULT", []string{"k=v"}},
		{"[profile default] after [default] replaces it wholly", "[default]\nk = v\nl = w\n[profile default]\nk = x\n", "default", []string{"k=x"}},
		{"[default] after [profile default] replaces it wholly", "[profile default]\nk = v\nl = w\n[default]\nk = x\n", "default", []string{"k=x"}},
		{"a section that is there twice is an error", "[profile a]\nk = v\n\n[profile a]\nl = w\n", "a", []string{`error: ~/.aws/config:4: profile "a" is defined twice, first on line 1`}},
		{"in two spellings as well", "[profile a]\nk = v\n[profile 'a']\nl = w\n", "a", []string{`error: ~/.aws/config:3: profile "a" is defined twice, first on line 1`}},
		{"[default] twice is an error", "[default]\nk = v\n[default]\nl = w\n", "default", []string{`error: ~/.aws/config:3: profile "default" is defined twice, first on line 1`}},
		{"[default] three times is an error", "[default]\n[profile default]\n[default]\n", "default", []string{`error: ~/.aws/config:2: profile "default" is defined twice, first on line 1`}},
		{"who is there twice disturbs nobody else", "[profile a]\n[profile a]\n[profile b]\nk = v\n", "b", []string{"k=v"}},
		{"a key that is there twice is an error", "[profile a]\nk = v\n\nK = w\n", "a", []string{`error: ~/.aws/config:4: "k" is set twice, first on line 2`}},
		{"a key above the first section is nobody's", "k = v\n[profile a]\nl = w\n", "a", []string{"l=w"}},
		{"an indented header below it is a header", "k = v\n  [profile a]\nl = w\n", "a", []string{"l=w"}},
		{"a line without a sign is an error", "[profile a]\nk\n", "a", []string{`error: ~/.aws/config:2: line is neither "key = value" nor a comment`}},
		{"a line without a key is an error", "[profile a]\n= v\n", "a", []string{`error: ~/.aws/config:2: line is neither "key = value" nor a comment`}},
		{"a fault in one section disturbs nobody else", "[profile a]\nk\n[profile b]\nk = v\n", "b", []string{"k=v"}},
		{"a byte order mark is nothing", "\ufeff[profile a]\nk = v\n", "a", []string{"k=v"}},
		{"a comment after a header", "[profile a] # c ]\nk = v\n", "a", []string{"k=v"}},
		{"a closing bracket in a name", "[profile a]b]\nk = v\n", "a]b", []string{"k=v"}},
		{"a comment after a value is a part of it", "[profile a]\nk = 1 # c\nl = 1 ; c\n", "a", []string{"k=1 # c", "l=1 ; c"}},
		{"quotes stay", "[profile a]\nk = \"v\"\n", "a", []string{`k="v"`}},
		{"a colon is as good as an equals sign", "[profile a]\nk: v\nl : a=b\n", "a", []string{"k=v", "l=a=b"}},
		{"keys are in lower case", "[profile a]\nRegion = X\n", "a", []string{"region=X"}},
		{"an indented line goes on with the value", "[profile a]\nk = v\n  w\nl = x\n", "a", []string{"k=v\nw", "l=x"}},
		{"so it does when it looks like a setting", "[profile a]\nk = v\n  l = w\n", "a", []string{"k=v\nl = w"}},
		{"blank lines within a value are a part of it", "[profile a]\nk = v\n\n \n  w\n\nl = x\n", "a", []string{"k=v\n\n\nw", "l=x"}},
		{"a comment within a value is not", "[profile a]\nk = v\n# c\n  # d\n  w\n", "a", []string{"k=v\nw"}},
		{"all keys may be indented", "[profile a]\n  k = v\n  l = w\n", "a", []string{"k=v", "l=w"}},
		{"keys may be indented less and less", "[profile a]\n  k = v\n l = w\nm = x\n", "a", []string{"k=v", "l=w", "m=x"}},
		{"a header may be indented as its keys are", "[profile a]\n  k = v\n  [profile b]\n  k = w\n", "b", []string{"k=w"}},
		{"a header below a less indented key is an error", "[profile a]\nk = v\n  [profile b]\n", "a", []string{`error: ~/.aws/config:3: the indented header [profile b] is read as part of the value of "k"`}},
		{"something else in brackets is a value", "[profile a]\nk = v\n  [b]\n", "a", []string{"k=v\n[b]"}},
		{"a nested line without an equals sign is an error", "[profile a]\ns3 =\n  k = v\n  l\n", "a", []string{`error: ~/.aws/config:4: line below "s3" is not "key = value"`}},
		{"CRLF is fine", "[profile a]\r\nk = v\r\n\r\n  w\r\n", "a", []string{"k=v\n\nw"}},
		{"a carriage return within a line is an error", "[profile a]\nk = v\rl = w\n", "a", []string{"error: ~/.aws/config:2: line contains a carriage return, which the AWS CLI reads as the end of the line"}},
		{"a file of carriage returns is an error", "[profile a]\rk = v\r", "a", []string{"error: ~/.aws/config:1: line contains a carriage return, which the AWS CLI reads as the end of the line"}},
		{"interpolation is not for us", "[profile a]\nk = %(x)s ${y}\n", "a", []string{"k=%(x)s ${y}"}},
		{"an empty value is a value", "[profile a]\nk =\nl = \n", "a", []string{"k=", "l="}},
		{"the last line needs no end", "[profile a]\nk = v", "a", []string{"k=v"}},
		{"a section may be empty", "[profile a]\n[profile b]\n", "a", nil},
		{"a NUL is an error", "[profile a]\nk = v\x00\n", "a", []string{"error: ~/.aws/config:2: line contains a NUL byte"}},
		{"a NUL elsewhere is not", "[profile a]\nk = v\n[profile b]\nk = v\x00\n", "a", []string{"k=v"}},
		{"bytes that are not UTF-8 are an error", "[profile a]\nk = v\xff\n", "a", []string{"error: ~/.aws/config:2: line is not valid UTF-8"}},
		{"in a comment they are not", "[profile a]\n# \xff\nk = v\n", "a", []string{"k=v"}},
		{"an endless line is an error", "[profile a]\nk = " + strings.Repeat("x", 10<<20) + "\n", "a", []string{"error: ~/.aws/config:2: line is longer than 64 KiB"}},
		{"an endless line of brackets is none to others", "[profile a]\nk = " + strings.Repeat("[", 10<<20) + "\n[profile b]\nk = v\n", "b", []string{"k=v"}},
		{"a wide space is space", "[profile a]\n\u00a0\u00a0k\u2003=\u2003v\u00a0\n", "a", []string{"k=v"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, values(config(t, test.text), test.profile)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// Each row of aws-protocols.md, 7.3, that concerns reading.
func TestBothFiles(t *testing.T) {
	const configText = `[default]
region = eu-west-1
[profile both]
region = eu-west-1
aws_session_token = config
s3 =
  a = 1
  b = 2
[profile a b]
k = v
`
	const credentialsText = `[both]
aws_access_key_id = AKIA
Region = eu-west-2
s3 =
  b = 3
[only]
role_arn = arn
["quoted"]
k = v
[profile x]
k = v
[a b]
k = w
`
	c := Merge(parse(t, ConfigFile, configText), parse(t, CredentialsFile, credentialsText))
	tests := []struct {
		name    string
		profile string
		want    []string
	}{
		{"the credentials file wins, key by key", "both", []string{"region=eu-west-2", "aws_session_token=config", "s3=\nb = 3", "aws_access_key_id=AKIA"}},
		{"a profile may be in the config file only", "default", []string{"region=eu-west-1"}},
		{"a profile may be in the credentials file only", "only", []string{"role_arn=arn"}},
		{"a name in the credentials file keeps its quotes", `"quoted"`, []string{"k=v"}},
		{"and the word profile", "profile x", []string{"k=v"}},
		{"which names nobody without it", "x", []string{`error: profile "x" not found in ~/.aws/config`}},
		{"names with space meet", "a b", []string{"k=w"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, values(c, test.profile)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	t.Run("names come in the order of the files", func(t *testing.T) {
		want := []string{"default", "both", "a b", "only", `"quoted"`, "profile x"}
		if diff := cmp.Diff(want, c.Names()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
	t.Run("each value knows its file and line", func(t *testing.T) {
		p, err := c.Profile("both")
		if err != nil {
			t.Fatal(err)
		}
		got := []string{p.Name(), p.Pos().String()}
		for _, key := range []string{"region", "aws_session_token", "AWS_ACCESS_KEY_ID"} {
			v, _ := p.Get(key)
			got = append(got, v.Pos.String())
		}
		v, _ := p.Nested("s3", "b")
		got = append(got, v.Pos.String()+" "+v.Text)
		want := []string{"both", "~/.aws/config:3", "~/.aws/credentials:3", "~/.aws/config:5", "~/.aws/credentials:2", "~/.aws/credentials:5 3"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
	t.Run("a nested value is replaced as a whole", func(t *testing.T) {
		p, _ := c.Profile("both")
		if v, ok := p.Nested("s3", "a"); ok {
			t.Errorf("got %v, want nothing", v)
		}
	})
}

func TestFaultInEitherFileIsTheProfiles(t *testing.T) {
	c := Merge(parse(t, ConfigFile, "[profile a]\nk = v\n"), parse(t, CredentialsFile, "[a]\njunk\n"))
	want := []string{`error: ~/.aws/credentials:2: line is neither "key = value" nor a comment`}
	if diff := cmp.Diff(want, values(c, "a")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// A file without keys does not hide keys in another place.
func TestWithoutKeys(t *testing.T) {
	const configText = "[profile a]\nregion = x\n[profile role]\nrole_arn = arn\njunk\n"
	tests := []struct {
		name, credentials, profile string
		want                       []string
	}{
		{"a section that can be read counts", "[a]\nk = v\n", "a", []string{"region=x", "k=v"}},
		{"a broken one with half a key is left out", "[a]\naws_access_key_id = AKIA\njunk\n", "a", []string{"region=x"}},
		{"so is one that is there twice", "[a]\naws_access_key_id = AKIA\n[a]\naws_secret_access_key = s\n", "a", []string{"region=x"}},
		{"and one with a setting twice", "[a]\nregion = y\nregion = z\n", "a", []string{"region=x"}},
		{"a broken one with a role is an error", "[a]\nrole_arn = arn\njunk\n", "a", []string{`error: ~/.aws/credentials:3: line is neither "key = value" nor a comment`}},
		{"so is one of two", "[a]\n[a]\nrole_arn = arn\n", "a", []string{`error: ~/.aws/credentials:2: profile "a" is defined twice, first on line 1`}},
		{"and the config file's", "[role]\naws_access_key_id = AKIA\njunk\n", "role", []string{`error: ~/.aws/config:5: line is neither "key = value" nor a comment`}},
		{"that alone, too", "", "role", []string{`error: ~/.aws/config:5: line is neither "key = value" nor a comment`}},
		{"what is nowhere is not found", "", "b", []string{`error: profile "b" not found in ~/.aws/config`}},
		{"nothing is left", "[b]\njunk\n", "b", []string{"nothing"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := Merge(parse(t, ConfigFile, configText), parse(t, CredentialsFile, test.credentials))
			got := []string{"nothing"}
			if p, err := c.WithoutKeys(test.profile); err != nil {
				got = []string{"error: " + err.Error()}
			} else if p != nil {
				got = nil
				for _, key := range p.Keys() {
					v, _ := p.Get(key)
					got = append(got, key+"="+v.Text)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestNested(t *testing.T) {
	c := config(t, "[profile a]\nk = v\n  x = 1\ns3 =\n  # c\n\n  X = 2 # d\n  x=3\n  x : = 4\n  x = 5\nempty =\n")
	p, err := c.Profile("a")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name     string
		key, sub string
		want     Value
	}{
		{"the case of an inner key counts", "s3", "X", Value{"2 # d", Pos{"~/.aws/config", 7}}},
		{"the last of two counts", "S3", "x", Value{"5", Pos{"~/.aws/config", 10}}},
		{"a colon is no sign here", "s3", "x :", Value{"4", Pos{"~/.aws/config", 9}}},
		{"a value of more than one line has no settings", "k", "x", Value{}},
		{"nor has an empty one", "empty", "x", Value{}},
		{"nor has what is not there", "none", "x", Value{}},
		{"a blank line is not a setting", "s3", "", Value{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, ok := p.Nested(test.key, test.sub)
			if diff := cmp.Diff(test.want, got); diff != "" || ok != (test.want != Value{}) {
				t.Errorf("ok = %v (-want +got)\n%s", ok, diff)
			}
		})
	}
}

func TestSessionsAndServices(t *testing.T) {
	c := config(t, "[sso-session my]\nsso_region = x\n[sso-session 'a b']\n[services local]\ns3 =\n  endpoint_url = http://x\n[services local]\n")
	session, err := c.SSOSession("my")
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := session.Get("sso_region"); v.Text != "x" || session.Name() != "my" || session.Pos().Line != 1 {
		t.Errorf("got %v at %v, want x at line 1", v, session.Pos())
	}
	if _, err := c.SSOSession("a b"); err != nil {
		t.Error(err)
	}
	_, err = c.SSOSession("mi")
	var missing *NotFoundError
	if !errors.As(err, &missing) {
		t.Fatalf("got %v, want a NotFoundError", err)
	}
	if got, want := missing.Error()+"; "+missing.Hint(), `sso-session "mi" not found in ~/.aws/config; did you mean "my"?`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, err = c.SSOSession("far away"); !errors.As(err, &missing) || missing.Hint() != "vault sso add   sets one up" {
		t.Errorf("got %v, hint %q", err, missing.Hint())
	}
	_, err = c.Services("local")
	if want := `~/.aws/config:7: services "local" is defined twice, first on line 4`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if got := c.Names(); len(got) > 0 {
		t.Errorf("got profiles %q, want none", got)
	}
}

func TestFileWhoseSectionsCannotBeToldApart(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a header without its bracket", "[profile a]\nk = v\n\n[profile b\nk = w\n", "f:4: section header has no closing bracket"},
		{"an indented one", "  [profile a\n", "f:1: section header has no closing bracket"},
		{"one at the end of the file", "[", "f:1: section header has no closing bracket"},
		{"one that could be a key", "[profile a]\n[k = v\n", "f:2: section header has no closing bracket"},
		{"one with its bracket on the next line", "[profile a\n]\n", "f:1: section header has no closing bracket"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse("f", ConfigFile, []byte(test.text))
			var fault *Error
			if !errors.As(err, &fault) || fault.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	t.Run("the names around it are there for a completion", func(t *testing.T) {
		const text = "[profile a]\nk = v\n[profile b\nk = w\n[profile c]\n[d\n"
		for name, open := range map[string]func() (*File, error){
			"parsed": func() (*File, error) { return Parse("f", ConfigFile, text) },
			"opened": func() (*File, error) { return open("f", ConfigFile, strings.NewReader(text), 16, purpose{}) },
		} {
			f, err := open()
			if want := "f:3: section header has no closing bracket"; err == nil || err.Error() != want {
				t.Errorf("%s: got %v, want %s", name, err, want)
			}
			if diff := cmp.Diff([]string{"a", "c"}, Merge(f, nil).Names()); diff != "" {
				t.Errorf("%s: (-want +got)\n%s", name, diff)
			}
			if diff := cmp.Diff([]string{"k=v"}, values(Merge(f, nil), "a")); diff != "" {
				t.Errorf("%s: (-want +got)\n%s", name, diff)
			}
		}
	})
	t.Run("within a value it is a value", func(t *testing.T) {
		got := values(config(t, "[profile a]\nk = v\n  [profile b\n"), "a")
		if diff := cmp.Diff([]string{"k=v\n[profile b"}, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

func TestNotFound(t *testing.T) {
	configFile := parse(t, ConfigFile, "[profile dev]\n[profile prod]\n[stage]\n")
	credentials := parse(t, CredentialsFile, "[test]\n")
	tests := []struct {
		name         string
		config       *Config
		profile      string
		message, tip string
	}{
		{"the nearest name is the hint", Merge(configFile, credentials), "dvv", `profile "dvv" not found in ~/.aws/config`, `did you mean "dev"?`},
		{"names of the credentials file count", Merge(configFile, credentials), "tset", `profile "tset" not found in ~/.aws/config`, `did you mean "test"?`},
		{"of several near ones three", config(t, "[profile dev-a]\n[profile dev-b]\n[profile dev-c]\n[profile dev-d]\n"), "dev", `profile "dev" not found in ~/.aws/config`, `did you mean "dev-a", "dev-b" or "dev-c"?`},
		{"nothing near", Merge(configFile, credentials), "elsewhere", `profile "elsewhere" not found in ~/.aws/config`, "vault list shows the profiles"},
		{"a header without the word profile is the hint", Merge(configFile, credentials), "stage", `profile "stage" not found in ~/.aws/config`, "~/.aws/config:3 says [stage], it should be [profile stage]"},
		{"without a config file the other is named", Merge(nil, credentials), "x", `profile "x" not found in ~/.aws/credentials`, "vault list shows the profiles"},
		{"without any file none is named", Merge(nil, nil), "x", `profile "x" not found`, "vault list shows the profiles"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.config.Profile(test.profile)
			var missing *NotFoundError
			if !errors.As(err, &missing) {
				t.Fatalf("got %v, want a NotFoundError", err)
			}
			if diff := cmp.Diff([]string{test.message, test.tip}, []string{missing.Error(), missing.Hint()}); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if test.config.Has(test.profile) {
				t.Error("Has says that it is there")
			}
		})
	}
}

// The index takes over after a few lookups, and must give the same results.
func TestLookupsAgreeWithAndWithoutTheIndex(t *testing.T) {
	const text = "[default]\nk = 1\n[profile a]\nk = 2\n[profile b]\n[profile b]\n[sso-session a]\n[profile default]\nk = 3\n[x]\n"
	for _, name := range []string{"default", "a", "b", "c", "x", `"a"`} {
		want := values(config(t, text), name)
		c := config(t, text)
		c.config.indexed()
		for range 2 * lookupsBeforeIndex {
			if diff := cmp.Diff(want, values(c, name)); diff != "" {
				t.Fatalf("%q: (-want +got)\n%s", name, diff)
			}
		}
	}
}

// Windows PowerShell writes this form with >.
func TestUTF16IsSaid(t *testing.T) {
	for _, text := range []string{"\xff\xfe[\x00a\x00]\x00", "\xfe\xff\x00[\x00a\x00]", "[\x00a\x00]\x00", "\x00[\x00a\x00]"} {
		want := "~/.aws/config: the text is UTF-16, which no AWS tool reads"
		_, err := Parse("~/.aws/config", ConfigFile, text)
		_, opened := Open("~/.aws/config", ConfigFile, strings.NewReader(text))
		for _, err := range []error{err, opened} {
			if err == nil || err.Error() != want {
				t.Errorf("got %v", err)
			}
		}
	}
}
