package cmd

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"awsvault/cmd/grammar"
	"awsvault/internal/line"
)

// printHelp is the help of the command that was named, or of all of them, in
// place of kong's: it fits a screen of 24 rows and 80 columns.
func printHelp(_ kong.HelpOptions, ctx *kong.Context) error {
	text := appHelp(grammar.Commands())
	if node := ctx.Selected(); node != nil {
		text = commandHelp(grammar.Commands(), *grammar.Find(node.Name))
	}
	_, err := io.WriteString(ctx.Stdout, text)
	return err
}

// summary is what vault is, in the first line of its help and of the manual.
const summary = "AWS credentials for the shell you are in."

// sections are the groups of commands. Of the first, which is what one types each
// day, the help has a line for each command; of the others the names, or it would
// not fit the screen.
var sections = [...]struct{ group, title string }{
	{"shell", "This shell"}, {"keys", "Profiles"}, {"scripts", "Scripts"}, {"setup", "Set-up"},
}

func appHelp(table []grammar.Command) string {
	text := "vault   " + summary + "\n\n"
	width, indent := 0, 0
	names := map[string][]string{}
	for _, c := range visible(table) {
		if strings.Contains(c.Name, " ") {
			continue
		}
		names[c.Group] = append(names[c.Group], c.Name)
		if c.Group == sections[0].group {
			width = max(width, len(synopsis(c)))
		}
	}
	for _, c := range visible(table) {
		if c.Group == sections[0].group {
			text += fmt.Sprintf("  vault %-*s  %s\n", width, synopsis(c), c.Help)
		}
	}
	text += "\n"
	for _, s := range sections[1:] {
		indent = max(indent, len(s.title))
	}
	for _, s := range sections[1:] {
		text += line.Fill(fmt.Sprintf("%-*s  ", indent, s.title), names[s.group], "  ", screen, indent+2) + "\n"
	}
	return text + "\nFlags of every command\n" + flagHelp(table[0].Flags) +
		"\n  vault use dev                     vault exec prod -- terraform plan\n" +
		"\nMore: vault COMMAND --help, vault help TOPIC (" + strings.Join(topicNames(), ", ") + ")\n"
}

// visible are the commands that people see.
func visible(table []grammar.Command) []grammar.Command {
	return slices.DeleteFunc(slices.Clone(table[1:]), func(c grammar.Command) bool { return c.Hidden })
}

// detail is what a command's struct says of itself, else its line in the help.
func detail(c grammar.Command) string {
	if h, ok := (&CLI{}).command(c.Name).(interface{ Help() string }); ok {
		return h.Help()
	}
	return c.Help
}

// screen is how wide help may be.
const screen = 80

// reflow fits the paragraphs of a text to the screen; what is indented stays.
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

func commandHelp(table []grammar.Command, c grammar.Command) string {
	text, command := detail(c), synopsis(c)
	children := slices.DeleteFunc(visible(table), func(child grammar.Command) bool {
		group, _ := grammar.Split(child.Name)
		return group != c.Name
	})
	if len(children) > 0 {
		text += "\n"
		command += " COMMAND"
	}
	for _, child := range children {
		text += fmt.Sprintf("\n  %-18s %s", strings.TrimPrefix(synopsis(child), c.Name+" "), child.Help)
	}
	text = "Usage: vault " + command + "\n\n" + reflow(text) + "\n"
	if flags := flagHelp(c.Flags); flags != "" {
		text += "\n" + flags
	}
	return text
}

// synopsis is a command with its arguments: use [PROFILE].
func synopsis(c grammar.Command) string {
	text := c.Name
	for _, a := range c.Args {
		name := strings.ToUpper(a.Name)
		if a.Many {
			name += "..."
		}
		if a.Optional {
			name = "[" + name + "]"
		}
		text += " " + name
	}
	return text
}

// flagHelp is a line for each flag.
func flagHelp(flags []grammar.Flag) string {
	var names, texts []string
	width, indent := 0, ""
	for _, f := range flags {
		if f.Hidden {
			continue
		}
		name := "--" + f.Name
		switch {
		case f.Value != "":
			name += "=" + f.Value
		case f.Negatable:
			name = "--[no-]" + f.Name
		}
		if f.Short != "" {
			name = "-" + f.Short + ", " + name
			indent = "    "
		}
		names = append(names, name)
		texts = append(texts, f.Text())
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
