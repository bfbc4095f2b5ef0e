package awsfake

import (
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
)

func portalRoutes() map[string]route {
	return map[string]route{
		"GET /federation/credentials": {"sso", "GetRoleCredentials", (*webRequest).getRoleCredentials},
		"GET /assignment/accounts":    {"sso", "ListAccounts", (*webRequest).listAccounts},
		"GET /assignment/roles":       {"sso", "ListAccountRoles", (*webRequest).listAccountRoles},
		"POST /logout":                {"sso", "Logout", (*webRequest).logout},
	}
}

// portalSession returns the session of the bearer token.
func (q *webRequest) portalSession() (*portalSession, *Error) {
	t := q.sso.tokens[q.http.Header.Get("x-amz-sso_bearer_token")]
	if t == nil || !t.portal || !q.now.Before(t.expires) || !t.session.alive(q.now) || !sameRegion(t.session.person.center.Region, q.region) {
		return nil, refuse(401, "UnauthorizedException", "Session token not found or invalid")
	}
	if !t.session.person.center.rate.take(q.now) {
		return nil, refuse(429, "TooManyRequestsException", "HTTP 429 Unknown Code")
	}
	return t.session, nil
}

// account checks account_id, and returns the person's permission sets in that account.
func (q *webRequest) account(s *portalSession) (string, map[string]*role, *Error) {
	id := q.text("account_id")
	if !isAccountID(id) {
		return "", nil, refuse(400, "InvalidRequestException", "account_id must have 12 digits")
	}
	return id, s.person.accounts[id], nil
}

func noAccess() *Error { return refuse(403, "ForbiddenException", "No access") }

func (q *webRequest) getRoleCredentials() (any, *Error) {
	s, err := q.portalSession()
	if err != nil {
		return nil, err
	}
	_, sets, err := q.account(s)
	if err != nil {
		return nil, err
	}
	if q.text("role_name") == "" {
		return nil, refuse(400, "InvalidRequestException", "role_name is required")
	}
	r := sets[q.text("role_name")]
	if r == nil { // not assigned, and not there, read the same
		return nil, noAccess()
	}
	got := q.grant(q.roleSession(r, s.person.Name), q.now.Add(r.MaxSession), q.tokenSize)
	type roleCredentials struct {
		AccessKeyID     string `json:"accessKeyId"`
		SecretAccessKey string `json:"secretAccessKey"`
		SessionToken    string `json:"sessionToken"`
		Expiration      int64  `json:"expiration"` // milliseconds
	}
	return map[string]roleCredentials{
		"roleCredentials": {got.AccessKeyID, got.secret, got.token, got.Expires.UnixMilli()},
	}, nil
}

func (q *webRequest) listAccounts() (any, *Error) {
	s, err := q.portalSession()
	if err != nil {
		return nil, err
	}
	ids, next, err := portalPage(q, slices.Sorted(maps.Keys(s.person.accounts)))
	if err != nil {
		return nil, err
	}
	type info struct {
		ID    string `json:"accountId"`
		Name  string `json:"accountName"`
		Email string `json:"emailAddress"`
	}
	list := []info{}
	for _, id := range ids {
		a := q.accounts[id]
		list = append(list, info{id, a.name(), "aws+" + id + "@example.com"})
	}
	return struct {
		List []info  `json:"accountList"`
		Next *string `json:"nextToken"`
	}{list, next}, nil
}

func (q *webRequest) listAccountRoles() (any, *Error) {
	s, err := q.portalSession()
	if err != nil {
		return nil, err
	}
	id, sets, err := q.account(s)
	if err != nil {
		return nil, err
	}
	if len(sets) == 0 {
		return nil, noAccess()
	}
	names, next, err := portalPage(q, slices.Sorted(maps.Keys(sets)))
	if err != nil {
		return nil, err
	}
	type info struct {
		Role string `json:"roleName"`
		ID   string `json:"accountId"`
	}
	list := []info{}
	for _, name := range names {
		list = append(list, info{name, id})
	}
	return struct {
		List []info  `json:"roleList"`
		Next *string `json:"nextToken"`
	}{list, next}, nil
}

// portalPage returns the part of a list that max_result (1 to 100) and next_token select. The
// token is opaque to clients.
func portalPage(q *webRequest, all []string) ([]string, *string, *Error) {
	size, from := 100, 0
	if text := q.text("max_result"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 100 {
			return nil, nil, refuse(400, "InvalidRequestException", "max_result must be between 1 and 100")
		}
		size = n
	}
	if token := q.text("next_token"); token != "" {
		plain, err := base64.URLEncoding.DecodeString(token)
		n, bad := strconv.Atoi(string(plain))
		if err != nil || bad != nil || n < 0 || n > len(all) {
			return nil, nil, refuse(400, "InvalidRequestException", "Invalid next_token")
		}
		from = n
	}
	if from+size >= len(all) {
		return all[from:], nil, nil
	}
	next := base64.URLEncoding.EncodeToString([]byte(strconv.Itoa(from + size)))
	return all[from : from+size], &next, nil
}

func (q *webRequest) logout() (any, *Error) {
	s, err := q.portalSession()
	if err != nil {
		return nil, err
	}
	s.ended = true
	return nil, nil
}
