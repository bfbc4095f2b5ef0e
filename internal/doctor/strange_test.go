package doctor

import (
	"runtime"
	"testing"

	"awsvault/tests/need"
)

// What root left in a home cannot be mended by its user: doctor says what to type.
func TestADirectoryOfRoots(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have no owner there that matters")
	}
	need.User(t, "to find a directory that is root's")
	h := newHealthy(t)
	h.Places = Places{Home: "/", State: "/usr/none/awsvault", Keys: "/usr/none/keys"}
	found := (&Examination{Facts: h.Facts}).strange()
	if len(found) != 1 || found[0].Text != "/usr belongs to user 0, so vault can keep nothing in /usr/none/awsvault" || found[0].Hint != "sudo chown -R 1000 /usr" || found[0].State != Problem {
		t.Errorf("%+v", found)
	}
	h.Places = Places{Home: t.TempDir(), State: t.TempDir()}
	if found := (&Examination{Facts: h.Facts}).strange(); len(found) != 0 {
		t.Errorf("in an own home: %+v", found)
	}
}
