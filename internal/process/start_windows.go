package process

import (
	"os"
	"os/exec"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// start starts the program in a job, so that what it starts can be ended with it, and in a
// process group, so that Ctrl-C at the console does not reach it.
func start(cmd *exec.Cmd, p Program) (release func(), err error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if !p.Together {
		cmd.SysProcAttr.CreationFlags = syscall.CREATE_NEW_PROCESS_GROUP
	}
	if isShell(p.Args) {
		// cmd.exe has its own rules for quotes: with /S it removes the first and the last one,
		// and keeps the rest.
		cmd.SysProcAttr.CmdLine = syscall.EscapeArg(p.Args[0]) + ` /S ` + p.Args[1] + ` "` + p.Args[2] + `"`
	} else if err := throughShell(cmd); err != nil {
		return nil, err
	}
	var held sync.Mutex // Cancel waits until the program is in the job
	var job windows.Handle
	cmd.Cancel = func() error {
		held.Lock()
		defer held.Unlock()
		if job != 0 && windows.TerminateJobObject(job, 1) == nil {
			return nil
		}
		return cmd.Process.Kill()
	}
	held.Lock()
	defer held.Unlock()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	job = jobOf(cmd.Process.Pid)
	return func() {
		held.Lock()
		defer held.Unlock()
		if job != 0 {
			windows.CloseHandle(job) // the programs in the job continue
			job = 0
		}
	}, nil
}

// jobOf puts a process into a new job. 0: it has none, so only the program itself can be
// ended.
func jobOf(pid int) windows.Handle {
	process, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(pid))
	if err != nil {
		return 0
	}
	defer windows.CloseHandle(process)
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0
	}
	if err := windows.AssignProcessToJobObject(job, process); err != nil {
		windows.CloseHandle(job)
		return 0
	}
	return job
}

// endWithJob sets whether the processes in a job end when its last handle is closed.
func endWithJob(job windows.Handle, end bool) {
	var limits windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	if end {
		limits.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	}
	if job != 0 {
		_, _ = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation, uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	}
}

// interrupt sends Ctrl-Break, because Ctrl-C cannot be sent to a single group.
func interrupt(p *os.Process) {
	_ = windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, uint32(p.Pid))
}

// endGroup does nothing: the programs in the job continue, as after any program.
func endGroup(*os.Process) {}

// statusOf returns the program's status.
func statusOf(s *os.ProcessState) int { return s.ExitCode() }
