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

func appHelp(app *kong.Application) string {
	text := "vault   " + app.Help + "\n"
	width := 0
	for _, c := range app.Children {
		if !c.Hidden {
			width = max(width, len(synopsis(c)))
		}
	}
	group := ""
	for _, c := range app.Children {
		if c.Hidden {
			continue
		}
		if c.Group.Title != group {
			group = c.Group.Title
			text += "\n" + group + "\n"
		}
		text += fmt.Sprintf("  %-*s  %s\n", width, synopsis(c), c.Help)
	}
	return text + "\nFlags of every command\n" + flagHelp(app.Flags) +
		"\nBegin with: vault add NAME, vault use NAME. More: vault COMMAND --help\n"
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
	text = "Usage: vault " + command + "\n\n" + text + "\n"
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
		text += fmt.Sprintf("  %-*s  %s\n", width, name, texts[i])
	}
	return text
}
