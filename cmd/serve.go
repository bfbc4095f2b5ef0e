package cmd

import (
	"fmt"
	"net"
	"os"
	"slices"
	"time"

	"awsvault/internal/disk"
	"awsvault/internal/ending"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/handout"
	"awsvault/internal/line"
	"awsvault/internal/serve"
	"awsvault/internal/vault"
)

// ServeCmd serves credentials in the foreground.
type ServeCmd struct {
	Profiles  []string      `arg:"" optional:"" name:"profile" help:"The profiles. dev:us-east-1 is dev in another region."`
	Port      string        `help:"The port on 127.0.0.1. Default: a free one." placeholder:"N"`
	Socket    string        `help:"Serve on a Unix socket instead, for --connect." placeholder:"PATH"`
	Format    string        `help:"Shell name, env-file, dotenv, json, compose, systemd." placeholder:"FORMAT"`
	EnvFile   string        `name:"env-file" help:"Write the variables to a file instead." placeholder:"PATH"`
	Bind      string        `hidden:"" help:"Another address than 127.0.0.1, for other machines to ask." placeholder:"ADDRESS"`
	IKnow     bool          `name:"i-know" hidden:"" help:"With --bind: accept that the token is sent unencrypted."`
	AllowRole []string      `name:"allow-role" sep:"none" help:"A role programs may request; * is any text." placeholder:"ARN"`
	AllowUID  []string      `name:"allow-uid" sep:"none" hidden:"" help:"Another user whose programs may ask." placeholder:"UID"`
	Duration  time.Duration `short:"d" help:"How long sessions are, like 1h30m." env:"AWS_VAULT_DURATION" placeholder:"DURATION"`
	NarrowFlags
	Connect   string `help:"Connect to a server, and run a command with its credentials." placeholder:"SOCKET|URL"`
	TokenFile string `name:"token-file" help:"With --connect URL: the file that has the token." placeholder:"PATH"`
	Profile   string `help:"With --connect: which of the server's profiles." placeholder:"NAME"`
}

// Run serves until it is interrupted.
func (c *ServeCmd) Run(a *App) error {
	if c.Connect != "" {
		return c.connect(a)
	}
	if err := c.telling().Check(); err != nil {
		return err
	}
	others, err := serve.UIDs(c.AllowUID)
	if err != nil {
		return err
	}
	grants, targets, err := c.grants(a)
	if err != nil {
		return err
	}
	l, err := c.listen(a)
	if err != nil {
		return err
	}
	server := serve.New(serve.Settings{
		Now: a.Now, Wait: ending.Sleep, UID: os.Getuid(), Others: others, Remote: c.Bind != "",
		Seen: a.seen, Tell: func(line string) { a.Say("vault: " + line) },
	})
	defer server.Close()
	base := "http://" + l.Addr().String()
	if c.Format == "compose" {
		base = "http://" + env.SidecarAddress
	}
	for i, g := range grants {
		lease := server.Grant(g)
		targets[i].Server = env.Server{URI: base + lease.Path(), Token: lease.Token}
	}
	remove, err := c.tell(a, l, targets)
	if err != nil {
		l.Close()
		return err
	}
	defer remove()
	go server.Tend(a.ctx)
	return server.Serve(a.ctx, l)
}

func (c *ServeCmd) grants(a *App) (grants []serve.Grant, targets []env.Target, err error) {
	if len(c.Profiles) == 0 {
		return nil, nil, fault.NewUsage("serve needs a profile", "vault serve PROFILE...   vault list shows the profiles")
	}
	config, err := a.Config()
	if err != nil {
		return nil, nil, err
	}
	for i, name := range c.Profiles {
		if slices.Contains(c.Profiles[:i], name) {
			return nil, nil, fault.NewUsage("profile "+line.Word(name)+" is named twice", "name each once")
		}
		want := vault.Want{Duration: c.Duration, OwnRegion: true}
		if want.Profile = name; !config.Has(name) {
			want.Profile, want.Region = vault.InRegion(name)
		}
		c.narrow(&want)
		g, target, err := handout.Grant(a.ctx, a.session(), want, false)
		if err != nil {
			return nil, nil, err
		}
		g.Role = serve.RolesLike(c.AllowRole, g.Role) // other programs reach this server than a command's own
		grants, targets = append(grants, g), append(targets, target)
	}
	return grants, targets, nil
}

func (a *App) seen(e serve.Entry) {
	if e.Name != "" || e.Why != "" { // else it was about health
		a.Say(e.Line())
	}
}

func (c *ServeCmd) listen(a *App) (net.Listener, error) {
	if c.Socket != "" {
		return serve.ListenUnix(a.Expand(c.Socket), len(c.AllowUID) > 0)
	}
	port, err := serve.Port(c.Port)
	if err != nil {
		return nil, err
	}
	address := net.IPv4(127, 0, 0, 1)
	if c.Bind != "" {
		address = net.ParseIP(c.Bind)
	}
	l, err := serve.ListenOn(address, port)
	if err != nil {
		return nil, fault.Hinted(fmt.Errorf("open a port for the credential server: %w", disk.Cause(err)), "without --port, vault takes one that is free")
	}
	return l, nil
}
