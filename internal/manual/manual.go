// Package manual lays out the description of a program's commands: for --help, for man(1),
// and as Markdown.
//
// It does not know which commands exist or how they are written in code: callers describe
// them to it.
package manual

// Program is a program with commands.
type Program struct {
	Name     string
	Date     string // of the manual, or nothing
	Summary  string // what it is, as a sentence
	Flags    []Flag // of every command
	Sections []Section
	Commands []Command
	Topics   []Topic
	Examples string // two or three lines, for the help
	Made     string // how the Markdown is made
	Files    []Entry
	See      string // another program: "aws (1)"
}

// Section is a group of commands in the help.
type Section struct{ Group, Title string }

// Command is a command that people see. One that is called "a b" belongs to "a".
type Command struct {
	Name     string
	Synopsis string // the name with the arguments
	Group    string
	Help     string // one line
	Detail   string // paragraphs; what is indented is shown as it stands
	Flags    []Flag
}

// Flag is a flag.
type Flag struct {
	Name      string // without the dashes
	Short     string // one letter, or nothing
	Aliases   []string
	Value     string // what stands for its value; empty for a switch
	Text      string // empty: it is not spoken of
	Negatable bool   // --no-NAME exists
	Hidden    bool   // not in the help
	Group     string // flags with the same one stand together, below it, in two columns
}

// Topic is a page that is about no command.
type Topic struct{ Name, Title, Text string }

// Entry is a word and what it means.
type Entry struct{ Word, Text string }
