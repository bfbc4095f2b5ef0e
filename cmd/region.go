package cmd

import (
	"errors"
	"fmt"

	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/pick"
	"awsvault/internal/regions"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

// RegionCmd changes the region of this shell.
type RegionCmd struct {
	Region string `arg:"" optional:"" help:"The region; - is the previous one. Default: you pick one."`
}

// Run prints the change for the shell. It makes no AWS call.
func (c *RegionCmd) Run(a *App) error {
	if a.Shell == nil {
		return a.needHook("region")
	}
	s := a.Active()
	if !s.Active() {
		return fault.Hinted(errors.New("no profile is active in this shell"), "vault use PROFILE:REGION   or set AWS_REGION yourself")
	}
	vars := a.Shell.Vars(a.Environ)
	region, err := c.region(a, s)
	if err != nil {
		return err
	}
	if !resolve.IsRegion(region) {
		return fault.NewUsage(fmt.Sprintf("%q is not the name of a region", region), "a region looks like eu-west-1")
	}
	var key env.Key
	if s.Authentic {
		key, _ = a.StateKey()
	}
	change, after := env.Move(vars, s, region, key)
	expires, _ := a.Expires()
	after.About.Protected = a.session().Protects(s.Profile)
	if err := a.Hand(change, vault.Prompt(after, expires)); err != nil {
		return err
	}
	a.Done(s.Profile + "  " + region)
	return nil
}

// region returns the region that the user means.
func (c *RegionCmd) region(a *App, s env.State) (string, error) {
	switch {
	case c.Region == "-" && s.About.MovedFrom == "":
		return "", fault.NewUsage("the region was not changed in this shell", "vault region REGION")
	case c.Region == "-":
		return s.About.MovedFrom, nil
	case c.Region != "":
		return c.Region, resolve.CheckRegion(c.Region)
	}
	choice, err := a.choice(fault.NewUsage("region needs the name of a region", "vault region eu-west-1"))
	if err != nil {
		return "", err
	}
	var candidates []pick.Candidate
	for _, r := range regions.All() {
		candidates = append(candidates, pick.Candidate{Name: r.Name, Role: r.City})
	}
	options := a.pickOptions()
	options.What, options.Active, options.Previous = "region", a.Environ["AWS_REGION"], s.About.MovedFrom
	choice.State = pick.New(candidates, options)
	return choice.One(a.ctx)
}
