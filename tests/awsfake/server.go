// Package awsfake is a small AWS for tests and for `make try`. It has the services that issue
// credentials, with their real protocols and with the rules that decide whether a client gets
// credentials. It refuses what AWS refuses, with AWS's status, code and text. One listener
// serves everything, at URL:
//
//	STS, IAM          POST /                               Query and XML, SigV4 verified: key states, session
//	                                                       kinds, MFA codes, trust, durations, chaining, expiry
//	STS, web identity POST /                               unsigned; the token's issuer is asked for its keys
//	sso-oidc          /client/register /device_authorization /token
//	                                                       registration, device code, code with PKCE, refresh
//	                  /authorize /device                   pages with the buttons Allow and Deny
//	sso, the portal   /federation/credentials /assignment/* /logout
//	signin            /v1/authorize /v1/token              aws login: DPoP verified, refresh bound to key and region
//	console           /federation                          getSigninToken, login, a page that says who one is
//	IMDSv2            /latest/*                            SetInstance
//	ECS, EKS          /v2/credentials/ID                   AddTask
//	OIDC issuers      /issuer/NAME/*                       AddIssuer: configuration and keys; Token mints
//	any AWS host      CONNECT                              Options.Proxy: for clients that take no endpoint
//	control           /_fake/*                             Options.Control: what tests do with methods
//
// URL stands for all regions at once. RegionURL stands for one region, and so does a host
// name behind the proxy: these refuse requests for other regions.
//
// A test builds its world (Account, AddUser, AddKey, AddMFA, AddRole; AddCenter, AddPerson,
// Assign), points clients at URL, moves Clock, arms faults, and reads Calls. Visit plays the
// person at the browser. Approve, Deny and SetUnattended work without a browser. Revoke,
// Expire and ExpireRegistrations end sessions, credentials and registrations.
//
// It does not know policies. A principal may do everything that its kind of credential
// allows, unless a test calls Deny. A role's trust is the handful of conditions in Trust.
// Session policies narrow a session, but their conditions are ignored. It does not know the
// client under test, and only Visit acts as a client. One server is one partition. All of its
// regions answer at the same address, and there is no legacy global endpoint.
package awsfake

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Options configure a Server. The zero value is useful.
type Options struct {
	Clock     *Clock        // nil: the real time
	Partition string        // "aws" if empty
	Regions   []string      // the regions that a signature may be scoped to; nil: all of the partition
	TokenSize int           // bytes in a session token, up to 4096; 0: 356
	KeyDelay  time.Duration // how long a created, deactivated or deleted key stays what it was
	Control   bool          // answer under /_fake/, see control.go
	Proxy     bool          // be an HTTPS proxy, too, see proxy.go

	// Clients must sign calls of IAM for one region of its partition, here as in AWS. But
	// with a custom endpoint the AWS CLI and SDKs sign for their configured region. Set this
	// field so that they can call IAM from any region.
	AnyIAMRegion bool
}

// Server is the fake. It is an http.Handler, safe for concurrent use.
type Server struct {
	Clock *Clock
	URL   string // where Listen or Start serves it

	*state
	operations map[operationKey]operation
	regions    map[string]map[string]bool // by service
	rest       http.HandlerFunc           // everything but the Query protocol
	control    http.Handler               // nil: not enabled
	calls      callLog
	faults     faults
	issuers    issuers

	authority tls.Certificate // empty without TLS or proxy

	web    *http.Server
	closed chan struct{} // ends delays
	once   sync.Once
}

// New returns a Server that has no accounts and does not listen yet.
func New(o Options) *Server {
	if o.Clock == nil {
		o.Clock = NewClock()
	}
	part := findPartition(o.Partition)
	if o.Regions == nil {
		o.Regions = part.regions
	}
	regions := map[string]map[string]bool{"sts": set(o.Regions), "iam": set([]string{part.iamRegion})}
	if o.AnyIAMRegion {
		regions["iam"] = regions["sts"]
	}
	s := &Server{
		Clock:      o.Clock,
		state:      newState(o, part),
		operations: operations(),
		regions:    regions,
		closed:     make(chan struct{}),
	}
	s.rest = s.restHandler()
	if o.Proxy {
		s.authority = mustCertificate()
	}
	if o.Control {
		s.control = s.controlHandler()
	}
	return s
}

// Start returns a Server on a free port of 127.0.0.1. It is closed when the test ends.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s := New(o)
	if err := s.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// StartTLS is Start with https and the server's own certificate. CA returns the PEM that
// clients must trust.
func StartTLS(t testing.TB, o Options) *Server {
	t.Helper()
	s := New(o)
	if err := s.ListenTLS("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Listen serves at a TCP address and sets URL. Port 0 stands for a free port. Listen returns at
// once. Close ends the listener.
func (s *Server) Listen(addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	s.serve(l, "http")
	return nil
}

func (s *Server) serve(l net.Listener, scheme string) {
	s.URL = scheme + "://" + l.Addr().String()
	s.web = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          quiet(),
	}
	go func() { _ = s.web.Serve(l) }() // ends with Close, with nothing to tell
}

// quiet discards the log: some tests provoke refused TLS handshakes.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// Close ends the listener and all running requests.
func (s *Server) Close() {
	s.once.Do(func() {
		close(s.closed)
		if s.web != nil {
			_ = s.web.Close()
		}
	})
}

// ServeHTTP routes a request to a service by its path: see routes. STS and IAM share the path
// "/". The API version tells them apart.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _, path := splitRegion(r)
	switch {
	case r.Method == http.MethodConnect && s.authority.PrivateKey != nil:
		s.serveProxy(w, r)
	case path == "/":
		s.serveQuery(w, r)
	case s.control != nil && strings.HasPrefix(r.URL.Path, "/_fake/"):
		s.control.ServeHTTP(w, r)
	default:
		s.rest(w, r)
	}
}

// serveQuery handles one call of the Query protocol, from bytes to bytes.
func (s *Server) serveQuery(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	q := parseQuery(r, body)
	fault, delay := s.faults.take(q.action)
	if !s.pause(r, delay) {
		panic(http.ErrAbortHandler)
	}
	call := Call{Time: s.Clock.Now(), Service: q.service, Operation: q.action, Params: q.params.loggable(), Addr: r.RemoteAddr, RequestID: newRequestID()}
	var result any
	refusal := fault.refusal()
	if refusal == nil && fault != Drop {
		result, refusal = s.answer(r, body, q, &call)
	}
	if refusal != nil {
		call.Error = refusal.Code
	}
	s.calls.add(call)
	if fault == Drop || fault == DropAnswer {
		panic(http.ErrAbortHandler) // net/http closes the connection and logs nothing
	}
	h := w.Header()
	h.Set("Date", s.Clock.Now().Add(s.faults.dateSkew()).UTC().Format(http.TimeFormat))
	h.Set("X-Amzn-Requestid", call.RequestID)
	writeAnswer(w, q, result, refusal, call.RequestID)
}

// answer authenticates a call, checks its parameters, and performs it. It records what it
// learns in the log.
func (s *Server) answer(r *http.Request, body []byte, q query, call *Call) (any, *Error) {
	op, ok := s.operations[operationKey{q.service, q.action}]
	if !ok {
		return nil, refuse(400, "InvalidAction", "Could not find operation %s for version %s", q.action, q.version)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var who caller
	if op.name != unsigned { // a signature there may be, and does not matter
		var err *Error
		if who, err = s.authenticate(r, body, op.service, call); err != nil {
			return nil, err
		}
	}
	if err := op.check(q.params); err != nil {
		return nil, err
	}
	if err := s.authorize(who, op, q.params); err != nil {
		return nil, err
	}
	return op.run(&request{state: s.state, caller: who, params: q.params, now: s.Clock.Now()})
}

// pause waits for d. It returns false if the client disconnects or the server closes meanwhile.
func (s *Server) pause(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
	case <-s.closed:
	}
	return false
}

func set(words []string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}
