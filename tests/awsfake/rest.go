package awsfake

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// route is an unsigned call with a method and a path. Its answer is JSON, a page or text.
type route struct {
	service, name string
	run           func(*webRequest) (any, *Error)
}

// webRequest is a call of a route, with everything that it may read. The state is locked while
// it runs.
type webRequest struct {
	*state
	server *Server
	http   *http.Request
	header http.Header // of the answer
	params url.Values  // of the query, the form, or the JSON object's top level
	body   []byte
	now    time.Time
	path   string // without the region's prefix
	base   string // the address that the client has called: scheme, host and the region's prefix
	region string // that the address names; empty: none
}

// The types of answers other than JSON.
type (
	redirect  string // 302
	plainText string
)

// RegionURL returns the address of one region. URL stands for all regions: it refuses nothing
// because of the region. An AWS host name behind the proxy also determines its region.
func (s *Server) RegionURL(region string) string { return s.URL + regionPrefix + region }

const regionPrefix = "/region/"

var regionInHost = regexp.MustCompile(`(?:^|\.)([a-z]{2,4}(?:-[a-z]+)+-\d)\.`)

func splitRegion(r *http.Request) (prefix, region, path string) {
	if rest, ok := strings.CutPrefix(r.URL.Path, regionPrefix); ok {
		region, path, _ = strings.Cut(rest, "/")
		return regionPrefix + region, region, "/" + path
	}
	if m := regionInHost.FindStringSubmatch(r.Host); m != nil {
		region = m[1]
	}
	return "", region, r.URL.Path
}

// sameRegion reports whether two regions match. An unknown region matches all.
func sameRegion(a, b string) bool { return a == "" || b == "" || a == b }

// routes returns the table of all calls outside the Query protocol.
func routes() map[string]route {
	table := map[string]route{}
	for _, part := range []map[string]route{
		oidcRoutes(), portalRoutes(), issuerRoutes(), imdsRoutes(), ecsRoutes(), signinRoutes(), federationRoutes(),
	} {
		maps.Copy(table, part)
	}
	return table
}

// restHandler serves the routes, also under every region's prefix.
func (s *Server) restHandler() http.HandlerFunc {
	table, mux := routes(), http.NewServeMux()
	for pattern := range table {
		mux.Handle(pattern, http.NotFoundHandler()) // the mux only matches
	}
	return func(w http.ResponseWriter, r *http.Request) {
		plain := r.Clone(r.Context())
		_, _, plain.URL.Path = splitRegion(r)
		plain.URL.RawPath = ""
		other, pattern := mux.Handler(plain)
		if rt, ok := table[pattern]; ok {
			s.serveRoute(w, r, rt)
			return
		}
		other.ServeHTTP(w, plain) // 404, 405
	}
}

// serveRoute handles one call, from bytes to bytes.
func (s *Server) serveRoute(w http.ResponseWriter, r *http.Request, rt route) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	fault, delay := s.faults.take(rt.name)
	if !s.pause(r, delay) {
		panic(http.ErrAbortHandler)
	}
	q := s.newWebRequest(r, body)
	q.header = w.Header()
	call := Call{
		Time: q.now, Service: rt.service, Operation: rt.name, Region: q.region,
		Params: params(q.params).loggable(), Addr: r.RemoteAddr, RequestID: newRequestID(),
	}
	var result any
	refusal := fault.refusalOf(rt.service)
	if refusal == nil && fault != Drop {
		s.mu.Lock()
		q.now = s.Clock.Now()
		result, refusal = rt.run(q)
		s.mu.Unlock()
	}
	if refusal != nil {
		call.Error = refusal.Code
	}
	s.calls.add(call)
	if fault == Drop || fault == DropAnswer {
		panic(http.ErrAbortHandler)
	}
	h := w.Header()
	h.Set("Date", s.Clock.Now().Add(s.faults.dateSkew()).UTC().Format(http.TimeFormat))
	h.Set("X-Amzn-Requestid", call.RequestID)
	h.Set("Cache-Control", "no-store")
	if refusal != nil {
		writeRefusal(w, rt.service, refusal)
		return
	}
	writeResult(w, r, result)
}

func (s *Server) newWebRequest(r *http.Request, body []byte) *webRequest {
	prefix, region, path := splitRegion(r)
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	q := &webRequest{
		state: s.state, server: s, http: r, params: r.URL.Query(), body: body, now: s.Clock.Now(),
		path: path, base: scheme + "://" + r.Host + prefix, region: region,
	}
	switch kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); kind {
	case "application/x-www-form-urlencoded":
		if form, err := url.ParseQuery(string(body)); err == nil {
			maps.Copy(q.params, form)
		}
	default:
		var object map[string]any
		_ = json.Unmarshal(body, &object) // what is not an object has no parameters
		for name, value := range object {
			if text, ok := value.(string); ok {
				q.params.Set(name, text)
			} else if list, ok := value.([]any); ok {
				for _, v := range list {
					if text, ok := v.(string); ok {
						q.params.Add(name, text)
					}
				}
			}
		}
	}
	return q
}

func (q *webRequest) text(name string) string { return q.params.Get(name) }

// address returns the address for a browser on this machine, which does not use the proxy.
func (q *webRequest) address() string {
	if q.server.URL != "" {
		return q.server.URL
	}
	return q.base
}

func writeResult(w http.ResponseWriter, r *http.Request, result any) {
	switch result := result.(type) {
	case nil:
		w.WriteHeader(http.StatusOK)
	case redirect:
		http.Redirect(w, r, string(result), http.StatusFound)
	case plainText:
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, string(result)) // the client may be gone, here and below
	case webPage:
		result.write(w)
	default:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(result)
	}
}

// writeRefusal writes an error in the form of its service. SDKs choose the error's type by
// the header.
func writeRefusal(w http.ResponseWriter, service string, e *Error) {
	h := w.Header()
	var body any
	switch service {
	case "sso-oidc":
		h.Set("X-Amzn-Errortype", e.Code+":http://internal.amazon.com/coral/com.amazonaws.sso.oidc/")
		body = map[string]string{"error": oauthError(e.Code), "error_description": e.Message}
	case "sso":
		h.Set("X-Amzn-Errortype", e.Code+":http://internal.amazon.com/coral/com.amazonaws.switchboard.portal/")
		body = map[string]string{"message": e.Message, "__type": "com.amazonaws.switchboard.portal#" + e.Code}
	case "signin":
		h.Set("X-Amzn-Errortype", e.Code)
		body = map[string]string{"error": e.Reason, "message": e.Message}
	case "ecs":
		body = map[string]string{"code": e.Code, "message": e.Message}
	default: // pages, and services that answer in text
		http.Error(w, e.Message, e.Status)
		return
	}
	h.Set("Content-Type", "application/json")
	w.WriteHeader(e.Status)
	_ = json.NewEncoder(w).Encode(body)
}

// oauthError returns OAuth's name of an exception: invalid_grant for InvalidGrantException.
func oauthError(code string) string {
	if code == "InternalServerException" {
		return "server_error"
	}
	words := regexp.MustCompile(`[A-Z][a-z]+`).FindAllString(strings.TrimSuffix(code, "Exception"), -1)
	return strings.ToLower(strings.Join(words, "_"))
}

// secretParams returns the names of the parameters that the log masks.
func secretParams() []string {
	return []string{
		"TokenCode", "WebIdentityToken", "clientSecret", "deviceCode", "code", "codeVerifier", "refreshToken", "Session", "SigninToken",
	}
}

func isSecret(name string) bool { return slices.Contains(secretParams(), name) }
