package items

import (
	"path/filepath"
	"slices"
)

// Elsewhere names keystores in directories, in which aws-vault may have left keys.
type Elsewhere struct {
	Files                 string // the directory of the file keystore
	PassStore, PassPrefix string
}

// Keys finds a keystore, other than the one in use, with keys that the one in use lacks, and
// counts those keys. stored are the names of the keys in use, and backend is their keystore,
// which is empty if it is unknown.
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

// Misplaced returns a directory of keys that aws-vault made by mistake on Windows: it took ~
// for the name of a folder in the directory in which it ran. The result is empty if none of
// the bases has such a folder.
func Misplaced(bases ...string) string {
	for _, base := range bases {
		dir := filepath.Join(base, "~", ".awsvault", "keys")
		if names, err := InFiles(dir); base != "" && err == nil && len(names) > 0 {
			return dir
		}
	}
	return ""
}
