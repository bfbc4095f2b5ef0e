package cmd

import (
	"cmp"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"awsvault/internal/env"
	"awsvault/internal/handout"
	"awsvault/internal/line"
)

// telling is how programs are told, as the flags say.
func (c *ServeCmd) telling() handout.Telling {
	return handout.Telling{
		Profiles: c.Profiles, Format: c.Format, EnvFile: c.EnvFile, Socket: c.Socket, Port: c.Port,
		Connect: c.Connect, Bind: c.Bind, IKnow: c.IKnow, Roles: c.AllowRole, GOOS: runtime.GOOS,
	}
}

// tell says what programs need. What was written for them is removed at the end.
func (c *ServeCmd) tell(a *App, l net.Listener, targets []env.Target) (remove func(), err error) {
	if !c.telling().Filed() {
		return func() {}, c.print(a, targets)
	}
	path, err := filepath.Abs(a.Expand(cmp.Or(c.EnvFile, "vault.env")))
	if err != nil {
		return nil, err
	}
	sidecar := env.Sidecar{Profile: targets[0].Profile, EnvFile: path}
	if c.Format == "compose" {
		if sidecar, err = c.sidecar(a, l, sidecar, targets[0]); err != nil {
			return nil, err
		}
	}
	text, remove, err := c.telling().File(sidecar, targets[0])
	if err != nil {
		return nil, err
	}
	if _, err = a.Stdout.WriteString(text); err != nil {
		remove()
		return nil, err
	}
	a.Say("serving; what programs need is in " + line.Word(path) + ", as long as this runs. Ctrl-C ends it")
	return remove, nil
}

// sidecar completes what a container needs to be the other end of this server.
func (c *ServeCmd) sidecar(a *App, l net.Listener, s env.Sidecar, target env.Target) (env.Sidecar, error) {
	var err error
	if s.Program, err = os.Executable(); err != nil {
		return s, err
	}
	if runtime.GOOS != "linux" {
		a.Say("vault: note: the container runs Linux: write the path of its vault in place of " + line.Word(s.Program))
	}
	if c.Socket == "" {
		_, path, _ := strings.Cut(target.Server.URI, env.SidecarAddress)
		s.URL = fmt.Sprintf("http://host.docker.internal:%d%s", l.Addr().(*net.TCPAddr).Port, path)
		return s, nil
	}
	s.User = fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid())
	s.Socket, err = filepath.Abs(a.Expand(c.Socket))
	return s, err
}

// print says what to set.
func (c *ServeCmd) print(a *App, targets []env.Target) error {
	text, err := c.telling().Text(targets)
	if err != nil {
		return err
	}
	if _, err := a.Stdout.WriteString(text); err != nil {
		return err
	}
	if said := c.telling().Said(targets); said != "" {
		a.Say(said)
	}
	return nil
}
