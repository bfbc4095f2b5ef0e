package cmd

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// ManualCmd prints the manual, which `make install` installs and docs/commands.md
// is: of the same source as --help.
type ManualCmd struct {
	Markdown bool `help:"As Markdown."`
}

// Run prints it.
func (c *ManualCmd) Run(a *App, model *kong.Application) error {
	text := manPage(model)
	if c.Markdown {
		text = markdown(model)
	}
	_, err := a.stdout.WriteString(text)
	return err
}

// each calls f for every command that people see, subcommands after their parent.
func each(nodes []*kong.Node, path string, f func(name string, c *kong.Node)) {
	for _, c := range nodes {
		if !c.Hidden {
			f(path+c.Name, c)
			each(c.Children, path+c.Name+" ", f)
		}
	}
}

// manPage is vault(1), in the macros of man(7).
func manPage(app *kong.Application) string {
	b := &strings.Builder{}
	section := func(title string) { fmt.Fprintf(b, ".SH %s\n", strings.ToUpper(roff(title))) }
	fmt.Fprintf(b, ".TH VAULT 1 \"\" \"vault\" \"User Commands\"\n")
	section("Name")
	fmt.Fprintf(b, "vault \\- %s\n", roff(strings.TrimSuffix(app.Help, ".")))
	section("Synopsis")
	fmt.Fprintf(b, ".B vault\n.I command\n.RI [ flag ]...\\&\n.RI [ argument ]...\\&\n")
	section("Flags of every command")
	roffFlags(b, app.Flags)
	section("Commands")
	each(app.Children, "", func(name string, c *kong.Node) {
		fmt.Fprintf(b, ".SS %s\n", roff("vault "+strings.TrimSuffix(name, c.Name)+synopsis(c)))
		detail := c.Detail
		if detail == "" {
			detail = c.Help
		}
		roffText(b, detail)
		roffFlags(b, c.Flags)
	})
	for _, t := range topics {
		section(t.title)
		roffText(b, t.text)
	}
	section("Files")
	fmt.Fprintf(b, ".TP\n.I %s\nprofiles.\n.TP\n.I %s\ntrust of directories, locks.\n", roff("~/.aws/config, ~/.aws/credentials"), roff("$XDG_STATE_HOME/awsvault"))
	section("See also")
	fmt.Fprintf(b, ".BR aws (1)\n")
	return b.String()
}

// roff makes text safe: man(7) would take a backslash, a hyphen, and a dot or a
// quote at the beginning of a line for its own.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}

// roffText writes paragraphs, and what is indented as it stands.
func roffText(b *strings.Builder, text string) {
	literal := false
	for _, line := range strings.Split(strings.Trim(text, "\n"), "\n") {
		indented := strings.HasPrefix(line, "  ")
		switch {
		case indented && !literal:
			b.WriteString(".PP\n.nf\n")
		case !indented && literal:
			b.WriteString(".fi\n")
		}
		switch {
		case line != "":
			b.WriteString(roff(strings.TrimRight(line, " ")) + "\n")
		case !literal || !indented:
			b.WriteString(".PP\n")
		}
		literal = indented
	}
	if literal {
		b.WriteString(".fi\n")
	}
}

// roffFlags writes a list of flags, the rare ones too.
func roffFlags(b *strings.Builder, flags []*kong.Flag) {
	for _, f := range flags {
		if f.Name == "help" || f.Help == "" {
			continue
		}
		name := roff("--" + f.Name)
		if f.Short != 0 {
			name = roff("-"+string(f.Short)) + ", " + name
		}
		if !f.IsBool() {
			name += "=" + roff(f.FormatPlaceHolder())
		}
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", name, roff(kong.DefaultHelpValueFormatter(f.Value)))
	}
}

// markdown is docs/commands.md.
func markdown(app *kong.Application) string {
	b := &strings.Builder{}
	b.WriteString("# Commands\n\nWhat `vault COMMAND --help` says; made by `go test ./cmd -run Manual -update`.\n\nFlags of every command, the rare ones too:\n\n")
	rare := func(flags []*kong.Flag) {
		for _, f := range flags {
			if f.Name == "help" || f.Help == "" {
				continue
			}
			fmt.Fprintf(b, "- `--%s`: %s\n", f.Name, kong.DefaultHelpValueFormatter(f.Value))
		}
	}
	rare(app.Flags)
	each(app.Children, "", func(name string, c *kong.Node) {
		fmt.Fprintf(b, "\n## vault %s\n\n```\n%s```\n", name, commandHelp(c))
		var hidden []*kong.Flag
		for _, f := range c.Flags {
			if f.Hidden {
				hidden = append(hidden, f)
			}
		}
		if len(hidden) > 0 {
			b.WriteString("\nAlso, as aws-vault has them:\n\n")
			rare(hidden)
		}
	})
	for _, t := range topics {
		text, _ := topic(t.name)
		fmt.Fprintf(b, "\n## vault help %s\n\n```\n%s```\n", t.name, text)
	}
	return b.String()
}
