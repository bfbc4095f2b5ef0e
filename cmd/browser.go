package cmd

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"awsvault/internal/browser"
	"awsvault/internal/disk"
	"awsvault/internal/peer"
	"awsvault/internal/process"
)

// handTime is how long a browser may take to come for its page.
const handTime = 60 * time.Second

// hand opens an address that is a secret in the browser.
func (a *App) hand(address string, choice browser.Choice) error {
	return a.delivery(choice).Deliver(a.ctx, address)
}

// delivery is how a browser is handed an address that other users must not see.
func (a *App) delivery(choice browser.Choice) browser.Delivery {
	return browser.Delivery{
		Anybody: a.browsers().WSL, // which may show the kernel nothing of who connects
		// On macOS other users see how a program is started; on Windows they do not.
		File: !peer.Known && runtime.GOOS != "windows" && choice.Container == "", Dir: os.TempDir(),
		Start: func(page string) (browser.Started, error) { return a.launch(choice, page) },
		Limit: handTime,
	}
}

// launch starts the browser, and tells when it ends.
func (a *App) launch(choice browser.Choice, page string) (s browser.Started, err error) {
	args, err := a.browsers().Open(choice, page)
	if err != nil {
		return s, err
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = a.ToolEnviron() // it stays for days
	process.Detach(cmd)
	s.Program = filepath.Base(args[0])
	if err := cmd.Start(); err != nil {
		return s, fmt.Errorf("start %s: %w", s.Program, disk.Cause(err))
	}
	end := make(chan error, 1)
	go func() { end <- cmd.Wait() }()
	s.Ended = end
	return s, nil
}
