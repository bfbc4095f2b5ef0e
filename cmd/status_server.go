package cmd

import (
	"errors"
	"strings"

	"awsvault/internal/env"
	"awsvault/internal/lease"
	"awsvault/internal/line"
	"awsvault/internal/say"
)

// statusOfServer prints the leases of the user's credential server, and its last answers.
// It prints no token.
func (a *App) statusOfServer(asJSON bool) error {
	client, err := a.broker()
	if err != nil {
		return err
	}
	r, err := client.Report(a.ctx)
	none := errors.Is(err, lease.ErrNone)
	address, own := env.Beside(a.Environ, a.Active())
	out := &strings.Builder{}
	if own {
		say.Row(out, "Server", line.Printable(address), "of this command alone; vault exec --server")
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
		return a.Answer(out.String())
	}
	for _, row := range r.Rows(a.Expiry) {
		say.Row(out, row.Label, row.Text, row.Note)
	}
	_, err = a.Stdout.WriteString(line.Fit(out.String(), a.Screen()))
	return err
}
