package cmd

import (
	"os"
	"runtime"
	"time"

	"awsvault/internal/browser"
	"awsvault/internal/peer"
)

// handTime limits how long a browser may take to request its page.
const handTime = 60 * time.Second

// hand opens a secret address in the browser.
func (a *App) hand(address string, choice browser.Choice) error {
	return a.delivery(choice).Deliver(a.ctx, address)
}

// delivery returns how to give a browser an address that other users must not see.
func (a *App) delivery(choice browser.Choice) browser.Delivery {
	return browser.Delivery{
		Anybody: a.browsers().WSL, // under WSL the kernel may not know which user connects
		// On macOS other users see a program's arguments. On Windows they do not.
		File: !peer.Known && runtime.GOOS != "windows" && choice.Container == "", Dir: os.TempDir(),
		Start: func(page string) (browser.Started, error) { return a.launch(choice, page) },
		Limit: handTime,
	}
}

// launch starts the browser. The result tells when the browser ends.
func (a *App) launch(choice browser.Choice, page string) (s browser.Started, err error) {
	args, err := a.browsers().Open(choice, page)
	if err != nil {
		return s, err
	}
	return browser.Launch(args, a.Programs().Tool()) // it may run for days
}
