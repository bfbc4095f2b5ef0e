package handout

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"awsvault/internal/awsconf"
	"awsvault/internal/disk"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/serve"
	"awsvault/internal/vault"
)

// Serving is a server in the foreground, for programs that others start.
type Serving struct {
	Telling  Telling
	Session  *vault.Session
	Config   func() (*awsconf.Config, error)
	Want     vault.Want     // of each profile, but for its name
	Settings serve.Settings // but for what is told and seen

	Expand  func(path string) string          // of a setting
	Abs     func(path string) (string, error) // the same, from the root
	Program func() (string, error)            // the file of this program
	User    string                            // uid:gid of this process
	Print   func(text string) error           // for programs
	Say     func(line string)                 // to the person
}

// Run serves until ctx ends.
func (s Serving) Run(ctx context.Context) error {
	grants, targets, err := s.grants(ctx)
	if err != nil {
		return err
	}
	l, err := s.listen()
	if err != nil {
		return err
	}
	server := s.server()
	defer server.Close()
	base := "http://" + l.Addr().String()
	if s.Telling.Format == "compose" {
		base = "http://" + env.SidecarAddress
	}
	for i, g := range grants {
		lease := server.Grant(g)
		targets[i].Server = env.Server{URI: base + lease.Path(), Token: lease.Token}
	}
	remove, err := s.tell(l.Addr(), targets)
	if err != nil {
		l.Close()
		return err
	}
	defer remove()
	go server.Tend(ctx)
	return server.Serve(ctx, l)
}

// Front serves other containers, or machines, with the lease that their programs were told
// in variables.
func (s Serving) Front(ctx context.Context, grant serve.Grant, told env.Server) error {
	uri, err := url.Parse(told.URI)
	lease, ok := serve.Lease{}, false
	if err == nil {
		lease, ok = serve.ParseLease(uri.Path, told.Token)
	}
	if !ok {
		return fault.NewUsage("--connect with --bind needs the variables that the programs have", "vault serve PROFILE --format=compose writes what sets them")
	}
	l, err := s.listen()
	if err != nil {
		return err
	}
	grant.As = lease
	s.Settings.UID, s.Settings.Remote = -1, true
	server := s.server()
	defer server.Close()
	server.Grant(grant)
	s.Say("serving on " + l.Addr().String())
	go server.Tend(ctx)
	return server.Serve(ctx, l)
}

func (s Serving) server() *serve.Server {
	settings := s.Settings
	settings.Tell = func(line string) { s.Say("vault: " + line) }
	settings.Seen = func(e serve.Entry) {
		if e.Name != "" || e.Why != "" { // else it was about health
			s.Say(e.Line())
		}
	}
	return serve.New(settings)
}

// grants are what is served, a profile each. A name may end in a region.
func (s Serving) grants(ctx context.Context) (grants []serve.Grant, targets []env.Target, err error) {
	if len(s.Telling.Profiles) == 0 {
		return nil, nil, fault.NewUsage("serve needs a profile", "vault serve PROFILE...   vault list shows the profiles")
	}
	config, err := s.Config()
	if err != nil {
		return nil, nil, err
	}
	for i, name := range s.Telling.Profiles {
		if slices.Contains(s.Telling.Profiles[:i], name) {
			return nil, nil, fault.NewUsage("profile "+line.Word(name)+" is named twice", "name each once")
		}
		want := s.Want
		if want.Profile = name; !config.Has(name) {
			want.Profile, want.Region = vault.InRegion(name)
		}
		g, target, err := Grant(ctx, s.Session, want, false)
		if err != nil {
			return nil, nil, err
		}
		g.Role = serve.RolesLike(s.Telling.Roles, g.Role) // other programs reach this server than a command's own
		grants, targets = append(grants, g), append(targets, target)
	}
	return grants, targets, nil
}

// listen opens the socket or the port.
func (s Serving) listen() (net.Listener, error) {
	if s.Telling.Socket != "" {
		return serve.ListenUnix(s.Expand(s.Telling.Socket), len(s.Settings.Others) > 0)
	}
	port, err := serve.Port(s.Telling.Port)
	if err != nil {
		return nil, err
	}
	address := net.IPv4(127, 0, 0, 1)
	if s.Telling.Bind != "" {
		address = net.ParseIP(s.Telling.Bind)
	}
	l, err := serve.ListenOn(address, port)
	if err != nil {
		return nil, fault.Hinted(fmt.Errorf("open a port for the credential server: %w", disk.Cause(err)), "without --port, vault takes one that is free")
	}
	return l, nil
}

// tell says what programs need. What was written for them is removed at the end.
func (s Serving) tell(at net.Addr, targets []env.Target) (remove func(), err error) {
	if !s.Telling.Filed() {
		return func() {}, s.print(targets)
	}
	path, err := s.Abs(cmp.Or(s.Telling.EnvFile, "vault.env"))
	if err != nil {
		return nil, err
	}
	sidecar := env.Sidecar{Profile: targets[0].Profile, EnvFile: path}
	if s.Telling.Format == "compose" {
		if sidecar, err = s.sidecar(at, sidecar, targets[0]); err != nil {
			return nil, err
		}
	}
	text, remove, err := s.Telling.File(sidecar, targets[0])
	if err != nil {
		return nil, err
	}
	if err = s.Print(text); err != nil {
		remove()
		return nil, err
	}
	s.Say("serving; what programs need is in " + line.Word(path) + ", as long as this runs. Ctrl-C ends it")
	return remove, nil
}

// print says what to set.
func (s Serving) print(targets []env.Target) error {
	text, err := s.Telling.Text(targets)
	if err != nil {
		return err
	}
	if err := s.Print(text); err != nil {
		return err
	}
	if said := s.Telling.Said(targets); said != "" {
		s.Say(said)
	}
	return nil
}

// sidecar completes what a container needs to be the other end of this server.
func (s Serving) sidecar(at net.Addr, c env.Sidecar, target env.Target) (env.Sidecar, error) {
	var err error
	if c.Program, err = s.Program(); err != nil {
		return c, err
	}
	if s.Telling.GOOS != "linux" {
		s.Say("vault: note: the container runs Linux: write the path of its vault in place of " + line.Word(c.Program))
	}
	if port, ok := at.(*net.TCPAddr); ok {
		_, path, _ := strings.Cut(target.Server.URI, env.SidecarAddress)
		c.URL = fmt.Sprintf("http://host.docker.internal:%d%s", port.Port, path)
		return c, nil
	}
	c.User = s.User
	c.Socket, err = s.Abs(s.Telling.Socket)
	return c, err
}

// Remote is a profile of another server, as this one hands it out, and what the programs
// that ask here are told.
func Remote(ctx context.Context, where, token, name string) (grant serve.Grant, target env.Target, err error) {
	remote, err := serve.Connect(where, token)
	if err != nil {
		return grant, target, fault.Of(fault.Usage, err)
	}
	profile, err := remote.Choose(ctx, name)
	if err != nil {
		return grant, target, err
	}
	grant = serve.Grant{Name: profile.Name, Region: profile.Region, Source: remote.Source(profile.Name), Role: remote.Role(profile.Name)}
	target = env.Target{Profile: profile.Name, Region: profile.Region}
	target.About.Served = true
	return grant, target, nil
}

// Ports are where the programs of a command ask.
type Ports struct {
	Container bool         // by the protocol of containers
	Metadata  bool         // by that of the instance metadata service
	Address   net.Listener // at the service's own address; nil: on the port of the other
	URL       string       // of that address
}

// Open opens the port that is wanted, and says what leads there.
func (p Ports) Open(ctx context.Context, server *serve.Server, grant serve.Grant) (at env.Server, err error) {
	l, err := serve.Listen(0)
	if err != nil {
		return at, fmt.Errorf("open a port for the credential server: %w", err)
	}
	lease := server.Grant(grant)
	go server.Serve(ctx, l)
	base := "http://" + l.Addr().String()
	if p.Container {
		at = env.Server{URI: base + lease.Path(), Token: lease.Token}
	}
	switch {
	case p.Address != nil:
		go server.Serve(ctx, p.Address)
		at.Metadata = p.URL
	case p.Metadata:
		at.Metadata = base + "/"
	}
	return at, nil
}
