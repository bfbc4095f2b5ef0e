package cmd

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime"
	"time"

	"awsvault/internal/ending"
	"awsvault/internal/fault"
	"awsvault/internal/proxy"
	"awsvault/internal/serve"
)

// ProxyCmd adds the address of EC2's metadata service to this machine.
type ProxyCmd struct {
	Stop        bool          `help:"End the running proxy, and remove the address."`
	AllowUID    []string      `name:"allow-uid" sep:"none" help:"A user who may serve there. Default: the one who ran sudo." placeholder:"UID"`
	InContainer bool          `name:"in-container" help:"Run even inside a container."`
	HandOver    bool          `name:"hand-over" hidden:"" help:"For one server, which is at the other end of stdout."`
	Lifetime    time.Duration `hidden:"" default:"1m" help:"How long the address stays when this process is killed." placeholder:"DURATION"`
}

// Run keeps the address until a signal or --stop ends it.
func (c *ProxyCmd) Run(a *App) error {
	if c.Stop {
		return c.stop(a)
	}
	users, err := serve.UIDs(c.AllowUID)
	if err != nil {
		return err
	}
	if len(users) == 0 {
		users = proxy.Became(a.Getenv)
	}
	settings := proxy.Settings{
		InContainer: c.InContainer, Lifetime: max(c.Lifetime, time.Second), Wait: ending.Sleep, Users: users,
		Say: func(line string) { a.Say(a.Now().Local().Format("15:04:05") + "  " + line) },
	}
	if c.HandOver {
		settings.Say = nil
		return proxy.HandOver(a.ctx, settings, a.Stdout)
	}
	return proxy.Run(a.ctx, settings, func() {
		how := "Ctrl-C ends it"
		if runtime.GOOS == "windows" {
			how = "vault proxy --stop takes it away"
		}
		a.Say(proxy.Address + " is on the loopback; vault exec PROFILE --ec2-server serves there. " + how)
	})
}

func (c *ProxyCmd) stop(a *App) error {
	err := proxy.Stop(a.ctx)
	if errors.Is(err, proxy.ErrNone) {
		return fault.New(err.Error(), "vault off   leaves the server of a shell; vault status --server   shows it")
	}
	if err == nil {
		a.Say("the proxy has ended, and " + proxy.Address + " is gone")
	}
	return err
}

// ownProxy starts a proxy for this command, as root.
func (a *App) ownProxy(ctx context.Context) (net.Listener, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	argv, err := proxy.AsRoot(self, "proxy", "--hand-over")
	if err != nil {
		return nil, err
	}
	return proxy.Own(ctx, a.ctx, argv, proxy.Environ(a.Environ), os.Stdin, a.Stderr)
}
