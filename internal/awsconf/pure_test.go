package awsconf

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The package works on text only: completion, the prompt and resolve read the AWS files with
// it, before any other part of the program is initialised. The test lists every import, so
// that files, locks or sockets cannot be added by accident.
func TestThePackageIsPure(t *testing.T) {
	allowed := []string{
		"bytes", "cmp", "errors", "fmt", "hash/maphash", "math/bits", "io", "iter", "maps", "slices", "strconv", "strings", "sync", "sync/atomic", "unicode", "unicode/utf8", "unsafe",
		"awsvault/internal/near", // which is pure, too
	}
	out, err := exec.Command("go", "list", "-f", `{{join .Imports "\n"}}`, ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	imports := strings.Fields(string(out))
	if !slices.Contains(imports, "strings") {
		t.Fatalf("go list did not list the imports: %q", out)
	}
	for _, path := range imports {
		if !slices.Contains(allowed, path) {
			t.Errorf("awsconf imports %s: it must stay pure text (see its package comment); what reads or locks a file belongs in internal/awsfile", path)
		}
	}
}
