package sso

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
	"awsvault/internal/line"
)

// oidc calls the sign-in service.
func (c *Client) oidc(ctx context.Context, s Session, op, path string, in, out any) error {
	return c.API.JSON(ctx, awsapi.Call{Op: op, URL: strings.TrimSuffix(s.OIDC, "/") + path}, in, out)
}

// portal calls the service for credentials. Lists of many accounts need more calls than AWS
// accepts in a second.
func (c *Client) portal(ctx context.Context, s Session, op, path, token string, out any) error {
	call := awsapi.Call{Op: op, Method: http.MethodGet, URL: strings.TrimSuffix(s.Portal, "/") + path, Header: bearer(token)}
	if strings.HasPrefix(op, "List") {
		call.Limit, call.Patient = awsapi.Large, true
	}
	return c.API.JSON(ctx, call, nil, out)
}

// plain removes control characters from a server's text.
func plain(s string, most int) string { return line.CutEnd(line.Printable(s), most) }

// bearer returns the portal's header, whose name really has an underscore.
func bearer(token string) http.Header {
	return http.Header{"X-Amz-Sso_bearer_token": {token}}
}

func (c *Client) roleCredentials(ctx context.Context, s Session, token, account, role string) (aws.Credentials, error) {
	var out struct {
		RoleCredentials struct {
			AccessKeyID     string `json:"accessKeyId"`
			SecretAccessKey string `json:"secretAccessKey"`
			SessionToken    string `json:"sessionToken"`
			Expiration      int64  `json:"expiration"` // milliseconds
		} `json:"roleCredentials"`
	}
	query := url.Values{"role_name": {role}, "account_id": {account}}
	err := c.portal(ctx, s, "GetRoleCredentials", "/federation/credentials?"+query.Encode(), token, &out)
	if e := (*awsapi.Error)(nil); errors.As(err, &e) && (saidNo(e, http.StatusForbidden) || saidNo(e, http.StatusNotFound)) {
		e.Advice = fmt.Sprintf("permission set %q may not be assigned to you in account %s, or be spelled differently: vault sso sync shows them", role, account)
	}
	if err != nil {
		return aws.Credentials{}, err
	}
	from := out.RoleCredentials
	got := aws.Credentials{AccessKeyID: from.AccessKeyID, SecretAccessKey: from.SecretAccessKey, SessionToken: from.SessionToken}
	if from.Expiration > 0 {
		got.Expires = time.UnixMilli(from.Expiration).UTC().Truncate(time.Second)
	}
	if !awsapi.Session(got) {
		return aws.Credentials{}, errors.New("GetRoleCredentials: " + awsapi.NoCredentials)
	}
	return got, nil
}

// Account is an account that the person may use.
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
			AccountList []json.RawMessage `json:"accountList"`
			NextToken   string            `json:"nextToken"`
		}
		query := url.Values{"max_result": {"100"}}
		if next != "" {
			query.Set("next_token", next)
		}
		err := c.portal(ctx, s, "ListAccounts", "/assignment/accounts?"+query.Encode(), token, &out)
		for _, one := range out.AccountList {
			var a Account
			if json.Unmarshal(one, &a) != nil { // one bad entry does not stop the others
				a = Account{ID: string(one)}
			}
			all = append(all, a)
		}
		return out.NextToken, err
	})
	return all, err
}

func (c *Client) roles(ctx context.Context, s Session, token, account string) ([]string, error) {
	var all []string
	err := pages(func(next string) (string, error) {
		var out struct {
			RoleList  []json.RawMessage `json:"roleList"`
			NextToken string            `json:"nextToken"`
		}
		query := url.Values{"max_result": {"100"}, "account_id": {account}}
		if next != "" {
			query.Set("next_token", next)
		}
		err := c.portal(ctx, s, "ListAccountRoles", "/assignment/roles?"+query.Encode(), token, &out)
		for _, one := range out.RoleList {
			var r struct {
				RoleName string `json:"roleName"`
			}
			if json.Unmarshal(one, &r) != nil {
				r.RoleName = string(one)
			}
			all = append(all, r.RoleName)
		}
		return out.NextToken, err
	})
	return all, err
}

// maxPages ends a list whose pages link to each other.
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
