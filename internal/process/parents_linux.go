package process

import (
	"bytes"
	"os"
	"strconv"
)

// parents returns all visible processes, with the parent of each.
func parents() map[int]int {
	all := map[int]int{}
	dir, err := os.Open("/proc")
	if err != nil {
		return all
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + name + "/stat")
		if err != nil {
			continue // the process has ended
		}
		// The format is "pid (name) state parent". The name may contain anything, also
		// brackets.
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if len(fields) > 1 {
			all[pid], _ = strconv.Atoi(string(fields[1]))
		}
	}
	return all
}
