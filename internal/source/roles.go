package source

import (
	"time"

	"awsvault/internal/sso"
	"awsvault/internal/vault"
)

// Roles converts the roles that IAM Identity Center assigns, for writing profiles.
func Roles(assigned sso.Assigned) (roles vault.SSORoles) {
	for _, left := range assigned.Left {
		roles.Left = append(roles.Left, left.Account)
	}
	for _, r := range assigned.Roles {
		roles.Roles = append(roles.Roles, vault.SSORole{Account: r.Account.ID, AccountName: r.Account.Name, Email: r.Account.Email, Role: r.Role})
	}
	return roles
}

// SignedIn says whether getting credentials would open a browser, from what is known about the
// token.
func SignedIn(until time.Time, renewable bool, err error, expiry func(time.Time) string) string {
	switch {
	case err != nil:
		return err.Error()
	case until.IsZero():
		return "not signed in: opens a page in the browser"
	case renewable:
		return "signed in, and renews by itself"
	}
	return "signed in, " + expiry(until)
}
