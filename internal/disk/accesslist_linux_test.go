package disk

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// list builds an access list from tags, rights and ids.
func list(entries ...[3]uint32) []byte {
	text := binary.LittleEndian.AppendUint32(nil, 2)
	for _, e := range entries {
		text = binary.LittleEndian.AppendUint16(text, uint16(e[0]))
		text = binary.LittleEndian.AppendUint16(text, uint16(e[1]))
		text = binary.LittleEndian.AppendUint32(text, e[2])
	}
	return text
}

const nobodysID = 0xffffffff

// base adds owner, group, mask and others for a file of mode 0660.
func base(more ...[3]uint32) []byte {
	return list(append([][3]uint32{{1, 7, nobodysID}, {4, 6, nobodysID}, {0x10, 6, nobodysID}, {0x20, 0, nobodysID}}, more...)...)
}

func TestGrants(t *testing.T) {
	for name, test := range map[string]struct {
		list []byte
		want bool
	}{
		"nobody who is named":           {base(), false},
		"another user writes":           {base([3]uint32{2, 6, 6}), true},
		"another user reads":            {base([3]uint32{2, 4, 6}), false},
		"the owner, by name":            {base([3]uint32{2, 7, 5}), false},
		"root":                          {base([3]uint32{2, 7, 0}), false},
		"a group writes":                {base([3]uint32{8, 2, 9}), true},
		"the mask forbids it":           {list([3]uint32{1, 6, nobodysID}, [3]uint32{2, 6, 6}, [3]uint32{0x10, 5, nobodysID}), false},
		"without a mask":                {list([3]uint32{2, 2, 6}), true},
		"an empty list":                 {list(), false},
		"one that is cut":               {base()[:11], true},
		"of another version":            {[]byte{3, 0, 0, 0}, true},
		"nothing":                       {nil, true},
		"some write, and others do not": {base([3]uint32{2, 4, 6}, [3]uint32{8, 6, 9}), true},
	} {
		if got := grants(test.list, 5, 2); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A file that the user's own group may write belongs to the user alone, unless an access list
// lets another user write.
func TestAnAccessListIsAFlaw(t *testing.T) {
	dir := t.TempDir()
	path := put(t, filepath.Join(dir, "f"), "", 0o660)
	rule := Rule{UID: os.Getuid(), OwnGroup: func(int) bool { return true }}
	flaw := func(p string) string {
		t.Helper()
		info, err := os.Lstat(p)
		if err != nil {
			t.Fatal(err)
		}
		return rule.Flaw(p, info)
	}
	if got := flaw(path); got != "" {
		t.Fatalf("without a list it %s", got)
	}
	if err := os.Chmod(dir, 0o770); err != nil {
		t.Fatal(err)
	}
	for p, want := range map[string]string{path: "can be written by others, by an access list", dir: "can be written by others, by an access list"} {
		if err := syscall.Setxattr(p, listName, base([3]uint32{2, 6, 12345}), 0); err != nil {
			t.Skip("there are no access lists here:", err)
		}
		if got := flaw(p); got != want {
			t.Errorf("%s %q, want %q", p, got, want)
		}
		private := rule
		private.Private = true
		if err := syscall.Setxattr(p, listName, base([3]uint32{2, 4, 12345}), 0); err != nil {
			t.Fatal(err)
		}
		if got := flaw(p); got != "" {
			t.Errorf("%s: a list that lets another read: %q", p, got)
		}
		info, _ := os.Lstat(p)
		if got := private.Flaw(p, info); got != "can be read by others, by an access list" {
			t.Errorf("%s, which is private: %q", p, got)
		}
	}
}
