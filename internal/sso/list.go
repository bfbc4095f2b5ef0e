package sso

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"awsvault/internal/awsapi"
)

// together is how many accounts are asked about at once. AWS throttles more.
const together = 8

// Assignments lists all that somebody may use, in the order of AWS's lists.
// progress is told how many accounts of how many are done.
func (c *Client) Assignments(ctx context.Context, s Session, progress func(done, all int)) ([]Assignment, error) {
	var out []Assignment
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

func (c *Client) assignments(ctx context.Context, s Session, token string, accounts []Account, progress func(done, all int)) ([]Assignment, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	roles := make([][]string, len(accounts))
	next := make(chan int)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var failed error
	done := 0
	for range min(together, len(accounts)) {
		wg.Go(func() {
			for i := range next {
				got, err := c.roles(ctx, s, token, accounts[i].ID)
				mu.Lock()
				if err != nil && failed == nil {
					failed = err
					cancel()
				}
				roles[i] = got
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
		return nil, failed
	}
	var out []Assignment
	for i, account := range accounts {
		for _, role := range roles[i] {
			out = append(out, Assignment{account, role})
		}
	}
	return out, nil
}

// Logout signs out: of the portal, if it can be reached, and of this machine in
// any case. It reports whether somebody was signed in.
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
		err = nil // it was over already
	}
	return true, err
}
