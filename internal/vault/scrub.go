package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"awsvault/internal/awsconf"
	"awsvault/internal/disk"
	"awsvault/internal/line"
)

// KeyFile is an AWS file with keys in plain text.
type KeyFile struct {
	Kind  awsconf.Kind
	Shown string // its path, for people
	// Update replaces the text of the file with the result of change. It calls change again if
	// another program has written the file in the meantime.
	Update func(ctx context.Context, change func([]byte) ([]byte, error)) error
}

// Clean removes the lines of stored keys from their files, if the person wants that.
func (i Import) Clean(ctx context.Context, keys []*Candidate, files []KeyFile) error {
	for _, f := range files {
		here := slices.DeleteFunc(slices.Clone(keys), func(k *Candidate) bool { return !k.Stored || k.Kind != f.Kind })
		if len(here) == 0 {
			continue
		}
		them := "them"
		if len(here) == 1 {
			them = "it"
		}
		ok, err := i.Scrubs(ctx,
			fmt.Sprintf("Remove %s from %s? Other programs will no longer find %s there.", line.Count(len(here), "stored key"), f.Shown, them),
			fmt.Sprintf("%s still has %s in plain text; --scrub removes what is stored", f.Shown, line.Count(len(here), "key")))
		if err == nil && ok {
			err = i.clean(ctx, f, here)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// clean removes keys from a file, unless they differ from the stored ones.
func (i Import) clean(ctx context.Context, f KeyFile, keys []*Candidate) error {
	removed, stays := 0, []string(nil)
	err := f.Update(ctx, func(data []byte) ([]byte, error) {
		removed, stays = 0, nil
		for _, k := range keys {
			after, err := withoutKey(data, f.Kind, k)
			if err != nil {
				stays = append(stays, fmt.Sprintf("the key of %s stays in %s: %v", k.Profile, f.Shown, err))
				continue
			}
			data = after
			removed++
		}
		return data, nil
	})
	if err != nil {
		return fmt.Errorf("the keys are stored, but %s is unchanged: %w", f.Shown, err)
	}
	for _, text := range stays {
		i.say("warning: " + text)
	}
	if removed > 0 {
		i.Session.person.Done(fmt.Sprintf("removed %s from %s", line.Count(removed, "key"), f.Shown))
	}
	return nil
}

// withoutKey returns the text of an AWS file without the two lines of a key.
func withoutKey(data []byte, kind awsconf.Kind, k *Candidate) ([]byte, error) {
	file, err := awsconf.Parse("", kind, data)
	if err != nil {
		return nil, err
	}
	config := awsconf.Merge(file, nil)
	if kind == awsconf.CredentialsFile {
		config = awsconf.Merge(nil, file)
	}
	p, err := config.Profile(k.Profile)
	if err != nil {
		return nil, err
	}
	id, _ := p.Get("aws_access_key_id")
	secret, _ := p.Get("aws_secret_access_key")
	if id.Text != k.Key.AccessKeyID || secret.Text != k.Key.SecretAccessKey {
		return nil, errors.New("it changed in the meantime")
	}
	return awsconf.Apply(data, []awsconf.Edit{{
		Header: awsconf.Header{Kind: kind, Name: k.Profile},
		Unset:  []string{"aws_access_key_id", "aws_secret_access_key"},
	}})
}

// DeleteFile deletes a file whose keys are stored, if the person wants that. all says that
// every key in the file is stored.
func (i Import) DeleteFile(ctx context.Context, shown string, all bool, remove func() error) error {
	if !all {
		i.Session.person.Say(fmt.Sprintf("vault: %s stays: not every key in it is stored", shown))
		return nil
	}
	ok, err := i.Scrubs(ctx, "Delete "+shown+"?", shown+" still has the key in plain text; --scrub deletes it")
	if err != nil || !ok {
		return err
	}
	if err := remove(); err != nil {
		return fmt.Errorf("the keys are stored, but %s is not deleted: %w", shown, disk.Cause(err))
	}
	i.Session.person.Done("deleted " + shown)
	return nil
}
