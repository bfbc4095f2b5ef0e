package serve

import (
	"strings"
	"testing"
	"time"
)

// Whatever a client sends, it gets credentials only with the token. Every client gets an HTTP
// answer or none.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		"GET /l/x HTTP/1.1\r\nHost: h\r\n\r\n", "GET * HTTP/1.1\r\nHost: h\r\n\r\n", "PUT /latest/api/token HTTP/1.1\r\nHost: h\r\nX-aws-ec2-metadata-token-ttl-seconds: 1\r\n\r\n",
		"GET /l/%2e%2e/ HTTP/1.1\r\nHost: h\r\nAuthorization:\r\n\r\n", "GET /l//role-arn/ HTTP/1.1\r\nHost: h\r\n\r\n", "GET /latest HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\n\r\n",
	} {
		f.Add(seed)
	}
	b := metadata(f)
	f.Fuzz(func(t *testing.T, request string) {
		b.TB = t
		request = strings.ReplaceAll(request, "Host: h", "Host: "+strings.TrimPrefix(b.base, "http://"))
		answer := b.raw(request)
		if strings.Contains(answer, "hidden") || strings.Contains(answer, b.lease.ID) {
			t.Errorf("%q led to %q", request, answer)
		}
		if answer != "" && !strings.HasPrefix(answer, "HTTP/1.") {
			t.Errorf("%q led to %q", request, answer)
		}
	})
}

// BenchmarkRequest measures a complete request.
func BenchmarkRequest(b *testing.B) {
	s := serve(b, time.Hour)
	for b.Loop() {
		s.get()
	}
}
