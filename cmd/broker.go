package cmd

import (
	"encoding/json"
	"fmt"
	"time"

	"awsvault/cmd/front"
	"awsvault/cmd/instant"
	"awsvault/internal/broker"
	"awsvault/internal/env"
	"awsvault/internal/grammar"
	"awsvault/internal/handout"
	"awsvault/internal/lead"
	"awsvault/internal/lease"
	"awsvault/internal/program"
	"awsvault/internal/serve"
	"awsvault/internal/vault"
)

// BrokerCmd runs a process of the credential server that shells share. The first lease
// starts it. Users never run it.
type BrokerCmd struct {
	Role string `arg:""`
	Dir  string `arg:"" optional:""`
	Name string `arg:"" optional:""`
}

// broker returns a client of the user's credential server. The client starts the server if
// none is running.
func (a *App) broker() (lease.Client, error) {
	c, err := instant.Server(a.World)
	if err == nil {
		c.Start = broker.Starter([]string{c.Program, "__broker", "keep"}, c.Place, a.ofUser())
	}
	return c, err
}

// ofUser returns only the user's variables, not those of one shell: secrets in a shell's
// variables never reach the server.
func (a *App) ofUser() []string {
	environ := []string{} // with nil, the server would inherit everything
	for name, value := range a.Environ {
		if program.OfUser(name) || name == graceName {
			environ = append(environ, name+"="+value)
		}
	}
	return environ
}

// graceName names the variable for how long the server stays without a lease.
const graceName = "AWS_VAULT_SERVER_GRACE"

const usualGrace = time.Minute

func (a *App) grace() time.Duration {
	d, err := time.ParseDuration(a.Getenv(graceName))
	if err != nil || d < 0 || d > time.Hour {
		return usualGrace
	}
	return d
}

// sourceOf makes the source of a lease. The source uses the files, keystores and proxies of
// the shell that holds the lease. It asks no questions.
func (a *App) sourceOf(text json.RawMessage) (serve.Source, error) {
	var t lead.Terms
	if err := json.Unmarshal(text, &t); err != nil {
		return nil, fmt.Errorf("the terms of a lease: %w", err)
	}
	tenant := &App{
		World: &front.World{Argv0: a.Argv0, Environ: t.Environ, Stdout: a.Stdout, Stderr: a.Stderr, Now: a.Now},
		ctx:   a.ctx, cancel: a.cancel,
	}
	if _, err := parse(tenant, grammar.Read([]string{"__renew"}, tenant.Getenv)); err != nil {
		return nil, err
	}
	tenant.by.Command = "server"
	state := env.State{Profile: t.Profile, About: t.About}
	return handout.Source{Session: tenant.session().Of(state).As(vault.Nobody{}), Want: vault.Again(state)}, nil
}
