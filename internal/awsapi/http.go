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

// How long one waits for a connection, and how long the headers of an answer may be.
const (
	dialTimeout = 5 * time.Second
	tlsTimeout  = 5 * time.Second
	maxHeader   = 64 << 10
)

// HTTPClient makes the client for calls to AWS: with the proxies that getenv names
// and the certificates that are trusted instead of the system's; nil for the system's.
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
		// A redirect would carry the signature to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// NearbyClient makes the client for a server on this machine or link, which hands
// credentials to containers and instances: no proxy, and no connection that stays.
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

// SettingError is a setting of a proxy that cannot be used.
type SettingError struct{ At, Msg, Advice string }

// Error names the setting.
func (e *SettingError) Error() string { return e.At + ": " + e.Msg }

// Hint says how it should look.
func (e *SettingError) Hint() string { return e.Advice }

// proxies reads the usual variables. httpproxy ignores a value that it cannot
// read, and then goes past the proxy: here that is an error.
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
				// The value is not shown: it may hold a password.
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

// proxyError is a proxy that was asked for a connection and said no.
type proxyError struct {
	host   string
	status int // of HTTP
}

// proxyAnswered looks at a proxy's answer to CONNECT. net/http itself would give
// its text, without saying whose it is.
func proxyAnswered(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyError{proxy.Host, resp.StatusCode}
}

// answerOfProxy is the same for a call without TLS, to which the proxy answers itself.
func answerOfProxy(client *http.Client, req *http.Request) error {
	e := &proxyError{"", http.StatusProxyAuthRequired}
	if t, ok := client.Transport.(*http.Transport); ok && t.Proxy != nil {
		if proxy, err := t.Proxy(req); err == nil && proxy != nil {
			e.host = proxy.Host
		}
	}
	return e
}

// Error says what the proxy answered.
func (e *proxyError) Error() string {
	return fmt.Sprintf("the proxy %s answered HTTP %d", e.host, e.status)
}

// reason says what the proxy did not do.
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
