package doctor

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// BusDaemons counts a user's message buses that dbus-launch has started and that nothing ends,
// because they have lost their parent. proc is /proc.
func BusDaemons(proc fs.FS, uid int) int {
	entries, err := fs.ReadDir(proc, ".")
	if err != nil {
		return 0
	}
	n := 0
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil {
			continue
		}
		status, err := fs.ReadFile(proc, e.Name()+"/status")
		if err != nil || !field(string(status), "Name:", "dbus-daemon") || !field(string(status), "Uid:", strconv.Itoa(uid)) {
			continue
		}
		args, err := fs.ReadFile(proc, e.Name()+"/cmdline")
		// Only dbus-launch starts the daemon like this: it forks, prints to two descriptors,
		// and belongs to one session.
		if err == nil && strings.Contains(string(args), "--fork") && strings.Contains(string(args), "--print-pid") && strings.Contains(string(args), "--session") {
			n++
		}
	}
	return n
}

// field reports whether the first value of a field in /proc/PID/status is value.
func field(status, name, value string) bool {
	for line := range strings.Lines(status) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			words := strings.Fields(rest)
			return len(words) > 0 && words[0] == value
		}
	}
	return false
}

// KeyQuota says how much of the kernel's quota of keys a user has used. text is
// /proc/key-users, keyrings(7): "1000: usage nkeys/nikeys qnkeys/maxkeys qnbytes/maxbytes".
func KeyQuota(text string, uid int) (f Finding, known bool) {
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) != 5 || words[0] != strconv.Itoa(uid)+":" {
			continue
		}
		var keys, mostKeys, bytes, mostBytes int
		_, err1 := fmt.Sscanf(words[3], "%d/%d", &keys, &mostKeys)
		_, err2 := fmt.Sscanf(words[4], "%d/%d", &bytes, &mostBytes)
		if err1 != nil || err2 != nil {
			return f, false
		}
		f.Text = fmt.Sprintf("the kernel holds %d keys of at most %d, %d bytes of %d", keys, mostKeys, bytes, mostBytes)
		if keys*10 >= mostKeys*9 || bytes*10 >= mostBytes*9 {
			f.State = Problem
			f.Hint = "vault clear   removes its sessions; or AWS_VAULT_SESSION_BACKEND=file, or raise kernel.keys.maxkeys and maxbytes"
		}
		return f, true
	}
	return f, false
}
