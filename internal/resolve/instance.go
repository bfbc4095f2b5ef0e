package resolve

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// metadataEndpoint reads where the instance metadata service is:
// docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html
func (l *link) metadataEndpoint(v setting) (Endpoint, error) {
	if off := l.env("AWS_EC2_METADATA_DISABLED"); strings.EqualFold(off.text, "true") {
		return Endpoint{}, v.bad("credential_source is Ec2InstanceMetadata, and AWS_EC2_METADATA_DISABLED is true")
	}
	if e := first(l.env("AWS_EC2_METADATA_SERVICE_ENDPOINT"), l.get("ec2_metadata_service_endpoint")); e.given() {
		u, err := url.Parse(e.text)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return Endpoint{}, e.bad("the endpoint of the instance metadata is not a URL")
		}
		return Endpoint{URL: strings.TrimSuffix(e.text, "/"), From: e.export().From}, nil
	}
	mode := first(l.env("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"), l.get("ec2_metadata_service_endpoint_mode"))
	switch strings.ToLower(mode.text) {
	case "", "ipv4":
		return Endpoint{URL: "http://169.254.169.254"}, nil
	case "ipv6":
		return Endpoint{URL: "http://[fd00:ec2::254]", From: mode.export().From}, nil
	}
	return Endpoint{}, mode.bad("ec2_metadata_service_endpoint_mode is %q, it must be IPv4 or IPv6", mode.text)
}

// instance asks the instance metadata service, version 2: a token first, which
// keeps pages in a browser and forwarded requests out. Version 1 is not used.
func (r *run) instance(ctx context.Context, s Step) (Credentials, error) {
	const what = "the instance's credentials"
	const roles = "/latest/meta-data/iam/security-credentials/"
	fail := func(err error) (Credentials, error) {
		hint := "this is for programs on an EC2 instance with a role"
		if status := (*statusError)(nil); errors.As(err, &status) && status.status == http.StatusNotFound {
			err, hint = errors.New("the instance has no role"), "an instance profile has to be attached to it"
		}
		return Credentials{}, s.sourced(what, err, hint)
	}
	token, err := nearby(ctx, http.MethodPut, s.Endpoint.URL+"/latest/api/token", http.Header{"X-Aws-Ec2-Metadata-Token-Ttl-Seconds": {"300"}})
	if err != nil {
		return fail(err)
	}
	if !printable(string(token)) || len(token) == 0 {
		return fail(errors.New("the token is not one"))
	}
	header := http.Header{"X-Aws-Ec2-Metadata-Token": {string(token)}}
	names, err := nearby(ctx, http.MethodGet, s.Endpoint.URL+roles, header)
	if err != nil {
		return fail(err)
	}
	name, _, _ := strings.Cut(strings.TrimSpace(string(names)), "\n")
	if name = strings.TrimSpace(name); name == "" || len(name) > 64 || !only(name, "+=,.@-") {
		return fail(errors.New("the name of the instance's role is not one"))
	}
	body, err := nearby(ctx, http.MethodGet, s.Endpoint.URL+roles+name, header)
	if err != nil {
		return fail(err)
	}
	c, err := parseMetadata(body)
	if err != nil {
		return fail(err)
	}
	return c, nil
}
