package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// changelogCommand turns the files in changes/ into a section of CHANGELOG.md, or checks that
// the section exists.
func changelogCommand(_ context.Context, args []string) error {
	f := newFlags("changelog")
	version := f.String("version", "", "of the section")
	root := f.String("root", "..", "the checkout")
	check := f.Bool("check", false, "only check: the section is there, and nothing is left in changes/")
	date := f.String("date", time.Now().UTC().Format(time.DateOnly), "of the section")
	if err := f.Parse(args); err != nil {
		return err
	}
	*version = strings.TrimPrefix(*version, "v")
	if !semver.MatchString(*version) {
		return fmt.Errorf("%q is not a version", *version)
	}
	changes, err := readChanges(filepath.Join(*root, "changes"))
	if err != nil {
		return err
	}
	path := filepath.Join(*root, "CHANGELOG.md")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	has := hasSection(string(text), *version)
	switch {
	case *check && !has:
		return fmt.Errorf("CHANGELOG.md has no section %s: make changelog VERSION=%s", *version, *version)
	case *check && hasSection(string(text), unreleased):
		return fmt.Errorf("CHANGELOG.md has a section %s, which belongs into %s", unreleased, *version)
	case *check && len(changes) > 0:
		return fmt.Errorf("%s is in no section of CHANGELOG.md yet", changes[0].name)
	case *check:
		return nil
	case has:
		return fmt.Errorf("CHANGELOG.md has a section %s already", *version)
	case len(changes) == 0 && !hasSection(string(text), unreleased):
		return errors.New("there is nothing in changes/")
	}
	out, err := withSection(string(text), *version, *date, changes)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, []byte(out), 0o644); err != nil {
		return err
	}
	for _, c := range changes {
		if err := os.Remove(c.path); err != nil {
			return err
		}
	}
	return nil
}

// change is one file in changes/. Its kind is the part of the name before the first dash.
type change struct{ name, path, kind, text string }

// kinds lists the kinds of changes, in the order of the sections.
var kinds = []struct{ kind, title string }{
	{"breaks", "Breaks"}, {"security", "Security"}, {"new", "New"}, {"better", "Better"}, {"fixed", "Fixed"}, {"deprecated", "Deprecated"},
}

func readChanges(dir string) (all []change, err error) {
	found, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		if f.Name() == "README.md" {
			continue
		}
		c := change{name: "changes/" + f.Name(), path: filepath.Join(dir, f.Name())}
		c.kind, _, _ = strings.Cut(f.Name(), "-")
		if !slices.ContainsFunc(kinds, func(k struct{ kind, title string }) bool { return k.kind == c.kind }) || filepath.Ext(f.Name()) != ".md" {
			return nil, fmt.Errorf("%s: the name is KIND-WORDS.md, and KIND one of breaks, security, new, better, fixed, deprecated", c.name)
		}
		text, err := os.ReadFile(c.path)
		if err != nil {
			return nil, err
		}
		c.text = strings.Join(strings.Fields(string(text)), " ")
		if c.text == "" || strings.HasPrefix(c.text, "-") || strings.HasPrefix(c.text, "#") {
			return nil, fmt.Errorf("%s: a sentence or two, without a mark in front", c.name)
		}
		all = append(all, c)
	}
	return all, nil
}

func hasSection(text, version string) bool {
	return regexp.MustCompile(`(?m)^## ` + regexp.QuoteMeta(version) + `([ ,]|$)`).MatchString(text)
}

// unreleased is the section with the changes from the time before changes/ existed.
const unreleased = "Unreleased"

// withSection inserts the new section before the existing ones. Unreleased changes become its
// last part.
func withSection(text, version, date string, changes []change) (string, error) {
	at := strings.Index(text, "\n## ")
	if at < 0 {
		at = len(strings.TrimRight(text, "\n"))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n## %s, %s\n", strings.TrimRight(text[:at], "\n"), version, date)
	for _, k := range kinds {
		first := true
		for _, c := range changes {
			if c.kind != k.kind {
				continue
			}
			if first {
				fmt.Fprintf(&b, "\n%s\n\n", k.title)
				first = false
			}
			fmt.Fprintf(&b, "- %s\n", c.text)
		}
	}
	rest := text[at:]
	if after, ok := strings.CutPrefix(rest, "\n## "+unreleased+"\n"); ok {
		rest = after
	}
	return b.String() + rest, nil
}
