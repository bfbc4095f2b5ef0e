package awsfake

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// query is a call in the Query protocol: Action, Version and flat parameters, in the query
// string or in a form. A list is Name.member.1, Name.member.2 and so on. A list of structures
// is Name.member.1.Key and so on.
type query struct {
	service, action, version string
	params                   params
}

func parseQuery(r *http.Request, body []byte) query {
	form := r.URL.Query()
	if posted, err := url.ParseQuery(string(body)); err == nil {
		maps.Copy(form, posted)
	}
	q := query{action: form.Get("Action"), version: form.Get("Version"), params: params(form)}
	switch q.version {
	case "2011-06-15":
		q.service = "sts"
	case "2010-05-08":
		q.service = "iam"
	}
	maps.DeleteFunc(form, func(name string, _ []string) bool { // the signature of a presigned request is not of the call
		return name == "Action" || name == "Version" || strings.HasPrefix(name, "X-Amz-")
	})
	return q
}

type params url.Values

func (p params) has(name string) bool    { return len(p[name]) > 0 }
func (p params) text(name string) string { return url.Values(p).Get(name) }

// seconds returns a parameter as a duration, or the default. The operation has already checked
// that the parameter is a number.
func (p params) seconds(name string, byDefault time.Duration) time.Duration {
	if !p.has(name) {
		return byDefault
	}
	return time.Duration(p.integer(name)) * time.Second
}

func (p params) integer(name string) int {
	n, _ := strconv.Atoi(p.text(name))
	return n
}

// list returns the members of a list. Each is a map from field names to texts. A plain text
// has the field name "".
func (p params) list(name string) []map[string]string {
	var members []map[string]string
	for i := 1; ; i++ {
		prefix := fmt.Sprintf("%s.member.%d", name, i)
		member := map[string]string{}
		for key := range p {
			if field, ok := strings.CutPrefix(key, prefix); ok && (field == "" || field[0] == '.') {
				member[strings.TrimPrefix(field, ".")] = p.text(key)
			}
		}
		if len(member) == 0 {
			return members
		}
		members = append(members, member)
	}
}

// loggable returns a copy for the log, in which secrets are masked.
func (p params) loggable() url.Values {
	shown := url.Values(maps.Clone(p))
	for name := range shown {
		if isSecret(name) {
			shown[name] = []string{"***"}
		}
	}
	return shown
}

// operationKey is the key of an operation in the table of operations.
type operationKey struct{ service, name string }

// operation is one call of an API: the constraints of its parameters, and its effect.
type operation struct {
	service, name string
	fields        []field
	run           func(*request) (any, *Error)
}

// request is an authenticated and authorized call, with everything that an operation may read.
type request struct {
	*state
	caller caller
	params params
	now    time.Time
}

// operations returns the table of all calls that the fake answers, with the constraints from
// AWS's own models.
func operations() map[operationKey]operation {
	table := map[operationKey]operation{}
	for _, op := range slices.Concat(stsOperations(), iamOperations()) {
		table[operationKey{op.service, op.name}] = op
	}
	return table
}

// field is the constraint on one parameter, or on one field of each member of a list.
type field struct {
	list     string // empty: not of a list
	name     string // of a list of plain texts: empty
	required bool
	number   bool
	min, max int // of the number, or of the length
	pattern  string
	enum     []string
}

func text(name string, shortest, longest int, pattern string) field {
	return field{name: name, min: shortest, max: longest, pattern: pattern}
}

func number(name string, least, most int) field {
	return field{name: name, number: true, min: least, max: most}
}

func (f field) must() field {
	f.required = true
	return f
}

func (f field) of(list string) field {
	f.list = list
	return f
}

// check returns one ValidationError with all violated constraints and their number, as AWS
// does.
func (op operation) check(p params) *Error {
	var broken []string
	for _, f := range op.fields {
		if f.list == "" {
			broken = append(broken, f.broken(lowerFirst(f.name), p.text(f.name), p.has(f.name))...)
			continue
		}
		for i, member := range p.list(f.list) {
			at := fmt.Sprintf("%s.%d.member", lowerFirst(f.list), i+1)
			if f.name != "" {
				at += "." + lowerFirst(f.name)
			}
			value, present := member[f.name]
			broken = append(broken, f.broken(at, value, present)...)
		}
	}
	if len(broken) == 0 {
		return nil
	}
	return validation(broken...)
}

func (f field) broken(at, value string, present bool) []string {
	if !present {
		if !f.required {
			return nil
		}
		return []string{fmt.Sprintf("Value null at '%s' failed to satisfy constraint: Member must not be null", at)}
	}
	var broken []string
	fails := func(format string, args ...any) {
		broken = append(broken, fmt.Sprintf("Value '%s' at '%s' failed to satisfy constraint: ", value, at)+fmt.Sprintf(format, args...))
	}
	kind, size := "length", utf8.RuneCountInString(value)
	if f.number {
		n, err := strconv.Atoi(value)
		if err != nil {
			fails("Member must be an integer")
			return broken
		}
		kind, size = "value", n
	}
	if f.pattern != "" && !regexp.MustCompile(`^(?:`+f.pattern+`)$`).MatchString(value) {
		fails("Member must satisfy regular expression pattern: %s", f.pattern)
	}
	if f.enum != nil && !slices.Contains(f.enum, value) {
		fails("Member must satisfy enum value set: [%s]", strings.Join(f.enum, ", "))
	}
	if f.max > 0 && size > f.max {
		fails("Member must have %s less than or equal to %d", kind, f.max)
	}
	if size < f.min {
		fails("Member must have %s greater than or equal to %d", kind, f.min)
	}
	return broken
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
