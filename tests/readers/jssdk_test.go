//go:build unix

package readers

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
)

// debianNode is the version of Node that Debian 12 has.
const debianNode = 18

// A bare Debian runs the AWS SDK for JavaScript that the tests use: all its packages say
// that they run on Debian's Node.
func TestTheSDKForJavaScriptRunsOnDebiansNode(t *testing.T) {
	text, err := os.ReadFile("jssdk/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	var lock struct {
		Packages map[string]struct {
			Version string
			Engines struct{ Node string }
		}
	}
	if err := json.Unmarshal(text, &lock); err != nil {
		t.Fatal(err)
	}
	if len(lock.Packages) < 20 {
		t.Fatalf("%d packages", len(lock.Packages))
	}
	for name, p := range lock.Packages {
		if p.Engines.Node == "" {
			continue
		}
		least, _, _ := strings.Cut(strings.TrimPrefix(p.Engines.Node, ">="), ".")
		if n, err := strconv.Atoi(least); err != nil || n > debianNode {
			t.Errorf("%s %s wants Node %s: name an older version in jssdk/package.json, as an override if need be", name, p.Version, p.Engines.Node)
		}
	}
}
