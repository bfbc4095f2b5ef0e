package cmd

import (
	"context"
	"fmt"
	"os"

	"awsvault/cmd/front"
	"awsvault/internal/ending"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/handout"
	"awsvault/internal/lead"
	"awsvault/internal/serve"
)

// serves reports whether CMD gets its credentials from a server.
func (c *ExecCmd) serves() bool { return c.Server || c.EC2Server.on() }

// serve runs the command with a server of its own. It asks all questions before the command
// starts. Afterwards the server asks none.
func (c *ExecCmd) serve(a *App, program front.Program) error {
	grant, target, err := handout.Grant(a.ctx, c.session(a), c.wanted(), c.Lazy)
	if err != nil {
		return err
	}
	grant.Metadata = c.EC2Server.on()
	a.warnOfDefault()
	settings := a.serving()
	settings.MetadataV1 = c.IMDSv1
	return a.beside(program, target, settings, func(ctx context.Context, server *serve.Server) (env.Server, error) {
		return c.listen(ctx, a, server, grant)
	})
}

// serving returns the settings of a server for one command.
func (a *App) serving() serve.Settings {
	return serve.Settings{Now: a.Now, Wait: ending.Sleep, UID: os.Getuid(), Tell: a.tell}
}

// beside runs a program together with a server. The variables from listen lead to the server.
func (a *App) beside(program front.Program, target env.Target, settings serve.Settings, listen func(context.Context, *serve.Server) (env.Server, error)) error {
	if err := a.ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	server := serve.New(settings)
	defer server.Close()
	var err error
	if target.Server, err = listen(ctx, server); err != nil {
		return err
	}
	go server.Tend(ctx)
	ended, err := a.Attend(program, target)
	cancel()
	server.Close()
	if err != nil {
		return err
	}
	ended.Follow()
	if ended.Status != 0 {
		return fault.Silent(fault.Kind(ended.Status))
	}
	return nil
}

// tell prints a line on the terminal while the command runs. Without a terminal only the
// program that asks for credentials gets the message.
func (a *App) tell(line string) {
	if term, err := a.terminal(); err == nil {
		term.Print("\r\n" + a.Named("vault: "+line) + "\r\n")
	}
}

// warnOfDefault warns if [default] has credentials: AWS tools prefer them to any server
// (AWS SDKs and Tools Reference Guide, "Understand the credential provider chain").
func (a *App) warnOfDefault() {
	if v, ok := lead.DefaultCredentials(a.Config); ok {
		a.Say(fmt.Sprintf("vault: warning: [default] has %s (%s:%d), which AWS tools use instead of a server", v.Key, v.Pos.File, v.Pos.Line))
	}
}
