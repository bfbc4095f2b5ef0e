package process

import (
	"errors"
	"strings"
)

// First returns the first word of a command line, after the variables that it sets: a guess at
// the program that it runs, on any system and with any shell.
func First(line string) string {
	for {
		line = strings.TrimLeft(line, " \t\r\n")
		if quote := line[:min(len(line), 1)]; quote == `"` || quote == "'" {
			word, _, _ := strings.Cut(line[1:], quote)
			return word
		}
		word := line
		if end := strings.IndexAny(line, " \t\r\n;|&<>"); end >= 0 {
			word = line[:end]
		}
		if name, _, sets := strings.Cut(word, "="); !sets || name == "" || strings.ContainsAny(name, `/\.-`) {
			return word
		}
		line = line[len(word):]
		if strings.TrimLeft(line, " \t") == line { // nothing follows it
			return ""
		}
	}
}

// Split splits a command line as Python's shlex does, which the AWS CLI uses for
// credential_process outside of Windows: it knows quotes and backslashes, and nothing else of
// a shell.
func Split(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	open, quote := false, byte(0) // inside a word; inside quotes of that kind
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote == '\'' && c != '\'', quote == '"' && c != '"' && c != '\\':
			word.WriteByte(c)
		case quote != 0 && c == quote:
			quote = 0
		case c == '\\':
			if i++; i == len(line) {
				return nil, errors.New("it ends in a backslash")
			}
			if quote == '"' && line[i] != '"' && line[i] != '\\' {
				word.WriteByte('\\')
			}
			word.WriteByte(line[i])
			open = true
		case c == '\'' || c == '"':
			quote, open = c, true
		case strings.IndexByte(" \t\r\n", c) >= 0:
			if open {
				words = append(words, word.String())
				word.Reset()
				open = false
			}
		default:
			word.WriteByte(c)
			open = true
		}
	}
	return finished(words, word.String(), open, quote != 0)
}

// finished returns the words of a line at its end. open means that last is one of them.
func finished(words []string, last string, open, quoted bool) ([]string, error) {
	if quoted {
		return nil, errors.New("a quote is not closed")
	}
	if open {
		words = append(words, last)
	}
	if len(words) == 0 {
		return nil, errors.New("it is empty")
	}
	return words, nil
}

// SplitOn splits a command line as the AWS CLI does on the given system.
func SplitOn(goos, line string) ([]string, error) {
	if goos == "windows" {
		return SplitWindows(line)
	}
	return Split(line)
}

// SplitWindows splits a command line as the AWS CLI does on Windows: by the rules of
// Microsoft's C runtime, where only double quotes are quotes, and backslashes only have a
// meaning before them. learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
func SplitWindows(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	open, quoted, backslashes := false, false, 0
	flush := func() {
		word.WriteString(strings.Repeat(`\`, backslashes))
		backslashes = 0
	}
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\':
			backslashes++
			open = true
		case c == '"':
			escaped := backslashes%2 == 1
			backslashes /= 2
			flush()
			if escaped {
				word.WriteByte('"')
			} else {
				quoted = !quoted
			}
			open = true
		case !quoted && strings.IndexByte(" \t\r\n", c) >= 0:
			flush()
			if open {
				words = append(words, word.String())
				word.Reset()
				open = false
			}
		default:
			flush()
			word.WriteByte(c)
			open = true
		}
	}
	flush()
	return finished(words, word.String(), open, quoted)
}
