package cmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// printHelp is the help of the command that was named, or of all of them, in
// place of kong's: it fits a screen of 24 rows and 80 columns.
func printHelp(_ kong.HelpOptions, ctx *kong.Context) error {
	text := ""
	if node := ctx.Selected(); node != nil {
		text = commandHelp(node)
	} else {
		text = appHelp(ctx.Model)
	}
	_, err := io.WriteString(ctx.Stdout, text)
	return err
}

// appHelp has a line for each command of the first group, which is what one types
// each day; of the others the names, or it would not fit.
func appHelp(app *kong.Application) string {
	text := "vault   " + app.Help + "\n\n"
	var titles []string
	names := map[string][]string{}
	width, indent := 0, 0
	for _, c := range app.Children {
		switch {
		case c.Hidden:
			continue
		case c.Group.Key == "shell":
			width = max(width, len(synopsis(c)))
			continue
		case names[c.Group.Title] == nil:
			titles = append(titles, c.Group.Title)
			indent = max(indent, len(c.Group.Title))
		}
		names[c.Group.Title] = append(names[c.Group.Title], c.Name)
	}
	for _, c := range app.Children {
		if !c.Hidden && c.Group.Key == "shell" {
			text += fmt.Sprintf("  vault %-*s  %s\n", width, synopsis(c), c.Help)
		}
	}
	text += "\n"
	for _, title := range titles {
		text += fmt.Sprintf("%-*s  %s\n", indent, title, wrap(strings.Join(names[title], "  "), "  ", screen-2-indent, indent+2))
	}
	return text + "\nFlags of every command\n" + flagHelp(app.Flags) +
		"\n  vault use dev                     vault exec prod -- terraform plan\n" +
		"\nMore: vault COMMAND --help, vault help TOPIC (" + strings.Join(topicNames(), ", ") + ")\n"
}

// screen is how wide help may be.
const screen = 80

// wrap breaks a text at sep into lines of at most width columns; those after the
// first are indented.
func wrap(text, sep string, width, indent int) string {
	lines := []string{""}
	for _, word := range strings.Split(text, sep) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case len(*last)+len(sep)+len(word) <= width:
			*last += sep + word
		default:
			lines = append(lines, word)
		}
	}
	return strings.Join(lines, "\n"+strings.Repeat(" ", indent))
}

// reflow fits the paragraphs of a text to the screen; what is indented stays.
func reflow(text string) string {
	var paragraphs []string
	for _, p := range strings.Split(text, "\n\n") {
		if !strings.HasPrefix(p, "  ") && !strings.Contains(p, "\n  ") {
			p = wrap(strings.Join(strings.Fields(p), " "), " ", screen-1, 0)
		}
		paragraphs = append(paragraphs, p)
	}
	return strings.Join(paragraphs, "\n\n")
}

func commandHelp(c *kong.Node) string {
	text := c.Detail
	if text == "" {
		text = c.Help
	}
	command := synopsis(c)
	if c.Parent != nil && c.Parent.Type == kong.CommandNode {
		command = c.Parent.Name + " " + command
	}
	if len(c.Children) > 0 {
		text += "\n"
		command += " COMMAND"
		for _, child := range c.Children {
			text += fmt.Sprintf("\n  %-18s %s", synopsis(child), child.Help)
		}
	}
	text = "Usage: vault " + command + "\n\n" + reflow(text) + "\n"
	if flags := flagHelp(c.Flags); flags != "" {
		text += "\n" + flags
	}
	return text
}

// synopsis is a command with its arguments: use [PROFILE].
func synopsis(c *kong.Node) string {
	text := c.Name
	for _, p := range c.Positional {
		name := strings.ToUpper(p.Name)
		if p.IsCumulative() {
			name += "..."
		}
		if !p.Required {
			name = "[" + name + "]"
		}
		text += " " + name
	}
	return text
}

// flagHelp is a line for each flag.
func flagHelp(flags []*kong.Flag) string {
	var names, texts []string
	width, indent := 0, ""
	for _, f := range flags {
		if f.Hidden || f.Name == "help" {
			continue
		}
		name := "--" + f.Name
		switch {
		case !f.IsBool():
			name += "=" + f.FormatPlaceHolder()
		case f.Tag.Negatable != "":
			name = "--[no-]" + f.Name
		}
		if f.Short != 0 {
			name = "-" + string(f.Short) + ", " + name
			indent = "    "
		}
		names = append(names, name)
		texts = append(texts, kong.DefaultHelpValueFormatter(f.Value))
	}
	for i, name := range names {
		if strings.HasPrefix(name, "--") {
			names[i] = indent + name
		}
		width = max(width, len(names[i]))
	}
	text := ""
	for i, name := range names {
		text += fmt.Sprintf("  %-*s  %s\n", width, name, wrap(texts[i], " ", screen-4-width, width+4))
	}
	return text
}
