package grammar

import (
	"slices"
	"strings"
)

// Line is a command line, divided into its parts.
type Line struct {
	Command *Command // nil if the line names no known command
	Word    string   // the word in the command's place that names no command
	WordAt  int      // the index of that word; -1 if there is none

	Args []string // the positional arguments, without the program to run
	Help bool     // --help was given

	// Ours are the words for vault itself, with the command's full name as one word. If the
	// command runs a program, Run is that program's own command line and RunAt is its index in
	// the words that were read. Otherwise Ours are all words, and RunAt is -1.
	Ours  []string
	Run   []string
	RunAt int

	// Wrong reports that the parser refuses this line. It does not cover the syntax of single
	// values. The other fields are then right for the part that could be read.
	Wrong bool

	// For completions, where the line is unfinished:
	Pending  *Flag // the last word is a flag without its value
	OnlyArgs bool  // a "--" was read: no later word is a flag

	given  []given
	named  []int // the indexes of the words of the command's name
	lastAt int   // the index of the last positional argument
	getenv func(name string) string
}

// given is a flag with its value. A switch has the value "true" or "false".
type given struct {
	flag  *Flag
	value string
}

// Read divides the words of a call into their parts. getenv looks up a variable; if it is nil,
// none is set.
func Read(words []string, getenv func(name string) string) *Line {
	if getenv == nil {
		getenv = func(string) string { return "" }
	}
	l := &Line{WordAt: -1, RunAt: -1, lastAt: -1, getenv: getenv}
	l.Ours = l.ours(words[:l.read(words)])
	if l.RunAt >= 0 {
		l.Run = words[l.RunAt:]
	}
	if !l.Help || l.Wrong {
		l.check()
	}
	return l
}

// read takes the words one by one, and returns the index at which vault's own words end.
func (l *Line) read(words []string) int {
	for i := 0; i < len(words); i++ {
		word := words[i]
		dashed := len(word) > 1 && word[0] == '-' && !l.OnlyArgs
		switch {
		case l.beginsProgram(word, dashed):
			l.RunAt = i
			if word == "--" {
				l.RunAt++
			}
			return i
		case dashed && word == "--":
			l.OnlyArgs = true
		case dashed:
			i += l.flag(word, words[i+1:])
		case l.Command == nil || isGroup(l.Command):
			if !l.command(word, i) {
				l.Wrong, l.Word, l.WordAt = true, word, i
				return len(words)
			}
		default:
			l.argument(word, i)
		}
	}
	return len(words)
}

// beginsProgram reports whether the command line of another program begins here, at "--" or at
// the argument that names the program.
func (l *Line) beginsProgram(word string, dashed bool) bool {
	if l.Command == nil {
		return false
	}
	n := len(l.Command.Args) - 1
	if n < 0 || !l.Command.Args[n].Runs {
		return false
	}
	return word == "--" || !dashed && len(l.Args) >= n
}

// command takes a word as part of the name of a command.
func (l *Line) command(word string, i int) bool {
	if strings.Contains(word, " ") {
		return false
	}
	if l.Command != nil {
		word = l.Command.Name + " " + word
	}
	found := Find(word)
	if found != nil {
		l.Command, l.named = found, append(l.named, i)
	}
	return found != nil
}

// ours joins the command's name to one word.
func (l *Line) ours(words []string) []string {
	n := len(l.named)
	if n == 0 || n == 1 && words[l.named[0]] == l.Command.Name {
		return words
	}
	words = slices.Clone(words)
	words[l.named[n-1]] = l.Command.Name
	for _, i := range slices.Backward(l.named[:n-1]) {
		words = slices.Delete(words, i, i+1)
	}
	return words
}

// argument takes a word as a positional argument. The values of an argument that takes many
// must stand together, as the parser demands.
func (l *Line) argument(word string, i int) {
	args := l.Command.Args
	more := len(args) > 0 && args[len(args)-1].Many && l.lastAt == i-1
	if len(l.Args) >= len(args) && !more {
		l.Wrong = true
		return
	}
	l.Args, l.lastAt = append(l.Args, word), i
}

// flag takes a word that begins with a dash, and returns how many of the next words belong to
// its value.
func (l *Line) flag(word string, rest []string) int {
	if name, ok := strings.CutPrefix(word, "--"); ok {
		name, value, joined := strings.Cut(name, "=")
		return l.long(name, value, joined, rest)
	}
	for i := 1; i < len(word); i++ {
		letter := word[i : i+1]
		f := l.find(func(f *Flag) bool { return f.Short == letter })
		switch {
		case letter == "h":
			l.Help = true
		case f == nil:
			l.Wrong = true
			return 0
		case f.Value == "":
			l.give(f, "true")
		case i+1 < len(word):
			l.give(f, word[i+1:])
			return 0
		default:
			return l.separate(f, rest)
		}
	}
	return 0
}

func (l *Line) long(name, value string, joined bool, rest []string) int {
	f := l.find(func(f *Flag) bool { return f.is(name) })
	positive := "true"
	if f == nil {
		if affirmed, ok := strings.CutPrefix(name, "no-"); ok {
			f = l.find(func(f *Flag) bool { return f.Negatable && f.Name == affirmed })
			positive = "false"
		}
	}
	if f == nil && name != "help" {
		l.Wrong = true
		return 0
	}
	switch {
	case f != nil && f.Value != "" && joined:
		l.give(f, value)
	case f != nil && f.Value != "":
		return l.separate(f, rest)
	case f != nil && f.Word != "" && joined && value == f.Word:
		l.give(f, value)
		return 0
	case joined:
		on, ok := truth(value)
		if !ok {
			l.Wrong = true
			return 0
		}
		if !on {
			positive = map[string]string{"true": "false", "false": "true"}[positive]
		}
	}
	switch {
	case f == nil:
		l.Help = true
	case f.Value == "":
		l.give(f, positive)
	}
	return 0
}

// separate takes the next word as the value of a flag. The word must not look like a flag.
func (l *Line) separate(f *Flag, rest []string) int {
	switch {
	case len(rest) == 0:
		l.Pending, l.Wrong = f, true
		return 0
	case len(rest[0]) > 1 && rest[0][0] == '-':
		l.Wrong = true
		return 0
	}
	l.give(f, rest[0])
	return 1
}

func (l *Line) give(f *Flag, value string) { l.given = append(l.given, given{f, value}) }

// check looks for missing parts.
func (l *Line) check() {
	if l.Command == nil || isGroup(l.Command) {
		l.Wrong = true
		return
	}
	for i, arg := range l.Command.Args {
		if !arg.Optional && i >= len(l.Args) {
			l.Wrong = true
		}
	}
	l.find(func(f *Flag) bool {
		value, from := l.value(f)
		if f.Value == "" && from == fromEnv {
			if _, ok := truth(value); !ok {
				l.Wrong = true
			}
		}
		if f.Required && from == nowhere {
			l.Wrong = true
		}
		return false
	})
}
