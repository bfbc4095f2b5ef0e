package grammar

import "strings"

// The sources of a flag's value.
const (
	nowhere = iota
	fromLine
	fromEnv
	fromDefault
)

// Given reports whether the flag is on the line itself.
func (l *Line) Given(name string) bool {
	for _, g := range l.given {
		if g.flag.Name == name {
			return true
		}
	}
	return false
}

// Text returns the value of a flag: the last one on the line, else the first of its variables
// that is not empty, else the flag's default.
func (l *Line) Text(name string) string {
	f := l.find(func(f *Flag) bool { return f.Name == name })
	if f == nil {
		return ""
	}
	value, _ := l.value(f)
	return value
}

// Switch reports whether a switch is on.
func (l *Line) Switch(name string) bool {
	text := l.Text(name)
	f := l.find(func(f *Flag) bool { return f.Name == name })
	return Truth(text) || f != nil && f.Word != "" && text == f.Word
}

// Truth reports whether the value of a switch means that it is on.
func Truth(value string) bool {
	on, _ := truth(value)
	return on
}

// Untruth reports whether the value of a switch means that it is off.
func Untruth(value string) bool {
	on, ok := truth(value)
	return ok && !on
}

// All returns the values of a flag that may be repeated.
func (l *Line) All(name string) []string {
	var all []string
	for _, g := range l.given {
		if g.flag.Name == name {
			all = append(all, g.value)
		}
	}
	return all
}

// Flags returns the flags that the line may have. The flags of its command come last.
func (l *Line) Flags() []*Flag {
	var all []*Flag
	l.find(func(f *Flag) bool {
		all = append(all, f)
		return false
	})
	return all
}

func (l *Line) value(f *Flag) (value string, from int) {
	for i := len(l.given) - 1; i >= 0; i-- {
		if l.given[i].flag == f {
			return l.given[i].value, fromLine
		}
	}
	for _, name := range f.Env {
		if v := l.getenv(name); v != "" {
			return v, fromEnv
		}
	}
	if f.Default != "" {
		return f.Default, fromDefault
	}
	return "", nowhere
}

// find returns the first matching flag among those of every command and of the line's command.
func (l *Line) find(fits func(f *Flag) bool) *Flag {
	lists := [2][]Flag{Globals()}
	if l.Command != nil {
		lists[1] = l.Command.Flags
	}
	for _, list := range lists {
		for i := range list {
			if fits(&list[i]) {
				return &list[i]
			}
		}
	}
	return nil
}

func (f *Flag) is(name string) bool {
	if f.Name == name {
		return true
	}
	for _, alias := range f.Aliases {
		if alias == name {
			return true
		}
	}
	return false
}

// isGroup reports whether a command has subcommands.
func isGroup(c *Command) bool {
	for i := 1; i < len(table); i++ {
		if rest, ok := strings.CutPrefix(table[i].Name, c.Name); ok && strings.HasPrefix(rest, " ") {
			return true
		}
	}
	return false
}

// truth parses a switch's value as the parser does.
func truth(value string) (on, ok bool) {
	switch strings.ToLower(value) {
	case "true", "1", "yes":
		return true, true
	case "false", "0", "no":
		return false, true
	}
	return false, false
}
