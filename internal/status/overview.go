package status

import (
	"fmt"
	"strings"

	"awsvault/internal/line"
	"awsvault/internal/say"
	"awsvault/internal/vault"
)

// Overview describes a person's setup when nothing is active in the shell.
type Overview struct {
	Keystore string
	Keys     int   // the number of stored keys
	Trouble  error // the reason why Keys is unknown
	Profiles int
	Config   string // the path of the config file, for people
	Hooked   bool   // this shell has the hook
	Next     []vault.Step
}

// Text returns the overview and the next command.
func (o Overview) Text() string {
	out := &strings.Builder{}
	keystore, profiles := o.Keystore+": "+line.Count(o.Keys, "key"), "none in "+o.Config
	if o.Trouble != nil {
		keystore = o.Trouble.Error()
	}
	if o.Profiles > 0 {
		profiles = fmt.Sprintf("%d in %s", o.Profiles, o.Config)
	}
	say.Row(out, "Keystore", keystore, "")
	say.Row(out, "Profiles", profiles, "")
	say.Row(out, "Active", "none", "")
	if !o.Hooked {
		say.Row(out, "Hook", "not loaded in this shell", "")
	}
	label := "Next"
	for _, s := range o.Next {
		say.Row(out, label, s.Command, s.Note)
		label = ""
	}
	say.Row(out, "More", "vault --help", "")
	return out.String()
}
