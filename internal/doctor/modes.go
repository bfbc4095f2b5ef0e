package doctor

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"awsvault/internal/disk"
	"awsvault/internal/env"
)

// ours returns the paths that other users must not change or read, with the largest mode of
// each.
func (e *Examination) ours() (paths []Path) {
	const (
		read       = "others can read what is in it"
		write      = "others can change it, and so run commands as you"
		remembered = "others can see or change what vault remembers"
	)
	add := func(path string, most fs.FileMode, worst State, why string) {
		if path != "" {
			paths = append(paths, Path{Path: path, Shown: e.Tilde(path), Most: most, Worst: worst, Why: why})
		}
	}
	// in adds the files in a directory.
	in := func(dir, pattern string, why string) {
		if dir == "" {
			return
		}
		found, _ := filepath.Glob(filepath.Join(Literal(dir), pattern)) // the pattern is ours, so it is valid
		for _, path := range found {
			add(path, 0o700, Problem, why)
		}
	}
	add(e.Places.Config, 0o755, Problem, write)
	worst := Warning
	if e.holdsKeys() {
		worst = Problem
	}
	add(e.Places.Credentials, 0o700, worst, read)
	add(e.Places.AWS, 0o755, Problem, write)
	for _, dir := range e.Places.SignIns {
		add(dir, 0o755, Problem, "others can put their own sign-in there")
		in(dir, "*.json", "others can use the sign-in, and vault ignores a sign-in that others can write")
	}
	add(e.Places.Keys, 0o700, Problem, "others can see the keystore")
	in(e.Places.Keys, "*", "others can read the encrypted item")
	add(disk.OpenAbove(e.Places.Home, e.Places.State), 0o775, Problem, remembered)
	for _, dir := range []string{e.Places.State, e.Places.Runtime} {
		if path, _ := disk.StrangeAbove(e.Places.Home, dir); path != "" {
			continue // that is said, and nothing in it can be looked at
		}
		add(dir, 0o700, Problem, remembered)
		in(dir, "*", remembered)
	}
	return paths
}

// strange finds the directories of ours that another user has made or was given: root, as a
// rule, who ran vault in this home before it kept its state in its own.
func (e *Examination) strange() (found []Finding) {
	for _, dir := range []string{e.Places.State, e.Places.Keys} {
		path, owner := disk.StrangeAbove(e.Places.Home, dir)
		if path == "" || slices.ContainsFunc(found, func(f Finding) bool { return strings.HasPrefix(f.Text, e.Tilde(path)+" ") }) {
			continue
		}
		found = append(found, Finding{
			State: Problem,
			Text:  fmt.Sprintf("%s belongs to user %d, so vault can keep nothing in %s", e.Tilde(path), owner, e.Tilde(dir)),
			Hint:  fmt.Sprintf("sudo chown -R %d %s", e.User, wordOf(Path{Path: path, Shown: e.Tilde(path)})),
		})
	}
	return found
}

// checkModes looks at who else could read or write what is ours alone.
func (e *Examination) checkModes(context.Context) []Finding {
	found := append(e.strange(), Modes(e.GOOS, e.ours(), e.Mine)...)
	if len(found) == 0 {
		return []Finding{{Text: "only you can read or write the AWS files, the keystore and the state"}}
	}
	return found // all of them, because --fix repairs each
}

// holdsKeys reports whether the credentials file contains keys. If it cannot be read, it may.
func (e *Examination) holdsKeys() bool {
	config, err := e.config()
	if err != nil {
		return true
	}
	for _, name := range config.Names() {
		if p, err := config.Profile(name); err == nil {
			if v, ok := p.Get("aws_secret_access_key"); ok && config.InCredentials(v.Pos) {
				return true
			}
		}
	}
	return false
}

// checkLeftovers finds the temporary files of killed runs. Lock files are not among them: a
// lock ends with its process, and its file must stay.
func (e *Examination) checkLeftovers(ctx context.Context) []Finding {
	dirs := append(slices.Clone(e.Places.SignIns), e.Places.Home, e.Places.Keys)
	for _, path := range []string{e.Places.Config, e.Places.Credentials} {
		if path != "" {
			dirs = append(dirs, filepath.Dir(path))
		}
	}
	if e.GOOS != "windows" { // on Windows, PowerShell would have to be started to find its file
		for _, shell := range env.Hooks() {
			if path, err := e.Shell.Startup.File(ctx, shell); err == nil {
				dirs = append(dirs, filepath.Dir(path))
			}
		}
	}
	if dir := e.Places.State; dir != "" {
		dirs = append(dirs, dir, filepath.Join(dir, "trust"), filepath.Join(dir, "sessions"), filepath.Join(dir, "renewals"))
	}
	return Leftovers(dirs, e.Tilde, e.Now())
}
