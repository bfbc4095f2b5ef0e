package manual

import (
	"fmt"
	"strings"
)

// Man returns the page for man(1), in the macros of man(7).
func (p Program) Man() string {
	b := &strings.Builder{}
	section := func(title string) { fmt.Fprintf(b, ".SH %s\n", strings.ToUpper(roff(title))) }
	fmt.Fprintf(b, ".TH %s 1 \"%s\" \"%s\" \"User Commands\"\n", strings.ToUpper(p.Name), p.Date, p.Name)
	section("Name")
	fmt.Fprintf(b, "%s \\- %s\n", p.Name, roff(strings.TrimSuffix(p.Summary, ".")))
	section("Synopsis")
	fmt.Fprintf(b, ".B %s\n.I command\n.RI [ flag ]...\\&\n.RI [ argument ]...\\&\n", p.Name)
	section("Flags of every command")
	roffFlags(b, p.Flags)
	section("Commands")
	for _, c := range p.Commands {
		fmt.Fprintf(b, ".SS %s\n", roff(p.Name+" "+c.Synopsis))
		roffText(b, c.Detail)
		roffFlags(b, c.Flags)
	}
	for _, t := range p.Topics {
		section(t.Title)
		roffText(b, t.Text)
	}
	section("Files")
	for _, f := range p.Files {
		fmt.Fprintf(b, ".TP\n.I %s\n%s\n", roff(f.Word), f.Text)
	}
	section("See also")
	fmt.Fprintf(b, ".BR %s\n", p.See)
	return b.String()
}

// roff escapes a text. man(7) interprets a backslash, a hyphen, and a dot or a quote at the
// beginning of a line.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}

// roffText writes paragraphs, and leaves indented lines unchanged.
func roffText(b *strings.Builder, text string) {
	literal, gap := false, false
	for i, line := range strings.Split(strings.Trim(text, "\n"), "\n") {
		if line == "" {
			gap = true
			continue
		}
		indented := strings.HasPrefix(line, "  ")
		if literal && !indented {
			b.WriteString(".fi\n")
		}
		if gap || indented && !literal && i > 0 {
			b.WriteString(".PP\n") // only one: mandoc warns of a second
		}
		if indented && !literal {
			b.WriteString(".nf\n")
		}
		b.WriteString(roff(strings.TrimRight(line, " ")) + "\n")
		literal, gap = indented, false
	}
	if literal {
		b.WriteString(".fi\n")
	}
}

// roffFlags writes a list of flags, including the rare ones.
func roffFlags(b *strings.Builder, flags []Flag) {
	group := ""
	for _, f := range flags {
		if f.Text == "" {
			continue
		}
		if f.Group != group && f.Group != "" {
			fmt.Fprintf(b, ".PP\n%s:\n", roff(f.Group))
		}
		group = f.Group
		name := roff("--" + f.Name)
		if f.Short != "" {
			name = roff("-"+f.Short) + ", " + name
		}
		if f.Value != "" {
			name += "=" + roff(f.Value)
		}
		for _, alias := range f.Aliases {
			name += ", " + roff("--"+alias)
		}
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", name, roff(f.Text))
	}
}

// Markdown returns the help of all commands, with hidden flags, and the topics.
func (p Program) Markdown() string {
	b := &strings.Builder{}
	fmt.Fprintf(b, "# Commands\n\nWhat `%s COMMAND --help` says; made by `%s`.\n\nFlags of every command, the rare ones too:\n\n", p.Name, p.Made)
	bullets(b, p.Flags)
	for _, c := range p.Commands {
		fmt.Fprintf(b, "\n## %s %s\n\n```\n%s```\n", p.Name, c.Name, p.CommandHelp(c))
		var hidden []Flag
		for _, f := range c.Flags {
			if f.Hidden {
				hidden = append(hidden, f)
			}
			for _, alias := range f.Aliases {
				hidden = append(hidden, Flag{Name: alias, Text: "The same as --" + f.Name + "."})
			}
		}
		if len(hidden) > 0 {
			b.WriteString("\nAlso:\n\n")
			bullets(b, hidden)
		}
	}
	for _, t := range p.Topics {
		text, _ := p.Topic(t.Name)
		fmt.Fprintf(b, "\n## %s help %s\n\n```\n%s```\n", p.Name, t.Name, text)
	}
	return b.String()
}

// bullets writes a list of flags.
func bullets(b *strings.Builder, flags []Flag) {
	for _, f := range flags {
		if f.Text != "" {
			fmt.Fprintf(b, "- `--%s`: %s\n", f.Name, f.Text)
		}
	}
}
