package cmd

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"awsvault/cmd/front"
	"awsvault/internal/awsconf"
	"awsvault/internal/disk"
	"awsvault/internal/fault"
	"awsvault/internal/vault"
)

// ImportCmd stores keys from files, or from another keystore.
type ImportCmd struct {
	Credentials ImportCredentialsCmd `cmd:"" help:"From ~/.aws/credentials."`
	CSV         ImportCSVCmd         `cmd:"" name:"csv" help:"From the file that the AWS console offers."`
	AWSVault    ImportAWSVaultCmd    `cmd:"" name:"aws-vault" help:"From another keystore of vault or aws-vault."`
}

// importFlags are the flags of the imports from files.
type importFlags struct {
	Yes       bool  `short:"y" help:"Store without asking."`
	Scrub     *bool `negatable:"" help:"Remove stored keys from the file, without asking."`
	Overwrite bool  `help:"Replace another stored key of a profile."`
	NoVerify  bool  `name:"no-verify" help:"Store keys without checking them with AWS."`
	DryRun    bool  `name:"dry-run" help:"Only show what would be done."`
	JSON      bool  `name:"json" help:"With --dry-run: print one JSON object."`
}

// store stores the keys as the flags say. The returned import can then clean up the files.
func (f importFlags) store(a *App, keys []*vault.Candidate) (vault.Import, error) {
	s := a.store()
	backend, err := s.Backend(a.ctx)
	if err == nil {
		err = vault.CheckDryRunJSON(f.JSON, f.DryRun)
	}
	use := vault.Import{
		Print:   a.printIf(f.JSON),
		Session: a.session(), Keeper: s, Backend: backend,
		Yes: f.Yes, Scrub: f.Scrub, Overwrite: f.Overwrite, NoVerify: f.NoVerify, DryRun: f.DryRun,
	}
	if err == nil {
		err = use.Run(a.ctx, keys)
	}
	return use, err
}

// ImportCredentialsCmd imports keys from the AWS files.
type ImportCredentialsCmd struct {
	Profiles []string `arg:"" optional:"" name:"profile" help:"Only these."`
	importFlags
}

// Run imports.
func (c *ImportCredentialsCmd) Run(a *App) error {
	a.stores.certain = true
	keys, err := a.session().PlainKeys(c.Profiles...)
	if err != nil {
		return err
	}
	if len(keys) == 0 && !c.JSON {
		a.Say("vault: there are no keys in plain text in the AWS files")
		return nil
	}
	use, err := c.store(a, keys)
	if err != nil || c.DryRun {
		return err
	}
	files, err := a.keyFiles()
	if err != nil {
		return err
	}
	if err := use.Clean(a.ctx, keys, files); err != nil {
		return err
	}
	if slices.ContainsFunc(keys, func(k *vault.Candidate) bool { return k.Stored }) {
		a.sayNextSteps(a.Hooked())
	}
	return nil
}

// keyFiles returns the AWS files, for removing keys from them.
func (a *App) keyFiles() ([]vault.KeyFile, error) {
	var files []vault.KeyFile
	for _, f := range []struct {
		kind awsconf.Kind
		path func() (string, error)
	}{{awsconf.CredentialsFile, a.CredentialsPath}, {awsconf.ConfigFile, a.ConfigPath}} {
		path, err := f.path()
		if err != nil {
			return nil, err
		}
		files = append(files, vault.KeyFile{
			Kind: f.kind, Shown: a.Tilde(path),
			Update: func(_ context.Context, change func([]byte) ([]byte, error)) error {
				return disk.Cause(a.updateAWS(path, change))
			},
		})
	}
	return files, nil
}

// ImportCSVCmd imports keys from a CSV file of the AWS console.
type ImportCSVCmd struct {
	File    string `arg:"" help:"The file, or - for standard input."`
	Profile string `help:"The profile for the key, instead of the user's name." placeholder:"NAME"`
	importFlags
}

// Run imports.
func (c *ImportCSVCmd) Run(a *App) error {
	a.stores.certain = true
	text, err := c.read(a)
	if err != nil {
		return err
	}
	shown := a.Tilde(c.File)
	keys, err := a.session().CSVKeys(text, shown, c.Profile)
	if err != nil {
		return err
	}
	use, err := c.store(a, keys)
	if err != nil || c.DryRun {
		return err
	}
	file, err := a.configFile()
	if err != nil {
		return err
	}
	all := use.WriteProfiles(a.ctx, keys, file)
	if c.File == "-" {
		return nil
	}
	return use.DeleteFile(a.ctx, shown, all, func() error { return os.Remove(c.File) })
}

func (c *ImportCSVCmd) read(a *App) ([]byte, error) {
	if c.File == "-" {
		return io.ReadAll(io.LimitReader(os.Stdin, front.MaxNamed))
	}
	return a.ReadNamed(c.File)
}

// ImportAWSVaultCmd copies keys from another keystore.
type ImportAWSVaultCmd struct {
	From      string   `required:"" help:"The keystore to copy from." placeholder:"BACKEND"`
	Profiles  []string `arg:"" optional:"" name:"profile" help:"Only these."`
	Overwrite bool     `help:"Replace another stored key of a profile."`
	DryRun    bool     `name:"dry-run" help:"Only show what would be done."`
	JSON      bool     `name:"json" help:"With --dry-run: print one JSON object."`
}

// Run copies.
func (c *ImportAWSVaultCmd) Run(a *App) error {
	a.stores.certain = true
	to, err := a.store().Backend(a.ctx)
	if err != nil {
		return err
	}
	if to == c.From {
		return fault.NewUsage(fmt.Sprintf("vault uses the keystore %q already, and what aws-vault has stored there", to), "vault list")
	}
	m := &MigrateBackendCmd{From: c.From, To: to, Profile: c.Profiles, Overwrite: c.Overwrite, DryRun: c.DryRun, JSON: c.JSON}
	if err := m.Run(a); err != nil || c.DryRun {
		return err
	}
	a.sayNextSteps(a.Hooked())
	return nil
}

// printIf returns the function that prints a JSON document, or nil without --json.
func (a *App) printIf(json bool) func(document any) error {
	if !json {
		return nil
	}
	return a.PrintJSON
}
