package awsfake_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	oidctypes "github.com/aws/aws-sdk-go-v2/service/ssooidc/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"awsvault/tests/awsfake"
)

const (
	startURL    = "https://example.awsapps.com/start"
	deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"
)

// ssoWorld is an Identity Center in which ann has two roles in one account, and one role in
// another account.
type ssoWorld struct {
	*world
	center *awsfake.Center
	ann    *awsfake.Person
	oidc   *ssooidc.Client
	portal *sso.Client
}

func newSSOWorld(t *testing.T) *ssoWorld {
	t.Helper()
	w := &ssoWorld{world: newWorld(t, awsfake.Options{})}
	w.center = w.AddCenter(startURL, "eu-west-1")
	w.ann = w.center.AddPerson("ann@example.com")
	w.ann.Assign(w.Account(account), "Admin", 2*time.Hour)
	w.ann.Assign(w.Account(account), "ReadOnly", 0)
	w.ann.Assign(w.Account(other), "ReadOnly", 0)
	w.Account(account).SetAlias("example")
	w.at("eu-west-1")
	return w
}

// at makes the clients use a region.
func (w *ssoWorld) at(region string) {
	address := w.RegionURL(region)
	w.oidc = ssooidc.New(ssooidc.Options{Region: region, BaseEndpoint: &address, Retryer: aws.NopRetryer{}})
	w.portal = sso.New(sso.Options{Region: region, BaseEndpoint: &address, Retryer: aws.NopRetryer{}})
}

func (w *ssoWorld) register(scopes ...string) *ssooidc.RegisterClientOutput {
	w.t.Helper()
	return must[*ssooidc.RegisterClientOutput](w.t)(w.oidc.RegisterClient(w.t.Context(), &ssooidc.RegisterClientInput{
		ClientName: aws.String("test"), ClientType: aws.String("public"), Scopes: scopes,
	}))
}

func (w *ssoWorld) registerCode() *ssooidc.RegisterClientOutput {
	w.t.Helper()
	return must[*ssooidc.RegisterClientOutput](w.t)(w.oidc.RegisterClient(w.t.Context(), &ssooidc.RegisterClientInput{
		ClientName: aws.String("test"), ClientType: aws.String("public"), Scopes: []string{"sso:account:access"},
		GrantTypes: []string{"authorization_code", "refresh_token"}, RedirectUris: []string{"http://127.0.0.1/oauth/callback"}, IssuerUrl: aws.String(startURL),
	}))
}

func (w *ssoWorld) device(c *ssooidc.RegisterClientOutput) *ssooidc.StartDeviceAuthorizationOutput {
	w.t.Helper()
	return must[*ssooidc.StartDeviceAuthorizationOutput](w.t)(w.oidc.StartDeviceAuthorization(w.t.Context(), &ssooidc.StartDeviceAuthorizationInput{
		ClientId: c.ClientId, ClientSecret: c.ClientSecret, StartUrl: aws.String(startURL + "/#/"),
	}))
}

func (w *ssoWorld) poll(c *ssooidc.RegisterClientOutput, code *string) (*ssooidc.CreateTokenOutput, error) {
	return w.oidc.CreateToken(w.t.Context(), &ssooidc.CreateTokenInput{
		ClientId: c.ClientId, ClientSecret: c.ClientSecret, GrantType: aws.String(deviceGrant), DeviceCode: code,
	})
}

func (w *ssoWorld) refresh(c *ssooidc.RegisterClientOutput, token *string) (*ssooidc.CreateTokenOutput, error) {
	return w.oidc.CreateToken(w.t.Context(), &ssooidc.CreateTokenInput{
		ClientId: c.ClientId, ClientSecret: c.ClientSecret, GrantType: aws.String("refresh_token"), RefreshToken: token,
	})
}

// signIn signs ann in with a device code.
func (w *ssoWorld) signIn() (*ssooidc.RegisterClientOutput, *ssooidc.CreateTokenOutput) {
	w.t.Helper()
	c := w.register("sso:account:access")
	d := w.device(c)
	if err := w.ann.Approve(*d.UserCode); err != nil {
		w.t.Fatal(err)
	}
	return c, must[*ssooidc.CreateTokenOutput](w.t)(w.poll(c, d.DeviceCode))
}

func (w *ssoWorld) credentials(token *string, account, role string) (*sso.GetRoleCredentialsOutput, error) {
	return w.portal.GetRoleCredentials(w.t.Context(), &sso.GetRoleCredentialsInput{AccessToken: token, AccountId: &account, RoleName: &role})
}

// oauth describes an error of sso-oidc: its status, its exception and the name in the body.
func oauth(t *testing.T, err error) string {
	t.Helper()
	var api smithy.APIError
	var response *awshttp.ResponseError
	if !errors.As(err, &api) || !errors.As(err, &response) {
		t.Fatalf("got error %v, want one of AWS", err)
	}
	return fmt.Sprint(response.HTTPStatusCode(), " ", api.ErrorCode())
}

func TestDeviceCode(t *testing.T) {
	w := newSSOWorld(t)
	c := w.register("sso:account:access")
	same(t, time.Unix(c.ClientSecretExpiresAt, 0).UTC(), w.Clock.Now().Truncate(time.Second).Add(90*24*time.Hour))
	d := w.device(c)
	same(t, []int32{d.ExpiresIn, d.Interval}, []int32{600, 1})
	same(t, w.UserCodes(), []string{*d.UserCode})

	_, err := w.poll(c, d.DeviceCode)
	var pending *oidctypes.AuthorizationPendingException
	if !errors.As(err, &pending) || *pending.Error_ != "authorization_pending" {
		t.Errorf("got error %v, want authorization_pending", err)
	}
	_, err = w.poll(c, d.DeviceCode)
	same(t, oauth(t, err), "400 SlowDownException")
	w.Clock.Advance(time.Second)
	shown := must[string](t)(awsfake.Visit(t.Context(), *d.VerificationUriComplete, "ann@example.com", true))
	if !strings.Contains(shown, "Request approved") {
		t.Errorf("got page %s, want one that says it is approved", shown)
	}
	token := must[*ssooidc.CreateTokenOutput](t)(w.poll(c, d.DeviceCode))
	same(t, []any{token.ExpiresIn, *token.TokenType, token.RefreshToken != nil}, []any{int32(3600), "Bearer", true})
	same(t, w.UserCodes(), []string(nil))

	w.Clock.Advance(time.Second)
	_, err = w.poll(c, d.DeviceCode)
	same(t, oauth(t, err), "400 InvalidGrantException") // used

	t.Run("denied", func(t *testing.T) {
		d := w.device(c)
		must[string](t)(awsfake.Visit(t.Context(), *d.VerificationUriComplete, "", false))
		_, err := w.poll(c, d.DeviceCode)
		same(t, oauth(t, err), "400 AccessDeniedException")
		if err := w.ann.Approve(*d.UserCode); err == nil {
			t.Error("an answered code was approved")
		}
		if _, err := awsfake.Visit(t.Context(), *d.VerificationUriComplete, "", true); err == nil {
			t.Error("the page of an answered code still asks")
		}
	})
	t.Run("expired", func(t *testing.T) {
		d := w.device(c)
		w.Clock.Advance(10 * time.Minute)
		_, err := w.poll(c, d.DeviceCode)
		same(t, oauth(t, err), "400 ExpiredTokenException")
	})
	t.Run("approved before it is asked", func(t *testing.T) {
		w.center.SetUnattended(w.ann)
		defer w.center.SetUnattended(nil)
		must[*ssooidc.CreateTokenOutput](t)(w.poll(c, w.device(c).DeviceCode))
	})
	t.Run("of another client", func(t *testing.T) {
		_, err := w.poll(w.register(), d.DeviceCode)
		same(t, oauth(t, err), "400 InvalidGrantException")
	})
	t.Run("a client without scopes gets no refresh token", func(t *testing.T) {
		c := w.register()
		d := w.device(c)
		if err := w.ann.Approve(*d.UserCode); err != nil {
			t.Fatal(err)
		}
		token := must[*ssooidc.CreateTokenOutput](t)(w.poll(c, d.DeviceCode))
		same(t, []any{token.ExpiresIn, token.RefreshToken}, []any{int32(8 * 3600), (*string)(nil)})
		must[*sso.GetRoleCredentialsOutput](t)(w.credentials(token.AccessToken, account, "Admin"))
	})
}

func TestRegistration(t *testing.T) {
	w := newSSOWorld(t)
	base := func() *ssooidc.RegisterClientInput {
		return &ssooidc.RegisterClientInput{ClientName: aws.String("test"), ClientType: aws.String("public")}
	}
	for name, c := range map[string]struct {
		change func(*ssooidc.RegisterClientInput)
		want   string
	}{
		"confidential":       {func(in *ssooidc.RegisterClientInput) { in.ClientType = aws.String("confidential") }, "400 InvalidClientMetadataException"},
		"a bad scope":        {func(in *ssooidc.RegisterClientInput) { in.Scopes = []string{"everything"} }, "400 InvalidScopeException"},
		"an unknown grant":   {func(in *ssooidc.RegisterClientInput) { in.GrantTypes = []string{"password"} }, "400 UnsupportedGrantTypeException"},
		"a code to nowhere":  {func(in *ssooidc.RegisterClientInput) { in.GrantTypes = []string{"authorization_code"} }, "400 InvalidRequestException"},
		"localhost":          {func(in *ssooidc.RegisterClientInput) { in.RedirectUris = []string{"http://localhost/x"} }, "400 InvalidRedirectUriException"},
		"a redirect of text": {func(in *ssooidc.RegisterClientInput) { in.RedirectUris = []string{"%"} }, "400 InvalidRedirectUriException"},
	} {
		t.Run(name, func(t *testing.T) {
			in := base()
			c.change(in)
			_, err := w.oidc.RegisterClient(t.Context(), in)
			same(t, oauth(t, err), c.want)
		})
	}
	t.Run("unknown and expired", func(t *testing.T) {
		c, token := w.signIn()
		wrong := *c
		wrong.ClientSecret = aws.String("wrong")
		_, err := w.refresh(&wrong, token.RefreshToken)
		same(t, oauth(t, err), "401 InvalidClientException")
		w.ExpireRegistrations()
		_, err = w.refresh(c, token.RefreshToken)
		same(t, oauth(t, err), "401 InvalidClientException")
	})
	t.Run("an unknown start URL, and one of another region", func(t *testing.T) {
		c := w.register()
		start := func() error {
			_, err := w.oidc.StartDeviceAuthorization(t.Context(), &ssooidc.StartDeviceAuthorizationInput{ClientId: c.ClientId, ClientSecret: c.ClientSecret, StartUrl: aws.String("https://other.awsapps.com/start")})
			return err
		}
		same(t, oauth(t, start()), "400 InvalidRequestException")
		w.at("us-east-1")
		same(t, oauth(t, start()), "401 InvalidClientException")
		c = w.register()
		_, err := w.oidc.StartDeviceAuthorization(t.Context(), &ssooidc.StartDeviceAuthorizationInput{ClientId: c.ClientId, ClientSecret: c.ClientSecret, StartUrl: aws.String(startURL)})
		same(t, oauth(t, err), "400 InvalidRequestException")
	})
}

// callback starts a client's listener. It returns the address, and the parameters of calls.
func callback(t *testing.T) (string, <-chan url.Values) {
	t.Helper()
	l := must[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0"))
	got := make(chan url.Values, 1)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/oauth/callback" { // a browser's icon
			http.NotFound(w, r)
			return
		}
		got <- r.URL.Query()
		fmt.Fprint(w, "done")
	})}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return "http://" + l.Addr().String() + "/oauth/callback", got
}

func TestAuthorizationCode(t *testing.T) {
	w := newSSOWorld(t)
	c := w.registerCode()
	redirect, got := callback(t)
	verifier := strings.Repeat("v-._~", 10)
	sum := sha256.Sum256([]byte(verifier))
	page := func(change url.Values) string {
		q := url.Values{
			"response_type": {"code"}, "client_id": {*c.ClientId}, "redirect_uri": {redirect}, "state": {"s1"}, "scopes": {"sso:account:access"},
			"code_challenge_method": {"S256"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])},
		}
		for name, value := range change {
			q[name] = value
		}
		return w.RegionURL("eu-west-1") + "/authorize?" + q.Encode()
	}
	code := func() string {
		t.Helper()
		same(t, must[string](t)(awsfake.Visit(t.Context(), page(nil), "", true)), "done")
		back := <-got
		same(t, back.Get("state"), "s1")
		return back.Get("code")
	}
	exchange := func(code, redirect, verifier string) (*ssooidc.CreateTokenOutput, error) {
		return w.oidc.CreateToken(t.Context(), &ssooidc.CreateTokenInput{
			ClientId: c.ClientId, ClientSecret: c.ClientSecret, GrantType: aws.String("authorization_code"), Code: &code, RedirectUri: &redirect, CodeVerifier: &verifier,
		})
	}
	good := code()
	_, err := exchange(good, redirect, strings.Repeat("w", 50))
	same(t, oauth(t, err), "400 InvalidGrantException")
	_, err = exchange(good, "http://127.0.0.1/oauth/callback", verifier)
	same(t, oauth(t, err), "400 InvalidGrantException")
	token := must[*ssooidc.CreateTokenOutput](t)(exchange(good, redirect, verifier))
	same(t, []any{token.ExpiresIn, token.RefreshToken != nil}, []any{int32(3600), true})
	_, err = exchange(good, redirect, verifier)
	same(t, oauth(t, err), "400 InvalidGrantException")
	must[*sso.GetRoleCredentialsOutput](t)(w.credentials(token.AccessToken, account, "Admin"))

	late := code()
	w.Clock.Advance(5 * time.Minute)
	_, err = exchange(late, redirect, verifier)
	same(t, oauth(t, err), "400 InvalidGrantException")

	for name, c := range map[string]struct {
		change url.Values
		want   string // the error that the client hears of; empty: the browser shows it
	}{
		"an unknown client":       {url.Values{"client_id": {"none"}}, ""},
		"another path":            {url.Values{"redirect_uri": {strings.TrimSuffix(redirect, "callback")}}, ""},
		"another host":            {url.Values{"redirect_uri": {"http://192.0.2.1/oauth/callback"}}, ""},
		"a plain challenge":       {url.Values{"code_challenge_method": {"plain"}}, "invalid_request"},
		"the other service's way": {url.Values{"code_challenge_method": {"SHA-256"}}, "invalid_request"},
		"a scope not registered":  {url.Values{"scopes": {"sso:account:access verified:access"}}, "invalid_scope"},
		"an implicit grant":       {url.Values{"response_type": {"token"}}, "unsupported_response_type"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := awsfake.Visit(t.Context(), page(c.change), "", true)
			if c.want == "" {
				if err == nil {
					t.Error("the browser went on")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			same(t, (<-got).Get("error"), c.want)
		})
	}
	t.Run("denied", func(t *testing.T) {
		must[string](t)(awsfake.Visit(t.Context(), page(nil), "", false))
		back := <-got
		same(t, []string{back.Get("error"), back.Get("state"), back.Get("code")}, []string{"access_denied", "s1", ""})
	})
	t.Run("without a click", func(t *testing.T) {
		w.center.SetUnattended(w.ann)
		response := must[*http.Response](t)(http.Get(page(nil)))
		response.Body.Close()
		must[*ssooidc.CreateTokenOutput](t)(exchange((<-got).Get("code"), redirect, verifier))
	})
	t.Run("not with a client for device codes", func(t *testing.T) {
		c = w.register("sso:account:access")
		_, err := exchange("x", redirect, verifier)
		same(t, oauth(t, err), "400 UnauthorizedClientException")
	})
	for _, call := range w.Calls() { // no secret in the log
		for _, name := range []string{"code", "codeVerifier", "clientSecret"} {
			if call.Params.Has(name) && call.Params.Get(name) != "***" {
				t.Errorf("%s logs %s", call.Operation, name)
			}
		}
	}
}

func TestRefresh(t *testing.T) {
	w := newSSOWorld(t)
	c, token := w.signIn()
	w.Clock.Advance(time.Hour)
	_, err := w.credentials(token.AccessToken, account, "Admin")
	same(t, refused(t, err), refusal{401, "UnauthorizedException", "Session token not found or invalid"})

	second := must[*ssooidc.CreateTokenOutput](t)(w.refresh(c, token.RefreshToken))
	must[*sso.GetRoleCredentialsOutput](t)(w.credentials(second.AccessToken, account, "Admin"))
	_, err = w.refresh(c, token.RefreshToken)
	var invalid *oidctypes.InvalidGrantException
	if !errors.As(err, &invalid) || *invalid.Error_description != "Invalid refresh token provided" {
		t.Errorf("got error %v, want the old refresh token refused", err)
	}

	t.Run("in another region", func(t *testing.T) {
		w.at("us-east-1")
		defer w.at("eu-west-1")
		_, err := w.refresh(w.registerCode(), second.RefreshToken)
		same(t, oauth(t, err), "400 InvalidRequestException")
	})
	t.Run("by another client", func(t *testing.T) {
		_, err := w.refresh(w.register("sso:account:access"), second.RefreshToken)
		same(t, oauth(t, err), "400 InvalidGrantException")
	})
	w.Clock.Advance(6*time.Hour + 30*time.Minute) // the session has half an hour left
	third := must[*ssooidc.CreateTokenOutput](t)(w.refresh(c, second.RefreshToken))
	same(t, third.ExpiresIn, int32(1800))
	w.Clock.Advance(30 * time.Minute)
	_, err = w.refresh(c, third.RefreshToken)
	same(t, oauth(t, err), "400 InvalidGrantException")

	t.Run("without rotation the answer has no refresh token", func(t *testing.T) {
		w.center.SetRotation(false)
		c, token := w.signIn()
		same(t, must[*ssooidc.CreateTokenOutput](t)(w.refresh(c, token.RefreshToken)).RefreshToken, (*string)(nil))
		must[*ssooidc.CreateTokenOutput](t)(w.refresh(c, token.RefreshToken))
	})
	t.Run("after an administrator's revocation", func(t *testing.T) {
		c, token := w.signIn()
		got := must[*sso.GetRoleCredentialsOutput](t)(w.credentials(token.AccessToken, account, "Admin")).RoleCredentials
		w.ann.Revoke()
		_, err := w.credentials(token.AccessToken, account, "Admin")
		same(t, refused(t, err).Status, 401)
		_, err = w.refresh(c, token.RefreshToken)
		same(t, oauth(t, err), "400 InvalidGrantException")
		w.whoami(creds{*got.AccessKeyId, *got.SecretAccessKey, *got.SessionToken}) // still good
	})
}

func TestPortal(t *testing.T) {
	w := newSSOWorld(t)
	_, token := w.signIn()
	got := must[*sso.GetRoleCredentialsOutput](t)(w.credentials(token.AccessToken, account, "Admin")).RoleCredentials
	same(t, time.UnixMilli(got.Expiration).UTC(), w.Clock.Now().Truncate(time.Second).Add(2*time.Hour))
	c := creds{*got.AccessKeyId, *got.SecretAccessKey, *got.SessionToken}
	arn := w.whoami(c)
	if !strings.HasPrefix(arn, "arn:aws:sts::"+account+":assumed-role/AWSReservedSSO_Admin_") || !strings.HasSuffix(arn, "/ann@example.com") {
		t.Errorf("got %s, want a reserved role with ann's name", arn)
	}
	chained := w.role(awsfake.Role{Name: "next", MaxSession: 2 * time.Hour, Trust: awsfake.Trust{Principals: []string{account}}})
	_, err := w.sts(c).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &chained, RoleSessionName: aws.String("s1"), DurationSeconds: aws.Int32(7200)})
	same(t, refused(t, err).Code, "ValidationError") // a chain
	w.assume(c, chained)

	for _, x := range []struct{ account, role string }{{account, "None"}, {other, "Admin"}, {"999900001111", "Admin"}} {
		_, err := w.credentials(token.AccessToken, x.account, x.role)
		same(t, refused(t, err), refusal{403, "ForbiddenException", "No access"})
	}
	_, err = w.credentials(token.AccessToken, "12", "Admin")
	same(t, refused(t, err).Code, "InvalidRequestException")
	_, err = w.credentials(aws.String("wrong"), account, "Admin")
	same(t, refused(t, err).Status, 401)

	accounts := must[*sso.ListAccountsOutput](t)(w.portal.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: token.AccessToken, MaxResults: aws.Int32(1)}))
	same(t, []string{*accounts.AccountList[0].AccountId, *accounts.AccountList[0].AccountName}, []string{account, "example"})
	accounts = must[*sso.ListAccountsOutput](t)(w.portal.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: token.AccessToken, NextToken: accounts.NextToken}))
	same(t, []any{*accounts.AccountList[0].AccountId, accounts.NextToken == nil}, []any{other, true})
	roles := must[*sso.ListAccountRolesOutput](t)(w.portal.ListAccountRoles(t.Context(), &sso.ListAccountRolesInput{AccessToken: token.AccessToken, AccountId: aws.String(account)}))
	same(t, []string{*roles.RoleList[0].RoleName, *roles.RoleList[1].RoleName}, []string{"Admin", "ReadOnly"})
	for _, in := range []*sso.ListAccountsInput{{MaxResults: aws.Int32(101)}, {NextToken: aws.String("x")}} {
		in.AccessToken = token.AccessToken
		_, err := w.portal.ListAccounts(t.Context(), in)
		same(t, refused(t, err).Code, "InvalidRequestException")
	}
	_, err = w.portal.ListAccountRoles(t.Context(), &sso.ListAccountRolesInput{AccessToken: token.AccessToken, AccountId: aws.String("999900001111")})
	same(t, refused(t, err).Status, 403)

	w.ann.Unassign(w.Account(account), "Admin")
	_, err = w.credentials(token.AccessToken, account, "Admin")
	same(t, refused(t, err).Status, 403)

	t.Run("throttled", func(t *testing.T) {
		w.center.SetRate(2)
		list := func() error {
			_, err := w.portal.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: token.AccessToken})
			return err
		}
		if err := errors.Join(list(), list()); err != nil {
			t.Fatal(err)
		}
		same(t, refused(t, list()).Code, "TooManyRequestsException")
		w.Clock.Advance(time.Second)
		if err := list(); err != nil {
			t.Error(err)
		}
		w.center.SetRate(0)
		w.Arm(awsfake.Fault{Kind: awsfake.Throttle, Operation: "ListAccounts"})
		same(t, refused(t, list()).Status, 429)
		w.Arm(awsfake.Fault{Kind: awsfake.InternalFailure, Operation: "ListAccounts"})
		same(t, refused(t, list()).Status, 500)
	})
	t.Run("in another region", func(t *testing.T) {
		w.at("us-east-1")
		defer w.at("eu-west-1")
		_, err := w.credentials(token.AccessToken, account, "ReadOnly")
		same(t, refused(t, err).Status, 401)
	})
	t.Run("after logout", func(t *testing.T) {
		logout := func() error {
			_, err := w.portal.Logout(t.Context(), &sso.LogoutInput{AccessToken: token.AccessToken})
			return err
		}
		if err := logout(); err != nil {
			t.Fatal(err)
		}
		_, err := w.credentials(token.AccessToken, account, "ReadOnly")
		same(t, refused(t, err).Status, 401)
		same(t, refused(t, logout()).Status, 401)
		w.whoami(c)
	})
}

func TestManyRoles(t *testing.T) {
	w := newWorld(t, awsfake.Options{Control: true})
	must[awsfake.Example](t)(w.Load("center " + startURL + " region=eu-west-1\nperson bob\nfill bob accounts=500 roles=10"))
	x := &ssoWorld{world: w}
	x.at("eu-west-1")
	c := x.register()
	d := x.device(c)
	response := must[*http.Response](t)(http.PostForm(w.URL+"/_fake/sso/approve", url.Values{"person": {"bob"}, "user_code": {*d.UserCode}}))
	response.Body.Close()
	token := must[*ssooidc.CreateTokenOutput](t)(x.poll(c, d.DeviceCode))
	roles := 0
	accounts := sso.NewListAccountsPaginator(x.portal, &sso.ListAccountsInput{AccessToken: token.AccessToken})
	for accounts.HasMorePages() {
		for _, a := range must[*sso.ListAccountsOutput](t)(accounts.NextPage(t.Context())).AccountList {
			list := sso.NewListAccountRolesPaginator(x.portal, &sso.ListAccountRolesInput{AccessToken: token.AccessToken, AccountId: a.AccountId, MaxResults: aws.Int32(6)})
			for list.HasMorePages() {
				roles += len(must[*sso.ListAccountRolesOutput](t)(list.NextPage(t.Context())).RoleList)
			}
		}
	}
	same(t, []int{roles, w.Count("ListAccounts"), w.Count("ListAccountRoles")}, []int{5000, 5, 1000})
}
