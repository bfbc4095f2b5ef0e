package source

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"awsvault/internal/aws"
	"awsvault/internal/vault"
)

// container asks the agent of a container in ECS or EKS, see
// docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
type container struct {
	near
	getenv   func(string) string
	readFile func(path string) ([]byte, error)
}

// Credentials asks the agent.
func (o container) Credentials(ctx context.Context, r vault.Request) (aws.Credentials, error) {
	const what = "the container's credentials"
	token := o.getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN")
	if path := o.getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); path != "" {
		text, err := o.readFile(path)
		if err != nil {
			return aws.Credentials{}, vault.Failed(r.Step, what, fmt.Errorf("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: %w", err), "")
		}
		token = string(text)
	}
	if strings.ContainsAny(token, "\r\n") {
		return aws.Credentials{}, vault.Failed(r.Step, what, errors.New("there is a line break in the authorization token"), "")
	}
	header := http.Header{"Accept": {"application/json"}}
	if token != "" {
		header.Set("Authorization", token)
	}
	body, err := o.call(ctx, http.MethodGet, r.Endpoint.URL, header)
	if err != nil {
		hint := ""
		if e := (*statusError)(nil); errors.As(err, &e) && (e.status == http.StatusUnauthorized || e.status == http.StatusForbidden) {
			hint = "AWS_CONTAINER_AUTHORIZATION_TOKEN, or what is in its _FILE, may belong to another container, or have expired"
		}
		return aws.Credentials{}, vault.Failed(r.Step, what, err, hint)
	}
	c, err := parseMetadata(body)
	return c, vault.Failed(r.Step, what, err, "")
}
