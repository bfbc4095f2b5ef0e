package shells

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"awsvault/tests/world"
)

// As an item: every/08.
func protectedIsConfirmed(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		s := start(t, k, w, "AWS_VAULT_PROTECTED=*prod*, de?")
		before := s.exported()
		s.typed(k.then("vault use dev", 9001) + "\r")
		s.expect(`dev is protected \(account 111122223333\). Type its name to continue: `)
		s.typed("yes\r")
		s.expect(`that is not "dev", so nothing was changed`)
		if _, groups := s.expect(`<<([0-9]*):9001>>`); groups[1] != "1" {
			t.Errorf("status %s", groups[1])
		}
		if d := cmp.Diff(before, s.exported()); d != "" {
			t.Errorf("(-before +after):\n%s", d)
		}
		s.typed("vault use dev\r")
		s.expect(`Type its name to continue: `)
		s.typed("dev\r")
		s.expect(`role/reader`)
		out := s.said(func() { s.enters(3) })
		if !strings.Contains(out, "(PROD dev 1h) ") {
			t.Errorf("the indicator: %q", out)
		}
		if raw := s.all(); !strings.Contains(raw, "\x1b[7m") {
			t.Error("not in reverse video")
		}
		s.ok("vault use other")
	})
}
