package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"awsvault/internal/line"
)

// connect is a 1Password Connect server:
// https://developer.1password.com/docs/connect/api-reference
type connect struct {
	base     string // the URL without "/v1"
	settings OnePassword
	ask      bool
	client   *http.Client
}

func openConnect(ctx context.Context, s Settings, lock locker) (keystore, error) {
	const backend = "op-connect"
	o, err := openOnePassword(s, backend)
	if err != nil {
		return nil, err
	}
	if o.ConnectHost == "" {
		return nil, unavailable(backend, "no Connect server is configured", "name it: AWS_VAULT_OP_CONNECT_HOST or --op-connect-host")
	}
	host, err := url.Parse(o.ConnectHost)
	if err != nil || host.Host == "" || host.Scheme != "http" && host.Scheme != "https" || host.User != nil || host.RawQuery != "" {
		return nil, unavailable(backend, fmt.Sprintf("%q is not the URL of a Connect server", line.Address(o.ConnectHost)), "http://HOST:8080, without a user, a password or a query")
	}
	c := connect{strings.TrimRight(host.String(), "/"), o, s.person(), &http.Client{
		// The request contains a secret that is only for this server.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	// The heartbeat needs no token.
	if _, err := c.send(ctx, http.MethodGet, "/heartbeat", "", nil); err != nil {
		return nil, unavailable(backend, err.Error(), "")
	}
	return onePassword{c, o, backend, lock}, nil
}

func (c connect) items() string { return "/v1/vaults/" + url.PathEscape(c.settings.Vault) + "/items" }

func (c connect) item(id string) string { return c.items() + "/" + url.PathEscape(id) }

func (c connect) list(ctx context.Context) (items []opItem, err error) {
	err = c.call(ctx, http.MethodGet, c.items(), nil, &items)
	return items, err
}

func (c connect) read(ctx context.Context, id string) (item opItem, err error) {
	err = c.call(ctx, http.MethodGet, c.item(id), nil, &item)
	return item, err
}

func (c connect) write(ctx context.Context, item opItem) error {
	if item.ID == "" {
		return c.call(ctx, http.MethodPost, c.items(), item, nil)
	}
	return c.call(ctx, http.MethodPut, c.item(item.ID), item, nil)
}

func (c connect) erase(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodDelete, c.item(id), nil, nil)
}

func (c connect) call(ctx context.Context, method, path string, body, result any) error {
	if c.settings.ConnectToken == nil {
		return locked("op-connect", "set its token in AWS_VAULT_OP_CONNECT_TOKEN")
	}
	token, err := c.settings.token(ctx, c.settings.ConnectToken, c.ask)
	if err != nil {
		return err
	}
	var data []byte
	if body != nil {
		if data, err = json.Marshal(body); err != nil {
			return err
		}
	}
	answer, err := c.send(ctx, method, path, token, data)
	if err != nil || result == nil {
		return err
	}
	if json.Unmarshal(answer, result) != nil {
		return errors.New("the Connect server does not answer in JSON") // the error could quote a secret
	}
	return nil
}

func (c connect) send(ctx context.Context, method, path, token string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("this request to the Connect server is not valid")
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := c.client.Do(request)
	if err != nil {
		if failure := (*url.Error)(nil); errors.As(err, &failure) {
			err = failure.Err // without the path, which names an item
		}
		if strings.Contains(err.Error(), "invalid proxy address") { // Go quotes the address of an invalid proxy
			err = errors.New("the proxy that HTTP_PROXY or HTTPS_PROXY names cannot be used")
		}
		return nil, fmt.Errorf("1Password Connect at %s: %w", c.base, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxOutput))
	switch {
	case err != nil:
		return nil, fmt.Errorf("1Password Connect at %s: %w", c.base, err)
	case response.StatusCode/100 == 2:
		return answer, nil
	case response.StatusCode == http.StatusNotFound && strings.HasPrefix(path, c.items()+"/"):
		return nil, ErrNotFound
	case response.StatusCode == http.StatusUnauthorized, response.StatusCode == http.StatusForbidden:
		return nil, fmt.Errorf("1Password Connect at %s refuses its token for this vault (%d)", c.base, response.StatusCode)
	}
	// The body of the answer could quote the request.
	return nil, fmt.Errorf("1Password Connect at %s answers %s", c.base, http.StatusText(response.StatusCode))
}
