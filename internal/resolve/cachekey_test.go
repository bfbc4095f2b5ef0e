package resolve_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"awsvault/internal/resolve"
)

// anyStep draws from so few values that equal steps are common, and near misses too: a text
// that has moved to the next field.
func anyStep(t *rapid.T) resolve.Step {
	text := rapid.SampledFrom([]string{"", "a", "b", "ab", `a","b`})
	tag := rapid.Custom(func(t *rapid.T) resolve.Tag {
		return resolve.Tag{Key: text.Draw(t, "key"), Value: text.Draw(t, "value")}
	})
	return resolve.Step{
		Kind:           rapid.SampledFrom([]resolve.Kind{resolve.GetSessionToken, resolve.AssumeRole}).Draw(t, "kind"),
		Profile:        text.Draw(t, "profile"),
		Duration:       time.Duration(rapid.IntRange(900, 902).Draw(t, "duration")) * time.Second,
		MFASerial:      text.Draw(t, "serial"),
		MFAProcess:     text.Draw(t, "process"),
		RoleARN:        text.Draw(t, "role"),
		SessionName:    text.Draw(t, "session name"),
		ExternalID:     text.Draw(t, "external id"),
		SourceIdentity: text.Draw(t, "source identity"),
		Tags:           rapid.SliceOfN(tag, 0, 2).Draw(t, "tags"),
		TransitiveTags: rapid.SliceOfN(text, 0, 2).Draw(t, "transitive"),
		Policy:         text.Draw(t, "policy"),
		PolicyARNs:     rapid.SliceOfN(text, 0, 2).Draw(t, "policy ARNs"),
		Endpoint: resolve.Endpoint{
			URL:    text.Draw(t, "url"),
			Region: rapid.SampledFrom([]string{"us-east-1", "eu-west-1", "cn-north-1"}).Draw(t, "region"),
			From:   rapid.SampledFrom([]string{"", "AWS_ENDPOINT_URL"}).Draw(t, "from"),
		},
	}
}

// counts reduces a step to the fields that decide its session.
func counts(s resolve.Step) resolve.Step {
	s.Profile, s.MFAProcess = "", "" // the profile is a field of its own in the cache's key
	if s.Kind == resolve.GetSessionToken {
		if !strings.HasPrefix(s.Endpoint.Region, "cn-") {
			s.Endpoint.Region = "aws"
		}
		if s.Endpoint.From == "" {
			s.Endpoint.URL = ""
		}
		if s.MFASerial != "" {
			s.Duration = 0 // a code buys one session
		}
	}
	s.Endpoint.From = "" // only the URL matters, and not who set it
	return s
}

func TestStepsShareAKeyOnlyIfTheyAreTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyStep(t)
		b := a
		if other := anyStep(t); rapid.Bool().Draw(t, "unrelated") {
			b = other
		} else {
			mutate(t, &b, other)
		}
		before := rapid.SampledFrom([]string{"AKIA1", "AKIA2"})
		beforeA, beforeB := before.Draw(t, "before a"), before.Draw(t, "before b")

		same := beforeA == beforeB && cmp.Equal(counts(a), counts(b), cmpopts.EquateEmpty())
		if shared := a.CacheKey(beforeA) == b.CacheKey(beforeB); shared != same {
			t.Fatalf("same: %v, shared key: %v\n%s", same, shared, cmp.Diff(a, b))
		}
	})
}

// mutate copies one field from another step.
func mutate(t *rapid.T, s *resolve.Step, from resolve.Step) {
	switch rapid.IntRange(0, 15).Draw(t, "field") {
	case 0:
		s.Kind = from.Kind
	case 1:
		s.Profile = from.Profile
	case 2:
		s.Duration = from.Duration
	case 3:
		s.MFASerial = from.MFASerial
	case 4:
		s.MFAProcess = from.MFAProcess
	case 5:
		s.RoleARN = from.RoleARN
	case 6:
		s.SessionName = from.SessionName
	case 7:
		s.ExternalID = from.ExternalID
	case 8:
		s.SourceIdentity = from.SourceIdentity
	case 9:
		s.Tags = from.Tags
	case 10:
		s.TransitiveTags = from.TransitiveTags
	case 11:
		s.Endpoint.URL = from.Endpoint.URL
	case 12:
		s.Endpoint.Region = from.Endpoint.Region
	case 14:
		s.Policy = from.Policy
	case 15:
		s.PolicyARNs = from.PolicyARNs
	case 13:
		s.ExternalID, s.SourceIdentity = s.SourceIdentity, s.ExternalID
	}
}

// TestPlansShareAKeyOnlyIfTheyAreTheSame draws configurations like those that a person writes.
func TestPlansShareAKeyOnlyIfTheyAreTheSame(t *testing.T) {
	line := func(t *rapid.T, key string, values ...string) string {
		if v := rapid.SampledFrom(append(values, "")).Draw(t, key); v != "" {
			return key + " = " + v + "\n"
		}
		return ""
	}
	draw := func(t *rapid.T) *resolve.Plan {
		text := "[profile jon]\n" + line(t, "mfa_serial", jonMFA, annMFA) + line(t, "region", "us-east-1", "eu-west-1")
		text += "[profile mid]\nsource_profile = jon\n" + line(t, "role_arn", admin, ops) + line(t, "mfa_serial", jonMFA)
		text += "[profile dev]\nrole_arn = " + admin + "\n" + fmt.Sprintf("source_profile = %s\n", rapid.SampledFrom([]string{"jon", "mid", "ann"}).Draw(t, "source")) +
			line(t, "mfa_serial", jonMFA, annMFA) + line(t, "duration_seconds", "3600", "7200") + line(t, "external_id", "xx", "yy") +
			line(t, "role_session_name", "xx", "yy") + line(t, "source_identity", "xx", "yy") + line(t, "session_tags", "xx=yy", "yy=xx") +
			line(t, "region", "us-east-1", "cn-north-1") + line(t, "endpoint_url", "http://127.0.0.1:1")
		in := inputs(t, "dev", text, nil)
		in.NoSession = rapid.Bool().Draw(t, "no session")
		plan, err := resolve.NewPlan(in)
		if err != nil {
			t.Fatal(err)
		}
		return plan
	}
	key := func(p *resolve.Plan) string {
		hash := "AKIA " + p.Steps[0].Profile // each profile has keys of its own
		for _, s := range p.Steps[1:] {
			hash = s.CacheKey(hash)
		}
		return hash
	}
	decides := func(p *resolve.Plan) []resolve.Step {
		steps := []resolve.Step{p.Steps[0]}
		for _, s := range p.Steps[1:] {
			steps = append(steps, counts(s))
		}
		return steps
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw(t), draw(t)
		same := cmp.Equal(decides(a), decides(b), cmpopts.EquateEmpty())
		if shared := key(a) == key(b); shared != same {
			t.Fatalf("same: %v, shared key: %v\n%s", same, shared, cmp.Diff(a, b))
		}
	})
}

// This checks the same for the sources whose credentials are cached.
func TestSourcesShareAKeyOnlyIfTheyAreTheSame(t *testing.T) {
	text := rapid.SampledFrom([]string{"", "a", "b", "ab", `a","b`})
	source := rapid.Custom(func(t *rapid.T) resolve.Step {
		s := resolve.Step{
			Kind:    rapid.SampledFrom([]resolve.Kind{resolve.Process, resolve.SSO, resolve.WebIdentity}).Draw(t, "kind"),
			Profile: text.Draw(t, "profile"), From: text.Draw(t, "from"),
		}
		switch s.Kind {
		case resolve.Process:
			s.Command = text.Draw(t, "command")
		case resolve.SSO:
			s.SSOAccount, s.SSORole = text.Draw(t, "account"), text.Draw(t, "role")
			s.SignIn = &resolve.SignIn{Session: text.Draw(t, "session"), StartURL: text.Draw(t, "start"), Region: text.Draw(t, "region"), Scopes: []string{text.Draw(t, "scope")}}
			s.SignIn.Portal.URL, s.SignIn.OIDC.URL = text.Draw(t, "portal"), text.Draw(t, "oidc")
		case resolve.WebIdentity:
			s.TokenFile, s.TokenProcess = text.Draw(t, "file"), text.Draw(t, "process")
			s.RoleARN, s.SessionName = text.Draw(t, "role"), text.Draw(t, "session name")
			s.Duration = time.Duration(rapid.IntRange(900, 901).Draw(t, "duration")) * time.Second
			s.Endpoint.URL, s.Endpoint.Region = text.Draw(t, "url"), text.Draw(t, "region")
		}
		return s
	})
	decides := func(s resolve.Step) resolve.Step {
		s.From = "" // the position does not matter
		if s.Kind != resolve.Process {
			s.Profile = "" // nobody knows what a process prints for whom
		}
		if s.SignIn != nil {
			in := *s.SignIn
			in.Scopes, in.OIDC = nil, resolve.Endpoint{} // how one signed in
			s.SignIn = &in
		}
		return s
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := source.Draw(t, "a"), source.Draw(t, "b")
		if rapid.Bool().Draw(t, "near") && a.Kind == b.Kind {
			one := b
			b = a
			switch rapid.IntRange(0, 4).Draw(t, "field") {
			case 0:
				b.Command, b.RoleARN = one.Command, one.RoleARN
			case 1:
				b.TokenFile, b.TokenProcess = b.TokenProcess, b.TokenFile
			case 2:
				b.SSOAccount, b.SSORole = b.SSORole, b.SSOAccount
			case 3:
				b.SignIn = one.SignIn
			case 4:
				b.Profile, b.From = one.Profile, one.From
			}
		}
		same := cmp.Equal(decides(a), decides(b))
		if shared := a.CacheKey("") == b.CacheKey(""); shared != same {
			t.Fatalf("same: %v, shared key: %v\n%s", same, shared, cmp.Diff(a, b))
		}
	})
}
