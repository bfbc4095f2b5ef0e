package doctor

import (
	"debug/buildinfo"
	"os"
	"path/filepath"
)

// Program is a program on PATH.
type Program struct {
	Path   string
	Module string // its Go module; empty: unknown
	Own    bool   // it is this program
}

// OnPath finds all programs on PATH with one of the names, in order. It runs none of them: the
// Go linker's notes in the files identify them.
func OnPath(path string, names []string, own string) (found []Program) {
	self, selfErr := os.Stat(own)
	seen := map[string]bool{}
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue
		}
		for _, name := range names {
			p := Program{Path: filepath.Join(dir, name)}
			info, err := os.Stat(p.Path)
			if err != nil || !info.Mode().IsRegular() || filepath.Ext(name) != ".exe" && info.Mode()&0o111 == 0 || seen[p.Path] {
				continue
			}
			seen[p.Path] = true
			p.Own = selfErr == nil && os.SameFile(info, self)
			if b, err := buildinfo.ReadFile(p.Path); err == nil && !p.Own {
				p.Module = b.Main.Path
			}
			found = append(found, p)
		}
	}
	return found
}
