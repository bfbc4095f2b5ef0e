package cmd

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
	"awsvault/internal/awsconf"
	"awsvault/internal/fault"
	"awsvault/internal/store"
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

// candidate is a key that could be stored.
type candidate struct {
	profile string
	key     aws.Credentials
	at      string // where it stands
	kind    awsconf.Kind
	leave   string // why it is left alone; empty: it is not
	stored  bool   // it is in the keystore
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
	config, err := a.config()
	if err != nil {
		return err
	}
	names := c.Profiles
	if len(names) == 0 {
		names = config.Names()
	}
	var keys []*candidate
	for _, name := range names {
		k, err := plainKey(config, name)
		if err != nil && len(c.Profiles) > 0 {
			return err
		}
		if err != nil {
			a.say("vault: warning: " + err.Error())
			continue
		}
		if k != nil {
			keys = append(keys, k)
		} else if len(c.Profiles) > 0 {
			return fmt.Errorf("profile %q has no key in plain text", name)
		}
	}
	if len(keys) == 0 {
		a.say("vault: there are no keys in plain text in the AWS files")
		return nil
	}
	if err := a.importKeys(keys, c.importFlags); err != nil || c.DryRun {
		return err
	}
	return a.scrubFiles(keys, c.importFlags)
}

// plainKey is the key that a profile has in the AWS files, if there is one.
func plainKey(config *awsconf.Config, name string) (*candidate, error) {
	p, err := config.Profile(name)
	if err != nil {
		return nil, err
	}
	id, hasID := p.Get("aws_access_key_id")
	secret, hasSecret := p.Get("aws_secret_access_key")
	if !hasID && !hasSecret {
		return nil, nil
	}
	k := &candidate{profile: p.Name(), at: id.Pos.String(), kind: awsconf.ConfigFile}
	k.key = aws.Credentials{AccessKeyID: id.Text, SecretAccessKey: secret.Text}
	if config.InCredentials(id.Pos) {
		k.kind = awsconf.CredentialsFile
	}
	_, token := p.Get("aws_session_token")
	_, oldToken := p.Get("aws_security_token")
	source, hasSource := p.Get("source_profile")
	switch {
	case !hasID:
		k.at, k.leave = secret.Pos.String(), "it has no aws_access_key_id"
	case !hasSecret:
		k.leave = "it has no aws_secret_access_key"
	case config.InCredentials(id.Pos) != config.InCredentials(secret.Pos):
		k.leave = "its halves are in two files"
	case token || oldToken || strings.HasPrefix(id.Text, "ASIA"):
		k.leave = "it is temporary"
	case hasSource && source.Text != name:
		k.leave = "the profile has a source_profile, which a stored key would hide"
	default:
		k.leave = malformed(k)
	}
	return k, nil
}

// malformed says what is wrong with the form of a key, or nothing.
func malformed(k *candidate) string {
	for _, err := range []error{checkProfileName(k.profile), checkKeyID(k.key.AccessKeyID), checkSecret(k.key.SecretAccessKey)} {
		if err != nil {
			return err.Error()
		}
	}
	return ""
}

// importKeys shows what is to be done, asks, and does it.
func (a *App) importKeys(keys []*candidate, flags importFlags) error {
	s := a.store()
	backend, err := s.Backend(a.ctx)
	if err != nil {
		return err
	}
	n := 0
	for _, k := range keys {
		todo, err := a.judge(s, k, flags)
		if err != nil {
			return err
		}
		a.say(fmt.Sprintf("vault: %s  %s  %s: %s", k.at, k.profile, idOf(k), todo))
		if k.leave == "" && !k.stored {
			n++
		}
	}
	switch {
	case flags.DryRun:
		a.say("vault: nothing was changed")
		return nil
	case n == 0:
		return nil
	case !flags.Yes:
		t, err := a.terminal()
		if err != nil {
			return fault.NewPerson("import asks before it stores keys, and there is no terminal to ask on", "--yes   stores without asking; --dry-run   only says what would be done")
		}
		if ok, err := t.Confirm(a.ctx, fmt.Sprintf("Store %s in %s?", counted(n, "key"), backend), true); err != nil || !ok {
			return err
		}
	}
	for _, k := range keys {
		if k.leave != "" || k.stored {
			continue
		}
		if err := a.importKey(s, backend, k, flags); err != nil {
			return err
		}
	}
	return nil
}

// judge says what is to be done with a key, and marks it if that is nothing.
func (a *App) judge(s *store.Store, k *candidate, flags importFlags) (string, error) {
	if k.leave != "" {
		return "left alone: " + k.leave, nil
	}
	have, err := s.Keys(a.ctx, k.profile)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return "to be stored", nil
	case err != nil:
		return "", err
	case have == k.key:
		k.stored = true
		return "is stored already", nil
	case !flags.Overwrite:
		k.leave = "another key is stored for it, " + have.AccessKeyID + ", which --overwrite replaces"
		return "left alone: " + k.leave, nil
	}
	return "to be stored in place of " + have.AccessKeyID, nil
}

func (a *App) importKey(s *store.Store, backend string, k *candidate, flags importFlags) error {
	owner := ""
	if !flags.NoVerify {
		arn, err := a.owner(k)
		var refused *awsapi.Error
		switch {
		case a.ctx.Err() != nil:
			return a.ctx.Err()
		case errors.As(err, &refused) && (refused.Code == "InvalidClientTokenId" || refused.Code == "SignatureDoesNotMatch"):
			k.leave = "AWS refuses it"
			a.say(fmt.Sprintf("vault: warning: %s is left where it is: AWS refuses the key (%s); --no-verify stores it", k.profile, refused.Code))
			return nil
		case err != nil:
			a.say(fmt.Sprintf("vault: warning: %s is stored unverified: %v", k.profile, err))
		default:
			owner = ", the key of " + arn
		}
	}
	if err := a.putKeys(a.ctx, s, k.profile, k.key); err != nil {
		return err
	}
	k.stored = true
	if _, err := s.RemoveSessions(a.ctx, k.profile); err != nil {
		a.say("vault: warning: sessions of the old key: " + err.Error())
	}
	a.say(fmt.Sprintf("%s  %s: stored %s in %s%s", a.ok(), k.profile, k.key.AccessKeyID, backend, owner))
	return nil
}

// owner asks AWS whose a key is.
func (a *App) owner(k *candidate) (string, error) {
	plan, err := a.session().Owner(k.profile)
	if err != nil {
		return "", err
	}
	arn, _, err := plan.Identity(a.ctx, aws.Credentials(k.key))
	return arn, err
}

// wantsScrub decides whether what was stored is to be removed from its file.
func (a *App) wantsScrub(flags importFlags, question, otherwise string) (bool, error) {
	if flags.Scrub != nil {
		return *flags.Scrub, nil
	}
	if !flags.Yes {
		if t, err := a.terminal(); err == nil {
			return t.Confirm(a.ctx, question, false)
		}
	}
	a.say("vault: " + otherwise)
	return false, nil
}

// scrubFiles removes the lines of stored keys from the AWS files.
func (a *App) scrubFiles(keys []*candidate, flags importFlags) error {
	keys = slices.DeleteFunc(slices.Clone(keys), func(k *candidate) bool { return !k.stored })
	for _, f := range []struct {
		kind awsconf.Kind
		path func() (string, error)
	}{{awsconf.CredentialsFile, a.credentialsPath}, {awsconf.ConfigFile, a.configPath}} {
		here := slices.DeleteFunc(slices.Clone(keys), func(k *candidate) bool { return k.kind != f.kind })
		if len(here) == 0 {
			continue
		}
		path, err := f.path()
		if err != nil {
			return err
		}
		ok, err := a.wantsScrub(flags,
			fmt.Sprintf("Remove %s from %s? Other programs will not find them there any more.", counted(len(here), "stored key"), a.tilde(path)),
			fmt.Sprintf("%s still has %s in plain text; --scrub removes what is stored", a.tilde(path), counted(len(here), "key")))
		if err != nil {
			return err
		}
		if ok {
			if err := a.scrubFile(path, f.kind, here); err != nil {
				return err
			}
		}
	}
	return nil
}

// scrubFile removes keys from a file, as far as they are still what was stored.
func (a *App) scrubFile(path string, kind awsconf.Kind, keys []*candidate) error {
	var removed int
	var stays []string
	err := a.updateAWS(path, func(data []byte) ([]byte, error) {
		removed, stays = 0, nil // it is called again if somebody else writes meanwhile
		for _, k := range keys {
			after, err := withoutKey(data, kind, k)
			if err != nil {
				stays = append(stays, fmt.Sprintf("the key of %s stays in %s: %v", k.profile, a.tilde(path), err))
				continue
			}
			data = after
			removed++
		}
		return data, nil
	})
	if err != nil {
		return fmt.Errorf("the keys are stored, but %s is unchanged: %w", a.tilde(path), unwrapPath(err))
	}
	for _, text := range stays {
		a.say("vault: warning: " + text)
	}
	if removed > 0 {
		a.say(fmt.Sprintf("%s  removed %s from %s", a.ok(), counted(removed, "key"), a.tilde(path)))
	}
	return nil
}

func withoutKey(data []byte, kind awsconf.Kind, k *candidate) ([]byte, error) {
	file, err := awsconf.Parse("", kind, data)
	if err != nil {
		return nil, err
	}
	config := awsconf.Merge(file, nil)
	if kind == awsconf.CredentialsFile {
		config = awsconf.Merge(nil, file)
	}
	p, err := config.Profile(k.profile)
	if err != nil {
		return nil, err
	}
	id, _ := p.Get("aws_access_key_id")
	secret, _ := p.Get("aws_secret_access_key")
	if id.Text != k.key.AccessKeyID || secret.Text != k.key.SecretAccessKey {
		return nil, errors.New("it was changed meanwhile")
	}
	return awsconf.Apply(data, []awsconf.Edit{{
		Header: awsconf.Header{Kind: kind, Name: k.profile},
		Unset:  []string{"aws_access_key_id", "aws_secret_access_key"},
	}})
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
	config, err := a.config()
	if err != nil {
		return err
	}
	text, err := c.read(a)
	if err != nil {
		return err
	}
	shown := a.tilde(c.File)
	keys, err := parseCSV(text, shown)
	if err != nil {
		return err
	}
	if c.Profile != "" {
		if len(keys) > 1 {
			return fault.NewUsage(fmt.Sprintf("--profile is for one key, and %s has %d", shown, len(keys)), "")
		}
		keys[0].profile = c.Profile
	}
	for _, k := range keys {
		if k.profile == "" {
			return fault.NewUsage(k.at+" says no user name", "vault import csv "+oneLine(c.File)+" --profile NAME")
		}
		if config.Has(k.profile) {
			if p, err := config.Profile(k.profile); err == nil {
				if v, ok := p.Get("source_profile"); ok && v.Text != k.profile {
					k.leave = "the profile has a source_profile, which a stored key would hide"
				}
			}
		}
		if k.leave == "" {
			k.leave = malformed(k)
		}
	}
	if err := a.importKeys(keys, c.importFlags); err != nil || c.DryRun {
		return err
	}
	all := true
	for _, k := range keys {
		if !k.stored {
			all = false
			continue
		}
		if _, err := (&AddCmd{Profile: k.profile, AddConfig: true}).writeConfig(a, config, ""); err != nil {
			a.say("vault: warning: the key is stored, but the profile is not written: " + err.Error())
		}
	}
	if c.File == "-" {
		return nil
	}
	if !all {
		a.say(fmt.Sprintf("vault: %s stays: not every key in it is stored", shown))
		return nil
	}
	ok, err := a.wantsScrub(c.importFlags, "Delete "+shown+"?", shown+" still has the key in plain text; --scrub deletes it")
	if err != nil || !ok {
		return err
	}
	if err := os.Remove(c.File); err != nil {
		return fmt.Errorf("the keys are stored, but %s is not deleted: %w", shown, unwrapPath(err))
	}
	a.say(fmt.Sprintf("%s  deleted %s", a.ok(), shown))
	return nil
}

func (c *ImportCSVCmd) read(a *App) ([]byte, error) {
	if c.File == "-" {
		return io.ReadAll(io.LimitReader(os.Stdin, maxNamed))
	}
	return a.readNamed(c.File)
}

// parseCSV reads the console's files. Over the years they were accessKeys.csv
// ("Access key ID,Secret access key"), rootkey.csv, credentials.csv ("User name,
// Password,Access key ID,Secret access key,Console login link"), and with other
// capitals; some begin with a byte order mark.
func parseCSV(text []byte, shown string) ([]*candidate, error) {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(text), "\ufeff")))
	r.FieldsPerRecord = -1
	r.TrimLeadingSpace = true
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, fmt.Errorf("%s is not a CSV file", shown) // err could quote a secret
	}
	user, id, secret := -1, -1, -1
	for i, name := range rows[0] {
		switch strings.ToLower(strings.Join(strings.Fields(name), " ")) {
		case "user name", "username":
			user = i
		case "access key id", "accesskeyid", "aws_access_key_id":
			id = i
		case "secret access key", "secretaccesskey", "aws_secret_access_key":
			secret = i
		}
	}
	if id < 0 || secret < 0 {
		return nil, fault.Hinted(fmt.Errorf("%s has no columns %q and %q", shown, "Access key ID", "Secret access key"), "it is the file that the AWS console offers when a key is created")
	}
	var keys []*candidate
	for n, row := range rows[1:] {
		field := func(i int) string {
			if i < 0 || i >= len(row) {
				return ""
			}
			return strings.TrimSpace(row[i])
		}
		if field(id) == "" && field(secret) == "" {
			continue // a user without a key
		}
		keys = append(keys, &candidate{
			profile: field(user), at: fmt.Sprintf("%s row %d", shown, n+2),
			key: aws.Credentials{AccessKeyID: field(id), SecretAccessKey: field(secret)},
		})
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%s has no keys in it", shown)
	}
	return keys, nil
}

// idOf is the id of a key for people, if it is one.
func idOf(k *candidate) string {
	if checkKeyID(k.key.AccessKeyID) == nil || strings.HasPrefix(k.key.AccessKeyID, "ASIA") {
		return k.key.AccessKeyID
	}
	return "(no key id)"
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

// storeIn is the keystore of that name, with all other settings as they are.
func (a *App) storeIn(backend string) *store.Store {
	return a.storeOf(backend, a.globals.SessionBackend, terminal{app: a})
}
