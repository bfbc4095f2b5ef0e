package serve

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"
)

// These are the limits of a request. A larger one is refused before it is read.
const (
	longestPath   = 2 << 10
	longestHeader = 8 << 10
)

// foreign are headers of requests that do not come directly from a program on this machine,
// but from a browser or a proxy.
var foreign = []string{
	"Origin", "Referer", "Forwarded", "Via",
	"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Server", "X-Real-Ip",
}

// check refuses a request that no program of the person would make. The answer says what is
// wrong, and nothing about leases.
func (s *Server) check(r *http.Request, p Peer) *reply {
	refuse := func(status int, message string) *reply {
		o := no(status, "Refused", "vault: "+message)
		return &o
	}
	metadata := len(r.URL.Path) >= 7 && r.URL.Path[:7] == "/latest"
	switch {
	case r.ProtoMajor != 1 || r.ProtoMinor != 1:
		return refuse(http.StatusHTTPVersionNotSupported, "this server speaks only HTTP/1.1")
	case len(r.RequestURI) > longestPath:
		return refuse(http.StatusRequestURITooLong, "the path is too long")
	case r.ContentLength != 0 || len(r.TransferEncoding) > 0:
		return refuse(http.StatusRequestEntityTooLarge, "this server accepts no request body")
	case r.Method != http.MethodGet && !(r.Method == http.MethodPut && metadata):
		o := refuse(http.StatusMethodNotAllowed, "this server answers only GET")
		o.header = http.Header{"Allow": {http.MethodGet}}
		return o
	case !p.near() && !s.settings.Remote:
		return refuse(http.StatusForbidden, "this server answers only programs on this machine")
	case !p.may(s.settings.UID, s.settings.Others):
		return refuse(http.StatusForbidden, "this server answers only programs of the user who started it")
	case !p.Unix && !authority(r.Host, p.local):
		return refuse(http.StatusForbidden, "the Host header is not the address of this server")
	}
	for _, name := range foreign {
		if _, there := r.Header[name]; there {
			return refuse(http.StatusForbidden, "requests with the header "+name+" are not answered")
		}
	}
	for _, site := range r.Header.Values("Sec-Fetch-Site") {
		if site != "" && site != "none" {
			return refuse(http.StatusForbidden, "this server does not answer web pages")
		}
	}
	return nil
}

// authority reports whether a Host header names the address of the connection. A web page that
// leads here under another name (DNS rebinding) has that name in the header.
func authority(host string, local netip.AddrPort) bool {
	if host == local.String() || local.Port() == 80 && (host == local.Addr().String() || host == "["+local.Addr().String()+"]") {
		return true
	}
	name, port, err := net.SplitHostPort(host)
	return err == nil && name == "localhost" && local.Addr().IsLoopback() && port == strconv.Itoa(int(local.Port()))
}

// bucket allows some events at once, and then one a second.
type bucket struct {
	left int
	last time.Time
}

const wrongAtOnce = 10

func (b *bucket) take(now time.Time) bool {
	if past := now.Sub(b.last); past >= time.Second || past < 0 {
		b.left = min(b.left+max(int(past/time.Second), 1), wrongAtOnce)
		b.last = now
	}
	if b.left == 0 {
		return false
	}
	b.left--
	return true
}
