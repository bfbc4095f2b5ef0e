package startup_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"awsvault/internal/startup"
)

const code = `eval "$(vault hook bash)"`

func TestSetup(t *testing.T) {
	no := errors.New("there is no terminal")
	for _, test := range []struct {
		name   string
		before string
		undo   bool
		answer string // y, n, none, or empty: not asked
		after  string
		added  bool
		said   string
		fails  string
	}{
		{"a line is added", "x=1\n", false, "y", "x=1\n" + code + "\n", true, "done: ~/.bashrc has it now. Undo: vault init bash --undo", ""},
		{"to a file that does not exist", "", false, "", code + "\n", true, "done: ~/.bashrc has it now. Undo: vault init bash --undo", ""},
		{"not after a no", "x=1\n", false, "n", "x=1\n", false, "    nothing was written; the line is: " + code, ""},
		{"not without a terminal", "x=1\n", false, "none", "x=1\n", false, "", no.Error()},
		{"not twice", "x=1\n" + code + "\n", false, "y", "x=1\n" + code + "\n", false, "done: already there: ~/.bashrc:2", ""},
		{"a line is taken away", "x=1\n" + code + "\n", true, "y", "x=1\n", false, "done: ~/.bashrc no longer loads the hook; open shells keep it", ""},
		{"none after a no", code + "\n", true, "n", code + "\n", false, "", ""},
		{"none where there is none", "x=1\n", true, "y", "x=1\n", false, "done: no hook in ~/.bashrc", ""},
		{"none that does more", "x=1; " + code + "\n", true, "y", "x=1; " + code + "\n", false, "", "~/.bashrc:1 does more than load the hook, so vault leaves it alone"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), ".bashrc")
			if test.before != "" {
				if err := os.WriteFile(path, []byte(test.before), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var said []string
			s := startup.Setup{
				Shell: "bash", Path: path, Shown: "~/.bashrc", Program: "vault",
				Say: func(line string) { said = append(said, line) }, Done: func(line string) { said = append(said, "done: "+line) },
			}
			if test.answer != "" {
				s.Agree = func(shown, question string) (bool, error) {
					if !test.undo && !strings.Contains(shown, "vault will add one line to ~/.bashrc:\n    "+code) || test.undo && question != "Take 1 line out of ~/.bashrc?" {
						t.Errorf("it shows %q and asks %q", shown, question)
					}
					if test.answer == "none" {
						return false, no
					}
					return test.answer == "y", nil
				}
			}
			var added bool
			var err error
			if test.undo {
				err = s.Undo()
			} else {
				added, err = s.Add(code)
			}
			fails := ""
			if err != nil {
				fails = err.Error()
			}
			after, _ := os.ReadFile(path)
			if test.added {
				test.after = startup.Add(test.before, code)
			}
			if added != test.added || fails != test.fails || strings.Join(said, "; ") != test.said || string(after) != test.after {
				t.Errorf("added %v, %q; it says %q; the file has %q, want %q", added, fails, said, after, test.after)
			}
		})
	}
}
