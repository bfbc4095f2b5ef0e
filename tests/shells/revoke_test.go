package shells

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"awsvault/tests/awsfake"
	"awsvault/tests/world"
)

// off --revoke denies the sessions at AWS and leaves the profile. Where AWS refuses, the
// shell stays as it is.
func TestOffThatRevokes(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		s := start(t, k, w)
		before := s.exported()
		s.ok("vault use dev")
		id := ""
		for _, v := range s.exported() {
			if value, ok := strings.CutPrefix(v, "AWS_ACCESS_KEY_ID="); ok {
				id = value
			}
		}
		s.ok("vault off --revoke")
		if d := cmp.Diff(before, s.exported()); d != "" {
			t.Errorf("after off --revoke (-before +after):\n%s", d)
		}
		if id == "" || !w.Fake.Revoked(id) {
			t.Errorf("the session %q is not denied", id)
		}

		w.Fake.Clock.Advance(2e9)
		s.ok("vault use dev")
		active := s.exported()
		w.Fake.Deny(awsfake.Denial{Principal: w.Example.UserARN, Action: "iam:GetRole"})
		role := w.Fake.Account("111122223333")
		arn := role.AddRole(awsfake.Role{Name: "reader", Trust: awsfake.Trust{Principals: []string{w.Example.UserARN}}})
		w.Fake.Deny(awsfake.Denial{Principal: arn, Action: "iam:GetRole"})
		s.typed(k.then("vault off --revoke", 9001) + "\r")
		s.expect(`iam:GetRole is missing`)
		if _, groups := s.expect(`<<([0-9]*):9001>>`); groups[1] != "1" {
			t.Errorf("status %s", groups[1])
		}
		if d := cmp.Diff(active, s.exported()); d != "" {
			t.Errorf("after a revocation that failed (-before +after):\n%s", d)
		}
		if !slices.ContainsFunc(w.Fake.Calls(), func(c awsfake.Call) bool { return c.Operation == "PutRolePolicy" }) {
			t.Error("nothing was written")
		}
	})
}
