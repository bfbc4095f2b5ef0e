package awsfake_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"awsvault/tests/awsfake"

	"io"
)

func TestFederation(t *testing.T) {
	const (
		kinds       = "Only federation tokens or assume role tokens may be used for federated login."
		credentials = "Invalid credentials parameter"
		console     = "https://eu-west-1.console.aws.amazon.com/console/home?region=eu-west-1"
	)
	w := newWorld(t, awsfake.Options{})
	role := w.assume(w.keys, w.role(awsfake.Role{Name: "reader"}))
	chained := w.assume(role, w.role(awsfake.Role{Name: "next", Trust: awsfake.Trust{Principals: []string{account}}}))
	guest := w.federation()

	answer := func(response *http.Response, err error) (int, string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		return response.StatusCode, strings.TrimSpace(string(must[[]byte](t)(io.ReadAll(response.Body))))
	}
	session := func(c creds) string {
		return string(must[[]byte](t)(json.Marshal(map[string]string{"sessionId": c.id, "sessionKey": c.secret, "sessionToken": c.token})))
	}
	ask := func(session string, more ...string) (int, string) {
		form := url.Values{"Action": {"getSigninToken"}, "Session": {session}}
		for i := 0; i < len(more); i += 2 {
			form.Set(more[i], more[i+1])
		}
		return answer(http.PostForm(w.URL+"/federation", form))
	}
	token := func(c creds, more ...string) string {
		t.Helper()
		status, body := ask(session(c), more...)
		var out struct{ SigninToken string }
		if err := json.Unmarshal([]byte(body), &out); err != nil || status != 200 {
			t.Fatalf("got %d %s, want a token", status, body)
		}
		return out.SigninToken
	}
	login := func(token, destination string) (int, string) {
		q := url.Values{"Action": {"login"}, "Issuer": {"vault"}, "Destination": {destination}, "SigninToken": {token}}
		return answer(http.Get(w.URL + "/federation?" + q.Encode()))
	}

	good := token(role)
	status, shown := login(good, console)
	if status != 200 || !strings.Contains(shown, readerCaller+" until 2026-03-01T13:00:07Z at eu-west-1.console.aws.amazon.com/") {
		t.Errorf("got %d %s, want a page that says who one is", status, shown)
	}
	status, _ = login(good, console)
	same(t, status, 400) // once
	if _, shown = login(token(role, "SessionDuration", "43200"), console); !strings.Contains(shown, "until 2026-03-02T00:00:07Z") {
		t.Errorf("got %s, want 12 hours", shown)
	}
	if _, shown = login(token(guest), console); !strings.Contains(shown, "federated-user/guest") {
		t.Errorf("got %s, want the guest", shown)
	}
	token(chained)
	status, body := answer(http.Get(w.URL + "/federation?" + url.Values{"Action": {"getSigninToken"}, "Session": {session(role)}}.Encode()))
	same(t, []any{status, strings.Contains(body, "SigninToken")}, []any{200, true})

	wrong := role
	wrong.secret = "wrong"
	for name, c := range map[string]struct {
		session string
		more    []string
		want    string
	}{
		"a user's keys":                {session(w.keys), nil, kinds},
		"a user's session":             {session(w.session(true)), nil, kinds},
		"a wrong key":                  {session(wrong), nil, credentials},
		"no JSON":                      {"{", nil, credentials},
		"nothing in it":                {"{}", nil, credentials},
		"duration of a chained role":   {session(chained), []string{"SessionDuration", "3600"}, credentials},
		"duration of a federated user": {session(guest), []string{"SessionDuration", "3600"}, credentials},
		"too short":                    {session(role), []string{"SessionDuration", "899"}, "Invalid session duration"},
		"too long":                     {session(role), []string{"SessionDuration", "43201"}, "Invalid session duration"},
		"another action":               {session(role), []string{"Action", "getToken"}, "Invalid action"},
	} {
		t.Run(name, func(t *testing.T) {
			status, body := ask(c.session, c.more...)
			same(t, []any{status, body}, []any{400, c.want})
		})
	}
	for _, destination := range []string{"", "http://console.aws.amazon.com/", "https://evil.example.com/", "https://evilaws.amazon.com.example.com/"} {
		status, _ := login(token(role), destination)
		same(t, status, 400)
	}
	late := token(role)
	w.Clock.Advance(15 * time.Minute)
	status, _ = login(late, console)
	same(t, status, 400)
	w.Clock.Advance(time.Hour)
	status, body = ask(session(role))
	same(t, []any{status, body}, []any{400, credentials})
	for _, call := range w.Calls() {
		for _, name := range []string{"Session", "SigninToken"} {
			if call.Params.Has(name) && call.Params.Get(name) != "***" {
				t.Errorf("the log has %s", name)
			}
		}
	}
}
