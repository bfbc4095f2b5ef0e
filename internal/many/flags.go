package many

import (
	"awsvault/internal/awsconf"
	"awsvault/internal/fault"
)

// Flags choose profiles, and say how the command runs for them.
type Flags struct {
	All      bool     `group:"For several profiles" help:"All but protected."`
	Accounts []string `group:"For several profiles" sep:"none" help:"By account." placeholder:"ID,ID"`
	Tag      []string `group:"For several profiles" sep:"none" help:"By vault_tags." placeholder:"KEY=VALUE"`
	Parallel string   `group:"For several profiles" short:"P" help:"At once. (4)" placeholder:"N"`
	Lines    string   `group:"For several profiles" help:"An object for each line." placeholder:"json"`
	FailFast bool     `group:"For several profiles" name:"fail-fast" help:"Stop at the first failure."`
	DryRun   bool     `group:"For several profiles" name:"dry-run" help:"Only list the profiles."`
}

// Several reports whether a line is for more than one profile: because of a flag, or because
// the name is a pattern and not a profile. one means that the line has a flag that works for
// one profile only.
func (f Flags) Several(profile string, read func() (*awsconf.Config, error), one bool, command []string) (bool, error) {
	chosen := f.All || len(f.Accounts)+len(f.Tag) > 0
	several := chosen || f.Parallel+f.Lines != "" || f.FailFast || f.DryRun
	if !several && IsPattern(profile) {
		config, err := read()
		if err != nil {
			return false, err
		}
		several = !config.Has(profile)
	}
	const usage = "vault exec 'prod-*,dev' -- CMD   or: vault exec --all -- CMD"
	switch {
	case !several:
	case profile == "" && !chosen:
		return false, fault.NewUsage("exec needs the profiles: names, patterns or --all", usage)
	case profile != "" && f.All:
		return false, fault.NewUsage("--all and a name of a profile do not go together", usage)
	case one:
		return false, fault.NewUsage("a credential server, --profile-env, --json and --fresh are for one profile", "leave it out; vault clear deletes cached sessions")
	case f.Lines != "" && f.Lines != "json":
		return false, fault.NewUsage("--lines has no other value than json", "--lines=json")
	case len(command) == 0 && !f.DryRun:
		return false, fault.NewUsage("exec for several profiles needs a command", usage)
	}
	return several, nil
}
