package awsfake

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"regexp"
	"sync"
	"time"
)

// awsHost matches the host names that the proxy serves.
var awsHost = regexp.MustCompile(`\.(?:amazonaws\.(?:com|com\.cn|eu)|aws\.amazon\.com|api\.aws|amazonaws\.cn|amazonaws-us-gov\.com|amazonaws-eusc\.eu|awsapps\.com)$`)

// serveProxy makes the fake an HTTPS proxy (Options.Proxy). It is for clients whose endpoints
// cannot be set. With HTTPS_PROXY=URL and a trusted CA they reach the fake under every AWS
// host name. The host name determines the region. The proxy connects to nothing else.
func (s *Server) serveProxy(w http.ResponseWriter, r *http.Request) {
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil || port != "443" || !awsHost.MatchString(host) {
		http.Error(w, "not a host of AWS", http.StatusForbidden)
		return
	}
	cert, err := issueCertificate(s.authority, host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if _, err := fmt.Fprint(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		_ = conn.Close()
		return
	}
	l := &oneConn{conn: tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}), done: s.closed, ended: make(chan struct{})}
	web := &http.Server{Handler: http.HandlerFunc(s.serveHost), ReadHeaderTimeout: time.Minute, ErrorLog: quiet(), ConnState: l.state}
	_ = web.Serve(l)
	_ = conn.Close()
}

// serveHost is ServeHTTP inside the proxy, without a second proxy and without control.
func (s *Server) serveHost(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/" {
		s.serveQuery(w, r)
		return
	}
	s.rest(w, r)
}

// oneConn is a listener that accepts one connection and ends with that connection.
type oneConn struct {
	conn     net.Conn
	done     <-chan struct{}
	accepted bool
	ended    chan struct{}
	once     sync.Once
}

func (l *oneConn) Accept() (net.Conn, error) {
	if !l.accepted {
		l.accepted = true
		return l.conn, nil
	}
	select {
	case <-l.ended:
	case <-l.done:
	}
	return nil, net.ErrClosed
}

func (l *oneConn) state(_ net.Conn, state http.ConnState) {
	if state == http.StateClosed || state == http.StateHijacked {
		l.once.Do(func() { close(l.ended) })
	}
}

func (l *oneConn) Close() error   { return nil }
func (l *oneConn) Addr() net.Addr { return l.conn.LocalAddr() }

// issueCertificate makes a host's certificate, signed by the fake's authority.
func issueCertificate(authority tls.Certificate, host string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	parent, err := x509.ParseCertificate(authority.Certificate[0])
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: "awsfake host"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{host},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, authority.PrivateKey)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
