package serve

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"awsvault/internal/awsapi"
	"awsvault/internal/line"
)

// reply is the answer to a request. A refusal closes the connection.
type reply struct {
	status int
	kind   string // the content type
	body   []byte
	header http.Header
	why    string // why it refuses, for the log
}

func (o reply) write(w http.ResponseWriter) {
	h := w.Header()
	for name, values := range o.header {
		h[name] = values
	}
	h.Set("Content-Type", o.kind)
	h.Set("Content-Length", strconv.Itoa(len(o.body)))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h["Date"] = nil
	if o.status >= 400 {
		h.Set("Connection", "close")
	}
	w.WriteHeader(o.status)
	w.Write(o.body)
}

// text returns an answer in plain text, as the metadata service sends.
func text(status int, body string) reply {
	return reply{status: status, kind: "text/plain", body: []byte(body)}
}

// document returns an answer in JSON. The Go SDK reads an error only if the content type is
// exactly this.
func document(status int, shape any) reply {
	body, err := json.Marshal(shape)
	if err != nil { // impossible: only strings
		return text(http.StatusInternalServerError, "")
	}
	return reply{status: status, kind: "application/json", body: body}
}

// no returns a refusal in one sentence. botocore prints the whole body, and the Go SDK the
// code and the message.
func no(status int, code, message string) reply {
	type shape struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	message = line.Cut(line.Printable(message), 300)
	o := document(status, shape{line.Cut(line.Printable(code), 64), message})
	o.why = strings.TrimPrefix(message, "vault: ")
	return o
}

// failed returns an answer that says why there are no credentials.
func failed(name string, err error) reply {
	e, r := (*awsapi.Error)(nil), (*refusal)(nil)
	message := "vault: " + name + ": " + err.Error()
	switch {
	case errors.Is(err, errRenewing):
		o := no(http.StatusServiceUnavailable, "Renewing", message)
		o.header = http.Header{"Retry-After": {"1"}}
		return o
	case errors.Is(err, errLeft), errors.Is(err, errOff):
		return no(http.StatusForbidden, "LeaseEnded", message)
	case NeedsPerson(err):
		return no(http.StatusForbidden, "PersonNeeded", "vault: "+needed(name, err))
	case errors.As(err, &r):
		return no(http.StatusForbidden, cmp.Or(r.code, "Refused"), message)
	case refused(err) && errors.As(err, &e):
		return no(http.StatusForbidden, e.Code, message)
	case errors.Is(err, errTooManyRoles), errors.Is(err, errForever), errors.Is(err, ErrNoRole):
		return no(http.StatusForbidden, "Refused", message)
	}
	return no(http.StatusServiceUnavailable, "Unavailable", message)
}

// stamp formats a time as AWS does.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
