package vault

import (
	"context"
	"fmt"

	"awsvault/internal/dirprofile"
	"awsvault/internal/env"
	"awsvault/internal/line"
)

// Trusting lets a person trust the file of a directory.
type Trusting struct {
	Session *Session
	Files   dirprofile.Files
	Tilde   func(path string) string       // shortens a path for people
	Row     func(label, text, note string) // shows the person one line about the file
}

// Allow shows what a file activates, and trusts the file. It refuses a file that no directory
// could activate.
func (t Trusting) Allow(ctx context.Context, path string) error {
	f, err := t.Files.Search.Read(path)
	if err != nil {
		return err
	}
	plan, err := t.Session.Plan(ctx, Want{Profile: f.Profile, Region: f.Region, OwnRegion: true})
	if err != nil {
		return fmt.Errorf("%s: %w", t.Tilde(path), err)
	}
	if err := Promise(f, plan.Account); err != nil {
		return err
	}
	t.Row("File", t.Tilde(path), "")
	t.Row("Profile", f.Profile, "")
	t.Row("Account", plan.Account, "")
	t.Row("Role", env.About{ARN: plan.RoleARN}.Who(), "")
	t.Row("Region", f.Region, "instead of the profile's")
	if err := t.Files.Allow(f); err != nil {
		return err
	}
	if plan.Protected {
		t.Session.person.Say("vault: the profile is protected, so no directory activates it; vault use " + line.Word(f.Profile))
	}
	t.Session.person.Done("trusted")
	return nil
}
