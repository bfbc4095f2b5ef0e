package awsfake

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"
)

// controlHandler lets other processes on this machine do what Go tests do with methods. It
// reads form values (curl -d) and answers in JSON. An error is a 400 with {"error": ...}.
//
//	GET    /_fake/code?serial=S[&next=1]   {"code"}    what the device shows; next: one not used yet
//	GET    /_fake/clock                    {"now"}
//	POST   /_fake/clock                    {"now"}     advance=1h, or set=RFC3339, which stops it
//	GET    /_fake/calls                    [Call...]
//	DELETE /_fake/calls                    {}
//	POST   /_fake/fault                    {}          kind=, operation=, count=, delay=; or date_skew=
//	DELETE /_fake/fault                    {}          disarms all
//	POST   /_fake/key                      {}          id=, status=Active|Inactive
//	POST   /_fake/key-delay                {}          delay= until a changed key takes effect
//	POST   /_fake/shorten                  {}          life= that sessions of STS last at most; 0: no more
//	POST   /_fake/expire                   {}          id= of issued credentials: they run out now
//
// It also serves the paths of ssoControls.
func (s *Server) controlHandler() http.Handler {
	mux := http.NewServeMux()
	handlers := map[string]func(*http.Request) (any, error){
		"GET /_fake/code":     s.controlCode,
		"GET /_fake/clock":    s.controlNow,
		"POST /_fake/clock":   s.controlClock,
		"GET /_fake/calls":    func(*http.Request) (any, error) { return append([]Call{}, s.Calls()...), nil },
		"DELETE /_fake/calls": func(*http.Request) (any, error) { s.Reset(); return struct{}{}, nil },
		"POST /_fake/fault":   s.controlFault,
		"DELETE /_fake/fault": func(*http.Request) (any, error) { s.Disarm(); return struct{}{}, nil },
		"POST /_fake/key":     s.controlKey,
		"POST /_fake/expire":  s.controlExpire,
		"POST /_fake/shorten": func(r *http.Request) (any, error) {
			d, err := time.ParseDuration(r.FormValue("life"))
			if err == nil {
				s.Shorten(d)
			}
			return struct{}{}, err
		},
		"POST /_fake/key-delay": func(r *http.Request) (any, error) {
			d, err := time.ParseDuration(r.FormValue("delay"))
			if err == nil {
				s.SetKeyDelay(d)
			}
			return struct{}{}, err
		},
	}
	maps.Copy(handlers, s.ssoControls())
	for pattern, handle := range handlers {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if !fromLoopback(r) {
				http.Error(w, "loopback only", http.StatusForbidden)
				return
			}
			result, err := handle(r)
			if err != nil {
				w.WriteHeader(http.StatusBadRequest)
				result = map[string]string{"error": err.Error()}
			}
			_ = json.NewEncoder(w).Encode(result) // the client may be gone
		})
	}
	return mux
}

func fromLoopback(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	return err == nil && net.ParseIP(host).IsLoopback()
}

func (s *Server) controlCode(r *http.Request) (any, error) {
	d := s.Device(r.FormValue("serial"))
	if d == nil {
		return nil, fmt.Errorf("no MFA device %q", r.FormValue("serial"))
	}
	code := d.Code
	if r.FormValue("next") != "" {
		code = d.NextCode
	}
	return map[string]string{"code": code()}, nil
}

func (s *Server) controlNow(*http.Request) (any, error) {
	return map[string]time.Time{"now": s.Clock.Now()}, nil
}

func (s *Server) controlClock(r *http.Request) (any, error) {
	if to := r.FormValue("set"); to != "" {
		t, err := time.Parse(time.RFC3339, to)
		if err != nil {
			return nil, err
		}
		s.Clock.Set(t)
		return s.controlNow(r)
	}
	d, err := time.ParseDuration(r.FormValue("advance"))
	if err != nil {
		return nil, err
	}
	s.Clock.Advance(d)
	return s.controlNow(r)
}

func (s *Server) controlFault(r *http.Request) (any, error) {
	if skew := r.FormValue("date_skew"); skew != "" {
		d, err := time.ParseDuration(skew)
		s.SkewDate(d)
		return struct{}{}, err
	}
	f := Fault{Kind: FaultKind(r.FormValue("kind")), Operation: r.FormValue("operation")}
	switch f.Kind {
	case None, Throttle, InternalFailure, Unavailable, Drop, DropAnswer:
	default:
		return nil, fmt.Errorf("no fault %q", f.Kind)
	}
	var err error
	if n := r.FormValue("count"); n != "" {
		if f.Count, err = strconv.Atoi(n); err != nil {
			return nil, err
		}
	}
	if d := r.FormValue("delay"); d != "" {
		if f.Delay, err = time.ParseDuration(d); err != nil {
			return nil, err
		}
	}
	s.Arm(f)
	return struct{}{}, nil
}

func (s *Server) controlExpire(r *http.Request) (any, error) {
	if !s.Expire(r.FormValue("id")) {
		return nil, fmt.Errorf("no session %q", r.FormValue("id"))
	}
	return struct{}{}, nil
}

func (s *Server) controlKey(r *http.Request) (any, error) {
	status := keyStatus(r.FormValue("status"))
	if status != active && status != inactive {
		return nil, fmt.Errorf("status %q is neither %s nor %s", status, active, inactive)
	}
	if !s.SetKeyActive(r.FormValue("id"), status == active) {
		return nil, fmt.Errorf("no access key %q", r.FormValue("id"))
	}
	return struct{}{}, nil
}
