// Package manual lays out the description of a program's commands: for --help, for man(1),
// and as Markdown.
//
// It does not know which commands exist or how they are written in code: callers describe
// them to it.
package manual

// Program describes a program with commands.
type Program struct {
	Name     string
	Date     string // of the manual; may be empty
	Summary  string // one sentence about the program
	Flags    []Flag // of every command
	Sections []Section
	Commands []Command
	Topics   []Topic
	Examples string // two or three lines, for the help
	Made     string // the command that makes the Markdown
	Files    []Entry
	See      string // another program: "aws (1)"
}

// Section is a group of commands in the help.
type Section struct{ Group, Title string }

// Command describes a command in the help. A command "a b" belongs to "a".
type Command struct {
	Name     string
	Synopsis string // the name with the arguments
	Group    string
	Help     string // one line
	Detail   string // paragraphs; indented lines stay unchanged
	Flags    []Flag
}

// Flag describes a flag.
type Flag struct {
	Name      string // without the dashes
	Short     string // one letter, or nothing
	Aliases   []string
	Value     string // the placeholder for its value; empty for a switch
	Text      string // empty if the flag is not documented
	Negatable bool   // --no-NAME exists
	Hidden    bool   // not in the help
	Group     string // flags of one group stand together below it, in two columns
}

// Topic is a page that is not about a command.
type Topic struct{ Name, Title, Text string }

// Entry is a word with its meaning.
type Entry struct{ Word, Text string }
