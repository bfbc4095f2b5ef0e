package serve

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func metadata(t testing.TB, change ...func(*Settings, *Grant)) bench {
	return serve(t, time.Hour, append(change, func(_ *Settings, g *Grant) { g.Metadata = true })...)
}

func (b bench) token(ttl string) (*http.Response, string) {
	return b.ask("PUT", "/latest/api/token", "X-Aws-Ec2-Metadata-Token-Ttl-Seconds", ttl)
}

func TestMetadata(t *testing.T) {
	b := metadata(t)
	resp, token := b.token("21600")
	if resp.StatusCode != 200 || len(token) != 43 || resp.Header.Get("X-Aws-Ec2-Metadata-Token-Ttl-Seconds") != "21600" {
		t.Fatalf("%d, %d characters, %v", resp.StatusCode, len(token), resp.Header)
	}
	for path, want := range map[string]string{
		"/latest/meta-data/iam/security-credentials/":                  "local-credentials",
		"/latest/meta-data/iam/security-credentials":                   "local-credentials",
		"/latest/meta-data/iam/security-credentials/local-credentials": `{"Code":"Success","LastUpdated":"2026-11-28T12:00:00Z","Type":"AWS-HMAC","AccessKeyId":"ASIA0000000000000001","SecretAccessKey":"hidden","Token":"token","Expiration":"2026-11-28T13:00:00Z","AccountId":"111122223333"}`,
		"/latest/meta-data/iam/info":                                   `{"Code":"Success","LastUpdated":"2026-11-28T12:00:00Z","InstanceProfileArn":"arn:aws:iam::111122223333:instance-profile/local-credentials","InstanceProfileId":"AIPA0000000000000000"}`,
		"/latest/meta-data/placement/region":                           "eu-west-1",
		"/latest/meta-data/placement/availability-zone":                "eu-west-1a",
		"/latest/meta-data/placement/availability-zone/":               "eu-west-1a",
		"/latest/meta-data/instance-id":                                "i-00000000000000000",
		"/latest/dynamic/instance-identity/document":                   `{"region":"eu-west-1","availabilityZone":"eu-west-1a","instanceId":"i-00000000000000000","version":"2017-09-30"}`,
		"/latest/meta-data/iam/security-credentials/other":             "404",
		"/latest/meta-data/user-data":                                  "404",
		"/latest/user-data":                                            "404",
	} {
		resp, body := b.ask("GET", path, "X-Aws-Ec2-Metadata-Token", token)
		if resp.StatusCode != 200 {
			body = fmt.Sprint(resp.StatusCode)
		}
		if body != want {
			t.Errorf("%s: got %s, want %s", path, body, want)
		}
	}
	if n := b.src.count(); n != 1 {
		t.Errorf("%d calls", n)
	}
}

func TestMetadataWithoutItsToken(t *testing.T) {
	const path = "/latest/meta-data/iam/security-credentials/local-credentials"
	b := metadata(t)
	for _, header := range [][]string{nil, {"X-Aws-Ec2-Metadata-Token", "x"}, {"X-Aws-Ec2-Metadata-Token", b.lease.Token}, {"Authorization", b.lease.Token}} {
		if resp, body := b.ask("GET", path, header...); resp.StatusCode != 401 || strings.Contains(body, "hidden") {
			t.Errorf("%q: %d %s", header, resp.StatusCode, body)
		}
	}
	if _, body := b.ask("GET", path); !strings.Contains(body, "this server speaks only version 2 of the instance metadata protocol") {
		t.Errorf("version 1 is refused with %q", body)
	}
	for _, ttl := range []string{"", "0", "-1", "21601", "x", "1e3", "99999999999999999999"} {
		if resp, _ := b.token(ttl); resp.StatusCode != 400 {
			t.Errorf("for %q seconds: %d", ttl, resp.StatusCode)
		}
	}
	if resp, _ := b.ask("PUT", "/latest/api/token", "X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "60", "X-Forwarded-For", "10.0.0.1"); resp.StatusCode != 403 {
		t.Errorf("forwarded: %d", resp.StatusCode)
	}
	if resp, _ := b.ask("GET", "/latest/api/token"); resp.StatusCode != 405 {
		t.Errorf("GET of a token: %d", resp.StatusCode)
	}
	_, token := b.token("60")
	b.clock.pass(59 * time.Second)
	if resp, _ := b.ask("GET", path, "X-Aws-Ec2-Metadata-Token", token); resp.StatusCode != 200 {
		t.Errorf("in its last second: %d", resp.StatusCode)
	}
	b.clock.pass(time.Second)
	if resp, _ := b.ask("GET", path, "X-Aws-Ec2-Metadata-Token", token); resp.StatusCode != 401 {
		t.Errorf("dead: %d", resp.StatusCode)
	}
}

func TestMetadataForgetsTheOldestToken(t *testing.T) {
	b := metadata(t)
	_, first := b.token("60")
	for range maxSessions {
		b.token("3600")
	}
	if b.knows(first) || len(b.tokens) != maxSessions {
		t.Errorf("the first is still known, of %d", len(b.tokens))
	}
}

func TestMetadataVersion1(t *testing.T) {
	const path = "/latest/meta-data/iam/security-credentials/local-credentials"
	b := metadata(t, func(s *Settings, _ *Grant) { s.MetadataV1 = true })
	if resp, _ := b.ask("GET", path); resp.StatusCode != 200 {
		t.Errorf("without a token: %d", resp.StatusCode)
	}
	if resp, _ := b.ask("GET", path, "X-Aws-Ec2-Metadata-Token", "x"); resp.StatusCode != 401 {
		t.Errorf("with a wrong one: %d", resp.StatusCode)
	}
}

func TestNoMetadataWithoutALeaseForIt(t *testing.T) {
	b := serve(t, time.Hour)
	if resp, _ := b.token("60"); resp.StatusCode != 404 {
		t.Errorf("%d", resp.StatusCode)
	}
	b = metadata(t)
	_, token := b.token("60")
	b.Revoke(b.lease.ID)
	if resp, _ := b.ask("GET", "/latest/meta-data/placement/region", "X-Aws-Ec2-Metadata-Token", token); resp.StatusCode != 404 {
		t.Errorf("revoked: %d", resp.StatusCode)
	}
}
