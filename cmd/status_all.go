package cmd

import (
	"cmp"

	"awsvault/internal/board"
)

// statusOfAll prints the keys, sessions, sign-ins and leases of this user, from all shells.
// Like list, it decrypts no key and asks no questions.
func (a *App) statusOfAll(asJSON bool) (err error) {
	s, b, known := a.store(), board.Board{Now: a.Now()}, false
	if b.Keys, _, known = s.KnownNames(a.ctx); !known {
		if b.Keys, _, err = s.List(a.ctx); err != nil {
			a.Say("vault: warning: stored keys are not listed: " + err.Error())
		}
	}
	b.Ages = s.Ages(a.ctx)
	if b.Sessions, err = s.Sessions(a.ctx); err != nil {
		a.Say("vault: warning: sessions are not listed: " + err.Error())
	}
	steps, err := a.session().SignIns()
	if err != nil {
		a.Say("vault: warning: sign-ins are not listed: " + err.Error())
	}
	for _, step := range steps {
		in := board.SignIn{Name: "aws login " + cmp.Or(step.Profile, step.LoginSession), Renews: true}
		if step.SignIn != nil {
			in.Name = step.SignIn.Name()
			in.Until, in.Renews, in.Err = a.signIns().Until(step.SignIn)
		} else {
			in.Until, in.Err = a.signIns().Login(step)
		}
		b.SignIns = append(b.SignIns, in)
	}
	if client, err := a.broker(); err == nil {
		if r, err := client.Report(a.ctx); err == nil { // an error: no server is running
			b.Leases = r.Leases
		}
	}
	_, err = a.Stdout.WriteString(b.Print(asJSON, a.Ink(a.Stdout)))
	return err
}
