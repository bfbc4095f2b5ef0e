package vault

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"awsvault/internal/aws"
	"awsvault/internal/awsconf"
	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// Candidate is a key in plain text that vault could store.
type Candidate struct {
	Profile string
	Key     aws.Credentials
	At      string       // the place of the key: a file and a line
	Kind    awsconf.Kind // the kind of AWS file
	Leave   string       // why the key is not stored; empty: it is
	Stored  bool         // the keystore has the key
}

// hiding says why a profile gets no stored key of its own.
const hiding = "the profile has a source_profile, which a stored key would hide"

// PlainKeys returns the keys in plain text in the AWS files. With names, it returns only the
// keys of these profiles, and each must have one.
func (s *Session) PlainKeys(names ...string) ([]*Candidate, error) {
	config, err := s.world.Config()
	if err != nil {
		return nil, err
	}
	named := len(names) > 0
	if !named {
		names = config.Names()
	}
	var keys []*Candidate
	for _, name := range names {
		k, err := plainKey(config, name)
		switch {
		case err != nil && named:
			return nil, err
		case err != nil:
			s.Warn(err)
		case k != nil:
			keys = append(keys, k)
		case named:
			return nil, fault.New(fmt.Sprintf("profile %q has no key in plain text", name), "vault import credentials   imports the keys of all profiles that have one")
		}
	}
	return keys, nil
}

// plainKey returns the key of a profile in the AWS files, or nil.
func plainKey(config *awsconf.Config, name string) (*Candidate, error) {
	p, err := config.Profile(name)
	if err != nil {
		return nil, err
	}
	id, hasID := p.Get("aws_access_key_id")
	secret, hasSecret := p.Get("aws_secret_access_key")
	if !hasID && !hasSecret {
		return nil, nil
	}
	k := &Candidate{
		Profile: p.Name(), At: id.Pos.String(), Kind: awsconf.ConfigFile,
		Key: aws.Credentials{AccessKeyID: id.Text, SecretAccessKey: secret.Text},
	}
	if config.InCredentials(id.Pos) {
		k.Kind = awsconf.CredentialsFile
	}
	_, token := p.Get("aws_session_token")
	_, oldToken := p.Get("aws_security_token")
	switch {
	case !hasID:
		k.At, k.Leave = secret.Pos.String(), "it has no aws_access_key_id"
	case !hasSecret:
		k.Leave = "it has no aws_secret_access_key"
	case config.InCredentials(id.Pos) != config.InCredentials(secret.Pos):
		k.Leave = "one half is in the config file, the other in the credentials file"
	case token || oldToken || strings.HasPrefix(id.Text, "ASIA"):
		k.Leave = "it is temporary"
	case hasOtherSource(p, name):
		k.Leave = hiding
	default:
		k.Leave = malformed(k)
	}
	return k, nil
}

func hasOtherSource(p *awsconf.Profile, name string) bool {
	source, ok := p.Get("source_profile")
	return ok && source.Text != name
}

// malformed says what is wrong with the form of a key; empty: nothing.
func malformed(k *Candidate) string {
	for _, err := range []error{CheckProfileName(k.Profile), CheckKeyID(k.Key.AccessKeyID), CheckSecretKey(k.Key.SecretAccessKey)} {
		if err != nil {
			return err.Error()
		}
	}
	return ""
}

// Import stores keys that are in plain text.
type Import struct {
	Session   *Session
	Keeper    Keeper
	Backend   string // the keystore's name
	Yes       bool   // store without a question
	Scrub     *bool  // remove the stored keys from their files; nil: ask
	Overwrite bool
	NoVerify  bool
	DryRun    bool
	// Print receives the document of a dry run; nil: the person sees the result instead.
	Print func(document any) error
}

// Run says what it will do with each key, asks, and does it. It marks the keys that it has
// stored.
func (i Import) Run(ctx context.Context, keys []*Candidate) error {
	if i.Print != nil && i.DryRun {
		return i.print(ctx, keys)
	}
	if i.Overwrite && !i.DryRun {
		if err := i.Session.world.Agent.Deletes(); err != nil {
			return err
		}
	}
	n := 0
	for _, k := range keys {
		todo, _, err := i.judge(ctx, k)
		if err != nil {
			return err
		}
		i.say(fmt.Sprintf("%s  %s  %s: %s", k.At, k.Profile, k.id(), todo))
		if k.Leave == "" && !k.Stored {
			n++
		}
	}
	if i.DryRun {
		i.say("nothing was changed")
	}
	if i.DryRun || n == 0 {
		return nil
	}
	if !i.Yes {
		ok, err := i.Session.person.Confirm(ctx, Question{
			Text: fmt.Sprintf("Store %s in %s?", line.Count(n, "key"), KeystoreName(i.Backend)), Yes: true,
			Unasked: fault.NewPerson("import asks before it stores keys, and there is no terminal to ask on", "--yes   stores without asking; --dry-run   only shows what would be done"),
		})
		if err != nil || !ok {
			return err
		}
	}
	for _, k := range keys {
		if k.Leave != "" || k.Stored {
			continue
		}
		if err := i.store(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

func (i Import) say(text string) { i.Session.person.Say("vault: " + text) }

// judge decides what to do with a key, and marks the key if there is nothing to do.
func (i Import) judge(ctx context.Context, k *Candidate) (todo string, replaces bool, err error) {
	if k.Leave != "" {
		return "skipped: " + k.Leave, false, nil
	}
	has, err := i.Keeper.Has(ctx, k.Profile)
	if err != nil {
		return "", false, err
	}
	if !has {
		return "to be stored", false, nil
	}
	have, err := i.Keeper.Keys(ctx, k.Profile)
	switch {
	case err != nil:
		return "", false, err
	case have == k.Key:
		k.Stored = true
		return "already stored", false, nil
	case !i.Overwrite:
		k.Leave = "the profile has another stored key, " + have.AccessKeyID + "; --overwrite replaces it"
		return "skipped: " + k.Leave, false, nil
	}
	return "to be stored in place of " + have.AccessKeyID, true, nil
}

// store verifies a key with AWS, and stores it. It skips a key that AWS rejects. If AWS cannot
// be reached, it stores the key unverified.
func (i Import) store(ctx context.Context, k *Candidate) error {
	owner := ""
	if !i.NoVerify {
		arn, err := i.owner(ctx, k)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case refusedWith(err, "InvalidClientTokenId", "SignatureDoesNotMatch"):
			k.Leave = "AWS rejects this key"
			i.say(fmt.Sprintf("warning: skipped %s: AWS rejects this key (%s); --no-verify stores it anyway", k.Profile, aws.Code(err)))
			return nil
		case err != nil:
			i.say(fmt.Sprintf("warning: %s is stored unverified: %v", k.Profile, err))
		default:
			owner = ", the key of " + arn + ","
		}
	}
	if err := putKeys(ctx, i.Keeper, k.Profile, k.Key); err != nil {
		return err
	}
	k.Stored = true
	i.Session.forgetSessions(ctx, i.Keeper, k.Profile)
	i.Session.person.Done(fmt.Sprintf("%s: stored %s%s in %s", k.Profile, k.Key.AccessKeyID, owner, KeystoreName(i.Backend)))
	return nil
}

// owner asks AWS who owns a key.
func (i Import) owner(ctx context.Context, k *Candidate) (string, error) {
	plan, err := i.Session.Owner(k.Profile, "")
	if err != nil {
		return "", err
	}
	arn, _, err := plan.Identity(ctx, k.Key)
	return arn, err
}

// id returns the access key ID if it looks like one: a secret may stand in its place.
func (k *Candidate) id() string {
	if aws.IsKeyID(k.Key.AccessKeyID) {
		return k.Key.AccessKeyID
	}
	return "(no key id)"
}

// errUnasked means that there is no person to ask.
var errUnasked = errors.New("there is no terminal to ask on")

// Scrubs decides whether to remove the stored keys from their files. If the answer is no, it
// shows left, which says what remains.
func (i Import) Scrubs(ctx context.Context, question, left string) (bool, error) {
	if i.Scrub != nil {
		return *i.Scrub, nil
	}
	if !i.Yes {
		ok, err := i.Session.person.Confirm(ctx, Question{Text: question, Unasked: errUnasked})
		if !errors.Is(err, errUnasked) {
			return ok, err
		}
	}
	i.say(left)
	return false, nil
}
