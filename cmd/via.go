package cmd

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"awsvault/cmd/front"
	"awsvault/internal/aws"
	"awsvault/internal/awsconf"
	"awsvault/internal/dirprofile"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/vault"
)

// How programs of a shell get credentials: --via, AWS_VAULT_VIA.

// toldPrompt is what a hook is told of an activation that lasts until a time.
type toldPrompt func(s env.State, expires time.Time) env.Prompt

// canLead refuses a way that cannot be gone, before the person is asked for a code.
func (a *App) canLead(via string, noSession bool) error {
	ways := []string{env.ViaEnv, env.ViaServer, env.ViaProfile}
	switch {
	case via == "":
		return nil
	case !slices.Contains(ways, via):
		return fault.NewUsage(fmt.Sprintf("%q is no way for programs to get credentials", via), "--via, or AWS_VAULT_VIA, is one of "+strings.Join(ways, ", "))
	case via != env.ViaServer:
		return nil
	case noSession:
		return fault.NewUsage("a credential server hands out sessions, so it cannot be used with --no-session", "leave one of them out")
	case runtime.GOOS == "windows":
		return fault.Hinted(errors.New("there is no credential server for a shell on Windows"), "--via env, or vault exec PROFILE --server -- CMD")
	case a.Shell.PID == 0:
		return fault.Hinted(errors.New("a lease of the credential server belongs to a shell, and this is a part of one, or has an old hook"), "open a new shell, or --via env")
	}
	if v, ok := a.defaultCredentials(); ok {
		return fault.Hinted(
			fmt.Errorf("%s: [default] has %s, which AWS tools use before they ask a server", v.Pos, v.key),
			"--via env, or move it to a profile of another name")
	}
	return nil
}

// setting is a setting of [default] that leads to credentials.
type setting struct {
	awsconf.Value
	key string
}

// defaultCredentials finds credentials in [default]: AWS tools use them before they ask
// any server (AWS SDKs and Tools Reference Guide, "Understand the credential provider chain").
func (a *App) defaultCredentials() (setting, bool) {
	config, err := a.Config()
	if err != nil {
		return setting{}, false
	}
	p, err := config.Profile("default")
	if err != nil {
		return setting{}, false
	}
	for _, key := range []string{"aws_access_key_id", "role_arn", "sso_account_id", "web_identity_token_file", "credential_process", "login_session"} {
		if v, ok := p.Get(key); ok && v.Text != "" {
			return setting{v, key}, true
		}
	}
	return setting{}, false
}

// lead changes a target so that programs get its credentials in that way. Where the target
// does not become active, leaveServer ends the lease that it has.
func (a *App) lead(target *env.Target, via string) (toldPrompt, error) {
	if err := a.canLead(via, target.About.NoSession); err != nil {
		return nil, err
	}
	switch via {
	case env.ViaProfile:
		byProfile(target)
	case env.ViaServer:
		return a.leadToServer(target)
	}
	return front.Prompt, nil
}

// leadAsNow makes a target lead as the activation in this shell does.
func (a *App) leadAsNow(s env.State, target *env.Target) {
	target.About.Via, target.About.Lease, target.About.Shell, target.About.Served = s.About.Via, s.About.Lease, s.About.Shell, s.About.Served
	switch s.About.Via {
	case env.ViaProfile:
		byProfile(target)
	case env.ViaServer:
		target.Server = env.Server{URI: a.Getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI"), Token: a.Getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN")}
		target.Credentials = aws.Credentials{}
	}
}

func byProfile(target *env.Target) {
	target.ByProfile, target.About.Via, target.Credentials = true, env.ViaProfile, aws.Credentials{}
}

// useByProfile sets AWS_PROFILE. Nothing is got: programs do that.
func (a *App) useByProfile(want vault.Want, file dirprofile.File) error {
	plan, err := a.session().Plan(a.ctx, want)
	if err != nil {
		return err
	}
	if plan.Narrowed.Given() {
		return fault.NewUsage(fmt.Sprintf("with --via profile programs get credentials of their own, which %s does not narrow", plan.Narrowed.From), "--via env")
	}
	if err := a.confirmProtected(plan); err != nil {
		return err
	}
	if err := vault.Promise(file, plan.Account); err != nil {
		return err
	}
	target := plan.Target(vault.Result{ARN: plan.Last().ARN(), Account: plan.Owner()})
	byProfile(&target)
	if err := a.UseTarget(target, front.Prompt); err != nil {
		return err
	}
	a.leaveServer(a.Active())
	if file.Path == "" {
		a.Remember(want.Profile)
	}
	return nil
}
