package cmd

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"awsvault/cmd/front"
	"awsvault/internal/browser"
	"awsvault/internal/disk"
	"awsvault/internal/fault"
	"awsvault/internal/peer"
)

// handTime is how long a browser may take to come for its page.
const handTime = 60 * time.Second

// hand opens an address that is a secret in the browser. It waits until the browser
// has it: the page behind which it is lives in this process.
func (a *App) hand(address string, choice browser.Choice) error {
	world := a.browsers()
	p, err := browser.Serve(address, world.WSL) // which may show the kernel nothing of who connects
	if err != nil {
		return err
	}
	defer p.Close()
	told := p.Address()
	if !peer.Known && runtime.GOOS != "windows" && choice.Container == "" {
		// There, other users see how a program is started; on Windows they do not.
		if told, err = p.File(os.TempDir()); err != nil {
			return fmt.Errorf("write a page for the browser: %w", disk.Cause(err))
		}
	}
	program, ended, err := a.launch(choice, told)
	if err != nil {
		return err
	}
	patience := time.NewTimer(handTime)
	defer patience.Stop()
	for {
		select {
		case <-p.Served():
			return nil
		case err := <-ended:
			if err != nil {
				return fault.Hinted(fmt.Errorf("%s did not open the page: %w", program, err), "--stdout prints the address, --browser names another browser")
			}
			ended = nil // it has told a browser that runs
		case <-a.ctx.Done():
			return context.Canceled
		case <-patience.C:
			return fault.Hinted(fmt.Errorf("%s did not open the page within %s", program, front.Brief(handTime)), "--stdout prints the address, --browser names another browser")
		}
	}
}

// launch starts the browser, and tells when it ends.
func (a *App) launch(choice browser.Choice, page string) (program string, ended <-chan error, err error) {
	args, err := a.browsers().Open(choice, page)
	if err != nil {
		return "", nil, err
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = a.ToolEnviron() // it stays for days
	detach(cmd)
	program = filepath.Base(args[0])
	if err := cmd.Start(); err != nil {
		return program, nil, fmt.Errorf("start %s: %w", program, disk.Cause(err))
	}
	end := make(chan error, 1)
	go func() { end <- cmd.Wait() }()
	return program, end, nil
}
