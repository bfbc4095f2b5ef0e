package manual

import (
	"fmt"
	"slices"
	"strings"

	"awsvault/internal/line"
)

// screen is the largest width of the help.
const screen = 80

// Help returns the help of the program. The first section, with the commands for each day, has
// a line for each command. The other sections have only the names, so that the help fits the
// screen.
func (p Program) Help() string {
	text := p.Name + "   " + p.Summary + "\n\n"
	width, indent := 0, 0
	names := map[string][]string{}
	for _, c := range p.Commands {
		if strings.Contains(c.Name, " ") {
			continue
		}
		names[c.Group] = append(names[c.Group], c.Name)
		if c.Group == p.Sections[0].Group {
			width = max(width, len(c.Synopsis))
		}
	}
	for _, c := range p.Commands {
		if c.Group == p.Sections[0].Group {
			text += fmt.Sprintf("  %s %-*s  %s\n", p.Name, width, c.Synopsis, c.Help)
		}
	}
	text += "\n"
	for _, s := range p.Sections[1:] {
		indent = max(indent, len(s.Title))
	}
	for _, s := range p.Sections[1:] {
		text += line.Fill(fmt.Sprintf("%-*s  ", indent, s.Title), names[s.Group], "  ", screen, indent+2) + "\n"
	}
	var topics []string
	for _, t := range p.Topics {
		topics = append(topics, t.Name)
	}
	slices.Sort(topics)
	return text + "\nFlags of every command\n" + flagHelp(p.Flags) + p.Examples +
		"\nMore: " + p.Name + " COMMAND --help, " + p.Name + " help TOPIC (" + strings.Join(topics, ", ") + ")\n"
}

// CommandHelp returns the help of a command.
func (p Program) CommandHelp(c Command) string {
	text, command := c.Detail, c.Synopsis
	children := p.children(c)
	if len(children) > 0 {
		text += "\n"
		command += " COMMAND"
	}
	width := 18
	for _, child := range children {
		width = max(width, len(strings.TrimPrefix(child.Synopsis, c.Name+" ")))
	}
	for _, child := range children {
		text += fmt.Sprintf("\n  %-*s %s", width, strings.TrimPrefix(child.Synopsis, c.Name+" "), child.Help)
	}
	text = "Usage: " + p.Name + " " + command + "\n\n" + reflow(text) + "\n"
	if flags := flagHelp(c.Flags); flags != "" {
		text += "\n" + flags
	}
	return text + groupHelp(c.Flags)
}

// groupHelp returns the flags that belong to a group, two in a line, so that they fit the
// screen.
func groupHelp(flags []Flag) (text string) {
	groups := map[string][][2]string{}
	var order []string
	for _, f := range flags {
		if f.Group == "" || f.Hidden {
			continue
		}
		if groups[f.Group] == nil {
			order = append(order, f.Group)
		}
		groups[f.Group] = append(groups[f.Group], [2]string{f.name(), f.Text})
	}
	for _, name := range order {
		list := groups[name]
		rows := (len(list) + 1) / 2
		columns := [2][][2]string{list[:rows], list[rows:]}
		var names, left int
		for _, f := range columns[0] {
			names, left = max(names, len(f[0])), max(left, len(f[1]))
		}
		right := 0
		for _, f := range columns[1] {
			right = max(right, len(f[0]))
		}
		text += name + "\n"
		for i, f := range columns[0] {
			row := fmt.Sprintf("  %-*s  %-*s", names, f[0], left, f[1])
			if i < len(columns[1]) {
				row += fmt.Sprintf("  %-*s  %s", right, columns[1][i][0], columns[1][i][1])
			}
			text += strings.TrimRight(row, " ") + "\n"
		}
	}
	return text
}

// name returns a flag as it is typed.
func (f Flag) name() string {
	name := "--" + f.Name
	switch {
	case f.Value != "":
		name += "=" + f.Value
	case f.Negatable:
		name = "--[no-]" + f.Name
	}
	if f.Short != "" {
		name = "-" + f.Short + ", " + name
	}
	return name
}

// children returns the commands that belong to a command.
func (p Program) children(of Command) (found []Command) {
	for _, c := range p.Commands {
		if group, _, ok := strings.Cut(c.Name, " "); ok && group == of.Name {
			found = append(found, c)
		}
	}
	return found
}

// Topic returns the page of a topic.
func (p Program) Topic(name string) (text string, ok bool) {
	for _, t := range p.Topics {
		if t.Name == name {
			return fmt.Sprintf("%s\n\n%s\n", t.Title, strings.Trim(t.Text, "\n")), true
		}
	}
	return "", false
}

// reflow wraps the paragraphs of a text for the screen. Indented text stays unchanged.
func reflow(text string) string {
	var paragraphs []string
	for _, p := range strings.Split(text, "\n\n") {
		if !strings.HasPrefix(p, "  ") && !strings.Contains(p, "\n  ") {
			p = line.Wrap(strings.Join(strings.Fields(p), " "), screen-1, 0)
		}
		paragraphs = append(paragraphs, p)
	}
	return strings.Join(paragraphs, "\n\n")
}

// flagHelp returns a line for each flag.
func flagHelp(flags []Flag) string {
	var names, texts []string
	width, indent := 0, ""
	for _, f := range flags {
		if f.Hidden || f.Group != "" {
			continue
		}
		if f.Short != "" {
			indent = "    "
		}
		names = append(names, f.name())
		texts = append(texts, f.Text)
	}
	for i, name := range names {
		if strings.HasPrefix(name, "--") {
			names[i] = indent + name
		}
		width = max(width, len(names[i]))
	}
	text := ""
	for i, name := range names {
		text += line.Wrap(fmt.Sprintf("  %-*s  %s", width, name, texts[i]), screen, width+4) + "\n"
	}
	return text
}
