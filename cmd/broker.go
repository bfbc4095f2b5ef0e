package cmd

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"awsvault/cmd/front"
	"awsvault/cmd/instant"
	"awsvault/internal/broker"
	"awsvault/internal/env"
	"awsvault/internal/grammar"
	"awsvault/internal/handout"
	"awsvault/internal/lead"
	"awsvault/internal/program"
	"awsvault/internal/serve"
	"awsvault/internal/vault"
)

// BrokerCmd is a process of the credential server that shells share. The first lease
// starts it; people do not.
type BrokerCmd struct {
	Role string `arg:""`
	Dir  string `arg:"" optional:""`
	Name string `arg:"" optional:""`
}

// broker is the user's credential server. Each home has its own, as it has its own
// sessions.
func (a *App) broker() (broker.Client, error) {
	self, err := os.Executable()
	if err != nil {
		return broker.Client{}, fmt.Errorf("find the path of this program: %w", err)
	}
	place := broker.Place{Dir: a.StateDir()}
	if dir := a.RuntimeDir(); dir != "" {
		if info, err := os.Stat(a.Getenv("XDG_RUNTIME_DIR")); err == nil && info.IsDir() {
			place.Dir = dir
		}
	}
	sum := sha256.Sum256([]byte(a.StateDir()))
	place.Name = "broker-" + hex.EncodeToString(sum[:4])
	return broker.Client{Place: place, UID: os.Getuid(), Version: instant.Version, Program: self, Start: broker.Starter([]string{self, "__broker", "keep"}, place, a.ofUser())}, nil
}

// ofUser is the environment without what belongs to a shell and not to the user. The
// secrets among that the server never has.
func (a *App) ofUser() []string {
	environ := []string{} // nil would be all of it
	for name, value := range a.Environ {
		if program.OfUser(name) || name == graceName {
			environ = append(environ, name+"="+value)
		}
	}
	return environ
}

// graceName is how long the server stays without a lease.
const graceName = "AWS_VAULT_SERVER_GRACE"

const usualGrace = time.Minute

func (a *App) grace() time.Duration {
	d, err := time.ParseDuration(a.Getenv(graceName))
	if err != nil || d < 0 || d > time.Hour {
		return usualGrace
	}
	return d
}

// sourceOf makes the source of a lease, in the world of the shell that has it: its files,
// keystores, proxies. It asks no person.
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
	state := env.State{Profile: t.Profile, About: t.About}
	return handout.Source{Session: tenant.sessionOf(state).As(vault.Nobody{}), Want: vault.Again(state)}, nil
}
