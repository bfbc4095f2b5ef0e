package awsfake_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"awsvault/tests/chromium"

	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
)

// A real browser shows the pages to a person, then goes on to the client's listener.
func TestRealBrowser(t *testing.T) {
	t.Parallel()
	b := chromium.Start(t)
	w := newSSOWorld(t)
	w.center.AddPerson("bob@example.com")

	c := w.register("sso:account:access")
	d := w.device(c)
	b.Open(*d.VerificationUri)
	b.Type("user_code", *d.UserCode)
	b.Click("next")
	b.WaitText("Code " + *d.UserCode + ". Allow test to access your data?")
	b.Type("person", "bob")
	b.Click("allow")
	b.WaitText("Request approved")
	must[*ssooidc.CreateTokenOutput](t)(w.poll(c, d.DeviceCode))
	d = w.device(c)
	b.Open(*d.VerificationUriComplete)
	b.Click("deny")
	b.WaitText("Request denied")

	redirect, got := callback(t)
	sum := sha256.Sum256([]byte(loginVerifier))
	b.Open(w.RegionURL("eu-west-1") + "/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {*w.registerCode().ClientId}, "redirect_uri": {redirect}, "state": {"s1"}, "scopes": {"sso:account:access"},
		"code_challenge_method": {"S256"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])},
	}.Encode())
	b.Click("allow")
	b.WaitText("done")
	if back := <-got; back.Get("state") != "s1" || back.Get("code") == "" || !strings.HasPrefix(b.Address(), redirect) {
		t.Errorf("the browser is at %s, want a code at %s", b.Address(), redirect)
	}

	b.Open(newLoginClient(w.world, "eu-west-1").page(redirect, nil))
	b.Click("allow")
	b.WaitText("done")
	if back := <-got; back.Get("code") == "" {
		t.Errorf("got %v, want a code", back)
	}
}
