package cmd

import (
	"context"
	"fmt"
	"strings"

	"awsvault/cmd/front"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/serve"
)

// connect runs a command beside the other end of a server.
func (c *ServeCmd) connect(a *App) error {
	program, err := a.Program(c.Profiles)
	if err != nil {
		return err
	}
	token := ""
	if c.TokenFile != "" {
		text, err := a.ReadNamed(c.TokenFile)
		if err != nil {
			return err
		}
		token = strings.TrimSpace(string(text))
	}
	where := c.Connect
	if !strings.Contains(where, "://") {
		where = a.Expand(where)
	}
	remote, err := serve.Connect(where, token)
	if err != nil {
		return fault.Of(fault.Usage, err)
	}
	profile, err := c.choose(a.ctx, remote)
	if err != nil {
		return err
	}
	target := env.Target{Profile: profile.Name, Region: profile.Region}
	target.About.Served = true
	return a.beside(program, target, a.serving(), func(ctx context.Context, server *serve.Server) (env.Server, error) {
		at, _, err := onPort(ctx, server, serve.Grant{Name: profile.Name, Region: profile.Region, Source: remote.Source(profile.Name), Role: remote.Role(profile.Name)})
		return at, err
	})
}

// choose is the profile that was named, or the only one.
func (c *ServeCmd) choose(ctx context.Context, remote *serve.Remote) (serve.Named, error) {
	profiles, err := remote.Profiles(ctx)
	if err != nil {
		return serve.Named{}, fault.Hinted(err, "is vault serve running at the other end?")
	}
	var names []string
	for _, p := range profiles {
		if p.Name == c.Profile || c.Profile == "" && len(profiles) == 1 {
			return p, nil
		}
		names = append(names, front.Printable(p.Name))
	}
	text := "the server has several profiles"
	if c.Profile != "" {
		text = fmt.Sprintf("the server does not serve %q", c.Profile)
	}
	return serve.Named{}, fault.NewUsage(text, "--profile, with one of "+strings.Join(names, ", "))
}
