//go:build unix

package sources

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"awsvault/tests/awsfake"
	"awsvault/tests/need"
	"awsvault/tests/world"
)

// secret is in everything that a liar says: it must not come back.
const secret = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"

// liar is a server that is not what it should be. It answers all that is asked.
type liar struct {
	URL    string
	asked  atomic.Int32
	server *http.Server
}

// lies starts one that gives this answer.
func lies(t *testing.T, status int, answer string) *liar {
	t.Helper()
	return liesBy(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, answer)
	})
}

func liesBy(t *testing.T, answer http.HandlerFunc) *liar {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &liar{URL: "http://" + l.Addr().String()}
	s.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		answer(w, r)
	})}
	go s.server.Serve(l)
	t.Cleanup(func() { s.server.Close() })
	return s
}

// hangs takes connections and says nothing.
func hangs(t *testing.T) *liar {
	end := make(chan struct{})
	s := liesBy(t, func(http.ResponseWriter, *http.Request) { <-end })
	t.Cleanup(func() { close(end) })
	return s
}

// nobody is an address where nobody listens.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	return "http://" + l.Addr().String()
}

// trouble is one thing that goes wrong, and what vault says to it.
type trouble struct {
	name   string
	of     string                  // the profile
	cause  func(p *place) []string // makes it so; what it returns is set in the environment
	status int
	says   string // the error. HOST is the server that cause made
	hint   string
	shows  string // something else that is to be seen, of an inner vault
}

// at points a service at a server.
func at(variable string, server func(t *testing.T) string) func(p *place) []string {
	return func(p *place) []string {
		return []string{variable + "=" + server(p.t)}
	}
}

func answers(status int, text string) func(t *testing.T) string {
	return func(t *testing.T) string { return lies(t, status, text).URL }
}

func silent(t *testing.T) string { return hangs(t).URL }

// metadata is the document of a container's or an instance's credentials.
func metadata(expires string) string {
	return fmt.Sprintf(`{"Code":"Success","AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"%s","Token":"t","Expiration":"%s"}`, secret, expires)
}

// imds is an instance metadata service that tells this role, and this document of it.
func imds(role, document string) func(t *testing.T) string {
	return func(t *testing.T) string {
		return liesBy(t, func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method == http.MethodPut:
				io.WriteString(w, "token-"+secret)
			case strings.HasSuffix(r.URL.Path, "/security-credentials/"):
				io.WriteString(w, role)
			default:
				io.WriteString(w, document)
			}
		}).URL
	}
}

// process replaces the profile's credential_process by a script.
func process(text string) func(p *place) []string {
	return func(p *place) []string {
		p.script(filepath.Join(p.Dir, "process"), text)
		return nil
	}
}

func printed(doc string) func(p *place) []string { return process("echo '" + doc + "'") }

func webFile(change func(path string)) func(p *place) []string {
	return func(p *place) []string {
		change(filepath.Join(p.Dir, "token"))
		return nil
	}
}

// webCommand is a web_identity_token_process.
func webCommand(text string) func(p *place) []string {
	return func(p *place) []string {
		p.config("\n[profile web-process]\nrole_arn = arn:aws:iam::111122223333:role/web\nweb_identity_token_process = " + text + "\nregion = eu-west-1\n")
		return nil
	}
}

// tokenFile is the AWS CLI's file for the session corp.
func (p *place) tokenFile() string {
	sum := sha1.Sum([]byte("corp"))
	return filepath.Join(p.Home, ".aws", "sso", "cache", hex.EncodeToString(sum[:])+".json")
}

// signedIn signs ann in, and then changes a file.
func signedIn(change func(p *place, path string)) func(p *place) []string {
	return func(p *place) []string {
		p.signIn("corp")
		change(p, p.tokenFile())
		return nil
	}
}

// fields changes fields of a file of one JSON object; nil removes one.
func fields(p *place, path string, change map[string]any) {
	p.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		p.t.Fatal(err)
	}
	for k, v := range change {
		if inner, ok := v.(map[string]any); ok {
			for k2, v2 := range inner {
				doc[k].(map[string]any)[k2] = v2
			}
			continue
		}
		if doc[k] = v; v == nil {
			delete(doc, k)
		}
	}
	if text, err = json.Marshal(doc); err != nil {
		p.t.Fatal(err)
	}
	p.write(path, string(text))
}

func stamp(d time.Duration) string { return time.Now().Add(d).UTC().Format("2006-01-02T15:04:05Z") }

// over has the token of corp end, with or without a way to renew it.
func over(p *place, path string) {
	fields(p, path, map[string]any{"expiresAt": stamp(-time.Minute)})
}

func (p *place) loginFile() string {
	files, _ := filepath.Glob(filepath.Join(p.Home, ".aws", "login", "cache", "*.json"))
	if len(files) != 1 {
		p.t.Fatalf("files of aws login: %v", files)
	}
	return files[0]
}

func login(change func(p *place, path string)) func(p *place) []string {
	return func(p *place) []string {
		change(p, p.loginFile())
		return nil
	}
}

// ended has the credentials of aws login end.
func ended(p *place, path string) {
	fields(p, path, map[string]any{"accessToken": map[string]any{"expiresAt": stamp(-time.Minute)}})
}

// both does one thing, and then another.
func both(one, two func(p *place) []string) func(p *place) []string {
	return func(p *place) []string { return append(one(p), two(p)...) }
}

const past = "2020-01-01T00:00:00Z"

var troubles = []trouble{
	// SSO: its sign-in.
	{name: "nobody is signed in", of: "sso", status: 3, says: "\"corp\" needs a sign-in", hint: "vault sso login corp"},
	{name: "nobody is signed in, of the old kind", of: "sso-old", status: 3, says: "\"https://example.awsapps.com/start\" needs a sign-in", hint: "vault sso login sso-old"},
	{name: "half a token file", of: "sso", cause: signedIn(func(p *place, f string) { p.write(f, `{"accessToken":"`+secret) }), status: 3, says: "\"corp\" needs a sign-in", hint: "vault sso login corp"},
	{name: "a token file of numbers", of: "sso", cause: signedIn(func(p *place, f string) { fields(p, f, map[string]any{"accessToken": 7}) }), status: 3, says: "\"corp\" needs a sign-in", hint: "vault sso login corp"},
	{name: "a token file without a time", of: "sso", cause: signedIn(func(p *place, f string) { fields(p, f, map[string]any{"expiresAt": nil}) }), status: 3, says: "\"corp\" needs a sign-in", hint: "vault sso login corp"},
	{name: "a token file of a megabyte", of: "sso", cause: signedIn(func(p *place, f string) { p.write(f, `{"x":"`+strings.Repeat("x", 1<<20)+`"}`) }), status: 3, says: "\"corp\" needs a sign-in", hint: "vault sso login corp"},
	{name: "a token with a line break", of: "sso", cause: signedIn(func(p *place, f string) { fields(p, f, map[string]any{"accessToken": "a\nb"}) }), status: 3, says: "\"corp\" needs a sign-in", hint: "vault sso login corp"},
	{name: "a token file of somebody else", of: "sso", cause: signedIn(func(p *place, f string) { p.foreign(f) }), status: 1, says: "~/.aws/config:11: IAM Identity Center of \"sso\": ~/.aws/sso/cache/SUM.json belongs to user 4242: remove it, and sign in again"},
	{name: "a token file that others can write", of: "sso", cause: signedIn(func(p *place, f string) { os.Chmod(f, 0o666) }), status: 1, says: "~/.aws/config:11: IAM Identity Center of \"sso\": ~/.aws/sso/cache/SUM.json can be written by everybody: remove it, and sign in again"},
	{name: "a token file that is a directory", of: "sso", cause: signedIn(func(p *place, f string) { os.Remove(f); os.Mkdir(f, 0o700) }), status: 1, says: "~/.aws/config:11: IAM Identity Center of \"sso\": ~/.aws/sso/cache/SUM.json is a directory: remove it, and sign in again"},
	{name: "a token file that is a pipe", of: "sso", cause: signedIn(func(p *place, f string) { os.Remove(f); unix.Mkfifo(f, 0o600) }), status: 1, says: "~/.aws/config:11: IAM Identity Center of \"sso\": ~/.aws/sso/cache/SUM.json is not a regular file: remove it, and sign in again"},
	{name: "a token that is over and cannot be renewed", of: "sso", cause: signedIn(func(p *place, f string) {
		fields(p, f, map[string]any{"expiresAt": stamp(-time.Minute), "refreshToken": nil})
	}), status: 3, says: "\"corp\" needs a sign-in", hint: "vault sso login corp"},
	{name: "a token that ends in a second", of: "sso", cause: signedIn(func(p *place, f string) {
		fields(p, f, map[string]any{"expiresAt": stamp(time.Second), "refreshToken": nil})
	}), status: 3, says: "\"corp\" needs a sign-in", hint: "vault sso login corp"},
	{name: "a session that was ended", of: "sso", cause: signedIn(func(p *place, f string) { p.Fake.Center(startURL).Person(ann).Revoke() }), status: 3, says: "\"corp\" needs a sign-in", hint: "vault sso login corp"},
	{name: "a registration that has expired", of: "sso", cause: signedIn(func(p *place, f string) {
		fields(p, f, map[string]any{"expiresAt": stamp(-time.Minute), "registrationExpiresAt": stamp(-time.Minute)})
	}), status: 3, says: "\"corp\" needs a sign-in", hint: "vault sso login corp"},
	{name: "renewing: nobody there", of: "sso", cause: both(signedIn(over), at("AWS_ENDPOINT_URL_SSO_OIDC", nobody)), status: 1, says: "~/.aws/config:11: IAM Identity Center of \"sso\": HOST refused the connection"},
	{name: "renewing: silence", of: "sso", cause: both(signedIn(over), at("AWS_ENDPOINT_URL_SSO_OIDC", silent)), status: 1, says: "~/.aws/config:11: IAM Identity Center of \"sso\": no answer from HOST in time"},
	{name: "renewing: not JSON", of: "sso", cause: both(signedIn(over), at("AWS_ENDPOINT_URL_SSO_OIDC", answers(200, secret))), status: 1, says: "~/.aws/config:11: IAM Identity Center of \"sso\": CreateToken: the answer of HOST is not AWS's", hint: "a proxy, or a network's sign-in page, may have answered instead of AWS"},
	{name: "renewing: no token", of: "sso", cause: both(signedIn(over), at("AWS_ENDPOINT_URL_SSO_OIDC", answers(200, `{"accessToken":""}`))), status: 1, says: "~/.aws/config:11: IAM Identity Center of \"sso\": CreateToken: the answer has no token in it"},
	{name: "renewing: a token that has ended", of: "sso", cause: both(signedIn(over), at("AWS_ENDPOINT_URL_SSO_OIDC", answers(200, `{"accessToken":"`+secret+`","expiresIn":-1}`))), status: 1, says: "~/.aws/config:11: IAM Identity Center of \"sso\": CreateToken: the answer has no token in it"},
	{name: "renewing: an outage", of: "sso", cause: both(signedIn(over), at("AWS_ENDPOINT_URL_SSO_OIDC", answers(503, `{"error":"server_error"}`))), status: 1, says: "~/.aws/config:11: IAM Identity Center of \"sso\": CreateToken: server_error", hint: "AWS may have an outage: health.aws.amazon.com"},
	// SSO: the portal.
	{name: "portal: nobody there", of: "sso", cause: both(signedIn(nothing), at("AWS_ENDPOINT_URL_SSO", nobody)), status: 1, says: "~/.aws/config:11: IAM Identity Center of \"sso\": HOST refused the connection"},
	{name: "portal: silence", of: "sso", cause: both(signedIn(nothing), at("AWS_ENDPOINT_URL_SSO", silent)), status: 1, says: "~/.aws/config:11: IAM Identity Center of \"sso\": no answer from HOST in time"},
	{name: "portal: not JSON", of: "sso", cause: both(signedIn(nothing), at("AWS_ENDPOINT_URL_SSO", answers(200, "<html>"+secret))), status: 1, says: "~/.aws/config:11: IAM Identity Center of \"sso\": GetRoleCredentials: the answer of HOST is not AWS's", hint: "a proxy, or a network's sign-in page, may have answered instead of AWS"},
	{name: "portal: no credentials", of: "sso", cause: both(signedIn(nothing), at("AWS_ENDPOINT_URL_SSO", answers(200, `{"roleCredentials":{}}`))), status: 1, says: "~/.aws/config:11: IAM Identity Center of \"sso\": GetRoleCredentials: the answer has no credentials in it"},
	{name: "portal: a line break in the key", of: "sso", cause: both(signedIn(nothing), at("AWS_ENDPOINT_URL_SSO", answers(200, `{"roleCredentials":{"accessKeyId":"ASIA\nX","secretAccessKey":"`+secret+`","sessionToken":"t","expiration":4102444800000}}`))), status: 1, says: "~/.aws/config:11: IAM Identity Center of \"sso\": GetRoleCredentials: the answer has no credentials in it"},
	{name: "portal: expired already", of: "sso", cause: both(signedIn(nothing), at("AWS_ENDPOINT_URL_SSO", answers(200, `{"roleCredentials":{"accessKeyId":"ASIAX","secretAccessKey":"`+secret+`","sessionToken":"t","expiration":1577836800000}}`))), status: 1, says: "~/.aws/config:11: IAM Identity Center of \"sso\": the credentials that it delivered expired at 2020-01-01T00:00:00Z", hint: "is the clock right?"},
	{name: "portal: too long", of: "sso", cause: both(signedIn(nothing), at("AWS_ENDPOINT_URL_SSO", answers(200, strings.Repeat(" ", 5<<20)))), status: 1, says: "~/.aws/config:11: IAM Identity Center of \"sso\": GetRoleCredentials: the answer of HOST is longer than 64 KiB", hint: "a proxy, or a network's sign-in page, may have answered instead of AWS"},
	{name: "portal: an outage", of: "sso", cause: both(signedIn(nothing), at("AWS_ENDPOINT_URL_SSO", answers(503, `{"message":"down"}`))), status: 1, says: "~/.aws/config:11: IAM Identity Center of \"sso\": GetRoleCredentials: HTTP 503: down", hint: "AWS may have an outage: health.aws.amazon.com"},
	{name: "portal: a redirect", of: "sso", cause: both(signedIn(nothing), at("AWS_ENDPOINT_URL_SSO", answers(302, ``))), status: 1, says: "~/.aws/config:11: IAM Identity Center of \"sso\": GetRoleCredentials: the answer of HOST is not AWS's (HTTP 302)", hint: "a proxy, or a network's sign-in page, may have answered instead of AWS"},
	{name: "portal: not assigned", of: "sso", cause: signedIn(func(p *place, _ string) {
		p.Fake.Center(startURL).Person(ann).Unassign(p.Fake.Account(account), "Admin")
	}), status: 1, says: "~/.aws/config:11: IAM Identity Center of \"sso\": GetRoleCredentials: ForbiddenException: No access (request id ID)", hint: "permission set \"Admin\" may not be assigned to you in account 111122223333, or be spelled differently: vault sso sync shows them"},

	// Web identity.
	{name: "no file", of: "web", cause: webFile(func(f string) { os.Remove(f) }), status: 1, says: "~/.aws/config:20: web_identity_token_file of \"web\": read DIR/token: no such file or directory"},
	{name: "an empty file", of: "web", cause: webFile(func(f string) { os.WriteFile(f, []byte("\n"), 0o600) }), status: 1, says: "~/.aws/config:20: web_identity_token_file of \"web\": there is no token in it"},
	{name: "a directory", of: "web", cause: webFile(func(f string) { os.Remove(f); os.Mkdir(f, 0o700) }), status: 1, says: "~/.aws/config:20: web_identity_token_file of \"web\": DIR/token is not a regular file"},
	{name: "a pipe", of: "web", cause: webFile(func(f string) { os.Remove(f); unix.Mkfifo(f, 0o600) }), status: 1, says: "~/.aws/config:20: web_identity_token_file of \"web\": DIR/token is not a regular file"},
	{name: "a file of two megabytes", of: "web", cause: webFile(func(f string) { os.WriteFile(f, bytes.Repeat([]byte("x"), 2<<20), 0o600) }), status: 1, says: "~/.aws/config:20: web_identity_token_file of \"web\": DIR/token is larger than 1 MiB"},
	{name: "a token of 20 kilobytes", of: "web", cause: webFile(func(f string) { os.WriteFile(f, bytes.Repeat([]byte("x"), 20001), 0o600) }), status: 1, says: "~/.aws/config:20: web_identity_token_file of \"web\": the token is longer than 20000 bytes, the most that AWS takes"},
	{name: "not a token", of: "web", cause: webFile(func(f string) { os.WriteFile(f, []byte(secret+"\x00"), 0o600) }), status: 1, says: "~/.aws/config:20: web_identity_token_file of \"web\": it does not contain a token"},
	{name: "a made-up token", of: "web", cause: webFile(func(f string) { os.WriteFile(f, []byte(secret), 0o600) }), status: 1, says: "AssumeRoleWithWebIdentity arn:aws:iam::111122223333:role/web (step 1 of 1): InvalidIdentityToken: The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token) (request id ID)", hint: "the account must have the token's issuer as an identity provider, and its audience as a client id"},
	{name: "a token that has expired", of: "web", cause: func(p *place) []string {
		p.write(filepath.Join(p.Dir, "token"), p.issuer.Token("repo:x", "sts.amazonaws.com", awsfake.Claims{"exp": time.Now().Add(-time.Hour).Unix()}))
		return nil
	}, status: 1, says: "AssumeRoleWithWebIdentity arn:aws:iam::111122223333:role/web (step 1 of 1): ExpiredTokenException: Token expired: current date/time N must be before the expiration date/time N (request id ID)", hint: "the token of the web identity has expired: the program that writes it must write a new one"},
	{name: "a token of somebody else", of: "web", cause: func(p *place) []string {
		p.write(filepath.Join(p.Dir, "token"), p.issuer.Token("branch:x", "sts.amazonaws.com", nil))
		return nil
	}, status: 1, says: "AssumeRoleWithWebIdentity arn:aws:iam::111122223333:role/web (step 1 of 1): AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity (request id ID)", hint: "the role may not exist, or its trust policy may not fit the token's subject and audience"},
	{name: "a token for another audience", of: "web", cause: func(p *place) []string {
		p.write(filepath.Join(p.Dir, "token"), p.issuer.Token("repo:x", "elsewhere", nil))
		return nil
	}, status: 1, says: "AssumeRoleWithWebIdentity arn:aws:iam::111122223333:role/web (step 1 of 1): InvalidIdentityToken: Incorrect token audience (request id ID)", hint: "the account must have the token's issuer as an identity provider, and its audience as a client id"},
	{name: "STS: nobody there", of: "web", cause: at("AWS_ENDPOINT_URL_STS", nobody), status: 1, says: "AssumeRoleWithWebIdentity arn:aws:iam::111122223333:role/web (step 1 of 1): HOST refused the connection"},
	{name: "STS: not XML", of: "web", cause: at("AWS_ENDPOINT_URL_STS", answers(200, secret)), status: 1, says: "AssumeRoleWithWebIdentity arn:aws:iam::111122223333:role/web (step 1 of 1): the answer has no credentials in it"},
	{name: "STS: silence", of: "web", cause: at("AWS_ENDPOINT_URL_STS", silent), status: 1, says: "AssumeRoleWithWebIdentity arn:aws:iam::111122223333:role/web (step 1 of 1): no answer from HOST in time"},
	{name: "a process that fails", of: "web-process", cause: func(p *place) []string { os.Remove(filepath.Join(p.Dir, "token")); return nil }, status: 1, says: "~/.aws/config:23: web_identity_token_process of \"web-process\": it printed no token"},

	{name: "a process that says why", of: "web-process", cause: webCommand("echo no ticket >&2; exit 7"), status: 1, says: "~/.aws/config:4: web_identity_token_process of \"web-process\": the command ended with exit status 7: no ticket"},
	{name: "a process without end", of: "web-process", cause: webCommand("yes " + secret), status: 1, says: "~/.aws/config:4: web_identity_token_process of \"web-process\": the command printed more than 64000 bytes"},
	{name: "a process that prints no token", of: "web-process", cause: webCommand("echo " + secret + " x"), status: 1, says: "~/.aws/config:4: web_identity_token_process of \"web-process\": it does not contain a token"},

	// credential_process.
	{name: "no program", of: "process", cause: func(p *place) []string { os.Remove(filepath.Join(p.Dir, "process")); return nil }, status: 1, says: "~/.aws/config:25: credential_process of \"process\": DIR/process cannot be run: no such file or directory"},
	{name: "no right to run it", of: "process", cause: func(p *place) []string { os.Chmod(filepath.Join(p.Dir, "process"), 0o600); return nil }, status: 1, says: "~/.aws/config:25: credential_process of \"process\": DIR/process cannot be run: permission denied"},
	{name: "it fails without a word", of: "process", cause: process("exit 3"), status: 1, says: "~/.aws/config:25: credential_process of \"process\": DIR/process ended with exit status 3"},
	{name: "it fails with a word", of: "process", cause: process("echo first >&2; printf 'log in\\033[31m first\\n' >&2; exit 1"), status: 1, says: "~/.aws/config:25: credential_process of \"process\": DIR/process ended with exit status 1: log in?[31m first"},
	{name: "it is killed", of: "process", cause: process("kill -9 $$"), status: 1, says: "~/.aws/config:25: credential_process of \"process\": DIR/process ended with signal: killed"},
	{name: "it prints nothing", of: "process", cause: process("exit 0"), status: 1, says: "~/.aws/config:25: credential_process of \"process\": it printed nothing", hint: "it must print {\"Version\": 1, \"AccessKeyId\": ..., \"SecretAccessKey\": ..., \"SessionToken\": ..., \"Expiration\": ...}"},
	{name: "it prints no JSON", of: "process", cause: printed("key=" + secret), status: 1, says: "~/.aws/config:25: credential_process of \"process\": its output is not a JSON object", hint: "it must print {\"Version\": 1, \"AccessKeyId\": ..., \"SecretAccessKey\": ..., \"SessionToken\": ..., \"Expiration\": ...}"},
	{name: "it prints a list", of: "process", cause: printed("[]"), status: 1, says: "~/.aws/config:25: credential_process of \"process\": its output is not a JSON object", hint: "it must print {\"Version\": 1, \"AccessKeyId\": ..., \"SecretAccessKey\": ..., \"SessionToken\": ..., \"Expiration\": ...}"},
	{name: "it prints half", of: "process", cause: printed(`{"Version":1,"AccessKeyId":"AKIA","SecretAccessKey":"` + secret), status: 1, says: "~/.aws/config:25: credential_process of \"process\": its output is not a JSON object", hint: "it must print {\"Version\": 1, \"AccessKeyId\": ..., \"SecretAccessKey\": ..., \"SessionToken\": ..., \"Expiration\": ...}"},
	{name: "it prints two", of: "process", cause: printed(`{"Version":1,"AccessKeyId":"AKIA","SecretAccessKey":"` + secret + `"}{}`), status: 1, says: "~/.aws/config:25: credential_process of \"process\": its output is not a JSON object", hint: "it must print {\"Version\": 1, \"AccessKeyId\": ..., \"SecretAccessKey\": ..., \"SessionToken\": ..., \"Expiration\": ...}"},
	{name: "version 2", of: "process", cause: printed(`{"Version":2,"AccessKeyId":"AKIA","SecretAccessKey":"` + secret + `"}`), status: 1, says: "~/.aws/config:25: credential_process of \"process\": the Version in its output is not the number 1", hint: "it must print {\"Version\": 1, \"AccessKeyId\": ..., \"SecretAccessKey\": ..., \"SessionToken\": ..., \"Expiration\": ...}"},
	{name: "version one in quotes", of: "process", cause: printed(`{"Version":"1","AccessKeyId":"AKIA","SecretAccessKey":"` + secret + `"}`), status: 1, says: "~/.aws/config:25: credential_process of \"process\": the Version in its output is not the number 1", hint: "it must print {\"Version\": 1, \"AccessKeyId\": ..., \"SecretAccessKey\": ..., \"SessionToken\": ..., \"Expiration\": ...}"},
	{name: "no secret key", of: "process", cause: printed(`{"Version":1,"AccessKeyId":"AKIA"}`), status: 1, says: "~/.aws/config:25: credential_process of \"process\": its output has no SecretAccessKey", hint: "it must print {\"Version\": 1, \"AccessKeyId\": ..., \"SecretAccessKey\": ..., \"SessionToken\": ..., \"Expiration\": ...}"},
	{name: "a key with a space", of: "process", cause: printed(`{"Version":1,"AccessKeyId":"AKIA","SecretAccessKey":"` + secret + ` "}`), status: 1, says: "~/.aws/config:25: credential_process of \"process\": the SecretAccessKey in its output is not valid", hint: "it must print {\"Version\": 1, \"AccessKeyId\": ..., \"SecretAccessKey\": ..., \"SessionToken\": ..., \"Expiration\": ...}"},
	{name: "expired already", of: "process", cause: printed(`{"Version":1,"AccessKeyId":"AKIA","SecretAccessKey":"` + secret + `","SessionToken":"t","Expiration":"` + past + `"}`), status: 1, says: "~/.aws/config:25: credential_process of \"process\": the credentials that it delivered expired at 2020-01-01T00:00:00Z", hint: "is the clock right?"},
	{name: "expires some day", of: "process", cause: printed(`{"Version":1,"AccessKeyId":"AKIA","SecretAccessKey":"` + secret + `","Expiration":"tomorrow"}`), status: 1, says: "~/.aws/config:25: credential_process of \"process\": the Expiration in its output is not a time like 2026-11-23T12:00:00Z", hint: "it must print {\"Version\": 1, \"AccessKeyId\": ..., \"SecretAccessKey\": ..., \"SessionToken\": ..., \"Expiration\": ...}"},
	{name: "it prints without end", of: "process", cause: process("yes " + secret), status: 1, says: "~/.aws/config:25: credential_process of \"process\": DIR/process printed more than 64000 bytes"},
	{name: "it never ends", of: "process", cause: process("sleep 300 & sleep 300"), status: 1, says: "~/.aws/config:25: credential_process of \"process\": DIR/process did not end within 1m0s"},
	{name: "a quote that is not closed", of: "process", cause: func(p *place) []string {
		p.config("[profile process]\ncredential_process = x \"y\n")
		return nil
	}, status: 1, says: "~/.aws/config:2: credential_process of \"process\": a quote is not closed"},
	{name: "itself again", of: "process", cause: func(p *place) []string {
		p.script(filepath.Join(p.Dir, "process"), "exec "+p.Vault+" export --format=json process")
		return nil
	}, status: 1, says: "~/.aws/config:25: credential_process of \"process\": DIR/process ended with exit status 1: vault: ~/.aws/config:25: credential_process of \"process\": it calls vault for the same profile again", shows: "again\n  hint: name another profile in it, or another program\n"}, // the inner one's

	// ECS.
	{name: "nothing set", of: "ecs", cause: func(p *place) []string { return []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI="} }, status: 1, says: "~/.aws/config:32: credential_source is EcsContainer, and there is no AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI", hint: "this is for programs in a container of ECS or EKS"},
	{name: "elsewhere without TLS", of: "ecs", cause: func(p *place) []string {
		return []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://example.com/x"}
	}, status: 1, says: "AWS_CONTAINER_CREDENTIALS_FULL_URI: \"example.com\" needs https: vault takes credentials without TLS only from this machine"},
	{name: "nobody there", of: "ecs", cause: at("AWS_CONTAINER_CREDENTIALS_FULL_URI", nobody), status: 1, says: "~/.aws/config:32: the container's credentials of \"ecs\": HOST refused the connection"},
	{name: "silence", of: "ecs", cause: at("AWS_CONTAINER_CREDENTIALS_FULL_URI", silent), status: 1, says: "~/.aws/config:32: the container's credentials of \"ecs\": no answer from HOST in time"},
	{name: "not JSON", of: "ecs", cause: at("AWS_CONTAINER_CREDENTIALS_FULL_URI", answers(200, secret)), status: 1, says: "~/.aws/config:32: the container's credentials of \"ecs\": the answer is not JSON"},
	{name: "too long", of: "ecs", cause: at("AWS_CONTAINER_CREDENTIALS_FULL_URI", answers(200, strings.Repeat(" ", 70<<10))), status: 1, says: "~/.aws/config:32: the container's credentials of \"ecs\": the answer of HOST is longer than 64 KiB"},
	{name: "no credentials", of: "ecs", cause: at("AWS_CONTAINER_CREDENTIALS_FULL_URI", answers(200, `{}`)), status: 1, says: "~/.aws/config:32: the container's credentials of \"ecs\": the answer has no credentials in it"},
	{name: "no time", of: "ecs", cause: at("AWS_CONTAINER_CREDENTIALS_FULL_URI", answers(200, metadata(""))), status: 1, says: "~/.aws/config:32: the container's credentials of \"ecs\": the answer does not say when the credentials expire"},
	{name: "expired already", of: "ecs", cause: at("AWS_CONTAINER_CREDENTIALS_FULL_URI", answers(200, metadata(past))), status: 1, says: "~/.aws/config:32: the container's credentials of \"ecs\": the credentials that it delivered expired at 2020-01-01T00:00:00Z", hint: "is the clock right?"},
	{name: "an error", of: "ecs", cause: at("AWS_CONTAINER_CREDENTIALS_FULL_URI", answers(500, `{"code":"X","message":"`+secret+`"}`)), status: 1, says: "~/.aws/config:32: the container's credentials of \"ecs\": HOST answered HTTP 500"},
	{name: "a wrong token", of: "ecs", cause: func(p *place) []string { return []string{"AWS_CONTAINER_AUTHORIZATION_TOKEN=" + secret} }, status: 1, says: "~/.aws/config:32: the container's credentials of \"ecs\": HOST answered HTTP 401", hint: "AWS_CONTAINER_AUTHORIZATION_TOKEN, or what is in its _FILE, may belong to another container, or have expired"},
	{name: "a token with a line break", of: "ecs", cause: func(p *place) []string { return []string{"AWS_CONTAINER_AUTHORIZATION_TOKEN=" + secret + "\n"} }, status: 1, says: "~/.aws/config:32: the container's credentials of \"ecs\": there is a line break in the authorization token"},
	{name: "no token file", of: "ecs", cause: func(p *place) []string {
		return []string{"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/proc/nonexistent/token"}
	}, status: 1, says: "~/.aws/config:32: the container's credentials of \"ecs\": AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: read /proc/nonexistent/token: no such file or directory"},

	// IMDS.
	{name: "switched off", of: "ec2", cause: func(p *place) []string { return []string{"AWS_EC2_METADATA_DISABLED=true"} }, status: 1, says: "~/.aws/config:34: credential_source is Ec2InstanceMetadata, and AWS_EC2_METADATA_DISABLED is true"},
	{name: "nobody there", of: "ec2", cause: at("AWS_EC2_METADATA_SERVICE_ENDPOINT", nobody), status: 1, says: "~/.aws/config:34: the instance's credentials of \"ec2\": HOST refused the connection", hint: "this is for programs on an EC2 instance with a role"},
	{name: "silence", of: "ec2", cause: at("AWS_EC2_METADATA_SERVICE_ENDPOINT", silent), status: 1, says: "~/.aws/config:34: the instance's credentials of \"ec2\": no answer from HOST in time", hint: "this is for programs on an EC2 instance with a role"},
	{name: "forbidden", of: "ec2", cause: func(p *place) []string {
		p.Fake.SetInstance(awsfake.Instance{Account: account, Region: "eu-west-1", Off: true})
		return nil
	}, status: 1, says: "~/.aws/config:34: the instance's credentials of \"ec2\": HOST answered HTTP 403", hint: "this is for programs on an EC2 instance with a role"},
	{name: "no role", of: "ec2", cause: func(p *place) []string {
		p.Fake.SetInstance(awsfake.Instance{Account: account, Region: "eu-west-1"})
		return nil
	}, status: 1, says: "~/.aws/config:34: the instance's credentials of \"ec2\": the instance has no role", hint: "an instance profile has to be attached to it"},
	{name: "a role that leads elsewhere", of: "ec2", cause: at("AWS_EC2_METADATA_SERVICE_ENDPOINT", imds("../../x", "")), status: 1, says: "~/.aws/config:34: the instance's credentials of \"ec2\": the name of the instance's role is not one", hint: "this is for programs on an EC2 instance with a role"},
	{name: "not JSON", of: "ec2", cause: at("AWS_EC2_METADATA_SERVICE_ENDPOINT", imds("machine", secret)), status: 1, says: "~/.aws/config:34: the instance's credentials of \"ec2\": the answer is not JSON", hint: "this is for programs on an EC2 instance with a role"},
	{name: "refused", of: "ec2", cause: at("AWS_EC2_METADATA_SERVICE_ENDPOINT", imds("machine", `{"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume\nthe role"}`)), status: 1, says: "~/.aws/config:34: the instance's credentials of \"ec2\": AssumeRoleUnauthorizedAccess: EC2 cannot assume the role", hint: "this is for programs on an EC2 instance with a role"},
	{name: "expired already", of: "ec2", cause: at("AWS_EC2_METADATA_SERVICE_ENDPOINT", imds("machine", metadata(past))), status: 1, says: "~/.aws/config:34: the instance's credentials of \"ec2\": the credentials that it delivered expired at 2020-01-01T00:00:00Z", hint: "is the clock right?"},
	{name: "too long", of: "ec2", cause: at("AWS_EC2_METADATA_SERVICE_ENDPOINT", imds("machine", strings.Repeat("x", 70<<10))), status: 1, says: "~/.aws/config:34: the instance's credentials of \"ec2\": the answer of HOST is longer than 64 KiB", hint: "this is for programs on an EC2 instance with a role"},

	// aws login.
	{name: "no file", of: "login", cause: login(func(p *place, f string) { os.Remove(f) }), status: 3, says: "the sign-in of profile \"login\" is missing", hint: "aws login --profile login"},
	{name: "half a file", of: "login", cause: login(func(p *place, f string) { p.write(f, `{"accessToken":{"accessKeyId":"`+secret) }), status: 3, says: "the sign-in of profile \"login\" cannot be read (not JSON)", hint: "aws login --profile login"},
	{name: "no key in it", of: "login", cause: login(func(p *place, f string) { fields(p, f, map[string]any{"dpopKey": secret}) }), status: 3, says: "the sign-in of profile \"login\" cannot be read (no key in dpopKey)", hint: "aws login --profile login"},
	{name: "a file of a megabyte", of: "login", cause: login(func(p *place, f string) { p.write(f, strings.Repeat(" ", 1<<20)) }), status: 3, says: "the sign-in of profile \"login\" cannot be read (longer than 256 KiB)", hint: "aws login --profile login"},
	{name: "a file of somebody else", of: "login", cause: login(func(p *place, f string) { p.foreign(f) }), status: 1, says: "~/.aws/config:36: aws login of \"login\": ~/.aws/login/cache/SUM.json belongs to user 4242: remove it, and sign in again"},
	{name: "a file that others can write", of: "login", cause: login(func(p *place, f string) { os.Chmod(f, 0o622) }), status: 1, says: "~/.aws/config:36: aws login of \"login\": ~/.aws/login/cache/SUM.json can be written by everybody: remove it, and sign in again"},
	{name: "a pipe", of: "login", cause: login(func(p *place, f string) { os.Remove(f); unix.Mkfifo(f, 0o600) }), status: 1, says: "~/.aws/config:36: aws login of \"login\": ~/.aws/login/cache/SUM.json is not a regular file: remove it, and sign in again"},
	{name: "renewing: a made-up token", of: "login", cause: login(func(p *place, f string) { ended(p, f); fields(p, f, map[string]any{"refreshToken": secret}) }), status: 3, says: "the sign-in of profile \"login\" cannot be renewed in eu-west-1, perhaps because it was made in another region", hint: "aws login --profile login"},
	{name: "renewing: nobody there", of: "login", cause: both(login(ended), at("AWS_ENDPOINT_URL_SIGNIN", nobody)), status: 1, says: "~/.aws/config:36: aws login of \"login\": HOST refused the connection"},
	{name: "renewing: silence", of: "login", cause: both(login(ended), at("AWS_ENDPOINT_URL_SIGNIN", silent)), status: 1, says: "~/.aws/config:36: aws login of \"login\": no answer from HOST in time"},
	{name: "renewing: not JSON", of: "login", cause: both(login(ended), at("AWS_ENDPOINT_URL_SIGNIN", answers(200, secret))), status: 1, says: "~/.aws/config:36: aws login of \"login\": CreateOAuth2Token: the answer of HOST is not AWS's", hint: "a proxy, or a network's sign-in page, may have answered instead of AWS"},
	{name: "renewing: expired already", of: "login", cause: both(login(ended), at("AWS_ENDPOINT_URL_SIGNIN", answers(200, `{"accessToken":{"accessKeyId":"ASIA","secretAccessKey":"`+secret+`","sessionToken":"t"},"expiresIn":0}`))), status: 1, says: "~/.aws/config:36: aws login of \"login\": CreateOAuth2Token: the answer has no credentials in it"},
	{name: "renewing: over", of: "login", cause: both(login(ended), at("AWS_ENDPOINT_URL_SIGNIN", answers(401, `{"error":"TOKEN_EXPIRED","message":"x"}`))), status: 3, says: "the sign-in of profile \"login\" has expired", hint: "aws login --profile login"},
	{name: "renewing: the password was changed", of: "login", cause: both(login(ended), at("AWS_ENDPOINT_URL_SIGNIN", answers(403, `{"error":"USER_CREDENTIALS_CHANGED","message":"x"}`))), status: 3, says: "the sign-in of profile \"login\" has ended, because the password was changed", hint: "aws login --profile login"},
	{name: "renewing: no permission", of: "login", cause: both(login(ended), at("AWS_ENDPOINT_URL_SIGNIN", answers(403, `{"error":"INSUFFICIENT_PERMISSIONS","message":"x"}`))), status: 1, says: "~/.aws/config:36: aws login of \"login\": CreateOAuth2Token: INSUFFICIENT_PERMISSIONS: arn:aws:iam::111122223333:user/ann must be allowed signin:CreateOAuth2Token"},
	{name: "renewing: another region", of: "login", cause: both(login(ended), func(p *place) []string {
		return []string{"AWS_ENDPOINT_URL_SIGNIN=" + p.Fake.RegionURL("us-east-1")}
	}), status: 3, says: "the sign-in of profile \"login\" cannot be renewed in eu-west-1, perhaps because it was made in another region", hint: "aws login --profile login"},
	{name: "renewing: an outage", of: "login", cause: both(login(ended), at("AWS_ENDPOINT_URL_SIGNIN", answers(500, `{"error":"server_error"}`))), status: 1, says: "~/.aws/config:36: aws login of \"login\": CreateOAuth2Token: server_error", hint: "AWS may have an outage: health.aws.amazon.com"},

	// Keys in the credentials file.
	{name: "half a pair", of: "infile", cause: func(p *place) []string {
		p.write(filepath.Join(p.Home, ".aws", "credentials"), "[infile]\naws_secret_access_key = "+secret+"\n")
		return nil
	}, status: 1, says: "~/.aws/credentials:2: aws_secret_access_key without aws_access_key_id"},
	{name: "a key that is none", of: "infile", cause: func(p *place) []string {
		p.write(filepath.Join(p.Home, ".aws", "credentials"), "[infile]\naws_access_key_id = "+secret+"!\naws_secret_access_key = "+secret+"\n")
		return nil
	}, status: 1, says: "~/.aws/credentials:2: aws_access_key_id is not an access key id"},
	{name: "no file", of: "infile", cause: func(p *place) []string { os.Remove(filepath.Join(p.Home, ".aws", "credentials")); return nil }, status: 1, says: "~/.aws/config:28: profile \"infile\" has no credentials: no stored keys and no source_profile", hint: "vault add infile"},
	{name: "keys that AWS does not know", of: "infile", cause: func(p *place) []string {
		p.write(filepath.Join(p.Home, ".aws", "credentials"), "[infile]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = "+secret+"\n")
		return nil
	}, status: 1, says: "GetSessionToken for \"infile\" (step 2 of 2): InvalidClientTokenId: The security token included in the request is invalid. (request id ID)", hint: "AWS does not know these keys: they may be deleted, inactive, or in another partition"},

	// The environment.
	{name: "not set", of: "env", cause: func(p *place) []string { return []string{"AWS_ACCESS_KEY_ID="} }, status: 1, says: "~/.aws/config:30: credential_source is Environment, and AWS_ACCESS_KEY_ID is not set", hint: "export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY first"},
	{name: "half set", of: "env", cause: func(p *place) []string { return []string{"AWS_SECRET_ACCESS_KEY="} }, status: 1, says: "~/.aws/config:30: credential_source of \"env\": AWS_SECRET_ACCESS_KEY is not set, or vault put it aside while a profile is active", hint: "vault off   restores it"},
	{name: "not a key", of: "env", cause: func(p *place) []string { return []string{"AWS_ACCESS_KEY_ID=" + secret + "!"} }, status: 1, says: "~/.aws/config:30: credential_source of \"env\": AWS_ACCESS_KEY_ID is not an access key id"},
}

func nothing(*place, string) {}

// slower lets what waits for a time limit begin first.
func slower(r trouble) int {
	if strings.Contains(r.name, "silence") || r.name == "it never ends" {
		return 1
	}
	return 0
}

func TestTroubles(t *testing.T) {
	t.Parallel()
	// Side by side, as most of them wait; not t.Parallel, which counts processors.
	var all sync.WaitGroup
	defer all.Wait()
	few := make(chan struct{}, 12)
	slices.SortStableFunc(troubles, func(a, b trouble) int { return slower(b) - slower(a) })
	for _, r := range troubles {
		few <- struct{}{}
		all.Go(func() {
			defer func() { <-few }()
			t.Run(r.of+": "+r.name, func(t *testing.T) { r.test(t) })
		})
	}
}

func (r trouble) test(t *testing.T) {
	p := newPlace(t)
	env := []string{}
	if r.cause != nil {
		env = append(env, r.cause(p)...)
	}
	before := p.files()
	began := time.Now()
	out, errs, status := p.Run(append(append([]string{}, p.env...), env...), "export", r.of)
	if took := time.Since(began); took > 90*time.Second {
		t.Errorf("it took %s", took)
	}
	if status != r.status {
		t.Errorf("status %d, want %d", status, r.status)
	}
	if out != "" {
		t.Errorf("stdout %q", out)
	}
	if strings.Contains(errs, secret) {
		t.Errorf("the secret is in %q", errs)
	}
	says, hint := p.spoken(errs)
	if says != r.says || hint != r.hint {
		t.Errorf("it says\n%q\n%q\nwant\n%q\n%q", says, hint, r.says, r.hint)
	}
	if !strings.Contains(errs, r.shows) {
		t.Errorf("it does not show %q:\n%s", r.shows, errs)
	}
	if after := p.files(); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	p.gone()
}

// spoken takes the error and the hint out of what was said, with the places of
// this world's own spelled alike.
func (p *place) spoken(errs string) (says, hint string) {
	p.t.Helper()
	text := strings.NewReplacer(p.Home, "~", p.Dir, "DIR").Replace(errs)
	for _, r := range [][2]string{{`127\.0\.0\.1:\d+`, "HOST"}, {`request id [0-9a-f-]+`, "request id ID"}, {`time \d+`, "time N"}, {`cache/[0-9a-f]{40,}`, "cache/SUM"}} {
		text = regexp.MustCompile(r[0]).ReplaceAllString(text, r[1])
	}
	said := append(world.Failure(text), "", "")
	return said[0], said[1]
}

// files lists what could be left behind: temporary files anywhere in the world,
// and the files of the AWS CLI whole.
func (p *place) files() string {
	p.t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(p.Dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); strings.HasPrefix(name, ".vault-") || strings.HasPrefix(path, filepath.Join(p.Dir, "tmp")+"/") {
			fmt.Fprintln(&b, path)
		}
		if strings.HasPrefix(path, filepath.Join(p.Home, ".aws")) && d.Type().IsRegular() {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, "%s %x\n", path, sha1.Sum(text))
		}
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return b.String()
}

// running lists the processes of this world.
func (p *place) running() []string {
	p.t.Helper()
	var found []string
	list, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range list {
		environ, err := os.ReadFile(path)
		if err == nil && bytes.Contains(append([]byte{0}, environ...), []byte("\x00HOME="+p.Home+"\x00")) {
			argv, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
			found = append(found, strings.ReplaceAll(string(argv), "\x00", " "))
		}
	}
	return found
}

// gone waits until nothing of this world runs.
func (p *place) gone() {
	p.t.Helper()
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		found := p.running()
		if len(found) == 0 {
			return
		}
		if time.Now().After(until) {
			p.t.Errorf("left behind: %q", found)
			return
		}
	}
}

// foreign gives a file to somebody else, which only root can.
func (p *place) foreign(path string) {
	p.t.Helper()
	need.Root(p.t, "which can give a file away")
	if err := os.Chown(path, 4242, 4242); err != nil {
		p.t.Fatal(err)
	}
}

// at the same time as the person is asked: what somebody at a terminal sees.
type screen struct {
	p   *place
	cmd *exec.Cmd
	tty *os.File
	mu  sync.Mutex
	out []byte
	end chan struct{}
}

func (p *place) screen(env []string, args ...string) *screen {
	p.t.Helper()
	s := &screen{p: p, cmd: exec.Command(p.Vault, args...), end: make(chan struct{})}
	s.cmd.Env = p.Environ(append(append([]string{}, p.env...), env...)...)
	s.cmd.Dir = p.Home
	var err error
	if s.tty, err = pty.Start(s.cmd); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { s.cmd.Process.Kill(); s.tty.Close() })
	go func() {
		defer close(s.end)
		b := make([]byte, 4096)
		for {
			n, err := s.tty.Read(b)
			s.mu.Lock()
			s.out = append(s.out, b[:n]...)
			s.mu.Unlock()
			if err != nil {
				s.cmd.Wait()
				return
			}
		}
	}()
	return s
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.ReplaceAll(string(s.out), "\r\n", "\n")
}

func (s *screen) shows(text string) {
	s.p.t.Helper()
	s.p.until("waited in vain for "+text, s.text, func() bool { return strings.Contains(s.text(), text) })
}

func (s *screen) ends() int {
	s.p.t.Helper()
	select {
	case <-s.end:
	case <-time.After(30 * time.Second):
		s.p.t.Fatalf("it does not end:\n%s", s.text())
	}
	return s.cmd.ProcessState.ExitCode()
}

func (p *place) until(what string, seen func() string, come func() bool) {
	p.t.Helper()
	for end := time.Now().Add(30 * time.Second); !come(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatalf("%s:\n%s", what, seen())
		}
	}
}

func TestThePersonSaysNo(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	shown, status := p.onTerminal([]string{"VAULT_TEST_BROWSER=deny"}, "export", "sso")
	says, hint := p.spoken(strings.ReplaceAll(shown, "\r", ""))
	const denied = `~/.aws/config:11: IAM Identity Center of "sso": sign-in: access_denied`
	if status != 1 || !strings.HasPrefix(says, denied) || hint != "it was denied in the browser" {
		t.Errorf("status %d: %q, %q", status, says, hint)
	}
	s := p.screen(nil, "sso", "login", "corp", "--use-device-code", "--no-browser")
	p.until("no code", s.text, func() bool { return len(p.Fake.UserCodes()) == 1 })
	s.shows(p.Fake.UserCodes()[0])
	if err := p.Fake.Center(startURL).Deny(p.Fake.UserCodes()[0]); err != nil {
		t.Fatal(err)
	}
	status = s.ends()
	says, hint = p.spoken(s.text())
	if status != 1 || !strings.HasPrefix(says, "CreateToken: access_denied") || hint != "the sign-in was denied in the browser" {
		t.Errorf("status %d: %q, %q", status, says, hint)
	}
	if _, err := os.Stat(p.tokenFile()); err == nil {
		t.Error("there is a token")
	}
	p.gone()
}

// AWS_VAULT_BROWSER goes before BROWSER, for a sign-in too.
func TestASignInOpensTheBrowserOfVault(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	if shown, status := p.onTerminal([]string{"AWS_VAULT_BROWSER=" + os.Args[0], "BROWSER=true"}, "sso", "login", "corp"); status != 0 {
		t.Errorf("status %d: %s", status, shown)
	}
	p.gone()
}

// Ctrl-C ends whatever is waited for, at once and everything with it.
func TestCtrlC(t *testing.T) {
	for name, test := range map[string]func(p *place) (env, args []string, begun func(s *screen)){
		"the page in the browser": func(p *place) ([]string, []string, func(*screen)) {
			return []string{"BROWSER=true"}, []string{"export", "sso"}, func(s *screen) { s.shows("/authorize?") }
		},
		"a device code": func(p *place) ([]string, []string, func(*screen)) {
			return nil, []string{"sso", "login", "corp", "--use-device-code", "--no-browser"}, func(s *screen) { s.shows("Check that the page shows") }
		},
		"the portal": func(p *place) ([]string, []string, func(*screen)) {
			p.signIn("corp")
			l := hangs(p.t)
			return []string{"AWS_ENDPOINT_URL_SSO=" + l.URL}, []string{"export", "sso"}, l.called
		},
		"a list of accounts": func(p *place) ([]string, []string, func(*screen)) {
			p.signIn("corp")
			l := hangs(p.t)
			return []string{"AWS_ENDPOINT_URL_SSO=" + l.URL}, []string{"sso", "sync", "corp"}, l.called
		},
		"renewing": func(p *place) ([]string, []string, func(*screen)) {
			p.signIn("corp")
			over(p, p.tokenFile())
			l := hangs(p.t)
			return []string{"AWS_ENDPOINT_URL_SSO_OIDC=" + l.URL}, []string{"export", "sso"}, l.called
		},
		"aws login": func(p *place) ([]string, []string, func(*screen)) {
			ended(p, p.loginFile())
			l := hangs(p.t)
			return []string{"AWS_ENDPOINT_URL_SIGNIN=" + l.URL}, []string{"export", "login"}, l.called
		},
		"a web identity": func(p *place) ([]string, []string, func(*screen)) {
			l := hangs(p.t)
			return []string{"AWS_ENDPOINT_URL_STS=" + l.URL}, []string{"export", "web"}, l.called
		},
		"a process": func(p *place) ([]string, []string, func(*screen)) {
			p.script(filepath.Join(p.Dir, "process"), "echo touch the key >&2; sleep 301 & sleep 301")
			return nil, []string{"export", "process"}, func(s *screen) { s.shows("touch the key") }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			env, args, begun := test(p)
			before := p.tokens()
			s := p.screen(env, args...)
			begun(s)
			began := time.Now()
			if _, err := s.tty.WriteString("\x03"); err != nil {
				t.Fatal(err)
			}
			if status := s.ends(); status != 130 {
				t.Errorf("status %d:\n%s", status, s.text())
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %s", took)
			}
			if world.Failure(s.text()) != nil {
				t.Errorf("it says %q", s.text())
			}
			if after := p.tokens(); after != before {
				t.Errorf("before:\n%s\nafter:\n%s", before, after)
			}
			p.gone()
		})
	}
}

// tokens is files, without the registrations that a sign-in makes on its way.
func (p *place) tokens() string {
	var b strings.Builder
	for line := range strings.Lines(p.files()) {
		path, _, _ := strings.Cut(line, " ")
		if !strings.Contains(path, "/sso/cache/") || path == p.tokenFile() || strings.Contains(path, ".vault-") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// called waits until somebody has asked.
func (s *liar) called(at *screen) {
	at.p.t.Helper()
	at.p.until("nobody asks", at.text, func() bool { return s.asked.Load() > 0 })
}

// AWS says when to try again: at 5xx and 429, and at nothing else.
func TestRetriesAreBounded(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.signIn("corp")
	ended(p, p.loginFile())
	for _, r := range []struct {
		profile, variable string
		status            int
		want              int32
	}{
		{"sso", "AWS_ENDPOINT_URL_SSO", 503, 4}, {"sso", "AWS_ENDPOINT_URL_SSO", 429, 4}, {"sso", "AWS_ENDPOINT_URL_SSO", 400, 1}, {"sso", "AWS_ENDPOINT_URL_SSO", 302, 1},
		{"web", "AWS_ENDPOINT_URL_STS", 503, 4}, {"web", "AWS_ENDPOINT_URL_STS", 403, 1},
		{"login", "AWS_ENDPOINT_URL_SIGNIN", 400, 1}, {"login", "AWS_ENDPOINT_URL_SIGNIN", 503, 4}, {"ecs", "AWS_CONTAINER_CREDENTIALS_FULL_URI", 403, 1}, {"ec2", "AWS_EC2_METADATA_SERVICE_ENDPOINT", 403, 1},
	} {
		l := lies(t, r.status, `{}`)
		_, errs, status := p.Run(append(append([]string{}, p.env...), r.variable+"="+l.URL), "export", r.profile)
		if n := l.asked.Load(); n != r.want || status == 0 {
			t.Errorf("%s: HTTP %d: asked %d times, want %d; status %d: %s", r.profile, r.status, n, r.want, status, errs)
		}
	}
}

// A proxy that says no to a connection is named, with what it answered, wherever a
// call is made; its password is not.
func TestAProxyThatRefuses(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.signIn("corp")
	ended(p, p.loginFile())
	over(p, p.tokenFile())
	for _, r := range []struct {
		profile, variable, host string
		status                  int
		says, hint              string
	}{
		{"plain", "STS", "sts.example", 403, "GetSessionToken for \"plain\" (step 2 of 2): the proxy HOST does not allow connections to sts.example:444 (HTTP 403)", "the proxy is set by HTTPS_PROXY, HTTP_PROXY and NO_PROXY"},
		{"web", "STS", "sts.example", 407, "AssumeRoleWithWebIdentity arn:aws:iam::111122223333:role/web (step 1 of 1): the proxy HOST requires a user name and a password (HTTP 407)", "HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT   sends them"},
		{"sso", "SSO_OIDC", "oidc.example", 502, "~/.aws/config:11: IAM Identity Center of \"sso\": the proxy HOST cannot reach oidc.example:444 (HTTP 502)", "the proxy is set by HTTPS_PROXY, HTTP_PROXY and NO_PROXY"},
		{"login", "SIGNIN", "signin.example", 403, "~/.aws/config:36: aws login of \"login\": the proxy HOST does not allow connections to signin.example:444 (HTTP 403)", "the proxy is set by HTTPS_PROXY, HTTP_PROXY and NO_PROXY"},
	} {
		proxy := lies(t, r.status, "<html>"+secret)
		_, errs, status := p.Run(append(append([]string{}, p.env...),
			"AWS_ENDPOINT_URL_"+r.variable+"=https://"+r.host+":444", "HTTPS_PROXY="+strings.Replace(proxy.URL, "http://", "http://me:"+secret+"@", 1)), "export", "--fresh", r.profile)
		says, hint := p.spoken(errs)
		if status != 1 || says != r.says || hint != r.hint || strings.Contains(errs, secret) || proxy.asked.Load() != 1 {
			t.Errorf("%s: status %d, asked %d times, it says\n%s\n%s\nwant\n%s\n%s", r.profile, status, proxy.asked.Load(), says, hint, r.says, r.hint)
		}
	}
}

// The AWS CLI renews at the same time, takes no lock, and AWS takes a refresh token
// once. Neither a sign-in nor an error comes of it.
func TestTheCLIRenewsAtTheSameTime(t *testing.T) {
	t.Parallel()
	for _, r := range []struct{ profile, op, path, variable string }{{"sso", "CreateToken", "/token", "AWS_ENDPOINT_URL_SSO_OIDC"}, {"login", "CreateOAuth2Token", "/v1/token", "AWS_ENDPOINT_URL_SIGNIN"}} {
		p := newPlace(t)
		file, end := p.loginFile(), ended
		if r.profile == "sso" {
			p.signIn("corp")
			file, end = p.tokenFile(), over
		}
		end(p, file)
		before, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p.ok("export", r.profile) // as the CLI does
		after, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p.write(file, string(before))
		p.Fake.Reset()
		// The CLI writes its file after AWS has refused ours, and before it is read again.
		region := p.Fake.RegionURL("eu-west-1")
		between := liesBy(t, func(w http.ResponseWriter, q *http.Request) {
			out, err := http.NewRequest(q.Method, region+q.URL.Path, q.Body)
			if err != nil {
				t.Error(err)
				return
			}
			out.Header, out.Host = q.Header.Clone(), q.Host
			resp, err := http.DefaultClient.Do(out)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			time.AfterFunc(300*time.Millisecond, func() { os.WriteFile(file, after, 0o600) })
			for name, values := range resp.Header {
				w.Header()[name] = values
			}
			w.WriteHeader(resp.StatusCode)
			io.Copy(w, resp.Body)
		})
		tabs := p.opened()
		shown, status := p.onTerminal([]string{r.variable + "=" + between.URL}, "export", "--fresh", r.profile)
		if status != 0 || p.opened() != tabs {
			t.Errorf("%s: status %d, %d new tabs:\n%s", r.profile, status, p.opened()-tabs, shown)
		}
		refused := 0
		for _, c := range p.Fake.Calls() {
			if c.Operation == r.op && c.Error != "" {
				refused++
			}
		}
		if refused != 1 {
			t.Errorf("%s: AWS refused %d renewals: %v", r.profile, refused, p.Fake.Operations())
		}
	}
}

// What is about to end is delivered as what it is, and not used a second time.
func TestWhatExpiresInSeconds(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	end := stamp(20 * time.Second) // a busy machine takes a while
	doc := fmt.Sprintf(`{"Version":1,"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"%s","SessionToken":"t","Expiration":"%s"}`, secret, end)
	p.script(filepath.Join(p.Dir, "process"), "echo x >> "+p.Dir+"/runs; echo '"+doc+"'")
	l := lies(t, 200, metadata(end))
	p.env = append(p.env, "AWS_CONTAINER_CREDENTIALS_FULL_URI="+l.URL)
	for range 2 {
		for _, profile := range []string{"process", "ecs"} {
			if c := p.export(profile); c.Expiration != end {
				t.Errorf("%s: expires %q, want %q", profile, c.Expiration, end)
			}
		}
	}
	if runs, _ := os.ReadFile(p.Dir + "/runs"); string(runs) != "x\nx\n" || l.asked.Load() != 2 {
		t.Errorf("run %q, asked %d times", runs, l.asked.Load())
	}
}

// Fifty processes come to the end of a token at once. Of ten profiles, as those
// of one wait for each other in any case.
func TestFiftyExportsOfOneSignIn(t *testing.T) {
	newPlace := func(t *testing.T) *place {
		p := newPlace(t)
		text := p.configText()
		for i := range 10 {
			role := fmt.Sprintf("Dev%d", i)
			p.Fake.Center(startURL).Person(ann).Assign(p.Fake.Account(account), role, time.Hour)
			text += fmt.Sprintf("[profile dev%d]\nsso_session = corp\nsso_account_id = %s\nsso_role_name = %s\n", i, account, role)
		}
		p.config(text)
		return p
	}
	profile := func(i int) string { return fmt.Sprintf("dev%d", i%10) }
	count := func(p *place, op string) (n int) {
		for _, got := range p.Fake.Operations() {
			if got == op {
				n++
			}
		}
		return n
	}
	t.Run("that renews", func(t *testing.T) {
		p := newPlace(t)
		p.signIn("corp")
		over(p, p.tokenFile())
		p.Fake.Reset()
		p.Fake.Arm(awsfake.Fault{Delay: 300 * time.Millisecond, Operation: "CreateToken"})
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() {
				if _, errs, status := p.vault("export", profile(i)); status != 0 {
					t.Errorf("status %d: %s", status, errs)
				}
			})
		}
		all.Wait()
		if tokens, roles := count(p, "CreateToken"), count(p, "GetRoleCredentials"); tokens != 1 || roles != 10 || p.opened() != 1 {
			t.Errorf("%d token calls, %d of the portal, %d tabs with the first one", tokens, roles, p.opened())
		}
	})
	t.Run("that needs a person, of whom there are five", func(t *testing.T) {
		p := newPlace(t)
		p.Fake.Arm(awsfake.Fault{Delay: 500 * time.Millisecond, Operation: "CreateToken"})
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() {
				if i < 5 {
					if shown, status := p.onTerminal(nil, "export", profile(i)); status != 0 {
						t.Errorf("status %d: %s", status, shown)
					}
					return
				}
				if _, errs, status := p.vault("export", profile(i)); status != 0 && status != 3 {
					t.Errorf("status %d: %s", status, errs)
				}
			})
		}
		all.Wait()
		if tokens, tabs := count(p, "CreateToken"), p.opened(); tokens != 1 || tabs != 1 {
			t.Errorf("%d token calls, %d tabs", tokens, tabs)
		}
	})
}
