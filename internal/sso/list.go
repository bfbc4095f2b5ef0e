package sso

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
)

// together is how many accounts are queried at once. AWS throttles more.
const together = 8

// Assigned lists what the signed-in person may use.
type Assigned struct {
	Roles []Assignment // in the order of AWS's lists
	// Left lists accounts whose roles are not fully known. An odd account does not stop the
	// others.
	Left []Left
}

// Left is an account that was skipped, or in which a role was.
type Left struct {
	Account string // the account ID
	Text    string // a line with the reason
}

// Assignments lists the roles that the person may use. It calls progress with the number of
// accounts done, and of all accounts.
func (c *Client) Assignments(ctx context.Context, s Session, progress func(done, all int)) (Assigned, error) {
	var out Assigned
	err := c.withToken(ctx, s, func(token string) error {
		accounts, err := c.accounts(ctx, s, token)
		if err != nil {
			return err
		}
		out, err = c.assignments(ctx, s, token, accounts, progress)
		return err
	})
	return out, err
}

func (c *Client) assignments(ctx context.Context, s Session, token string, accounts []Account, progress func(done, all int)) (Assigned, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	lists := make([]Assigned, len(accounts))
	next := make(chan int)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var failed error
	done := 0
	for range min(together, len(accounts)) {
		wg.Go(func() {
			for i := range next {
				got, err := c.inAccount(ctx, s, token, accounts[i])
				mu.Lock()
				if err != nil && failed == nil {
					failed = err
					cancel()
				}
				lists[i] = got
				done++
				if progress != nil {
					progress(done, len(accounts))
				}
				mu.Unlock()
			}
		})
	}
	for i := range accounts {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	wg.Wait()
	if failed == nil {
		failed = ctx.Err()
	}
	if failed != nil {
		return Assigned{}, failed
	}
	var out Assigned
	for _, list := range lists {
		out.Roles = append(out.Roles, list.Roles...)
		out.Left = append(out.Left, list.Left...)
	}
	return out, nil
}

// inAccount lists the roles in an account. It skips invalid names, which would otherwise go
// into the AWS config file, and an account whose roles AWS does not list.
func (c *Client) inAccount(ctx context.Context, s Session, token string, account Account) (Assigned, error) {
	if !aws.IsAccount(account.ID) {
		return Assigned{Left: []Left{{account.ID, fmt.Sprintf("an account is left out: %q is not 12 digits", plain(account.ID, 40))}}}, nil
	}
	roles, err := c.roles(ctx, s, token, account.ID)
	if saidNo(err, 0) && !saidNo(err, http.StatusUnauthorized) {
		return Assigned{Left: []Left{{account.ID, fmt.Sprintf("account %s is left out: %v", account.ID, err)}}}, nil
	}
	if err != nil {
		return Assigned{}, err
	}
	var out Assigned
	for _, role := range roles {
		if !roleName(role) {
			out.Left = append(out.Left, Left{account.ID, fmt.Sprintf("a role in account %s is left out: %q is not the name of a role", account.ID, plain(role, 80))})
			continue
		}
		out.Roles = append(out.Roles, Assignment{account, role})
	}
	return out, nil
}

// longestRole is IAM's limit for the name of a role; permission sets have at most 32.
const longestRole = 64

// roleName reports whether a text can be the name of a permission set: letters, digits and
// _+=,.@-
func roleName(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("_+=,.@-", c) >= 0:
		default:
			return false
		}
	}
	return s != "" && len(s) <= longestRole
}

// Logout signs out on this machine, and of the portal if it can be reached. It reports whether
// there was a sign-in.
func (c *Client) Logout(ctx context.Context, s Session) (bool, error) {
	unlock, err := c.Lock(ctx, s.Title())
	if err != nil {
		return false, err
	}
	defer unlock()
	t, err := c.forget(s)
	if err != nil || t.access == "" {
		return false, err
	}
	err = c.API.JSON(ctx, awsapi.Call{Op: "Logout", URL: strings.TrimSuffix(s.Portal, "/") + "/logout", Header: bearer(t.access)}, nil, nil)
	if saidNo(err, http.StatusUnauthorized) {
		err = nil // it had ended already
	}
	return true, err
}
