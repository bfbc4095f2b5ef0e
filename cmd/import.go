package cmd

import (
	"context"
	"fmt"
	"io"
	"os"

	"awsvault/internal/awsconf"
	"awsvault/internal/fault"
	"awsvault/internal/vault"
)

// ImportCmd brings keys into the keystore.
type ImportCmd struct {
	Credentials ImportCredentialsCmd `cmd:"" help:"From ~/.aws/credentials."`
	CSV         ImportCSVCmd         `cmd:"" name:"csv" help:"From the file that the AWS console offers."`
	AWSVault    ImportAWSVaultCmd    `cmd:"" name:"aws-vault" help:"From another keystore of vault or aws-vault."`
}

// Help is the second part of `vault import --help`.
func (ImportCmd) Help() string {
	return `Stores keys that are somewhere else. Each says what it is about to do and asks;
each key is read back before anything is removed from where it was.

  vault import credentials
  vault import csv accessKeys.csv --profile jon
  vault import aws-vault --from pass`
}

// importFlags are those of the imports from files.
type importFlags struct {
	Yes       bool  `short:"y" help:"Store without asking."`
	Scrub     *bool `negatable:"" help:"Remove what was stored from the file; asked otherwise."`
	Overwrite bool  `help:"Replace another key that a profile has in the keystore."`
	NoVerify  bool  `name:"no-verify" help:"Do not ask AWS whether it knows the keys."`
	DryRun    bool  `name:"dry-run" help:"Only say what would be done."`
}

// use is the import with these flags.
func (f importFlags) use(a *App) (vault.Import, error) {
	s := a.store()
	backend, err := s.Backend(a.ctx)
	return vault.Import{
		Session: a.session(), Keeper: s, Backend: backend,
		Yes: f.Yes, Scrub: f.Scrub, Overwrite: f.Overwrite, NoVerify: f.NoVerify, DryRun: f.DryRun,
	}, err
}

// ImportCredentialsCmd brings keys in from the AWS files.
type ImportCredentialsCmd struct {
	Profiles []string `arg:"" optional:"" name:"profile" help:"Only these."`
	importFlags
}

// Help is the second part of `vault import credentials --help`.
func (ImportCredentialsCmd) Help() string {
	return `Stores the keys that stand in plain text in ~/.aws/credentials (and ~/.aws/config).
Each key is checked with AWS, stored, and read back; one that AWS refuses is left
where it is, and so are temporary ones. Then the two lines of each stored key can be
removed from the file; every other byte of it stays. Without a terminal: --yes, and
--scrub if the lines are to go.

  vault import credentials --dry-run
  vault import credentials jon ci --yes --scrub`
}

// Run imports.
func (c *ImportCredentialsCmd) Run(a *App) error {
	keys, err := a.session().PlainKeys(c.Profiles...)
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		a.say("vault: there are no keys in plain text in the AWS files")
		return nil
	}
	use, err := c.use(a)
	if err != nil {
		return err
	}
	if err := use.Run(a.ctx, keys); err != nil || c.DryRun {
		return err
	}
	files, err := a.keyFiles()
	if err != nil {
		return err
	}
	return use.Clean(a.ctx, keys, files)
}

// keyFiles are the AWS files, which keys are removed from.
func (a *App) keyFiles() ([]vault.KeyFile, error) {
	var files []vault.KeyFile
	for _, f := range []struct {
		kind awsconf.Kind
		path func() (string, error)
	}{{awsconf.CredentialsFile, a.credentialsPath}, {awsconf.ConfigFile, a.configPath}} {
		path, err := f.path()
		if err != nil {
			return nil, err
		}
		files = append(files, vault.KeyFile{
			Kind: f.kind, Shown: a.tilde(path),
			Update: func(_ context.Context, change func([]byte) ([]byte, error)) error {
				return unwrapPath(a.updateAWS(path, change))
			},
		})
	}
	return files, nil
}

// ImportCSVCmd brings keys in from a file of the AWS console.
type ImportCSVCmd struct {
	File    string `arg:"" help:"The file, or - for standard input."`
	Profile string `help:"The profile to store the key under; the user's name unless given." placeholder:"NAME"`
	importFlags
}

// Help is the second part of `vault import csv --help`.
func (ImportCSVCmd) Help() string {
	return `Reads accessKeys.csv or credentials.csv as the AWS console writes it when a key is
created. A file with user names stores each key under its user; --profile says the
name where there is one key. --scrub deletes the file afterwards.

  vault import csv ~/Downloads/accessKeys.csv --profile jon --scrub`
}

// Run imports.
func (c *ImportCSVCmd) Run(a *App) error {
	text, err := c.read(a)
	if err != nil {
		return err
	}
	shown := a.tilde(c.File)
	keys, err := a.session().CSVKeys(text, shown, c.Profile)
	if err != nil {
		return err
	}
	use, err := c.use(a)
	if err != nil {
		return err
	}
	if err := use.Run(a.ctx, keys); err != nil || c.DryRun {
		return err
	}
	all, err := a.writeProfiles(keys)
	switch {
	case err != nil || c.File == "-":
		return err
	case !all:
		a.say(fmt.Sprintf("vault: %s stays: not every key in it is stored", shown))
		return nil
	}
	ok, err := use.Scrubs(a.ctx, "Delete "+shown+"?", shown+" still has the key in plain text; --scrub deletes it")
	if err != nil || !ok {
		return err
	}
	if err := os.Remove(c.File); err != nil {
		return fmt.Errorf("the keys are stored, but %s is not deleted: %w", shown, unwrapPath(err))
	}
	a.say(fmt.Sprintf("%s  deleted %s", a.ok(), shown))
	return nil
}

// writeProfiles writes the profiles of stored keys, and tells whether all keys are.
func (a *App) writeProfiles(keys []*vault.Candidate) (all bool, err error) {
	config, err := a.config()
	if err != nil {
		return false, err
	}
	all = true
	for _, k := range keys {
		if !k.Stored {
			all = false
			continue
		}
		if _, err := (&AddCmd{Profile: k.Profile, AddConfig: true}).writeConfig(a, config, ""); err != nil {
			a.say("vault: warning: the key is stored, but the profile is not written: " + err.Error())
		}
	}
	return all, nil
}

func (c *ImportCSVCmd) read(a *App) ([]byte, error) {
	if c.File == "-" {
		return io.ReadAll(io.LimitReader(os.Stdin, maxNamed))
	}
	return a.readNamed(c.File)
}

// ImportAWSVaultCmd copies keys from another keystore.
type ImportAWSVaultCmd struct {
	From      string   `required:"" help:"The keystore that they are in." placeholder:"BACKEND"`
	Profiles  []string `arg:"" optional:"" name:"profile" help:"Only these."`
	Overwrite bool     `help:"Replace another key that a profile has in the keystore."`
	DryRun    bool     `name:"dry-run" help:"Only say what would be done."`
}

// Help is the second part of `vault import aws-vault --help`.
func (ImportAWSVaultCmd) Help() string {
	return `Copies stored keys from another keystore into the one that vault uses, and reads
each back. Nothing is removed. Where both use the same keystore there is nothing to
import: vault uses what aws-vault has stored. For more: vault migrate-backend.

  vault import aws-vault --from pass
  vault import aws-vault --from file jon --dry-run`
}

// Run copies.
func (c *ImportAWSVaultCmd) Run(a *App) error {
	to, err := a.store().Backend(a.ctx)
	if err != nil {
		return err
	}
	if to == c.From {
		return fault.NewUsage(fmt.Sprintf("vault uses the keystore %q already, and what aws-vault has stored there", to), "vault list")
	}
	m := &MigrateBackendCmd{From: c.From, To: to, Profile: c.Profiles, Overwrite: c.Overwrite, DryRun: c.DryRun}
	return m.Run(a)
}
