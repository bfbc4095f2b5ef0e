package process

import "golang.org/x/sys/unix"

// parents returns all processes, with the parent of each.
func parents() map[int]int {
	all := map[int]int{}
	processes, err := unix.SysctlKinfoProcSlice("kern.proc.all")
	if err != nil {
		return all
	}
	for _, p := range processes {
		all[int(p.Proc.P_pid)] = int(p.Eproc.Ppid)
	}
	return all
}
