package awsfile

import "strings"

// windowsVariables replaces $NAME, ${NAME} and %NAME%, except between single quotes. $$ and %%
// each become one sign.
func (p Places) windowsVariables(path string) string {
	var b strings.Builder
	for path != "" {
		i := strings.IndexAny(path, "'%$")
		if i < 0 {
			break
		}
		b.WriteString(path[:i])
		path = path[i:]
		text, size := p.windowsVariable(path)
		b.WriteString(text)
		path = path[size:]
	}
	return b.String() + path
}

// windowsVariable returns the replacement for the beginning of a path, which starts with one
// of the three signs, and the number of bytes that it replaces.
func (p Places) windowsVariable(path string) (text string, size int) {
	end := func(sign string, from int) int {
		if i := strings.Index(path[from:], sign); i >= 0 {
			return from + i
		}
		return -1
	}
	name := ""
	switch {
	case path[0] == '\'':
		if size = end("'", 1) + 1; size == 0 {
			size = len(path)
		}
		return path[:size], size
	case strings.HasPrefix(path, "%%"), strings.HasPrefix(path, "$$"):
		return path[:1], 2
	case path[0] == '%':
		stop := end("%", 1)
		if stop < 0 {
			return path, len(path)
		}
		name, size = path[1:stop], stop+1
	case strings.HasPrefix(path, "${"):
		stop := end("}", 2)
		if stop < 0 {
			return path, len(path)
		}
		name, size = path[2:stop], stop+1
	default:
		for size = 1; size < len(path) && (isWord(path[size]) || path[size] == '-'); size++ {
		}
		name = path[1:size]
	}
	if value, ok := p.Lookup(name); ok && name != "" {
		return value, size
	}
	return path[:size], size
}

// windowsHome replaces ~ and ~NAME at the beginning. It expects the profiles of other users
// beside the user's own profile, if that one is named after the user.
func (p Places) windowsHome(path string) string {
	if !strings.HasPrefix(path, "~") || p.Home == "" {
		return path
	}
	end := strings.IndexAny(path, `\/`)
	if end < 0 {
		end = len(path)
	}
	home, user := p.Home, path[1:end]
	if current, _ := p.Lookup("USERNAME"); user != "" && user != current {
		above := strings.LastIndexAny(home, `\/`) + 1
		if current != home[above:] {
			return path
		}
		home = home[:above] + user
	}
	return home + path[end:]
}
