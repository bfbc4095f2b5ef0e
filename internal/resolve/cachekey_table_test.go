package resolve_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"awsvault/internal/resolve"
)

// The kinds of steps whose credentials are cached, and the other kinds.
var (
	cached = []resolve.Kind{
		resolve.GetSessionToken, resolve.GetFederationToken, resolve.AssumeRole, resolve.Process, resolve.SSO, resolve.WebIdentity,
	}
	timed    = cached[1:] // a filled step of the first takes a code, see TestACodeBuysOneSession
	uncached = []resolve.Kind{
		resolve.StoredKeys, resolve.FileKeys, resolve.Environment, resolve.Container, resolve.InstanceMetadata, resolve.Login,
	}
)

// decides lists, for each field of a step, the kinds of sessions for which the field counts. A
// field that is new in Step fails the test until it has a row here: if a field is missing from
// the key, vault delivers the wrong session.
var decides = map[string]struct {
	in  []resolve.Kind
	why string
}{
	"Kind":       {cached, "the calls give different sessions"},
	"Profile":    {[]resolve.Kind{resolve.Process}, "a field of its own in the name of a session; a process prints what it likes for each profile"},
	"Duration":   {timed, "how long the session was asked to last; one that took a code serves for all lengths"},
	"Less":       {nil, "what is asked for after a refusal; the session ends when it ends"},
	"Most":       {nil, "which of the cached sessions is not too long"},
	"Primes":     {nil, "a filled step takes a code, and serves for all lengths already, see TestAPassphraseBuysOneSession"},
	"MFASerial":  {cached, "policies may ask for MFA"},
	"MFAProcess": {nil, "where the code comes from leaves no mark in the session"},

	"RoleARN":           {cached, "the role"},
	"SessionName":       {cached, "is in the ARN, and in CloudTrail"},
	"ExternalID":        {cached, "a trust policy may ask for it"},
	"SourceIdentity":    {cached, "is in CloudTrail, and policies may ask for it"},
	"Tags[].Key":        {cached, "policies may ask for it"},
	"Tags[].Value":      {cached, "policies may ask for it"},
	"Policy":            {cached, "what the session is narrowed to"},
	"PolicyARNs[]":      {cached, "what the session is narrowed to"},
	"Agent":             {cached, "an agent's session is never its user's"},
	"TransitiveTags[]":  {cached, "decides which tags the next role gets"},
	"Endpoint.URL":      {cached, "another endpoint may be another AWS"},
	"Endpoint.Region":   {cached, "some partitions' sessions are good in their own only"},
	"Endpoint.From":     {[]resolve.Kind{resolve.GetSessionToken}, "AWS's own regional endpoints count as one for it, one that a setting names does not"},
	"From":              {nil, "which file and line named the source"},
	"Temporary":         {nil, "of keys that are not cached"},
	"Hides":             {nil, "of keys that are not cached"},
	"Command":           {[]resolve.Kind{resolve.Process}, "what prints the credentials"},
	"TokenFile":         {[]resolve.Kind{resolve.WebIdentity}, "whose token"},
	"TokenProcess":      {[]resolve.Kind{resolve.WebIdentity}, "whose token"},
	"LoginSession":      {nil, "of a source that is not cached"},
	"LoginElse.URL":     {nil, "of a source that is not cached"},
	"LoginElse.Region":  {nil, "of a source that is not cached"},
	"LoginElse.From":    {nil, "of a source that is not cached"},
	"SignIn.Session":    {[]resolve.Kind{resolve.SSO}, "two sessions may be two people"},
	"SignIn.StartURL":   {[]resolve.Kind{resolve.SSO}, "the Identity Center"},
	"SignIn.Region":     {[]resolve.Kind{resolve.SSO}, "the Identity Center"},
	"SignIn.Scopes[]":   {nil, "what a sign-in may do; a role is the same by each"},
	"SignIn.Unscoped":   {nil, "how a file of the AWS CLI is called"},
	"SignIn.Way":        {nil, "where the person is asked to sign in"},
	"SignIn.From":       {nil, "which file and line named it"},
	"SignIn.OIDC.URL":   {nil, "where one signs in"},
	"SignIn.OIDC.From":  {nil, "which setting named it"},
	"SignIn.Portal.URL": {[]resolve.Kind{resolve.SSO}, "another portal may be another AWS"},
	// An endpoint's region is that of the sign-in.
	"SignIn.OIDC.Region":   {nil, "SignIn.Region"},
	"SignIn.Portal.Region": {nil, "SignIn.Region"},
	"SignIn.Portal.From":   {nil, "which setting named it"},
	"SSOAccount":           {[]resolve.Kind{resolve.SSO}, "whose role"},
	"SSORole":              {[]resolve.Kind{resolve.SSO}, "the role"},
}

// fill gives each field of a step a different value, also below lists and pointers, and calls
// each with the field and its path.
func fill(v reflect.Value, path string, each func(path string, field reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		fill(v.Elem(), path, each)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), strings.TrimPrefix(path+"."+v.Type().Field(i).Name, "."), each)
		}
	case reflect.Slice:
		if v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		}
		fill(v.Index(0), path+"[]", each)
	default:
		each(path, v)
	}
}

// whole returns a step of the given kind with all fields filled.
func whole(kind resolve.Kind) *resolve.Step {
	s := new(resolve.Step)
	fill(reflect.ValueOf(s), "", func(path string, field reflect.Value) {
		switch field.Kind() {
		case reflect.String:
			field.SetString("the " + path)
		case reflect.Int64:
			field.SetInt(int64(time.Hour))
		}
	})
	s.Kind, s.Endpoint.Region = kind, "eu-west-1"
	return s
}

// changed returns the step with another value in one field.
func changed(t *testing.T, kind resolve.Kind, path string) resolve.Step {
	t.Helper()
	s, found := whole(kind), false
	fill(reflect.ValueOf(s), "", func(p string, field reflect.Value) {
		if p != path {
			return
		}
		found = true
		switch {
		case path == "Kind":
			other := cached[0]
			if kind == other {
				other = cached[1]
			}
			field.Set(reflect.ValueOf(other))
		case path == "Endpoint.Region":
			field.SetString("cn-north-1") // another partition, for GetSessionToken
		case path == "Endpoint.From":
			field.SetString("")
		case field.Kind() == reflect.String:
			field.SetString("another " + path)
		case field.Kind() == reflect.Int64:
			field.SetInt(field.Int() + int64(time.Second))
		case field.Kind() == reflect.Bool:
			field.SetBool(!field.Bool())
		case field.Kind() == reflect.Uint8:
			field.SetUint(field.Uint() + 1)
		default:
			t.Fatalf("%s is a %s: say here how it is changed", path, field.Kind())
		}
	})
	if !found {
		t.Errorf("a step has no field %s any more", path)
	}
	return *s
}

func TestEveryKindOfStepIsCachedOrNot(t *testing.T) {
	for k := resolve.Kind(1); k.String() != fmt.Sprintf("Kind(%d)", uint8(k)); k++ {
		if slices.Contains(cached, k) == slices.Contains(uncached, k) {
			t.Errorf("%s: say whether its credentials are cached", k)
		}
	}
}

func TestEveryFieldOfAStepIsInTheKeyOrSaysWhyNot(t *testing.T) {
	fill(reflect.ValueOf(whole(resolve.AssumeRole)), "", func(path string, _ reflect.Value) {
		if _, ok := decides[path]; !ok {
			t.Errorf("a step has a new field, %s: say whether it decides the session, and why", path)
		}
	})
	for path, d := range decides {
		for _, kind := range cached {
			counts := slices.Contains(d.in, kind)
			if same := whole(kind).CacheKey("x") == changed(t, kind, path).CacheKey("x"); same == counts {
				t.Errorf("%s, %s: the field counts: %v (%s); another value gives the same key: %v", kind, path, counts, d.why, same)
			}
		}
	}
}

func TestWhatASessionIsMadeWithIsInItsKey(t *testing.T) {
	for _, kind := range cached {
		if whole(kind).CacheKey("AKIA1") == whole(kind).CacheKey("AKIA2") {
			t.Errorf("%s: sessions made with two keys have one name", kind)
		}
	}
}

// The fields alone do not show one more tag, or the same texts in other fields.
func TestTheShapeOfListsIsInTheKey(t *testing.T) {
	key := func(change func(*resolve.Step)) string {
		s := resolve.Step{Kind: resolve.AssumeRole, Tags: []resolve.Tag{{Key: "a", Value: "b"}}, TransitiveTags: []string{"a"}}
		change(&s)
		return s.CacheKey("x")
	}
	keys := map[string]string{}
	for name, change := range map[string]func(*resolve.Step){
		"as it is":        func(*resolve.Step) {},
		"one tag more":    func(s *resolve.Step) { s.Tags = append(s.Tags, resolve.Tag{Key: "c", Value: "d"}) },
		"one tag less":    func(s *resolve.Step) { s.Tags = nil },
		"key is value":    func(s *resolve.Step) { s.Tags = []resolve.Tag{{Key: "b", Value: "a"}} },
		"one passed more": func(s *resolve.Step) { s.TransitiveTags = []string{"a", "b"} },
		"one passed less": func(s *resolve.Step) { s.TransitiveTags = nil },
	} {
		k := key(change)
		if other, ok := keys[k]; ok {
			t.Errorf("%q and %q have one key", name, other)
		}
		keys[k] = name
	}
}

// A session of GetSessionToken works in every region of its partition and at each of AWS's own
// endpoints there.
func TestARegionalEndpointIsNoNewSessionToken(t *testing.T) {
	s := resolve.Step{Kind: resolve.GetSessionToken, Endpoint: resolve.Endpoint{URL: "https://sts.eu-west-1.amazonaws.com", Region: "eu-west-1"}}
	other := s
	other.Endpoint = resolve.Endpoint{URL: "https://sts.us-east-1.amazonaws.com", Region: "us-east-1"}
	if s.CacheKey("x") != other.CacheKey("x") {
		t.Error("another region would ask for another MFA code")
	}
}
