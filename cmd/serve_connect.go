package cmd

import (
	"context"
	"net/url"
	"strings"

	"awsvault/cmd/front"
	"awsvault/internal/ending"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/program"
	"awsvault/internal/serve"
)

// connect runs a command beside the other end of a server.
func (c *ServeCmd) connect(a *App) error {
	if err := c.telling().Check(); err != nil {
		return err
	}
	var run front.Program
	var err error
	if c.Bind == "" {
		if run, err = a.Program(c.Profiles); fault.KindOf(err) == program.NotFound && fault.HintOf(err) == "" {
			err = fault.Hinted(err, "with --connect the words are a command, and --profile names the profile")
		}
		if err != nil {
			return err
		}
	}
	token := ""
	if c.Bind != "" {
		token = a.Environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"] // what programs send is passed on to the server
	}
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
	profile, err := remote.Choose(a.ctx, c.Profile)
	if err != nil {
		return err
	}
	grant := serve.Grant{Name: profile.Name, Region: profile.Region, Source: remote.Source(profile.Name), Role: remote.Role(profile.Name)}
	if c.Bind != "" {
		return c.front(a, grant)
	}
	target := env.Target{Profile: profile.Name, Region: profile.Region}
	target.About.Served = true
	return a.beside(run, target, a.serving(), func(ctx context.Context, server *serve.Server) (env.Server, error) {
		at, _, err := onPort(ctx, server, grant)
		return at, err
	})
}

// front serves other containers, or machines, with the lease that they were told.
func (c *ServeCmd) front(a *App, grant serve.Grant) error {
	uri, err := url.Parse(a.Environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
	lease, ok := serve.Lease{}, false
	if err == nil {
		lease, ok = serve.ParseLease(uri.Path, a.Environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"])
	}
	if !ok {
		return fault.NewUsage("--connect with --bind needs the variables that the programs have", "vault serve PROFILE --format=compose writes what sets them")
	}
	l, err := c.listen(a)
	if err != nil {
		return err
	}
	grant.As = lease
	server := serve.New(serve.Settings{Now: a.Now, Wait: ending.Sleep, UID: -1, Remote: true, Seen: a.seen, Tell: func(line string) { a.Say("vault: " + line) }})
	defer server.Close()
	server.Grant(grant)
	a.Say("serving on " + l.Addr().String())
	go server.Tend(a.ctx)
	return server.Serve(a.ctx, l)
}
