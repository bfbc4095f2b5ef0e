package awsfake

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Error is a refusal, in AWS's words.
type Error struct {
	Status        int // of HTTP
	Code, Message string
	Reason        string // of services that name one beside the code
}

func refuse(status int, code, format string, args ...any) *Error {
	return &Error{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

func accessDenied(format string, args ...any) *Error {
	return refuse(403, "AccessDenied", format, args...)
}

// notAuthorized is the error for a missing role, for a role that does not trust the caller, and
// for a missing MFA code.
func notAuthorized(who caller, action, resource string) *Error {
	message := fmt.Sprintf("User: %s is not authorized to perform: %s", who.arn, action)
	if resource != "" {
		message += " on resource: " + resource
	}
	return &Error{Status: 403, Code: "AccessDenied", Message: message}
}

func validation(broken ...string) *Error {
	noun := "error"
	if len(broken) > 1 {
		noun = "errors"
	}
	return refuse(400, "ValidationError", "%d validation %s detected: %s", len(broken), noun, strings.Join(broken, "; "))
}

func invalidToken(service string) *Error {
	message := "The security token included in the request is invalid"
	if service == "sts" {
		message += "." // IAM has no full stop here
	}
	return refuse(403, "InvalidClientTokenId", "%s", message)
}

// errorAnswer is <ErrorResponse>. All services of the Query protocol use it.
type errorAnswer struct {
	XMLName   xml.Name `xml:"ErrorResponse"`
	Namespace string   `xml:"xmlns,attr"`
	Type      string   `xml:"Error>Type"`
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
	RequestID string   `xml:"RequestId"`
}

// answer is <XResponse><XResult>...</XResult><ResponseMetadata>... X is the operation's name.
type answer struct {
	operation, namespace, requestID string
	result                          any // nil: the operation has none
}

// MarshalXML writes the elements whose names depend on the operation.
func (a answer) MarshalXML(e *xml.Encoder, _ xml.StartElement) error {
	named := func(name string) xml.StartElement { return xml.StartElement{Name: xml.Name{Local: name}} }
	root := named(a.operation + "Response")
	root.Attr = []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: a.namespace}}
	if err := e.EncodeToken(root); err != nil {
		return err
	}
	if a.result != nil {
		if err := e.EncodeElement(a.result, named(a.operation+"Result")); err != nil {
			return err
		}
	}
	metadata := struct{ RequestId string }{a.requestID}
	if err := e.EncodeElement(metadata, named("ResponseMetadata")); err != nil {
		return err
	}
	return e.EncodeToken(root.End())
}

// list is a list in an answer: an element, empty or not, around <member> elements.
type list[T any] struct {
	Members []T `xml:"member"`
}

func writeAnswer(w http.ResponseWriter, q query, result any, refusal *Error, requestID string) {
	namespace := "https://sts.amazonaws.com/doc/2011-06-15/"
	if q.service == "iam" {
		namespace = "https://iam.amazonaws.com/doc/2010-05-08/"
	}
	var body any = answer{operation: q.action, namespace: namespace, requestID: requestID, result: result}
	status := http.StatusOK
	if refusal != nil {
		status = refusal.Status
		blame := "Sender"
		if status >= 500 {
			blame = "Receiver"
		}
		body = errorAnswer{Namespace: namespace, Type: blame, Code: refusal.Code, Message: refusal.Message, RequestID: requestID}
	}
	var out bytes.Buffer
	enc := xml.NewEncoder(&out)
	enc.Indent("", "  ")
	if err := enc.Encode(body); err != nil {
		panic(fmt.Sprintf("awsfake: answer of %s: %v", q.action, err)) // our own struct: a mistake in this package
	}
	out.WriteByte('\n')
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // the client may be gone
}

// stamp formats a time for answers: UTC, whole seconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
