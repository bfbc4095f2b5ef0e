package sso

import (
	"strings"
	"testing"
)

func TestWhichPagesAreOpened(t *testing.T) {
	const service = "https://oidc.eu-west-1.amazonaws.com"
	for _, c := range []struct {
		address, service string
		want             bool
	}{
		{"https://device.sso.eu-west-1.amazonaws.com/?user_code=AB-CD", service, true},
		{"http://127.0.0.1:4566/device", "http://127.0.0.1:4566", true},
		{"http://localstack:4566/device", "http://localstack:4566", true},
		{"http://device.sso.eu-west-1.amazonaws.com/", service, false},
		{"https://device.sso.eu-west-1.amazonaws.com@evil.example/", service, false},
		{"https://user:password@device.sso.eu-west-1.amazonaws.com/", service, false},
		{"https:///page", service, false},
		{"file:///etc/passwd", service, false},
		{"javascript:alert(1)", service, false},
		{"--help", service, false},
		{"https://a.example/ --new-window", service, false},
		{"https://a.example/" + strings.Repeat("x", 4096), service, false},
	} {
		if got := webPage(c.address, c.service); got != c.want {
			t.Errorf("%.60s from %s: %v, want %v", c.address, c.service, got, c.want)
		}
	}
}
