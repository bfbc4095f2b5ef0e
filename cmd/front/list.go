package front

import (
	"strings"

	"awsvault/internal/env"
	"awsvault/internal/listing"
	"awsvault/internal/vault"
)

// List prints a list to stdout. s describes the profiles.
func (w *World) List(form listing.Form, l listing.Listing, s *vault.Session) error {
	page := listing.Page{Out: w.Stdout, Terminal: IsTerminal(w.Stdout), Width: Width(w.Stdout), Ink: w.Ink(w.Stdout), Now: w.Now(), Say: w.Say}
	if active := w.Active(); !env.Taken(w.Environ, active) {
		page.Active = active.Profile
	}
	if !page.Terminal || form.JSON || form.Profiles || form.Sessions || form.Credentials {
		return l.Print(form, s, page)
	}
	var table strings.Builder
	page.Out = &table
	if err := l.Print(form, s, page); err != nil {
		return err
	}
	return w.page(table.String())
}
