package cmd

import (
	"fmt"
	"slices"
	"strings"

	"awsvault/cmd/grammar"
)

// ManualCmd prints the manual, which `make install` installs and docs/commands.md
// is: of the same source as --help.
type ManualCmd struct {
	Markdown bool `help:"As Markdown."`
}

// Run prints it.
func (c *ManualCmd) Run(a *App) error {
	text := manPage(grammar.Commands())
	if c.Markdown {
		text = markdown(grammar.Commands())
	}
	_, err := a.Stdout.WriteString(text)
	return err
}

// manPage is vault(1), in the macros of man(7).
func manPage(table []grammar.Command) string {
	b := &strings.Builder{}
	section := func(title string) { fmt.Fprintf(b, ".SH %s\n", strings.ToUpper(roff(title))) }
	fmt.Fprintf(b, ".TH VAULT 1 \"\" \"vault\" \"User Commands\"\n")
	section("Name")
	fmt.Fprintf(b, "vault \\- %s\n", roff(strings.TrimSuffix(summary, ".")))
	section("Synopsis")
	fmt.Fprintf(b, ".B vault\n.I command\n.RI [ flag ]...\\&\n.RI [ argument ]...\\&\n")
	section("Flags of every command")
	roffFlags(b, table[0].Flags)
	section("Commands")
	for _, c := range visible(table) {
		fmt.Fprintf(b, ".SS %s\n", roff("vault "+synopsis(c)))
		roffText(b, detail(c))
		roffFlags(b, c.Flags)
	}
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
func roffFlags(b *strings.Builder, flags []grammar.Flag) {
	for _, f := range flags {
		if f.Help == "" {
			continue
		}
		name := roff("--" + f.Name)
		if f.Short != "" {
			name = roff("-"+f.Short) + ", " + name
		}
		if f.Value != "" {
			name += "=" + roff(f.Value)
		}
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", name, roff(f.Text()))
	}
}

// markdown is docs/commands.md.
func markdown(table []grammar.Command) string {
	b := &strings.Builder{}
	b.WriteString("# Commands\n\nWhat `vault COMMAND --help` says; made by `go test ./cmd -run 'Grammar|Manual' -update`.\n\nFlags of every command, the rare ones too:\n\n")
	bullets(b, table[0].Flags)
	for _, c := range visible(table) {
		fmt.Fprintf(b, "\n## vault %s\n\n```\n%s```\n", c.Name, commandHelp(table, c))
		hidden := slices.DeleteFunc(slices.Clone(c.Flags), func(f grammar.Flag) bool { return !f.Hidden })
		if len(hidden) > 0 {
			b.WriteString("\nAlso, as aws-vault has them:\n\n")
			bullets(b, hidden)
		}
	}
	for _, t := range topics {
		text, _ := topic(t.name)
		fmt.Fprintf(b, "\n## vault help %s\n\n```\n%s```\n", t.name, text)
	}
	return b.String()
}

// bullets writes a list of flags.
func bullets(b *strings.Builder, flags []grammar.Flag) {
	for _, f := range flags {
		if f.Help != "" {
			fmt.Fprintf(b, "- `--%s`: %s\n", f.Name, f.Text())
		}
	}
}
