package many

import (
	"awsvault/internal/awsconf"
	"awsvault/internal/fault"
)

// Flags choose profiles, and say how the command runs for them.
type Flags struct {
	All      bool     `help:"Every profile that is not protected."`
	Accounts []string `hidden:"" sep:"none" help:"The profiles of these accounts." placeholder:"ID,ID"`
	Tag      []string `hidden:"" sep:"none" help:"The profiles with this in vault_tags." placeholder:"KEY=VALUE"`
	Parallel string   `short:"P" help:"How many run at once. (4)" placeholder:"N"`
	Lines    string   `hidden:"" help:"json: an object for each line of output." placeholder:"FORMAT"`
	FailFast bool     `hidden:"" name:"fail-fast" help:"Begin no more after one has failed."`
	DryRun   bool     `hidden:"" name:"dry-run" help:"Only list the profiles."`
}

// Several tells whether a line is for more than one profile: by a flag, or by a name that is
// a pattern and no profile's. one: it has a flag that is for one profile only.
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
