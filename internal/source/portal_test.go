package source_test

import (
	"testing"

	"awsvault/internal/resolve"
	"awsvault/internal/source"
	"awsvault/internal/vault"
)

// A relative path would lead to a different place each time.
func TestWithoutAHomeNoOneSignsIn(t *testing.T) {
	p, in := source.Portal{}, &resolve.SignIn{Session: "corp"}
	const want = "no home directory, so no place for a sign-in"
	if _, _, err := p.SignIn(t.Context(), in, resolve.Setting{}, vault.SigningIn{}); err == nil || err.Error() != want {
		t.Errorf("sign in: %v", err)
	}
	if _, _, err := p.Roles(t.Context(), in, resolve.Setting{}, false); err == nil || err.Error() != want {
		t.Errorf("roles: %v", err)
	}
	if _, err := p.SignOut(t.Context(), in, resolve.Setting{}); err == nil || err.Error() != want {
		t.Errorf("sign out: %v", err)
	}
	if err := p.ForgetRoles(); err != nil {
		t.Errorf("forget: %v", err)
	}
}
