package source

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
	"awsvault/internal/vault"
)

// instance asks the instance metadata service, version 2. It first gets a token, which
// protects the service from web pages and forwarded requests. It does not use version 1.
type instance struct{ near }

// Credentials asks the service.
func (o instance) Credentials(ctx context.Context, r vault.Request) (aws.Credentials, error) {
	const what = "the instance's credentials"
	const roles = "/latest/meta-data/iam/security-credentials/"
	fail := func(err error) (aws.Credentials, error) {
		hint := "this is for programs on an EC2 instance with a role"
		if status := (*statusError)(nil); errors.As(err, &status) && status.status == http.StatusNotFound {
			err, hint = errors.New("the instance has no role"), "an instance profile has to be attached to it"
		}
		return aws.Credentials{}, vault.Failed(r.Step, what, err, hint)
	}
	token, err := o.call(ctx, http.MethodPut, r.Endpoint.URL+"/latest/api/token", http.Header{"X-Aws-Ec2-Metadata-Token-Ttl-Seconds": {"300"}})
	if err != nil {
		return fail(err)
	}
	if !awsapi.Token(string(token)) {
		return fail(errors.New("the token is not one"))
	}
	header := http.Header{"X-Aws-Ec2-Metadata-Token": {string(token)}}
	names, err := o.call(ctx, http.MethodGet, r.Endpoint.URL+roles, header)
	if err != nil {
		return fail(err)
	}
	name, _, _ := strings.Cut(strings.TrimSpace(string(names)), "\n")
	if name = strings.TrimSpace(name); name == "" || len(name) > 64 || !aws.IsName(name) {
		return fail(errors.New("the name of the instance's role is not one"))
	}
	body, err := o.call(ctx, http.MethodGet, r.Endpoint.URL+roles+name, header)
	if err != nil {
		return fail(err)
	}
	c, err := parseMetadata(body)
	if err != nil {
		return fail(err)
	}
	return c, nil
}
