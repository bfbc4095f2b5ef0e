// Package lead decides how a shell's programs get credentials: from variables, through
// AWS_PROFILE, or from the user's credential server. For the server, it decides what
// happens to a shell's lease at a prompt, at a refresh and when the shell leaves the
// profile.
//
// It does not know how a shell is told (it returns an Answer), the process's environment,
// or the terminal.
package lead

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/awsconf"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/lease"
	"awsvault/internal/renew"
	"awsvault/internal/vault"
)

// Server is the user's credential server.
type Server interface {
	Grant(ctx context.Context, t lease.Terms) (lease.Lease, error)
	Look(ctx context.Context, id string) (lease.Lease, error)
	Renew(ctx context.Context, id string) (lease.Lease, error)
	Revoke(ctx context.Context, id string) error
	Retire(ctx context.Context, id string) error
}

// Until asks a server when the credentials of a lease expire.
func Until(ctx context.Context, server func() (Server, error), id string) time.Time {
	s, err := server()
	if err != nil {
		return time.Time{}
	}
	l, err := s.Look(ctx, id)
	if err != nil {
		return time.Time{}
	}
	return l.Expires
}

// Shell is the shell whose programs get credentials.
type Shell struct {
	GOOS    string
	PID     int          // zero: only part of a shell, or the hook has not sent it
	Vars    env.Vars     // the variables that it can change
	Record  renew.Record // what it remembers about renewals
	Config  func() (*awsconf.Config, error)
	Now     func() time.Time
	Key     func() env.Key // for new states
	Carries func(env.Change) error

	Server   func() (Server, error)
	Settings func() map[string]string          // the person's settings for the server, without secrets
	Session  func(of env.State) *vault.Session // returns a session that asks no questions
}

// Told returns what to tell a hook about an activation that lasts until expires.
type Told func(s env.State, expires time.Time) env.Prompt

// Answer is the answer to the hook. The person sees Say first.
type Answer struct {
	Say    []string
	Change env.Change
	Prompt env.Prompt
}

// Terms are what the server needs to know about a lease to get its credentials. They contain
// no secret.
type Terms struct {
	Profile string            `json:"profile"`
	About   env.About         `json:"about"`
	Environ map[string]string `json:"environ"`
}

// Can refuses a way that is not possible here, before the person is asked for a code.
func (h Shell) Can(via string, noSession bool) error {
	ways := []string{env.ViaEnv, env.ViaServer, env.ViaProfile}
	switch {
	case via == "":
		return nil
	case !slices.Contains(ways, via):
		return fault.NewUsage(fmt.Sprintf("%q is not a way for programs to get credentials", via), "--via, or AWS_VAULT_VIA, is one of "+strings.Join(ways, ", "))
	case via != env.ViaServer:
		return nil
	case noSession:
		return fault.NewUsage("a credential server hands out sessions, so it cannot be used with --no-session", "leave one of them out")
	case h.GOOS == "windows":
		return fault.Hinted(errors.New("there is no credential server for a shell on Windows"), "--via env, or vault exec PROFILE --server -- CMD")
	case h.PID == 0:
		return fault.Hinted(errors.New("the credential server serves a shell, and this is only part of a shell, or has an old hook"), "open a new shell, or --via env")
	}
	if v, ok := DefaultCredentials(h.Config); ok {
		return fault.Hinted(
			fmt.Errorf("%s: [default] has %s, which AWS tools use instead of a server", v.Pos, v.Key),
			"--via env, or move it to a profile of another name")
	}
	return nil
}

// Setting is a setting of [default] that names credentials.
type Setting struct {
	awsconf.Value
	Key string
}

// DefaultCredentials finds credentials in [default], which AWS tools use before they ask any
// server (AWS SDKs and Tools Reference Guide, "Understand the credential provider chain").
func DefaultCredentials(files func() (*awsconf.Config, error)) (Setting, bool) {
	config, err := files()
	if err != nil {
		return Setting{}, false
	}
	p, err := config.Profile("default")
	if err != nil {
		return Setting{}, false
	}
	for _, key := range []string{"aws_access_key_id", "role_arn", "sso_account_id", "web_identity_token_file", "credential_process", "login_session"} {
		if v, ok := p.Get(key); ok && v.Text != "" {
			return Setting{v, key}, true
		}
	}
	return Setting{}, false
}

// Lead changes a target so that programs get its credentials in the given way. If the target
// does not become active, the caller must end its lease.
func (h Shell) Lead(ctx context.Context, target *env.Target, via string) (Told, error) {
	if err := h.Can(via, target.About.NoSession); err != nil {
		return nil, err
	}
	switch via {
	case env.ViaProfile:
		ByProfile(target)
	case env.ViaServer:
		return h.toServer(ctx, target)
	}
	return vault.Prompt, nil
}

// ByProfile lets programs get credentials themselves.
func ByProfile(target *env.Target) {
	target.ByProfile, target.About.Via, target.Credentials = true, env.ViaProfile, aws.Credentials{}
}

// AsNow makes a target use the same way as the activation in this environment.
func AsNow(environ env.Vars, s env.State, target *env.Target) {
	target.About.Via, target.About.Lease, target.About.Shell, target.About.Served = s.About.Via, s.About.Lease, s.About.Shell, s.About.Served
	switch s.About.Via {
	case env.ViaProfile:
		ByProfile(target)
	case env.ViaServer:
		target.Server = env.Server{URI: environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"], Token: environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}
		target.Credentials = aws.Credentials{}
	}
}

// toServer takes a lease for a target, whose credentials are already in the cache.
func (h Shell) toServer(ctx context.Context, target *env.Target) (Told, error) {
	about := target.About
	about.Origin, about.Outer = nil, nil
	text, err := json.Marshal(Terms{target.Profile, about, h.Settings()})
	if err != nil {
		return nil, err
	}
	server, err := h.Server()
	if err != nil {
		return nil, err
	}
	l, err := server.Grant(ctx, lease.Terms{Name: target.Profile, Region: target.Region, Shell: h.PID, Source: text})
	if err != nil {
		return nil, err
	}
	target.Server = env.Server{URI: l.URI, Token: l.Token}
	target.Credentials = aws.Credentials{Expires: l.Expires}
	to := &target.About
	to.Via, to.Served, to.Lease, to.Shell, to.Lifetime = env.ViaServer, true, l.ID, l.Shell, l.Life
	return told(l), nil
}
