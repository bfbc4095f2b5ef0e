package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The files in changes/ become one section before the older ones, and are deleted.
func TestChangesBecomeASection(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "CHANGELOG.md")
	write(t, path, "# Changelog\n\n## 0.1.0, 2026-01-01\n\n- First.\n")
	write(t, filepath.Join(root, "changes", "README.md"), "# how\n")
	write(t, filepath.Join(root, "changes", "fixed-b.md"), "One line\nof two.\n")
	write(t, filepath.Join(root, "changes", "new-a.md"), "A thing.\n")
	args := []string{"-version", "0.2.0", "-root", root, "-date", "2026-02-03"}
	if err := changelogCommand(t.Context(), append([]string{"-check"}, args...)); err == nil {
		t.Error("a release without its section is let through")
	}
	if err := changelogCommand(t.Context(), args); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "# Changelog\n\n## 0.2.0, 2026-02-03\n\nNew\n\n- A thing.\n\nFixed\n\n- One line of two.\n\n## 0.1.0, 2026-01-01\n\n- First.\n"
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if err := changelogCommand(t.Context(), append([]string{"-check"}, args...)); err != nil {
		t.Error(err)
	}
	if err := changelogCommand(t.Context(), args); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("a second section: %v", err)
	}
	write(t, filepath.Join(root, "changes", "odd.md"), "x")
	if err := changelogCommand(t.Context(), append([]string{"-check"}, args...)); err == nil || !strings.Contains(err.Error(), "KIND") {
		t.Errorf("a name without a kind: %v", err)
	}
}

// Unreleased changes become a part of the section, so no release leaves them behind.
func TestWhatIsUnreleasedBelongsToTheSection(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "CHANGELOG.md")
	write(t, path, "# Changelog\n\n## 0.2.0, 2026-02-03\n\n## Unreleased\n\n- Old.\n")
	args := []string{"-version", "v0.2.0", "-root", root, "-date", "2026-02-03"}
	if err := changelogCommand(t.Context(), append([]string{"-check"}, args...)); err == nil || !strings.Contains(err.Error(), "Unreleased") {
		t.Errorf("a release that leaves out what is unreleased: %v", err)
	}
	write(t, path, "# Changelog\n\n## Unreleased\n\n- Old.\n\n## 0.1.0, 2026-01-01\n\n- First.\n")
	write(t, filepath.Join(root, "changes", "new-a.md"), "A thing.\n")
	if err := changelogCommand(t.Context(), args); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := "# Changelog\n\n## 0.2.0, 2026-02-03\n\nNew\n\n- A thing.\n\n- Old.\n\n## 0.1.0, 2026-01-01\n\n- First.\n"; string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if err := changelogCommand(t.Context(), append([]string{"-check"}, args...)); err != nil {
		t.Error(err)
	}
}

// The changes of this tree are readable.
func TestTheTreesChanges(t *testing.T) {
	if _, err := readChanges("../changes"); err != nil {
		t.Error(err)
	}
}

func TestTargets(t *testing.T) {
	if all, err := chosen("linux/armv7,darwin/arm64"); err != nil || len(all) != 2 || all[0].system() != "linux-armv7" || all[1].system() != "darwin-arm64-nocgo" {
		t.Errorf("%v %v", all, err)
	}
	if _, err := chosen("plan9/amd64"); err == nil {
		t.Error("a target that there is not is taken")
	}
}
