package browser

import (
	"context"
	"fmt"
	"time"

	"awsvault/internal/disk"
	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// Started describes a browser after it was told to open a page.
type Started struct {
	Program string
	Ended   <-chan error // of the started program, which may only have called a running browser
}

// Delivery hands a secret address to a browser.
type Delivery struct {
	Anybody bool   // see [Serve]
	File    bool   // start the browser with a file, where others can see the arguments of programs
	Dir     string // the directory for that file
	// Start starts the browser with the address of a page.
	Start func(page string) (Started, error)
	Limit time.Duration // how long to wait for the browser to fetch the page
}

// Deliver waits until the browser has fetched the address. The page that leads to the address
// exists only while this process runs.
func (d Delivery) Deliver(ctx context.Context, address string) error {
	p, started, err := d.start(address)
	if err != nil {
		return err
	}
	defer p.Close()
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
			started.Ended = nil // it called a running browser
		case <-ctx.Done():
			return context.Canceled
		case <-patience.C:
			return fault.Hinted(fmt.Errorf("%s did not open the page within %s", started.Program, line.Rounded(d.Limit)), hint)
		}
	}
}

// Open does not wait. The page stays available until done is called. done is nil if no browser
// could be started: then the person has to open the address.
func (d Delivery) Open(address string) (done func()) {
	p, _, err := d.start(address)
	if err != nil {
		return nil
	}
	return p.Close
}

// start puts the address behind a page and starts the browser with the page's own address.
func (d Delivery) start(address string) (p *Page, s Started, err error) {
	if p, err = Serve(address, d.Anybody); err != nil {
		return nil, s, err
	}
	told := p.Address()
	if d.File {
		if told, err = p.File(d.Dir); err != nil {
			err = fmt.Errorf("write a page for the browser: %w", disk.Cause(err))
		}
	}
	if err == nil {
		s, err = d.Start(told)
	}
	if err != nil {
		p.Close()
		return nil, s, err
	}
	return p, s, nil
}
