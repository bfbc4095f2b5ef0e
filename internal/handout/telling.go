package handout

import (
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"awsvault/internal/disk"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/say"
	"awsvault/internal/serve"
)

// Telling says how programs learn where to ask, according to the flags of `serve`.
type Telling struct {
	Profiles []string // with Connect, the command to run
	Format   string   // empty for the default format
	EnvFile  string   // a file for one program
	Socket   string   // that is served, instead of a port
	Port     string   // as it was given
	Connect  string   // the other end of a server
	Bind     string   // an address that is not the usual one
	IKnow    bool     // that other machines can ask there
	Roles    []string // that programs may ask for, or patterns of them
	GOOS     string
}

// Check refuses flags that do not go together, before vault asks the person for a code.
func (t Telling) Check() error {
	formats := slices.DeleteFunc(env.Formats(), func(f string) bool { return f == "ini" })
	formats = append(formats, "env-file", "compose", "systemd")
	odd := slices.IndexFunc(t.Roles, func(text string) bool { return !serve.Role(text) })
	switch {
	case odd >= 0:
		return fault.NewUsage(fmt.Sprintf("--allow-role %q is neither the ARN of a role nor a pattern of one", t.Roles[odd]), "--allow-role 'arn:aws:iam::*:role/deploy-*'   allows some roles in every account")
	case t.Format != "" && !slices.Contains(formats, t.Format):
		return fault.NewUsage(fmt.Sprintf("there is no format %q", t.Format), "one of "+strings.Join(formats, ", "))
	case t.Connect == "" && t.Filed() && len(t.Profiles) > 1:
		return fault.NewUsage("a file is for one profile only", "run vault serve once for each, with its own --env-file")
	case t.Socket != "" && t.Port != "":
		return fault.NewUsage("--socket and --port do not go together", "leave one of them out")
	case t.Socket != "" && t.Format != "" && t.Format != "compose":
		return fault.NewUsage("AWS tools cannot use a socket, so there is nothing to write in format "+t.Format, "vault serve --connect SOCKET -- CMD   or leave --socket out")
	case t.Connect != "" && t.Bind != "" && len(t.Profiles) > 0:
		return fault.NewUsage("--connect with --bind serves programs that it does not start", "leave "+line.Word(t.Profiles[0])+" out, or --bind")
	case t.Bind != "" && net.ParseIP(t.Bind) == nil:
		return fault.NewUsage(fmt.Sprintf("--bind %q is not an address", t.Bind), "")
	case t.Bind != "" && !t.IKnow && !net.ParseIP(t.Bind).IsLoopback():
		return fault.NewUsage("at "+t.Bind+" other machines can connect, and the token is sent to them unencrypted", "--i-know, if that is what you want")
	}
	return nil
}

// Filed reports whether the settings are written to a file.
func (t Telling) Filed() bool {
	return t.EnvFile != "" || t.Format == "compose" || t.Format == "systemd"
}

// Blocks returns the text that sets the variables of each target. A program uses one of the
// blocks.
func (t Telling) Blocks(targets []env.Target) (string, error) {
	format := t.Format
	switch {
	case format == "env-file":
		format = "env"
	case format == "" && t.GOOS == "windows":
		format = "powershell"
	case format == "":
		format = "sh"
	}
	var out strings.Builder
	for _, target := range targets {
		text, err := env.Export(format, target)
		if err != nil {
			return "", err
		}
		if len(targets) > 1 && format != "cmd" {
			fmt.Fprintf(&out, "# %s\n", line.Printable(target.Profile))
		}
		out.WriteString(text)
	}
	return out.String(), nil
}

// Text returns the output for programs. It is empty for a socket, which programs cannot use.
func (t Telling) Text(targets []env.Target) (string, error) {
	switch {
	case t.Socket != "":
		return "", nil
	case t.Format == "json":
		return say.JSON(NewDocument(targets))
	}
	return t.Blocks(targets)
}

// Said returns the message for the person. It is empty for JSON, which only a program reads.
func (t Telling) Said(targets []env.Target) string {
	switch {
	case t.Socket != "":
		return "serving on " + t.Socket + "; Ctrl-C ends it. Where the programs run:  vault serve --connect " + line.Word(t.Socket) + " -- CMD"
	case t.Format == "json":
		return ""
	case len(targets) > 1:
		return fmt.Sprintf("serving %d profiles; copy one block to where the programs run. Ctrl-C ends it", len(targets))
	}
	return "serving; set these variables where the programs run. Ctrl-C ends it"
}

// File writes the settings for a program to the side car's file. It returns the text of the
// file for docker compose or systemd that refers to it. remove removes the side car's file.
func (t Telling) File(s env.Sidecar, target env.Target) (text string, remove func(), err error) {
	variables, err := env.Export("env", target)
	if err != nil {
		return "", nil, err
	}
	switch t.Format {
	case "compose":
		text, err = s.Compose()
	case "systemd":
		text, err = s.Systemd()
	}
	if err != nil {
		return "", nil, err
	}
	return text, func() { os.Remove(s.EnvFile) }, disk.Replace(s.EnvFile, []byte(variables), disk.Options{Private: true})
}

// Document is the answer in JSON.
type Document struct {
	Schema int      `json:"schema"`
	Served []served `json:"served"`
}

type served struct {
	Profile string  `json:"profile"`
	URI     string  `json:"uri"`
	Token   string  `json:"token"`
	Region  *string `json:"region"`
}

// NewDocument describes the served profiles.
func NewDocument(targets []env.Target) Document {
	d := Document{Schema: 1, Served: []served{}}
	for _, t := range targets {
		s := served{Profile: t.Profile, URI: t.Server.URI, Token: t.Server.Token}
		if t.Region != "" {
			s.Region = &t.Region
		}
		d.Served = append(d.Served, s)
	}
	return d
}
