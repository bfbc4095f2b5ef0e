package lease

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAReportForPeople(t *testing.T) {
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.Local)
	r := Report{
		Version: "1.2", Keeper: 10, Server: 11, Since: at, Address: "127.0.0.1:4242",
		Leases: []State{
			{Name: "dev", Shell: 7},
			{Name: "prod", Shell: 8, Expires: at, Retired: true, Problem: &Failure{Text: "no"}},
			{Name: "ci", Shell: 9, Expires: at, Problem: &Failure{Text: "AccessDenied"}},
		},
		Answered: []Answered{
			{At: at, Name: "dev", Peer: "aws (12)", Status: 200, Until: at},
			{At: at, Peer: "curl (13)", Status: 403, Why: "it has no token"},
		},
	}
	want := []Row{
		{"Server", "127.0.0.1:4242", "process 11, kept by 10, version 1.2, since 12:00:00"},
		{"Lease", "dev  shell 7  nothing got yet", ""},
		{"Lease", "prod  shell 8  until 12", "not renewed: its shell has left"},
		{"Lease", "ci  shell 9  until 12", "AccessDenied"},
		{"Asked", "12:00:00  dev  aws (12)  200  until 12:00", ""},
		{"Asked", "12:00:00  no profile  curl (13)  403", "it has no token"},
	}
	if d := cmp.Diff(want, r.Rows(func(t time.Time) string { return "until " + t.Format("15") })); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
