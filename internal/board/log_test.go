package board

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"awsvault/internal/fault"
	"awsvault/internal/journal"
	"awsvault/internal/line"
	"awsvault/internal/say"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.Local)

func logged(t *testing.T, entries ...journal.Entry) string {
	t.Helper()
	dir := t.TempDir()
	for _, e := range entries {
		if err := (journal.Log{Dir: dir, By: e.By}).Add(e); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func none(string) string { return "" }

func tilde(path string) string { return strings.Replace(path, "/home/ana", "~", 1) }

func entries() []journal.Entry {
	return []journal.Entry{
		{At: noon.AddDate(-1, 0, 0), Profile: "old", Call: "credential_process"},
		{At: noon.Add(-3 * time.Hour), Profile: "dev", Account: "111122223333", Call: "AssumeRole", Role: "arn:aws:iam::111122223333:role/team/reader",
			Narrowed: []string{"ReadOnlyAccess"}, Agent: "--agent", By: journal.By{Command: "exec", Program: "terraform"}},
		{At: noon, Profile: "corp", Account: "444455556666", Call: "GetRoleCredentials", Role: "Admins", Dir: filepath.FromSlash("/home/ana/x"), By: journal.By{Command: "prompt"}},
	}
}

func TestTheLogFitsATerminal(t *testing.T) {
	l, err := ReadLog(logged(t, entries()...), "", "", tilde, none)
	if err != nil || l.Notes != nil {
		t.Fatal(err, l.Notes)
	}
	for width, want := range map[int]string{
		0: `
TIME          PROFILE  ACCOUNT       SESSION                       COMMAND  FOR
2025-03-04    old      -             credential_process            -        -
Mar  4 09:00  dev      111122223333  role/reader (ReadOnlyAccess)  exec     terraform, agent
Mar  4 12:00  corp     444455556666  Admins                        prompt   ~/x
`,
		40: `
TIME          PROFILE  FOR
2025-03-04    old      -
Mar  4 09:00  dev      terraform, agent
Mar  4 12:00  corp     ~/x
`,
		36: `
TIME          PROFILE  FOR
2025-03-04    old      -
Mar  4 09:00  dev      terraform, a…
Mar  4 12:00  corp     ~/x
`,
	} {
		got := l.Print(false, say.Ink{Width: width}, tilde, noon)
		if width > 0 {
			for row := range strings.Lines(got) {
				if n := line.Width(strings.TrimSuffix(row, "\n")); n > width {
					t.Errorf("%d columns: %d: %s", width, n, row)
				}
			}
		}
		if filepath.Separator == '/' && "\n"+got != want {
			t.Errorf("%d columns:\n%s", width, got)
		}
	}
}

func TestWhatIsAskedOfTheLog(t *testing.T) {
	dir := logged(t, entries()...)
	for _, number := range []string{"x", "-1", "1.5", "99999999999999999999"} {
		if _, err := ReadLog(dir, "", number, tilde, none); fault.KindOf(err) != fault.Usage {
			t.Errorf("%q: %v", number, err)
		}
	}
	l, err := ReadLog(dir, "", "1", tilde, none)
	if got := l.Print(true, say.Ink{}, tilde, noon); err != nil || strings.Count(got, `"profile"`) != 1 || !strings.Contains(got, `"role":"Admins"`) {
		t.Error(got, err)
	}
	off := func(string) string { return "off" }
	l, err = ReadLog(t.TempDir(), "a b", "", tilde, off)
	if got := strings.Join(l.Notes, "\n"); err != nil || got != "vault: the log has no session of profile 'a b'\nvault: AWS_VAULT_LOG=off: no session is added to the log" {
		t.Error(got, err)
	}
	if got := l.Print(false, say.Ink{}, tilde, noon) + l.Print(true, say.Ink{}, tilde, noon); got != `{"schema":1,"sessions":[]}`+"\n" {
		t.Error(got)
	}
}
