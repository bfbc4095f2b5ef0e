package items

import (
	"path/filepath"
	"slices"
)

// Elsewhere are the keystores that are directories, in which aws-vault may have left keys.
type Elsewhere struct {
	Files                 string // the directory of the file keystore
	PassStore, PassPrefix string
}

// Keys finds a keystore, other than the one in use, with keys that are not stored there, and
// counts them. What stored are the names of is backend; empty: it is not known.
func (e Elsewhere) Keys(backend string, stored []string) (where string, keys int) {
	for _, look := range []struct {
		backend string
		items   func() ([]string, error)
	}{
		{"file", func() ([]string, error) { return InFiles(e.Files) }},
		{"pass", func() ([]string, error) { return Pass().Items(filepath.Join(e.PassStore, e.PassPrefix)) }},
	} {
		if look.backend == backend || backend == "" || look.backend == "pass" && e.PassPrefix == "" {
			continue // without a prefix, the whole password store would count
		}
		found, err := look.items()
		if err != nil {
			continue
		}
		names, _ := Sort(found)
		names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(stored, name) })
		if len(names) > 0 {
			return look.backend, len(names)
		}
	}
	return "", 0
}

// Misplaced is a directory of keys that aws-vault made on Windows, which took ~ for the
// name of a folder: below the directory in which it was run. Empty: there is none below
// these.
func Misplaced(bases ...string) string {
	for _, base := range bases {
		dir := filepath.Join(base, "~", ".awsvault", "keys")
		if names, err := InFiles(dir); base != "" && err == nil && len(names) > 0 {
			return dir
		}
	}
	return ""
}
