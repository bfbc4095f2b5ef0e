//go:build unix

package tests

import (
	"regexp"
	"testing"
)

// The user sees each step of a rotation when it is done.
func TestRotateShowsItsSteps(t *testing.T) {
	t.Parallel()
	_, run := waitsWorld(t)
	shown := until(t, run("rotate", "plain"), "is deleted")
	steps := regexp.MustCompile(`(?s)created the new key (AKIA\w+)\r\n.*  (AKIA\w+) works\r\n.*  stored it for jon, plain\r\n.*  deactivated the old key AKIA\w+\r\n.*  deleted the old key AKIA\w+\r\n.*: the new key is `)
	if m := steps.FindStringSubmatch(shown); m == nil || m[1] != m[2] {
		t.Errorf("it shows %q", shown)
	}
}
