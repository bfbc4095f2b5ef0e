// Package config holds AWS files in the shapes that people's have, and checks that
// they mean to us what they mean to the AWS CLI.
package config

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"awsvault/internal/awsconf"
	"awsvault/tests/need"
)

var update = flag.Bool("update", false, "write README.md")

// pair is a row of the corpus: NAME.config, NAME.credentials, or both.
type pair struct{ name, Config, Credentials string }

// answer is what the AWS CLI reads. A value is a string, or a map for nested settings.
type answer struct {
	Refused  string
	Profiles map[string]map[string]any
	Gets     map[string]map[string]string
	Sessions map[string]map[string]any
	Services map[string]map[string]any
}

func corpus(t *testing.T) []pair {
	t.Helper()
	files, err := filepath.Glob("corpus/*")
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*pair{}
	for _, file := range files {
		path, err := filepath.Abs(file)
		if err != nil {
			t.Fatal(err)
		}
		ext := filepath.Ext(file)
		name := strings.TrimSuffix(filepath.Base(file), ext)
		if byName[name] == nil {
			byName[name] = &pair{name: name, Config: "/proc/nonexistent", Credentials: "/proc/nonexistent"}
		}
		switch ext {
		case ".config":
			byName[name].Config = path
		case ".credentials":
			byName[name].Credentials = path
		default:
			t.Fatalf("%s is neither a config nor a credentials file", file)
		}
	}
	var pairs []pair
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		pairs = append(pairs, *byName[name])
	}
	return pairs
}

func askCLI(t *testing.T, pairs []pair) []answer {
	t.Helper()
	script, err := os.ReadFile("/usr/bin/aws") // Debian's, whatever else is on PATH
	if err != nil {
		need.Missing(t, "apt-get install awscli")
	}
	first, _, _ := strings.Cut(string(script), "\n")
	python, ok := strings.CutPrefix(first, "#!")
	if !ok || !strings.Contains(python, "python") {
		need.Missing(t, "apt-get install awscli (/usr/bin/aws is not a Python script)")
	}
	in, err := json.Marshal(pairs)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(strings.TrimSpace(python), "read.py")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "PYTHONUTF8=1", "PYTHONDONTWRITEBYTECODE=1", "AWS_EC2_METADATA_DISABLED=true"}
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ask the AWS CLI: %v\n%s", err, stderr.String())
	}
	var answers []answer
	if err := json.Unmarshal(out, &answers); err != nil {
		t.Fatal(err)
	}
	return answers
}

// difference is a profile, or a whole file, that does not mean the same to both.
type difference struct{ file, profile, what string }

func parse(path string, kind awsconf.Kind) (*awsconf.File, error) {
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return awsconf.Parse(filepath.Base(path), kind, data)
}

func compare(t *testing.T, p pair, cli answer) (diffs []difference, profiles int) {
	differ := func(profile, format string, args ...any) {
		diffs = append(diffs, difference{p.name, profile, fmt.Sprintf(format, args...)})
	}
	file, err := parse(p.Config, awsconf.ConfigFile)
	var credentials *awsconf.File
	if err == nil {
		credentials, err = parse(p.Credentials, awsconf.CredentialsFile)
	}
	if err != nil {
		if cli.Refused == "" {
			differ("", "only we refuse the file: %v", err)
		}
		return diffs, 0
	}
	c := awsconf.Merge(file, credentials)
	if cli.Refused != "" {
		if len(c.Problems()) == 0 {
			t.Errorf("%s: the AWS CLI refuses it (%s), and Problems is silent", p.name, cli.Refused)
		}
		var read []string
		for _, name := range c.Names() {
			if _, err := c.Profile(name); err == nil {
				read = append(read, name)
			}
		}
		if len(read) > 0 {
			differ("", "the AWS CLI refuses the file; we read %s", strings.Join(read, ", "))
		}
		return diffs, len(read)
	}
	for _, name := range c.Names() {
		profiles++
		if _, ok := cli.Profiles[name]; !ok {
			differ(name, "only we read it")
		}
	}
	for name, settings := range cli.Profiles {
		profile, err := c.Profile(name)
		if err != nil {
			differ(name, "only the AWS CLI reads it: %v", err)
			continue
		}
		compareSection(name, settings, &profile.Section, differ)
		for key, got := range cli.Gets[name] {
			if v, ok := profile.Get(key); ok && v.Text != got {
				differ(name, "%s: aws configure get prints %.60q, we read %.60q", key, got, v.Text)
			}
		}
	}
	for name, settings := range cli.Sessions {
		if s, err := c.SSOSession(name); err != nil {
			differ("sso-session "+name, "%v", err)
		} else {
			compareSection("sso-session "+name, settings, s, differ)
		}
	}
	for name, settings := range cli.Services {
		if s, err := c.Services(name); err != nil {
			differ("services "+name, "%v", err)
		} else {
			compareSection("services "+name, settings, s, differ)
		}
	}
	return diffs, profiles
}

func compareSection(name string, cli map[string]any, ours *awsconf.Section, differ func(string, string, ...any)) {
	for _, key := range ours.Keys() {
		if _, ok := cli[key]; !ok {
			differ(name, "%s: only we read it", key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(cli)) {
		v, ok := ours.Get(key)
		switch want := cli[key].(type) {
		case string:
			if !ok || v.Text != want {
				differ(name, "%s: the AWS CLI reads %.60q, we read %.60q", key, want, v.Text)
			}
		case map[string]any:
			for sub, want := range want {
				if v, ok := ours.Nested(key, sub); !ok || v.Text != want {
					differ(name, "%s.%s: the AWS CLI reads %.60q, we read %.60q", key, sub, want, v.Text)
				}
			}
		}
	}
}

func TestCorpusMeansWhatItMeansToTheAWSCLI(t *testing.T) {
	pairs := corpus(t)
	var found []difference
	profiles := 0
	for i, cli := range askCLI(t, pairs) {
		diffs, n := compare(t, pairs[i], cli)
		found = append(found, diffs...)
		profiles += n
	}
	if profiles < 150 {
		t.Errorf("the corpus has %d profiles, want 150 or more", profiles)
	}
	slices.SortFunc(found, func(a, b difference) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.profile, b.profile), cmp.Compare(a.what, b.what))
	})
	used := map[[2]string]bool{}
	var table strings.Builder
	for _, d := range found {
		at := [2]string{d.file, d.profile}
		if reasons[at] == "" {
			t.Errorf("%s, profile %q: %s", d.file, d.profile, d.what)
			continue
		}
		used[at] = true
		fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", d.file, cell(d.profile), cell(d.what), reasons[at])
	}
	for at := range reasons {
		if !used[at] {
			t.Errorf("%v is in the table of reasons, and no difference", at)
		}
	}
	readme := fmt.Sprintf(intro, len(pairs), profiles) + table.String()
	if *update {
		if err := os.WriteFile("README.md", []byte(readme), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := os.ReadFile("README.md"); string(got) != readme {
		t.Error("README.md does not show what is found: go test ./tests/config -update")
	}
}

// cell makes text one that Markdown leaves alone.
func cell(text string) string {
	if text == "" {
		return ""
	}
	return "`" + strings.NewReplacer("|", "¦", "`", "'", "\n", " ").Replace(text) + "`"
}

const intro = `# The corpus

AWS files in the shapes that people's have: %d of them or pairs, with %d profiles. Each profile and key is read by
internal/awsconf and by the AWS CLI's own code (its whole configuration, and each plain setting as ` + "`aws configure get`" + `), and must be the same.
What is not the same is below, with the reason. This page is written by ` + "`go test ./tests/config -update`" + `.

One more is a matter of meaning: ` + "`source_profile = \"base\"`" + ` names the profile ` + "`base`" + ` to us, while the AWS CLI looks for a name with the quotes in it and
finds nothing; other SDKs take the quotes off. Nobody has a profile that would be meant by it otherwise.

| file | section | difference | reason |
|---|---|---|---|
`

const (
	otherSDKs  = "other SDKs read this header, and who wrote it meant a profile"
	lenient    = "a bad place does not cost the other profiles; Problems names it"
	noGuess    = "who wrote it surely meant something else than the AWS CLI reads: an error with file and line"
	leak       = "[DEFAULT] is a section of Python's own, whose settings leak into every profile of the AWS CLI"
	sameSpaces = "a name in the credentials file is found without the space around it"
)

// reasons are for the differences, by file and section.
var reasons = map[[2]string]string{
	{"bom", ""}:                          lenient,
	{"credentials-bom", ""}:              lenient,
	{"dup-key", ""}:                      lenient,
	{"dup-section", ""}:                  lenient,
	{"junk-above", ""}:                   lenient,
	{"junk-line", ""}:                    lenient,
	{"key-without-value", ""}:            lenient,
	{"latin1-comment", ""}:               lenient,
	{"no-name", ""}:                      lenient,
	{"comments", "bracket"}:              "the comment has a bracket, which the AWS CLI takes for the end of the header",
	{"cr", "a"}:                          noGuess,
	{"cr", "default"}:                    noGuess,
	{"cr-inside", "a"}:                   noGuess,
	{"dup-spelling", "a"}:                noGuess,
	{"indented-swallowed", "a"}:          noGuess,
	{"long-line", "a"}:                   "a line of more than 64 KiB is not a setting",
	{"nul", "default"}:                   noGuess,
	{"credentials-default-python", "a"}:  leak,
	{"default-python", "a"}:              leak,
	{"credentials-shapes", " spaced "}:   sameSpaces,
	{"credentials-shapes", "spaced"}:     sameSpaces,
	{"merged", "\"q\""}:                  "a name with quotes finds the profile that is written with them, too",
	{"crlf", "a b"}:                      otherSDKs,
	{"names-spaced", "\""}:               otherSDKs,
	{"names-spaced", "default"}:          otherSDKs,
	{"names-spaced", "it's"}:             otherSDKs,
	{"names-spaced", "leading"}:          otherSDKs,
	{"names-spaced", "leading-tab"}:      otherSDKs,
	{"names-spaced", "three more words"}: otherSDKs,
	{"names-spaced", "two words"}:        otherSDKs,
}
