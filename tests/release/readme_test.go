//go:build linux

package release

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// install are the lines of README that install a file of a release.
func installLines(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, m := range regexp.MustCompile("`((?:sudo|apk|tar) [^`]*(?:awsvault|vault)[_-][^`]*)`").FindAllStringSubmatch(string(text), -1) {
		lines = append(lines, strings.TrimPrefix(m[1], "sudo "))
	}
	if len(lines) < 5 {
		t.Fatalf("README has only %q", lines)
	}
	return lines
}

// removal is README's line that removes the package of that program.
func removal(t *testing.T, program string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("\\| `sudo (" + program + " -. awsvault)` \\|").FindSubmatch(text)
	if m == nil {
		t.Fatalf("README does not say how %s removes it", program)
	}
	return string(m[1])
}

// Each line of README's install section names a file that a release has. The packages'
// own tests run them, but for apk, which Debian has not.
func TestREADMEInstallsFilesThatThereAre(t *testing.T) {
	b := dist(t)
	for _, line := range installLines(t) {
		for _, word := range strings.Fields(line) {
			if strings.Contains(word, "*") {
				b.one(t, strings.TrimPrefix(word, "./"))
			}
		}
	}
}

// readmeOption is what README's line has the program do.
func readmeOption(t *testing.T, program string) string {
	t.Helper()
	return strings.Fields(readme(t, program))[1]
}

// readme is the line of README that begins so.
func readme(t *testing.T, begin string) string {
	t.Helper()
	for _, line := range installLines(t) {
		if strings.HasPrefix(line, begin) {
			return line
		}
	}
	t.Fatalf("README has no line %s", begin)
	return ""
}
