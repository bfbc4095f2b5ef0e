package browser

import (
	"context"
	"fmt"
	"time"

	"awsvault/internal/disk"
	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// Started is a browser that was told to open a page.
type Started struct {
	Program string
	Ended   <-chan error // of the program, which may only tell a browser that runs
}

// Delivery hands an address that is a secret to a browser.
type Delivery struct {
	Anybody bool   // see [Serve]
	File    bool   // start the browser with a file: others see how programs are started
	Dir     string // for that file
	// Start starts the browser with the address of a page.
	Start func(page string) (Started, error)
	Limit time.Duration // for the browser to come for the page
}

// Deliver waits until the browser has the address: the page behind which it is lives
// in this process.
func (d Delivery) Deliver(ctx context.Context, address string) error {
	p, err := Serve(address, d.Anybody)
	if err != nil {
		return err
	}
	defer p.Close()
	told := p.Address()
	if d.File {
		if told, err = p.File(d.Dir); err != nil {
			return fmt.Errorf("write a page for the browser: %w", disk.Cause(err))
		}
	}
	started, err := d.Start(told)
	if err != nil {
		return err
	}
	const hint = "--stdout prints the address, --browser names another browser"
	patience := time.NewTimer(d.Limit)
	defer patience.Stop()
	for {
		select {
		case <-p.Served():
			return nil
		case err := <-started.Ended:
			if err != nil {
				return fault.Hinted(fmt.Errorf("%s did not open the page: %w", started.Program, err), hint)
			}
			started.Ended = nil // it has told a browser that runs
		case <-ctx.Done():
			return context.Canceled
		case <-patience.C:
			return fault.Hinted(fmt.Errorf("%s did not open the page within %s", started.Program, line.Rounded(d.Limit)), hint)
		}
	}
}
