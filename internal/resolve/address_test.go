package resolve

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseAddress(t *testing.T) {
	good := map[string]address{
		"https://sts.example.com":                          {"https", "sts.example.com"},
		"HTTPS://sts.example.com/":                         {"https", "sts.example.com"},
		"http://localhost:4566":                            {"http", "localhost"},
		"http://local_stack:4566/a%20b?x=y&z#f":            {"http", "local_stack"},
		"http://127.0.0.1:65535/v1":                        {"http", "127.0.0.1"},
		"http://[::1]:80/x":                                {"http", "::1"},
		"http://[fd00:ec2::23]/v1/credentials":             {"http", "fd00:ec2::23"},
		"http://[1:2:3:4:5:6:7:8]":                         {"http", "1:2:3:4:5:6:7:8"},
		"https://example.awsapps.com/start":                {"https", "example.awsapps.com"},
		"https://d-1234567890.awsapps.com/start/#/?tab=ab": {"https", "d-1234567890.awsapps.com"},
		"https://example.com:":                             {"https", "example.com"},
		"https://example.com?x":                            {"https", "example.com"},
	}
	for text, want := range good {
		if got, ok := parseAddress(text); !ok || got != want {
			t.Errorf("%s: got %v, %t, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "x", "example.com", "https://", "https:///x", "https:/example.com", "ftp://example.com", "file:///etc/passwd", "//example.com", "javascript://x",
		"https://user@example.com", "https://user:pass@example.com", "https://example.com\\@evil.com", "https://exam ple.com", "https://example.com/\x1b", "https://exämple.com",
		"https://example.com:port", "https://example.com:123456", "https://example.com:-1", "https://example.com/%zz", "https://example.com/%4", "https://ex%61mple.com",
		"https://[::1", "https://[::1]x", "https://[]", "https://[1:2]", "https://[::1::]", "https://[::g]", "https://[12345::]", "https://[1:2:3:4:5:6:7:8:9]", "https://[fe80::1%25eth0]", "https://[:::]",
		" https://example.com", "https://example.com\n",
	} {
		if got, ok := parseAddress(text); ok {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
}

// The package that makes the calls reads every accepted address in the same way.
func TestAddressesAreThoseOfNetURL(t *testing.T) {
	pieces := rapid.SampledFrom([]string{
		"http", "https", "HTTP", "://", "://", ":", "/", "//", "?", "#", "@", "[", "]", "::", "1", "ab", "example.com", "127.0.0.1", "[::1]", "%", "%41", "%2f", "\\", "é", " ", "\x00", "8080", "-", "_", ".",
	})
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(pieces, 0, 8).Draw(t, "pieces"), "")
		if rapid.Bool().Draw(t, "with a scheme") {
			text = "http://" + text
		}
		a, ok := parseAddress(text)
		if !ok {
			return
		}
		taken++
		u, err := url.Parse(text)
		if err != nil || u.Scheme != a.scheme || u.Hostname() != a.host || u.User != nil || u.Host == "" {
			t.Fatalf("%q: got %v, net/url says %+v, %v", text, a, u, err)
		}
		if ip, err := netip.ParseAddr(a.host); a.isLocal() && a.host != "localhost" {
			container := a.host == "169.254.170.2" || a.host == "169.254.170.23" || a.host == "fd00:ec2::23"
			if err != nil || !container && !ip.IsLoopback() {
				t.Fatalf("%q is local", a.host)
			}
		}
	})
	if taken == 0 {
		t.Error("no text was taken for an address, so nothing was compared")
	}
}

func TestIsLocal(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "127.255.0.3": true, "::1": true, "169.254.170.2": true, "169.254.170.23": true, "fd00:ec2::23": true,
		"": false, "10.0.0.1": false, "127.0.0": false, "127.0.0.1.": false, "127.0.0.1.example.com": false, "127.0.0.256": false, "127.0.0.01": false, "1270.0.0.1": false,
		"169.254.169.254": false, "localhost.example.com": false, "::2": false, "fd00:ec2::254": false, "0.0.0.0": false,
	} {
		if got := (address{"http", host}).isLocal(); got != want {
			t.Errorf("%s: got %t", host, got)
		}
	}
}
