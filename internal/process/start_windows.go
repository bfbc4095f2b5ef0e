package process

import (
	"os"
	"os/exec"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// start starts the program in a job, so that what it starts can be ended with it,
// and in a process group, so that Ctrl-C at the console is not for it.
func start(cmd *exec.Cmd, p Program) (release func(), err error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if !p.Together {
		cmd.SysProcAttr.CreationFlags = syscall.CREATE_NEW_PROCESS_GROUP
	}
	if isShell(p.Args) {
		// cmd.exe has rules of its own for quotes: with /S it takes the first and
		// the last away, and the rest as it stands.
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
			windows.CloseHandle(job) // what is in it goes on
			job = 0
		}
	}, nil
}

// jobOf puts a process into a new job; 0: it has none, and only the program itself
// can be ended.
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

// endWithJob says whether what is in a job ends when the job's last handle is closed.
func endWithJob(job windows.Handle, end bool) {
	var limits windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	if end {
		limits.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	}
	if job != 0 {
		_, _ = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation, uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	}
}

// interrupt sends Ctrl-Break: Ctrl-C cannot be sent to one group alone.
func interrupt(p *os.Process) {
	_ = windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, uint32(p.Pid))
}

// endGroup does nothing: what is in the job goes on, as after any program.
func endGroup(*os.Process) {}

// statusOf is the program's status.
func statusOf(s *os.ProcessState) int { return s.ExitCode() }
