package board

import (
	"errors"
	"strings"
	"testing"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/items"
	"awsvault/internal/keyage"
	"awsvault/internal/lease"
	"awsvault/internal/line"
	"awsvault/internal/say"
)

func whole() Board {
	session := func(profile string, left time.Duration) items.Session {
		return items.Session{Key: aws.SessionKey{Type: "sts.AssumeRole", Profile: profile}, Expires: noon.Add(left)}
	}
	return Board{
		Now:      noon,
		Sessions: []items.Session{session("later", 2*time.Hour), session("soon\x1b[31m", time.Hour), session("over", -time.Hour)},
		SignIns: []SignIn{
			{Name: "out"},
			{Name: "corp", Until: noon.Add(30 * time.Minute)},
			{Name: "over", Until: noon.Add(-time.Minute)},
			{Name: "renewed", Until: noon.Add(-time.Minute), Renews: true},
			{Name: "broken", Err: errors.New("it is damaged")},
			{Name: "left", Err: fault.NewPerson("sign in", "aws login")},
		},
		Leases: []lease.State{{Name: "prod", Shell: 4711, Expires: noon.Add(3 * time.Hour)}, {Name: "new", Shell: 4712}},
		Keys:   []string{"jon", "new"},
		Ages: func(name string) (s keyage.Since) {
			if name == "jon" {
				s.Stored, s.Created = noon.AddDate(0, 0, -10), noon.AddDate(0, 0, -92)
			}
			return s
		},
	}
}

func TestTheBoardFitsATerminal(t *testing.T) {
	got := whole().Print(false, say.Ink{})
	if want := `WHAT     NAME       STATE                    HOW
session  soon?[31m  expires 13:00 (1h left)  AssumeRole
session  later      expires 14:00 (2h left)  AssumeRole
sign-in  corp       expires 12:30 (30m left)  -
`; strings.Join(strings.Fields(got[:strings.Index(got, "sign-in  broken")]), " ") != strings.Join(strings.Fields(want), " ") {
		t.Error(got)
	}
	for _, want := range []string{"renews by itself", "not known", "it is damaged", "shell 4711", "nothing got yet", "92d old", "does not expire", "\nEnds next: sign-in corp, expires 12:30 (30m left)\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if n := strings.Count(got, "not signed in"); n != 3 {
		t.Errorf("%d are not signed in, want out, over and left:\n%s", n, got)
	}
	for _, width := range []int{40, 80} {
		for row := range strings.Lines(whole().Print(false, say.Ink{Width: width})) {
			if n := line.Width(strings.TrimSuffix(row, "\n")); n > width {
				t.Errorf("%d columns: %d: %s", width, n, row)
			}
		}
	}
}

func TestTheBoardAsJSON(t *testing.T) {
	got := whole().Print(true, say.Ink{})
	for _, want := range []string{
		`{"name":"corp","signed_in":true,"renews":false,"expires":"`, `{"name":"left","signed_in":false,"renews":false,"expires":null,"problem":null}`,
		`"problem":"it is damaged"`, `"keys":[{"name":"jon","created":"2025-12-02T12:00:00Z","stored":"2026-02-22T12:00:00Z"},{"name":"new","created":null,"stored":null}]`, `{"profile":"new","shell":4712,"expires":null}`, `"next":{"kind":"sign-in","name":"corp",`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if got := (Board{Now: noon}).Print(true, say.Ink{}); got != `{"schema":1,"sessions":[],"sign_ins":[],"leases":[],"keys":[],"next":null}`+"\n" {
		t.Error(got)
	}
}
