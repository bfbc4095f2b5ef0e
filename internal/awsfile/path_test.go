package awsfile

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"awsvault/internal/fault"
	"awsvault/tests/need"
)

func places(windows bool, vars map[string]string) Places {
	p := Places{
		Lookup: func(name string) (string, bool) { v, ok := vars[name]; return v, ok },
		Home:   vars["HOME"],
		HomeOf: func(user string) (string, bool) { return "/root", user == "root" },
	}
	if windows {
		p.Windows, p.Home = true, vars["USERPROFILE"]
	}
	return p
}

func TestExpand(t *testing.T) {
	vars := map[string]string{"HOME": "/home/jon", "USERPROFILE": `C:\Users\jon`, "USERNAME": "jon", "AWS": "aws/x", "EMPTY": "", "A-B": "dash", "HIDDEN": "~"}
	tests := []struct{ name, path, unix, windows string }{
		{"a plain path", "/etc/aws", "/etc/aws", "/etc/aws"},
		{"nothing", "", "", ""},
		{"the home directory", "~", "/home/jon", `C:\Users\jon`},
		{"below it", "~/x", "/home/jon/x", `C:\Users\jon/x`},
		{"below it on Windows", `~\x`, `~\x`, `C:\Users\jon\x`},
		{"only at the beginning", "/a/~/b", "/a/~/b", "/a/~/b"},
		{"of another user", "~root/x", "/root/x", `C:\Users\root/x`},
		{"of a user who is not there", "~missing/x", "~missing/x", `C:\Users\missing/x`},
		{"of oneself", "~jon/x", "~jon/x", `C:\Users\jon/x`},
		{"a variable", "/$AWS/c", "/aws/x/c", "/aws/x/c"},
		{"in braces", "/${AWS}c", "/aws/xc", "/aws/xc"},
		{"HOME is a variable like others", "$HOME/.aws/config", "/home/jon/.aws/config", "/home/jon/.aws/config"},
		{"one that is not set stays", "/$NONE/${NONE}", "/$NONE/${NONE}", "/$NONE/${NONE}"},
		{"one that is empty goes", "/$EMPTY/c", "//c", "//c"},
		{"a variable may hold the tilde", "$HIDDEN/c", "/home/jon/c", `C:\Users\jon/c`},
		{"but no variables", "~/$NONE", "/home/jon/$NONE", `C:\Users\jon/$NONE`},
		{"a brace that is not closed", "${AWS/c", "${AWS/c", "${AWS/c"},
		{"no name", "$/${}/$", "$/${}/$", "$/${}/$"},
		{"percent signs", `%AWS%\c`, `%AWS%\c`, `aws/x\c`},
		{"percent signs around nothing that is set", `%NONE%\c`, `%NONE%\c`, `%NONE%\c`},
		{"two of them", `100%%`, `100%%`, `100%`},
		{"two dollars", `$$AWS`, `$aws/x`, `$AWS`},
		{"single quotes", `'$AWS'`, `'aws/x'`, `'$AWS'`},
		{"a dash in a name", `$A-B`, `$A-B`, `dash`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := places(false, vars).Expand(test.path); got != test.unix {
				t.Errorf("unix: %q: got %q, want %q", test.path, got, test.unix)
			}
			if got := places(true, vars).Expand(test.path); got != test.windows {
				t.Errorf("windows: %q: got %q, want %q", test.path, got, test.windows)
			}
		})
	}
	t.Run("without a home directory nothing is guessed", func(t *testing.T) {
		p := places(false, map[string]string{})
		if got := p.Expand("~/x"); got != "~/x" {
			t.Errorf("got %q", got)
		}
		_, err := p.Config()
		if err == nil || err.Error() != "the home directory is not known, so neither is ~/.aws/config" || fault.HintOf(err) != "set HOME, or AWS_CONFIG_FILE" {
			t.Errorf("got %v, %s", err, fault.HintOf(err))
		}
		if _, err = p.Credentials(); fault.HintOf(err) != "set HOME, or AWS_SHARED_CREDENTIALS_FILE" {
			t.Errorf("got %v, %s", err, fault.HintOf(err))
		}
	})
	t.Run("a home directory that is the root", func(t *testing.T) {
		p := places(false, map[string]string{"HOME": "/"})
		for path, want := range map[string]string{"~": "/", "~/x": "/x"} {
			if got := p.Expand(path); got != want {
				t.Errorf("%q: got %q, want %q", path, got, want)
			}
		}
	})
	t.Run("others are not looked for beside a home directory of another name", func(t *testing.T) {
		p := places(true, map[string]string{"USERPROFILE": `D:\home`, "USERNAME": "jon"})
		for path, want := range map[string]string{`~ann\x`: `~ann\x`, `~jon\x`: `D:\home\x`} {
			if got := p.Expand(path); got != want {
				t.Errorf("%q: got %q, want %q", path, got, want)
			}
		}
	})
}

func TestWhereTheFilesAre(t *testing.T) {
	tests := []struct {
		name string
		vars map[string]string
		want [2]string
	}{
		{"at home", map[string]string{"HOME": "/h"}, [2]string{"/h/.aws/config", "/h/.aws/credentials"}},
		{"where variables say", map[string]string{"HOME": "/h", "AWS_CONFIG_FILE": "~/c", "AWS_SHARED_CREDENTIALS_FILE": "$X/k", "X": "/x"}, [2]string{"/h/c", "/x/k"}},
		{"a variable that is empty says nothing", map[string]string{"HOME": "/h", "AWS_CONFIG_FILE": "", "AWS_SHARED_CREDENTIALS_FILE": ""}, [2]string{"/h/.aws/config", "/h/.aws/credentials"}},
		{"variables need no home", map[string]string{"AWS_CONFIG_FILE": "/c", "AWS_SHARED_CREDENTIALS_FILE": "/k"}, [2]string{"/c", "/k"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := places(false, test.vars)
			config, err1 := p.Config()
			credentials, err2 := p.Credentials()
			if diff := cmp.Diff(test.want, [2]string{config, credentials}); diff != "" || err1 != nil || err2 != nil {
				t.Errorf("%v, %v (-want +got)\n%s", err1, err2, diff)
			}
		})
	}
}

const python = `
import json, os, sys, pwd
import posixpath, ntpath
out = []
for path, vars in json.load(sys.stdin):
    os.environ.clear()
    os.environ.update(vars)
    out.append([m.expanduser(m.expandvars(path)) for m in (posixpath, ntpath)])
json.dump(out, sys.stdout)
`

// The AWS CLI expands paths with these functions of Python.
func TestExpandAsPythonDoes(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		need.Missing(t, "apt-get install python3")
	}
	pieces := rapid.SampledFrom([]string{"~", "~", "/", "/", `\`, "$", "${", "}", "%", "%", "'", "A", "B", "HOME", "EMPTY", "root", "jon", "missing", "-", "_", ".", "é", " ", "$A", "${B}", "%A%"})
	type question struct {
		path string
		vars map[string]string
	}
	random := rapid.Custom(func(t *rapid.T) question {
		path := strings.Join(rapid.SliceOfN(pieces, 0, 8).Draw(t, "path"), "")
		home := rapid.SampledFrom([]string{"/home/jon", "/", "/h/"}).Draw(t, "home")
		profile := rapid.SampledFrom([]string{`C:\Users\jon`, `C:\x`}).Draw(t, "profile")
		return question{path, map[string]string{"HOME": home, "USERPROFILE": profile, "USERNAME": "jon", "A": "a", "B": "/b$A", "EMPTY": "", "é": "e"}}
	})
	var questions []question
	var in [][2]any
	for i := range 3000 {
		q := random.Example(i)
		questions = append(questions, q)
		in = append(in, [2]any{q.path, q.vars})
	}
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("python3", "-I", "-X", "utf8", "-c", python)
	cmd.Stdin = strings.NewReader(string(text))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var answers [][2]string
	if err := json.Unmarshal(out, &answers); err != nil {
		t.Fatal(err)
	}
	for i, q := range questions {
		got := [2]string{places(false, q.vars).Expand(q.path), places(true, q.vars).Expand(q.path)}
		if got != answers[i] {
			t.Errorf("%q with %q: got %q, Python says %q", q.path, q.vars, got, answers[i])
		}
	}
}
