package manual

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tool returns a program with a command, a group, and a command in the second section.
func tool() Program {
	return Program{
		Name: "tool", Summary: "What it is.", Flags: []Flag{{Name: "debug", Text: "Say more."}, {Name: "old", Text: "As before.", Hidden: true}, {Name: "silent", Hidden: true}},
		Sections: []Section{{"day", "Each day"}, {"rare", "Else"}},
		Commands: []Command{
			{Name: "run", Synopsis: "run [NAME]", Group: "day", Help: "Runs it.", Detail: "Runs it,\nand more.\n\n  tool run x", Flags: []Flag{
				{Name: "yes", Short: "y", Text: "Do not ask."}, {Name: "color", Negatable: true, Text: "In colour."}, {Name: "to", Aliases: []string{"dir"}, Value: "DIR", Text: "Where to."},
				{Name: "all", Text: "All.", Group: "For several"}, {Name: "at-once", Short: "P", Value: "N", Text: "How many.", Group: "For several"}, {Name: "dry", Text: "Only list.", Group: "For several"}}},
			{Name: "key", Synopsis: "key", Group: "rare", Help: "Keys.", Detail: "Keys."},
			{Name: "key add", Synopsis: "key add ID", Help: "Adds one.", Detail: "Adds one."},
		},
		Topics:   []Topic{{"exit", "Exit status", "\n0 done\n"}, {"a-b", "A topic", "text"}},
		Examples: "\n  tool run\n", Made: "make", Files: []Entry{{"~/.tool", "all."}}, See: "other (1)",
	}
}

func same(t *testing.T, got, want string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHelp(t *testing.T) {
	same(t, tool().Help(), `tool   What it is.

  tool run [NAME]  Runs it.

Else  key

Flags of every command
  --debug  Say more.

  tool run

More: tool COMMAND --help, tool help TOPIC (a-b, exit)
`)
}

func TestCommandHelp(t *testing.T) {
	p := tool()
	same(t, p.CommandHelp(p.Commands[0]), `Usage: tool run [NAME]

Runs it, and more.

  tool run x

  -y, --yes         Do not ask.
      --[no-]color  In colour.
      --to=DIR      Where to.
For several
  --all            All.       --dry  Only list.
  -P, --at-once=N  How many.
`)
	same(t, p.CommandHelp(p.Commands[1]), `Usage: tool key COMMAND

Keys.

  add ID             Adds one.
`)
}

func TestTopic(t *testing.T) {
	text, ok := tool().Topic("exit")
	same(t, text, "Exit status\n\n0 done\n")
	if _, known := tool().Topic("nope"); known || !ok {
		t.Error("a topic that does not exist is known, or one that does is not")
	}
}

// man(7) would interpret a dot at the beginning of a line, a hyphen and a backslash.
func TestMan(t *testing.T) {
	p := tool()
	p.Commands = p.Commands[:1]
	p.Commands[0].Detail = ".dots and \\\n\n  as it\n  stands\nafter"
	same(t, p.Man(), `.TH TOOL 1 "" "tool" "User Commands"
.SH NAME
tool \- What it is
.SH SYNOPSIS
.B tool
.I command
.RI [ flag ]...\&
.RI [ argument ]...\&
.SH FLAGS OF EVERY COMMAND
.TP
.B \-\-debug
Say more.
.TP
.B \-\-old
As before.
.SH COMMANDS
.SS tool run [NAME]
\&.dots and \e
.PP
.nf
  as it
  stands
.fi
after
.TP
.B \-y, \-\-yes
Do not ask.
.TP
.B \-\-color
In colour.
.TP
.B \-\-to=DIR, \-\-dir
Where to.
.PP
For several:
.TP
.B \-\-all
All.
.TP
.B \-P, \-\-at\-once=N
How many.
.TP
.B \-\-dry
Only list.
.SH EXIT STATUS
0 done
.SH A TOPIC
text
.SH FILES
.TP
.I ~/.tool
all.
.SH SEE ALSO
.BR other (1)
`)
}

func TestMarkdown(t *testing.T) {
	got := tool().Markdown()
	for _, want := range []string{
		"# Commands\n\nWhat `tool COMMAND --help` says; made by `make`.\n", "- `--debug`: Say more.\n- `--old`: As before.\n",
		"\n## tool run\n\n```\nUsage: tool run [NAME]\n", "\nAlso:\n\n- `--dir`: The same as --to.\n", "\n## tool key add\n", "\n## tool help exit\n\n```\nExit status\n\n0 done\n```\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if strings.Contains(got, "silent") {
		t.Error("a flag that is not spoken of is in it")
	}
}
