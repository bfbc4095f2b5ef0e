package resolve

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
)

// How long one waits for AWS. callTimeout bounds a call with its retries.
const (
	dialTimeout = 5 * time.Second
	tlsTimeout  = 5 * time.Second
	callTimeout = 30 * time.Second
)

// HTTPClient makes the client for calls to AWS: proxies from the environment
// that getenv reads, and the CA bundle of a plan.
func HTTPClient(getenv func(string) string, caBundle Setting) (*http.Client, error) {
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
				return nil, &SettingError{At: name, Msg: "not the URL of a proxy", hint: "a proxy looks like http://proxy.example.com:3128"}
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
func readCABundle(file Setting) (*x509.CertPool, error) {
	if file.Text == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file.Text)
	if err != nil {
		return nil, &SettingError{At: file.From, Msg: "CA bundle: " + err.Error()}
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, &SettingError{At: file.From, Msg: "no certificate in the CA bundle " + file.Text}
	}
	return roots, nil
}
