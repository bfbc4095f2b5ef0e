package cmd

import (
	"os"
	"runtime"
	"time"

	"awsvault/internal/browser"
	"awsvault/internal/peer"
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
	return browser.Launch(args, a.Programs().Tool()) // it stays for days
}
