package disk

import (
	"testing"
)

// A person may say that owners and modes mean nothing only where the system invents them.
func TestWhereOwnersAndModesAreMadeUp(t *testing.T) {
	byName := map[string]bool{
		"WSL 2": true, "WSL 2 of before 2023": true, "WSL 1": true, "sshfs": true, "sshfs for all": true, "sshfs for all, with modes": true,
		"9p of one user": true, "9p of all": true, "a stick": true, "a share": true, "Docker Desktop": true,
		"WSL with modes that mean something": false, "tmpfs": false,
	}
	rows := tables
	for name, line := range map[string]string{
		"virtiofs":   `75 60 0:49 / /host rw - virtiofs share rw`,
		"VirtualBox": `75 60 0:49 / /media/sf_x rw - vboxsf x rw,iocharset=utf8,uid=0,gid=999`,
		"proc":       `75 60 0:5 / /proc rw - proc proc rw`,
		"a disk":     `75 60 8:2 / /data rw - ext4 /dev/sda2 rw`,
		"nfs":        `75 60 0:77 / /net/x rw - nfs4 server:/x rw,sec=sys`,
	} {
		row := rows[0]
		row.name, row.line = name, line
		rows = append(rows, row)
		byName[name] = name == "virtiofs" || name == "VirtualBox"
	}
	for _, row := range rows {
		m := parseMounts(row.line + "\n")[0]
		want, listed := byName[row.name]
		if !listed {
			t.Fatalf("%s: not listed here", row.name)
		}
		for _, probe := range []struct {
			kept, known bool
			want        bool // of a type that does not decide
		}{{true, true, false}, {false, true, true}, {false, false, false}} {
			keeps := func(dir string) (kept, known bool) {
				if want || dir != m.Point {
					t.Errorf("%s: %s is tried out", row.name, dir)
				}
				return probe.kept, probe.known
			}
			if got := m.Invents(keeps); got != (want || probe.want) {
				t.Errorf("%s, %+v: made up: %t", row.name, probe, got)
			}
		}
	}
}
