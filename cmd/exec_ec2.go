package cmd

import (
	"context"
	"fmt"
	"net"

	"github.com/alecthomas/kong"

	"awsvault/internal/env"
	"awsvault/internal/grammar"
	"awsvault/internal/handout"
	"awsvault/internal/proxy"
	"awsvault/internal/serve"
)

// ec2Server is the value of --ec2-server, a switch that may also be written "=address".
type ec2Server string

const atAddress ec2Server = "address"

func (s ec2Server) on() bool { return s == atAddress || grammar.Truth(string(s)) }

// IsBool implements kong.BoolMapperValue.
func (ec2Server) IsBool() bool { return true }

// Decode implements kong.MapperValue.
func (s *ec2Server) Decode(ctx *kong.DecodeContext) error {
	*s = "true"
	if ctx.Scan.Peek().Type != kong.FlagValueToken {
		return nil
	}
	value, _ := ctx.Scan.Pop().Value.(string)
	switch {
	case ec2Server(value) == atAddress:
		*s = atAddress
	case grammar.Truth(value):
	case grammar.Untruth(value):
		*s = "false"
	default:
		return fmt.Errorf("takes address, or nothing, and not %q", value)
	}
	return nil
}

// listen opens the ports that the flags ask for, and returns how programs find them.
func (c *ExecCmd) listen(ctx context.Context, a *App, server *serve.Server, grant serve.Grant) (env.Server, error) {
	ports := handout.Ports{Container: c.Server, Metadata: c.EC2Server.on(), URL: "http://" + proxy.Address + "/"}
	if ports.Metadata {
		var err error
		if ports.Address, err = c.atAddress(ctx, a); err != nil {
			return env.Server{}, err
		}
	}
	return ports.Open(ctx, server, grant)
}

// atAddress returns a listener at the address of EC2's metadata service. If it returns nil,
// programs use another port.
func (c *ExecCmd) atAddress(ctx context.Context, a *App) (net.Listener, error) {
	asked, err := proxy.Ask(ctx)
	l, note, err := proxy.Answered(asked, err, c.EC2Server == atAddress, func() (net.Listener, error) { return a.ownProxy(ctx) })
	if note != "" {
		a.Say("vault: note: " + note)
	}
	return l, err
}
