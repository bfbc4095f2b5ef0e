package awsconf

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"awsvault/tests/need"
)

// cliReader is the AWS CLI's own reader. It gets all files in one process.
const cliReader = `
import json, os, sys, tempfile
try:
    from awscli.botocore import configloader
except ImportError:
    from botocore import configloader
path = os.path.join(sys.argv[1], "file")
answers = []
for file in json.load(sys.stdin):
    with open(path, "wb") as f:
        f.write(file["Text"].encode("utf-8"))
    try:
        if file["Credentials"]:
            answers.append({"Profiles": configloader.raw_config_parse(path)})
        else:
            answers.append({"Profiles": configloader.load_config(path)["profiles"]})
    except configloader.botocore.exceptions.ConfigParseError:
        answers.append({"Refused": True})
json.dump(answers, sys.stdout)
`

type cliFile struct {
	Credentials bool
	Text        string
}

// cliAnswer maps each profile and key to a string, or to a map for nested settings.
type cliAnswer struct {
	Refused  bool
	Profiles map[string]map[string]any
}

// askCLI reads the files with the installed AWS CLI, or skips the test.
func askCLI(t *testing.T, files []cliFile) []cliAnswer {
	t.Helper()
	script, err := os.ReadFile("/usr/bin/aws")
	if err != nil {
		need.Missing(t, "apt-get install awscli")
	}
	first, _, _ := strings.Cut(string(script), "\n")
	python, ok := strings.CutPrefix(first, "#!")
	if !ok || !strings.Contains(python, "python") {
		need.Missing(t, "apt-get install awscli (/usr/bin/aws is not a Python script)")
	}
	in, err := json.Marshal(files)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(strings.TrimSpace(python), "-c", cliReader, t.TempDir())
	command.Env = append(os.Environ(), "PYTHONUTF8=1")
	command.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("ask the AWS CLI: %v\n%s", err, stderr.String())
	}
	var answers []cliAnswer
	if err := json.Unmarshal(out, &answers); err != nil {
		t.Fatal(err)
	}
	return answers
}

// settingsOf lists a section in the form of a cliAnswer.
func settingsOf(s *Section) map[string]any {
	all := map[string]any{}
	for i := range s.settings {
		set := &s.settings[i]
		if !set.isNested() {
			all[set.key] = set.text()
			continue
		}
		nested := map[string]any{}
		for _, p := range set.rest {
			if name, _, ok := strings.Cut(p.text, "="); ok {
				name = strings.TrimSpace(name)
				value, _ := s.Nested(set.key, name)
				nested[name] = value.Text
			}
		}
		all[set.key] = nested
	}
	return all
}

func TestFilesReadAsTheAWSCLIReadsThem(t *testing.T) {
	var files []cliFile
	for _, text := range trickyFiles {
		files = append(files, cliFile{Text: text}, cliFile{Credentials: true, Text: text})
	}
	random := rapid.Custom(drawFile)
	for seed := range 2000 {
		files = append(files, cliFile{Credentials: seed%4 == 0, Text: random.Example(seed)})
	}
	understood := 0
	for i, answer := range askCLI(t, files) {
		understood += compareWithCLI(t, files[i], answer)
	}
	// Else the generator has drifted, and the test proves nothing.
	if understood < 500 {
		t.Errorf("only %d profiles were compared", understood)
	}
}

func compareWithCLI(t *testing.T, file cliFile, answer cliAnswer) (compared int) {
	kind := ConfigFile
	if file.Credentials {
		kind = CredentialsFile
	}
	f, err := Parse("config", kind, []byte(file.Text))
	if err != nil {
		if !answer.Refused {
			t.Errorf("%q: %v; the AWS CLI reads it", file.Text, err)
		}
		return 0
	}
	config := Merge(f, nil)
	if kind == CredentialsFile {
		config = Merge(nil, f)
	}
	problems := config.Problems()
	if answer.Refused {
		if len(problems) == 0 {
			t.Errorf("%q: no problem is reported; the AWS CLI refuses it", file.Text)
		}
		return 0
	}
	for name, want := range answer.Profiles {
		if name == "" || name != trim(name) {
			continue
		}
		profile, err := config.Profile(name)
		if err != nil {
			// The one thing that the AWS CLI reads without a murmur, and surely not as it was meant.
			if !strings.Contains(err.Error(), "the indented header") || len(problems) == 0 {
				t.Errorf("%q: %v (%d problems); the AWS CLI reads it", file.Text, err, len(problems))
			}
			continue
		}
		if diff := cmp.Diff(want, settingsOf(&profile.Section)); diff != "" {
			t.Errorf("%q: profile %q: (-AWS CLI +ours)\n%s", file.Text, name, diff)
		}
		compared++
	}
	return compared
}

// drawFile draws texts that combine many features of the format.
func drawFile(t *rapid.T) string {
	words := rapid.SampledFrom([]string{
		"[default]", "[profile a]", "[profile b]", `[profile "c d"]`, "[profile 'e']", "[sso-session s]", "[services s]",
		"[profile f g]", "[ profile h ]", "[profile\ti]", "[profiles j]", "[k]", "[profile default]", "[]", "[profile l] # c", "[profile l] x]", "[profile m", `[profile o\p]`,
		"region = x", "region: y", "region=z", "Output = json", "output=", "s3 =", "max = 1 # c", "max=2", "# comment", "; comment", "junk", "= x", "a = b = c", "a: b = c",
		"role_arn = arn:aws:iam::1:role/x", "k = \"v\"", "q = [x]", "é = ü", "\u00a0n = 1",
	})
	indents := rapid.SampledFrom([]string{"", "", "", "", "", "  ", "  ", "    ", "\t", "\u00a0", " \x0b"})
	ends := rapid.SampledFrom([]string{"\n", "\n", "\n", "\n", "\r\n", " \n", "\n\n", "\n \n"})
	var b strings.Builder
	if rapid.IntRange(0, 9).Draw(t, "start") > 0 {
		b.WriteString("[profile z]\n")
	}
	for range rapid.IntRange(0, 8).Draw(t, "lines") {
		b.WriteString(indents.Draw(t, "indent") + words.Draw(t, "line") + ends.Draw(t, "end"))
	}
	if rapid.Bool().Draw(t, "cut") {
		return strings.TrimRight(b.String(), "\r\n")
	}
	return b.String()
}

var trickyFiles = []string{
	"",
	"[default]\nregion = eu-west-1\n",
	"[profile a]\nregion = x\n[profile b]\nregion = y",
	"[profile \"a b\"]\nk = 1\n[profile 'c d']\nk = 2\n[profile  e  ]\nk = 3\n[profile\tf]\nk = 4\n",
	"[default]\nk = 1\nonly = here\n[profile default]\nk = 2\n",
	"[profile default]\nk = 2\nonly = here\n[default]\nk = 1\n",
	"[profile a] # comment\nx = 1 # c\ny = 1 ; c\n# x = 2\n  ; z = 3\nempty =\nquoted = \"us-east-1\"\n",
	"[profile a]\nX: 1\nRegion = Two\nk = %(x)s\nu = a=b:c\n",
	"[profile a]\nk = one\n  two\n\n  three\n# c\n  four\n\nl = x\n",
	"[profile a]\ns3 =\n  max = 1\n  Max = 2\n\n  # c\n  x = a = b # c\nk = v\n",
	"[profile a]\n  k = 1\n  l = 2\n  [profile b]\n  k = 3\n",
	"[profile a]\r\nk = v\r\n\r\ns3 =\r\n  x = y\r\n",
	"[profile a]\n[profile b]\n[profile c]\nk = v",
	"[profile a]\nk = [x]\nl = a[0]\nm = \\n\n",
	"[profile a]\n\tk = v\n\t\tgoes on\n\tl = w\n",
	"[profile a]\n\u00a0\u00a0k = v\u2003\n\u2003\u2003\u2003deeper\nl = x\u00a0y\n",
	"[profile \u00e9]\nk = \u00fc\n",
	"[profile a]b]\nk = v\n[x] [y]\n",
	"[profile a\\ b]\nk = v\n[profile c\"d\"e]\nk = w\n[profilex f]\nk = z\n",
	"[plugins]\nk = v\n[profile]\nk = v\n[profile a b]\nk = v\n[Profile c]\nk = v\n[profile \"d]\nk = v\n",
	"[profile \"a\\b\\\"c\\\\d\"]\nk = v\n[profile 'e\\f']\nk = w\n[profile \"g'h\"'i\"j']\nk = x\n[profile k\\]\nk = y\n[profile \"\"]\n",
	"\n\n# only comments\n; here\n",
	"[profile a]\nk = v\n   \n\t\nl =\n\n\n",
}
