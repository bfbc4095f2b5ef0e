package source

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpproxy"

	"awsvault/internal/resolve"
)

// How long a connection to AWS may take.
const (
	dialTimeout = 5 * time.Second
	tlsTimeout  = 5 * time.Second
)

// HTTPClient makes the client for calls to AWS: proxies from the environment
// that getenv reads, and the CA bundle of a plan.
func HTTPClient(getenv func(string) string, caBundle resolve.Setting) (*http.Client, error) {
	proxy, err := proxies(getenv)
	if err != nil {
		return nil, err
	}
	roots, err := readCABundle(caBundle)
	if err != nil {
		return nil, err
	}
	return &http.Client{
		Transport: &http.Transport{
			Proxy:               func(r *http.Request) (*url.URL, error) { return proxy(r.URL) },
			DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
			TLSHandshakeTimeout: tlsTimeout,
			TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
			ForceAttemptHTTP2:   true,
		},
		// A redirect would carry the signature to somebody else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

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
				return nil, resolve.BadSetting(name, "not the URL of a proxy", "a proxy looks like http://proxy.example.com:3128")
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

// readCABundle reads the certificates that are trusted instead of the system's.
func readCABundle(file resolve.Setting) (*x509.CertPool, error) {
	if file.Text == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file.Text)
	if err != nil {
		return nil, resolve.BadSetting(file.From, "CA bundle: "+err.Error(), "")
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, resolve.BadSetting(file.From, "no certificate in the CA bundle "+file.Text, "")
	}
	return roots, nil
}
