package resolve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// The addresses from which AWS hands credentials to a container without TLS,
// beside the loopback ones: ECS, EKS, EKS by IPv6.
var containerHosts = []string{"169.254.170.2", "169.254.170.23", "fd00:ec2::23"}

// containerEndpoint reads where the container's credentials are:
// docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
func (l *link) containerEndpoint(v setting) (Endpoint, error) {
	if relative := l.env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); relative.given() {
		if !strings.HasPrefix(relative.text, "/") || !printable(relative.text) {
			return Endpoint{}, relative.bad("not a path")
		}
		return Endpoint{URL: "http://" + containerHosts[0] + relative.text, From: relative.at}, nil
	}
	full := l.env("AWS_CONTAINER_CREDENTIALS_FULL_URI")
	if !full.given() {
		return Endpoint{}, v.bad("credential_source is EcsContainer, and there is no AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI").withHint("this is for programs in a container of ECS or EKS")
	}
	u, err := url.Parse(full.text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return Endpoint{}, full.bad("not a URL")
	}
	if u.Scheme == "http" && !local(u.Hostname()) {
		return Endpoint{}, full.bad("it leads to %q, and credentials come without TLS from this machine only", u.Hostname())
	}
	return Endpoint{URL: full.text, From: full.at}, nil
}

func local(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, h := range containerHosts {
		if ip == netip.MustParseAddr(h) {
			return true
		}
	}
	return ip.IsLoopback()
}

// container asks the agent beside the container.
func (r *run) container(ctx context.Context, s Step) (Credentials, error) {
	const what = "the container's credentials"
	token := r.Getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN")
	if path := r.Getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); path != "" {
		text, err := r.ReadFile(path)
		if err != nil {
			return Credentials{}, s.sourced(what, fmt.Errorf("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: %w", err), "")
		}
		token = string(text)
	}
	if strings.ContainsAny(token, "\r\n") {
		return Credentials{}, s.sourced(what, errors.New("there is a line break in the authorization token"), "")
	}
	header := http.Header{"Accept": {"application/json"}}
	if token != "" {
		header.Set("Authorization", token)
	}
	body, err := nearby(ctx, http.MethodGet, s.Endpoint.URL, header)
	if err != nil {
		hint := ""
		if e := (*statusError)(nil); errors.As(err, &e) && (e.status == http.StatusUnauthorized || e.status == http.StatusForbidden) {
			hint = "AWS_CONTAINER_AUTHORIZATION_TOKEN, or what is in its _FILE, may be of another container, or have expired"
		}
		return Credentials{}, s.sourced(what, err, hint)
	}
	c, err := parseMetadata(body)
	return c, s.sourced(what, err, "")
}

// maxMetadata is how much such a server may answer, in bytes.
const maxMetadata = 64 << 10

// nearbyTimeout is what the AWS CLI gives servers of this kind.
const nearbyTimeout = 2 * time.Second

// nearby calls a server on this machine or link: without the proxy, and briefly.
func nearby(ctx context.Context, method, url string, header http.Header) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, nearbyTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return nil, errors.New("its address cannot be used")
	}
	req.Header = header
	transport := &http.Transport{DialContext: (&net.Dialer{Timeout: nearbyTimeout}).DialContext, DisableKeepAlives: true}
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		msg, _ := diagnose(err, url)
		return nil, errors.New(msg)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxMetadata+1))
	switch {
	case err != nil:
		return nil, errors.New("the answer of " + req.URL.Host + " was cut short")
	case len(body) > maxMetadata:
		return nil, errors.New("the answer of " + req.URL.Host + " is longer than 64 KiB")
	case resp.StatusCode != http.StatusOK:
		return nil, &statusError{req.URL.Host, resp.StatusCode}
	}
	return body, nil
}

// statusError is an answer that says no.
type statusError struct {
	host   string
	status int
}

func (e *statusError) Error() string { return fmt.Sprintf("%s answered HTTP %d", e.host, e.status) }

// parseMetadata reads the document of a container's or an instance's credentials.
func parseMetadata(body []byte) (Credentials, error) {
	var doc struct {
		Code, Message                      string
		AccessKeyID                        string `json:"AccessKeyId"`
		SecretAccessKey, Token, Expiration string
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		return Credentials{}, errors.New("the answer is not JSON")
	}
	if doc.Code != "" && doc.Code != "Success" {
		return Credentials{}, fmt.Errorf("%.100s: %.400s", doc.Code, doc.Message)
	}
	if doc.AccessKeyID == "" || doc.SecretAccessKey == "" || doc.Token == "" || !printable(doc.AccessKeyID+doc.SecretAccessKey+doc.Token) {
		return Credentials{}, errors.New("the answer has no credentials in it")
	}
	expires, err := ParseTime(doc.Expiration)
	if err != nil {
		return Credentials{}, errors.New("the answer does not say when the credentials expire")
	}
	return Credentials{AccessKeyID: doc.AccessKeyID, SecretAccessKey: doc.SecretAccessKey, SessionToken: doc.Token, Expires: expires}, nil
}
