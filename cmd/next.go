package cmd

import (
	"awsvault/internal/awsconf"
	"awsvault/internal/items"
	"awsvault/internal/vault"
)

// next is what to type next. hooked says that this shell has the hook.
func (a *App) next(hooked bool, config *awsconf.Config, stored []string, backend string) []vault.Step {
	if !hooked {
		return []vault.Step{{Command: a.loadHook()}}
	}
	return a.session().Next(config, stored, a.elsewhere(backend, stored))
}

// elsewhere finds keys of aws-vault in a keystore that is not the one in use. Only
// directories are looked at: a desktop's keyring could ask a question.
func (a *App) elsewhere(backend string, stored []string) vault.Elsewhere {
	where := a.Keystore(a.flags)
	backend, keys := items.Elsewhere{Files: where.FileDir, PassStore: where.PassDir, PassPrefix: where.PassPrefix}.Keys(backend, stored)
	return vault.Elsewhere{Backend: backend, Keys: keys}
}

// sayNext tells the person the one line that comes next: the command, or the hook that
// the command needs.
func (a *App) sayNext(command string) {
	if !a.Hooked() {
		command = a.loadHook()
	}
	a.Say("    next: " + command)
}

// sayNextSteps tells the person what may come next, by the state as it is now. A file that
// cannot be read is no reason to fail: the next command says what is wrong with it.
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
