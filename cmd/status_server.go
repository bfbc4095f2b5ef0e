package cmd

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"awsvault/cmd/front"
	"awsvault/internal/broker"
	"awsvault/internal/env"
)

// statusOfServer prints what the user's credential server has leased, and what it has
// answered last. There is no token in it.
func (a *App) statusOfServer(asJSON bool) error {
	client, err := a.broker()
	if err != nil {
		return err
	}
	r, err := client.Report(a.ctx)
	none := errors.Is(err, broker.ErrNone)
	address, own := env.Beside(a.Environ, a.Active())
	out := &strings.Builder{}
	if own {
		front.Row(out, "Server", front.Printable(address), "of this command alone; vault exec --server")
	}
	switch {
	case err != nil && !none:
		return err
	case asJSON:
		doc := map[string]any{"schema": 1, "server": nil}
		if !none {
			doc["server"] = r
		}
		if own {
			doc["command"] = address
		}
		return a.PrintJSON(doc)
	case none && !own:
		out.WriteString("No credential server is running. vault use PROFILE --via server starts one.\n")
	}
	if none {
		_, err := a.Stdout.WriteString(a.Named(out.String()))
		return err
	}
	front.Row(out, "Server", r.Address, fmt.Sprintf("process %d, kept by %d, version %s, since %s", r.Server, r.Keeper, r.Version, r.Since.Local().Format("15:04:05")))
	for _, l := range r.Leases {
		until, note := "nothing got yet", ""
		if !l.Expires.IsZero() {
			until = a.Expiry(l.Expires)
		}
		switch {
		case l.Retired:
			note = "not renewed: its shell has left"
		case l.Err() != nil:
			note = l.Err().Error()
		}
		front.Row(out, "Lease", fmt.Sprintf("%s  shell %d  %s", l.Name, l.Shell, until), note)
	}
	for _, e := range r.Answered {
		text := fmt.Sprintf("%s  %s  %s  %d", e.At.Local().Format("15:04:05"), cmp.Or(e.Name, "no profile"), e.Peer, e.Status)
		if !e.Until.IsZero() {
			text += "  until " + e.Until.Local().Format("15:04")
		}
		front.Row(out, "Asked", text, e.Why)
	}
	_, err = a.Stdout.WriteString(out.String())
	return err
}
