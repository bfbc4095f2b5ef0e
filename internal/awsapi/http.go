package awsapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// These are the time limits of a connection, and the limit of an answer's headers.
const (
	dialTimeout = 5 * time.Second
	tlsTimeout  = 5 * time.Second
	maxHeader   = 64 << 10
)

// HTTPClient makes the client for calls to AWS, with the proxies that getenv names. roots are
// the certificates to trust instead of the system's; nil: the system's.
func HTTPClient(getenv func(string) string, roots *x509.CertPool) (*http.Client, error) {
	proxy, err := proxies(getenv)
	if err != nil {
		return nil, err
	}
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  func(r *http.Request) (*url.URL, error) { return proxy(r.URL) },
			OnProxyConnectResponse: proxyAnswered,
			DialContext:            (&net.Dialer{Timeout: dialTimeout}).DialContext,
			TLSHandshakeTimeout:    tlsTimeout,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
			MaxResponseHeaderBytes: maxHeader,
			ForceAttemptHTTP2:      true,
		},
		// A redirect would send the signature to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// NearbyClient makes the client for a server on this machine or link, which gives credentials
// to containers and instances. It uses no proxy, and keeps no connection open.
func NearbyClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext:            (&net.Dialer{Timeout: dialTimeout}).DialContext,
			TLSHandshakeTimeout:    tlsTimeout,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			MaxResponseHeaderBytes: maxHeader,
			DisableKeepAlives:      true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// SettingError reports a proxy setting that cannot be used.
type SettingError struct{ At, Msg, Advice string }

// Error names the setting.
func (e *SettingError) Error() string { return e.At + ": " + e.Msg }

// Hint says how it should look.
func (e *SettingError) Hint() string { return e.Advice }

// proxies reads the usual variables. httpproxy ignores a value that it cannot read, and then
// bypasses the proxy. Here that is an error.
func proxies(getenv func(string) string) (func(*url.URL) (*url.URL, error), error) {
	value := map[string]string{}
	for _, names := range [][2]string{{"https_proxy", "HTTPS_PROXY"}, {"http_proxy", "HTTP_PROXY"}, {"no_proxy", "NO_PROXY"}} {
		for _, name := range names {
			text := getenv(name)
			if text == "" || value[names[0]] != "" {
				continue
			}
			value[names[0]] = text
			if names[0] != "no_proxy" && !proxyURL(text) {
				// The value is not shown, because it may contain a password.
				return nil, &SettingError{name, "not the URL of a proxy", "a proxy looks like http://proxy.example.com:3128"}
			}
		}
	}
	config := httpproxy.Config{
		HTTPSProxy: value["https_proxy"],
		HTTPProxy:  value["http_proxy"],
		NoProxy:    value["no_proxy"],
		CGI:        getenv("REQUEST_METHOD") != "",
	}
	return config.ProxyFunc(), nil
}

// proxyURL accepts a URL, or host:port.
func proxyURL(text string) bool {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	return err == nil && u.Hostname() != "" && slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme)
}

// proxyError means that a proxy has refused a connection.
type proxyError struct {
	host   string
	status int // the HTTP status
}

// proxyAnswered checks a proxy's answer to CONNECT. net/http would return the answer's text
// without saying that it comes from the proxy.
func proxyAnswered(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyError{proxy.Host, resp.StatusCode}
}

// answerOfProxy returns the same error for a call without TLS, which the proxy answers itself.
func answerOfProxy(client *http.Client, req *http.Request) error {
	e := &proxyError{"", http.StatusProxyAuthRequired}
	if t, ok := client.Transport.(*http.Transport); ok && t.Proxy != nil {
		if proxy, err := t.Proxy(req); err == nil && proxy != nil {
			e.host = proxy.Host
		}
	}
	return e
}

// Error returns the proxy's answer.
func (e *proxyError) Error() string {
	return fmt.Sprintf("the proxy %s answered HTTP %d", e.host, e.status)
}

// reason says what the proxy has refused.
func (e *proxyError) reason(host string) string {
	who := strings.TrimSpace("the proxy " + e.host)
	switch e.status {
	case http.StatusProxyAuthRequired:
		return fmt.Sprintf("%s requires a user name and a password (HTTP %d)", who, e.status)
	case http.StatusForbidden:
		return fmt.Sprintf("%s does not allow connections to %s (HTTP %d)", who, host, e.status)
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return fmt.Sprintf("%s cannot reach %s (HTTP %d)", who, host, e.status)
	}
	return fmt.Sprintf("%s refused the connection to %s (HTTP %d)", who, host, e.status)
}

// advice says where the proxy is set.
func (e *proxyError) advice() string {
	if e.status == http.StatusProxyAuthRequired {
		return "HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT   sends them"
	}
	return theProxy
}
