package cmd

import (
	"awsvault/internal/awsconf"
	"awsvault/internal/items"
	"awsvault/internal/vault"
)

// next returns what to type next. hooked means that this shell has the hook.
func (a *App) next(hooked bool, config *awsconf.Config, stored []string, backend string) []vault.Step {
	if !hooked {
		return []vault.Step{{Command: a.loadHook()}}
	}
	return a.session().Next(config, stored, a.elsewhere(backend, stored))
}

// elsewhere finds aws-vault's keys in a keystore that vault does not use now. It looks only
// at directories: a desktop's keyring could ask a question.
func (a *App) elsewhere(backend string, stored []string) vault.Elsewhere {
	where := a.Keystore(a.flags)
	backend, keys := items.Elsewhere{Files: where.FileDir, PassStore: where.PassDir, PassPrefix: where.PassPrefix}.Keys(backend, stored)
	return vault.Elsewhere{Backend: backend, Keys: keys}
}

// sayNext prints the next command, or the hook's line if this shell has no hook.
func (a *App) sayNext(command string) {
	if !a.Hooked() {
		command = a.loadHook()
	}
	a.Say("    next: " + command)
}

// sayNextSteps prints the next steps for the current state. If the config file cannot be
// read, it prints nothing: the next command reports the error.
func (a *App) sayNextSteps(hooked bool) {
	config, err := a.Config()
	if err != nil {
		return
	}
	stored, backend := a.storedNames()
	label := "    next: "
	for _, s := range a.next(hooked, config, stored, backend) {
		text := label + s.Command
		if s.Note != "" {
			text += "   (" + s.Note + ")"
		}
		a.Say(text)
		label = "          "
	}
}
