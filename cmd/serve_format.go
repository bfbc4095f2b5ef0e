package cmd

import (
	"cmp"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"awsvault/cmd/front"
	"awsvault/internal/disk"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// check refuses flags that do not go together, before a person is asked for a code.
func (c *ServeCmd) check() error {
	formats := slices.DeleteFunc(env.Formats(), func(f string) bool { return f == "ini" })
	formats = append(formats, "env-file", "compose", "systemd")
	switch {
	case c.Format != "" && !slices.Contains(formats, c.Format):
		return fault.NewUsage(fmt.Sprintf("there is no format %q here", c.Format), strings.Join(formats, ", "))
	case c.Connect == "" && c.filed() && len(c.Profiles) > 1:
		return fault.NewUsage("a file for one program can name one profile only", "vault serve PROFILE --format="+c.Format)
	case c.Socket != "" && c.Format != "" && c.Format != "compose":
		return fault.NewUsage("programs cannot ask a socket, so there is nothing to set in format "+c.Format, "vault serve --connect SOCKET -- CMD   or leave --socket out")
	case c.Connect != "" && c.Bind != "" && len(c.Profiles) > 0:
		return fault.NewUsage("--connect with --bind serves programs that it does not start", "leave "+line.Word(c.Profiles[0])+" out, or --bind")
	case c.Bind != "" && net.ParseIP(c.Bind) == nil:
		return fault.NewUsage(fmt.Sprintf("--bind %q is not an address", c.Bind), "")
	case c.Bind != "" && !c.IKnow && !net.ParseIP(c.Bind).IsLoopback():
		return fault.NewUsage("at "+c.Bind+" other machines can ask, and the token is sent there in the clear", "--i-know, if that is what you want")
	}
	return nil
}

// filed tells whether what to set is written to a file.
func (c *ServeCmd) filed() bool {
	return c.EnvFile != "" || c.Format == "compose" || c.Format == "systemd"
}

// tell says what programs need. What was written for them is removed at the end.
func (c *ServeCmd) tell(a *App, l net.Listener, targets []env.Target) (remove func(), err error) {
	if !c.filed() {
		return func() {}, c.print(a, targets)
	}
	path, err := filepath.Abs(a.Expand(cmp.Or(c.EnvFile, "vault.env")))
	if err != nil {
		return nil, err
	}
	text, err := env.Export("env", targets[0])
	if err != nil {
		return nil, err
	}
	if err := disk.Replace(path, []byte(text), disk.Options{Private: true}); err != nil {
		return nil, err
	}
	remove = func() { os.Remove(path) }
	sidecar := env.Sidecar{Profile: targets[0].Profile, EnvFile: path}
	written := ""
	switch c.Format {
	case "compose":
		if sidecar, err = c.sidecar(a, l, sidecar, targets[0]); err == nil {
			written, err = sidecar.Compose()
		}
	case "systemd":
		written, err = sidecar.Systemd()
	}
	if err == nil {
		_, err = a.Stdout.WriteString(written)
	}
	if err != nil {
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
	if c.Socket != "" {
		a.Say("serving on " + c.Socket + "; Ctrl-C ends it. Where programs are to have them:  vault serve --connect " + line.Word(c.Socket) + " -- CMD")
		return nil
	}
	if c.Format == "json" {
		return c.printJSON(a, targets)
	}
	format := c.Format
	switch {
	case format == "env-file":
		format = "env"
	case format == "" && runtime.GOOS == "windows":
		format = "powershell"
	case format == "":
		format = "sh"
	}
	var out strings.Builder
	for _, t := range targets {
		text, err := env.Export(format, t)
		if err != nil {
			return err
		}
		if len(targets) > 1 && format != "cmd" {
			fmt.Fprintf(&out, "# %s\n", front.Printable(t.Profile))
		}
		out.WriteString(text)
	}
	if _, err := a.Stdout.WriteString(out.String()); err != nil {
		return err
	}
	if len(targets) > 1 {
		a.Say("serving; use one block, where the programs run: each sets the same variables. Ctrl-C ends it")
		return nil
	}
	a.Say("serving; set these variables where the programs run. Ctrl-C ends it")
	return nil
}

func (c *ServeCmd) printJSON(a *App, targets []env.Target) error {
	type served struct {
		Profile string  `json:"profile"`
		URI     string  `json:"uri"`
		Token   string  `json:"token"`
		Region  *string `json:"region"`
	}
	all := []served{}
	for _, t := range targets {
		all = append(all, served{t.Profile, t.Server.URI, t.Server.Token, front.Optional(t.Region)})
	}
	return a.PrintJSON(map[string]any{"schema": 1, "served": all})
}
