package awsfake_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"awsvault/tests/awsfake"
)

func TestWebIdentity(t *testing.T) {
	const subject, audience = "repo:octo/app:ref:refs/heads/main", "sts.amazonaws.com"
	w := newWorld(t, awsfake.Options{})
	issuer := w.AddIssuer("ci", true)
	provider := w.Account(account).AddOIDCProvider(issuer.URL, audience, "other")
	deploy := w.role(awsfake.Role{Name: "deploy", MaxSession: 2 * time.Hour, Trust: awsfake.Trust{
		Principals: []string{}, Federated: provider, Audience: audience, Subject: "repo:octo/*main",
	}})
	deaf := w.role(awsfake.Role{Name: "deaf"})
	foreign := w.Account(other).AddRole(awsfake.Role{Name: "deploy", Trust: awsfake.Trust{Federated: provider}})
	assume := func(role, token string) (*sts.AssumeRoleWithWebIdentityOutput, error) {
		return w.sts(creds{}).AssumeRoleWithWebIdentity(t.Context(), &sts.AssumeRoleWithWebIdentityInput{
			RoleArn: &role, RoleSessionName: aws.String("run"), WebIdentityToken: &token, DurationSeconds: aws.Int32(7200),
		})
	}
	out := must[*sts.AssumeRoleWithWebIdentityOutput](t)(assume(deploy, issuer.Token(subject, audience, nil)))
	same(t, w.whoami(of(out.Credentials)), "arn:aws:sts::111122223333:assumed-role/deploy/run")
	same(t, []string{*out.Provider, *out.Audience, *out.SubjectFromWebIdentityToken}, []string{provider, audience, subject})
	same(t, *out.Credentials.Expiration, w.Clock.Now().Truncate(time.Second).Add(2*time.Hour)) // a first hop
	same(t, w.Calls()[0].AccessKeyID, "")
	for _, call := range w.Calls() {
		if call.Operation == "AssumeRoleWithWebIdentity" {
			same(t, call.Params.Get("WebIdentityToken"), "***")
		}
	}

	good := issuer.Token(subject, audience, nil)
	stranger := w.AddIssuer("stranger", false)
	parts := strings.Split(good, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`))
	now := w.Clock.Now()
	for name, c := range map[string]struct{ role, token, want string }{
		"no token":               {deploy, "not a token", "400 InvalidIdentityToken"},
		"another's signature":    {deploy, strings.Join(append(parts[:2:2], strings.Split(issuer.Token("x", audience, nil), ".")[2]), "."), "400 InvalidIdentityToken"},
		"no algorithm":           {deploy, none + "." + parts[1] + ".", "400 InvalidIdentityToken"},
		"an unknown issuer":      {deploy, stranger.Token(subject, audience, nil), "400 InvalidIdentityToken"},
		"another's name":         {deploy, stranger.Token(subject, audience, awsfake.Claims{"iss": issuer.URL}), "400 InvalidIdentityToken"},
		"no subject":             {deploy, issuer.Token(subject, audience, awsfake.Claims{"sub": nil}), "400 InvalidIdentityToken"},
		"expired":                {deploy, issuer.Token(subject, audience, awsfake.Claims{"exp": now.Unix()}), "400 ExpiredTokenException"},
		"not yet valid":          {deploy, issuer.Token(subject, audience, awsfake.Claims{"nbf": now.Add(time.Hour).Unix()}), "400 InvalidIdentityToken"},
		"an unknown audience":    {deploy, issuer.Token(subject, "nobody", nil), "400 InvalidIdentityToken"},
		"the trust's audience":   {deploy, issuer.Token(subject, "other", nil), "403 AccessDenied"},
		"the trust's subject":    {deploy, issuer.Token("repo:evil/app:ref:refs/heads/main", audience, nil), "403 AccessDenied"},
		"a role without trust":   {deaf, good, "403 AccessDenied"},
		"a role that is missing": {deaf + "x", good, "403 AccessDenied"},
		"another account":        {foreign, good, "400 InvalidIdentityToken"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := assume(c.role, c.token)
			same(t, oauth(t, err), c.want)
		})
	}
	t.Run("the provider takes it back", func(t *testing.T) {
		w.RejectClaims(provider, true)
		defer w.RejectClaims(provider, false)
		_, err := assume(deploy, good)
		same(t, oauth(t, err), "403 IDPRejectedClaim")
	})
	t.Run("the provider is down", func(t *testing.T) {
		issuer.SetDown(true)
		defer issuer.SetDown(false)
		_, err := assume(deploy, good)
		same(t, oauth(t, err), "400 IDPCommunicationError")
	})
	t.Run("keys rotate", func(t *testing.T) {
		issuer.Rotate(false) // to ES256
		fresh := issuer.Token(subject, audience, nil)
		for _, token := range []string{good, fresh} {
			must[*sts.AssumeRoleWithWebIdentityOutput](t)(assume(deploy, token))
		}
		issuer.Forget()
		_, err := assume(deploy, good)
		var api smithy.APIError
		if !errors.As(err, &api) || !strings.HasPrefix(api.ErrorMessage(), "Couldn't retrieve verification key") {
			t.Errorf("got error %v, want a key that is not there", err)
		}
		must[*sts.AssumeRoleWithWebIdentityOutput](t)(assume(deploy, fresh))
	})
	t.Run("in time it expires", func(t *testing.T) {
		token := issuer.Token(subject, audience, nil)
		w.Clock.Advance(10 * time.Minute)
		_, err := assume(deploy, token)
		same(t, oauth(t, err), "400 ExpiredTokenException")
	})
	t.Run("such credentials chain", func(t *testing.T) {
		next := w.role(awsfake.Role{Name: "next", MaxSession: 2 * time.Hour, Trust: awsfake.Trust{Principals: []string{account}}})
		_, err := w.sts(of(out.Credentials)).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &next, RoleSessionName: aws.String("s1"), DurationSeconds: aws.Int32(7200)})
		same(t, refused(t, err).Code, "ValidationError")
	})
}
