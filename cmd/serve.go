package cmd

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"awsvault/cmd/front"
	"awsvault/internal/ending"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/handout"
	"awsvault/internal/program"
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

// Run serves until a signal ends it. With --connect it runs a command.
func (c *ServeCmd) Run(a *App) error {
	serving := c.serving(a)
	if err := serving.Telling.Check(); err != nil {
		return err
	}
	if c.Connect != "" {
		return c.connect(a, serving)
	}
	others, err := serve.UIDs(c.AllowUID)
	if err != nil {
		return err
	}
	serving.Settings.Others = others
	return serving.Run(a.ctx)
}

// serving returns the server that the flags describe.
func (c *ServeCmd) serving(a *App) handout.Serving {
	want := vault.Want{Duration: c.Duration, OwnRegion: true}
	c.narrow(&want)
	return handout.Serving{
		Telling: handout.Telling{
			Profiles: c.Profiles, Format: c.Format, EnvFile: c.EnvFile, Socket: c.Socket, Port: c.Port,
			Connect: c.Connect, Bind: c.Bind, IKnow: c.IKnow, Roles: c.AllowRole, GOOS: runtime.GOOS,
		},
		Session: a.session(), Config: a.Config, Want: want,
		Settings: serve.Settings{Now: a.Now, Wait: ending.Sleep, UID: os.Getuid(), Remote: c.Bind != ""},
		Expand:   a.Expand,
		Abs:      func(path string) (string, error) { return filepath.Abs(a.Expand(path)) },
		Program:  os.Executable,
		User:     fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid()),
		Print:    func(text string) error { _, err := a.Stdout.WriteString(text); return err },
		Say:      a.Say,
	}
}

// connect runs a command with the credentials of another server.
func (c *ServeCmd) connect(a *App, serving handout.Serving) error {
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
	told := env.Server{URI: a.Environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"], Token: a.Environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}
	token := ""
	if c.Bind != "" {
		token = told.Token // vault passes the token that programs send on to the server
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
	grant, target, err := handout.Remote(a.ctx, where, token, c.Profile)
	if err != nil {
		return err
	}
	if c.Bind != "" {
		return serving.Front(a.ctx, grant, told)
	}
	return a.beside(run, target, a.serving(), func(ctx context.Context, server *serve.Server) (env.Server, error) {
		return handout.Ports{Container: true}.Open(ctx, server, grant)
	})
}
