package process

import (
	"os"
	"path/filepath"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Parent returns the program of the process that called this one; empty: unknown. It skips a
// program with the same name as this one: the shims of Scoop and Chocolatey run the real
// program.
func Parent() string {
	self, err := os.Executable()
	if err != nil {
		return ""
	}
	parents := parentsByID()
	pid := uint32(os.Getpid())
	for range 4 {
		above, ok := parents[pid]
		if !ok {
			return ""
		}
		program := programOf(above)
		if !strings.EqualFold(filepath.Base(program), filepath.Base(self)) {
			return program
		}
		pid = above
	}
	return ""
}

// parentsByID returns the parents of all processes. See Tool Help Library, Process32First.
func parentsByID() map[uint32]uint32 {
	parents := map[uint32]uint32{}
	all, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return parents
	}
	defer windows.CloseHandle(all)
	entry := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	for err = windows.Process32First(all, &entry); err == nil; err = windows.Process32Next(all, &entry) {
		parents[entry.ProcessID] = entry.ParentProcessID
	}
	return parents
}

// programOf returns the path of a process's program.
func programOf(pid uint32) string {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return ""
	}
	defer windows.CloseHandle(process)
	name := make([]uint16, windows.MAX_LONG_PATH)
	size := uint32(len(name))
	if windows.QueryFullProcessImageName(process, 0, &name[0], &size) != nil {
		return ""
	}
	return windows.UTF16ToString(name[:size])
}
