package disk

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Spelling returns the path below root with the names as the directories store them: those of
// the file that opening the path opens. Windows and macOS ignore case, and macOS also ignores
// the two normal forms of an accent. For a path that leads to nothing, it returns
// fs.ErrNotExist.
func Spelling(root, path string) (string, error) {
	var spelled []string
	dir := root
	for _, name := range strings.Split(filepath.Clean(path), string(filepath.Separator)) {
		info, err := os.Lstat(filepath.Join(dir, name))
		if err != nil {
			return "", err
		}
		if name, err = spelling(dir, name, info); err != nil {
			return "", err
		}
		spelled = append(spelled, name)
		dir = filepath.Join(dir, name)
	}
	return filepath.Join(spelled...), nil
}

func spelling(dir, name string, info fs.FileInfo) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if e.Name() == name {
			return name, nil
		}
	}
	for _, e := range entries {
		if other, err := os.Lstat(filepath.Join(dir, e.Name())); err == nil && os.SameFile(info, other) {
			return e.Name(), nil
		}
	}
	return "", fs.ErrNotExist
}

// NameFlaw completes a sentence about why a system cannot have a file of that name; empty: it
// can. What Windows does with such a name is worse than an error: it drops dots and spaces at
// the end, or writes to a device, or to a stream of another file.
func NameFlaw(goos, name string) string {
	if goos != "windows" {
		return ""
	}
	base, _, _ := strings.Cut(name, ".")
	switch {
	case strings.ContainsAny(name, `<>:"\|?*`) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }):
		return `has one of the characters < > : " \ | ? *, which Windows does not allow in file names`
	case strings.HasSuffix(name, ".") || strings.HasSuffix(name, " "):
		return "ends in a dot or a space, which Windows drops"
	case isDevice(strings.ToUpper(strings.TrimRight(base, " "))):
		return "is the name of a device on Windows"
	}
	return ""
}

// isDevice knows the devices of "Naming Files, Paths, and Namespaces".
func isDevice(name string) bool {
	switch name {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$":
		return true
	}
	number, port := strings.CutPrefix(name, "COM")
	if !port {
		number, port = strings.CutPrefix(name, "LPT")
	}
	return port && len([]rune(number)) == 1 && strings.Contains("0123456789\u00b9\u00b2\u00b3", number)
}
