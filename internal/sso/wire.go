package sso

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
)

const (
	attempts = 4 // of a call that AWS says may be tried again
	// A list of many accounts is more calls than AWS takes in a second: each of them
	// is refused again and again before its turn comes.
	listAttempts = 12
	maxPause     = 3 * time.Second

	maxAnswer   = 4 << 20
	callTimeout = 30 * time.Second
)

// call makes one call and reads the answer into out.
func (c *Client) call(ctx context.Context, op, method, base, path string, header http.Header, in, out any) error {
	client, err := c.HTTP()
	if err != nil {
		return err
	}
	var body []byte
	if in != nil {
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	most := attempts
	if strings.HasPrefix(op, "List") {
		most = listAttempts
	}
	for n := 1; ; n++ {
		err = once(ctx, client, op, method, strings.TrimSuffix(base, "/")+path, header, body, out)
		e := (*Error)(nil)
		again := errors.As(err, &e) && (e.Status >= 500 || e.Status == http.StatusTooManyRequests)
		if !again || n == most || e.Status != http.StatusTooManyRequests && n == attempts || ctx.Err() != nil {
			return err
		}
		pause := min(200*time.Millisecond<<n, maxPause)
		if err := sleep(ctx, pause/2+rand.N(pause/2)); err != nil {
			return err
		}
	}
}

func once(ctx context.Context, client *http.Client, op, method, address string, header http.Header, body []byte, out any) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s: the address cannot be used", op)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := client.Do(req)
	if err != nil {
		return err // a *url.Error, which names the host
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return &url.Error{Op: method, URL: address, Err: err}
	case len(text) > maxAnswer:
		return fmt.Errorf("%s: the answer of %s is longer than 4 MiB", op, req.URL.Host)
	case resp.StatusCode != http.StatusOK:
		return refusal(op, resp, text)
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return &Error{Op: op, Code: "the answer of " + req.URL.Host + " is not AWS's", hint: between}
	}
	return nil
}

// between is behind an answer that nobody at AWS gives.
const between = "something between here and AWS may have answered: a proxy, or the sign-in page of a network"

// refusal reads an error: OAuth's (RFC 6749, 5.2) from the OIDC service, AWS's own from the portal.
func refusal(op string, resp *http.Response, text []byte) error {
	var doc struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
		Message     string `json:"message"`
		Reason      string `json:"reason"`
	}
	_ = json.Unmarshal(text, &doc) // what is not JSON says nothing
	e := &Error{Op: op, Status: resp.StatusCode, Code: doc.Error, Text: doc.Description}
	if e.Code == "" {
		e.Code, _, _ = strings.Cut(resp.Header.Get("X-Amzn-Errortype"), ":")
	}
	if e.Text == "" {
		e.Text = doc.Message
	}
	if doc.Reason != "" {
		e.Text = strings.TrimSpace(e.Text + " (" + doc.Reason + ")")
	}
	e.Code, e.Text = plain(e.Code, 100), plain(e.Text, 400)
	switch {
	case e.Status < 400:
		e.hint = between
	case e.Status >= 500:
		e.hint = "AWS has an outage, perhaps: health.aws.amazon.com"
	case e.Status == http.StatusTooManyRequests:
		e.hint = "AWS is asked too often; later"
	}
	return e
}

// plain keeps what a server says from taking over the screen.
func plain(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, s)
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strings.TrimSpace(s)
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// bearer is the portal's header, which really has an underscore.
func bearer(token string) http.Header {
	return http.Header{"X-Amz-Sso_bearer_token": {token}}
}

func (c *Client) roleCredentials(ctx context.Context, s Session, token, account, role string) (Credentials, error) {
	var out struct {
		RoleCredentials struct {
			AccessKeyID     string `json:"accessKeyId"`
			SecretAccessKey string `json:"secretAccessKey"`
			SessionToken    string `json:"sessionToken"`
			Expiration      int64  `json:"expiration"` // milliseconds
		} `json:"roleCredentials"`
	}
	query := url.Values{"role_name": {role}, "account_id": {account}}
	err := c.call(ctx, "GetRoleCredentials", http.MethodGet, s.Portal, "/federation/credentials?"+query.Encode(), bearer(token), nil, &out)
	if e := (*Error)(nil); errors.As(err, &e) {
		switch e.Status {
		case http.StatusForbidden, http.StatusNotFound:
			e.hint = fmt.Sprintf("permission set %q may not be assigned to you in account %s, or be spelled otherwise: vault sso sync shows them", role, account)
		}
	}
	if err != nil {
		return Credentials{}, err
	}
	got := out.RoleCredentials
	if got.AccessKeyID == "" || got.SecretAccessKey == "" || got.SessionToken == "" || got.Expiration <= 0 || !visible(got.AccessKeyID+got.SecretAccessKey+got.SessionToken) {
		return Credentials{}, errors.New("GetRoleCredentials: the answer has no credentials in it")
	}
	return Credentials{got.AccessKeyID, got.SecretAccessKey, got.SessionToken, time.UnixMilli(got.Expiration).UTC().Truncate(time.Second)}, nil
}

// Account is an account that somebody may use.
type Account struct {
	ID    string `json:"accountId"`
	Name  string `json:"accountName"`
	Email string `json:"emailAddress"`
}

// Assignment is a permission set in an account.
type Assignment struct {
	Account Account
	Role    string
}

func (c *Client) accounts(ctx context.Context, s Session, token string) ([]Account, error) {
	var all []Account
	err := pages(func(next string) (string, error) {
		var out struct {
			AccountList []Account `json:"accountList"`
			NextToken   string    `json:"nextToken"`
		}
		query := url.Values{"max_result": {"100"}}
		if next != "" {
			query.Set("next_token", next)
		}
		err := c.call(ctx, "ListAccounts", http.MethodGet, s.Portal, "/assignment/accounts?"+query.Encode(), bearer(token), nil, &out)
		all = append(all, out.AccountList...)
		return out.NextToken, err
	})
	return all, err
}

func (c *Client) roles(ctx context.Context, s Session, token, account string) ([]string, error) {
	var all []string
	err := pages(func(next string) (string, error) {
		var out struct {
			RoleList []struct {
				RoleName string `json:"roleName"`
			} `json:"roleList"`
			NextToken string `json:"nextToken"`
		}
		query := url.Values{"max_result": {"100"}, "account_id": {account}}
		if next != "" {
			query.Set("next_token", next)
		}
		err := c.call(ctx, "ListAccountRoles", http.MethodGet, s.Portal, "/assignment/roles?"+query.Encode(), bearer(token), nil, &out)
		for _, r := range out.RoleList {
			all = append(all, r.RoleName)
		}
		return out.NextToken, err
	})
	return all, err
}

// maxPages bounds a list whose pages lead to each other.
const maxPages = 1000

func pages(page func(next string) (string, error)) error {
	next := ""
	for range maxPages {
		var err error
		if next, err = page(next); err != nil || next == "" {
			return err
		}
	}
	return errors.New("the list of " + strconv.Itoa(maxPages) + " pages does not end")
}
