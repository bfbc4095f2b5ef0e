package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"awsvault/internal/aws"
)

func TestSessionNamesAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := SessionInfo{
			Key: aws.SessionKey{
				Type:    rapid.StringMatching(`(sts|sso)\.[A-Z][A-Za-z]+`).Draw(t, "type"),
				Profile: string(rapid.SliceOfN(rapid.Byte(), 1, 60).Draw(t, "profile")),
				Hash:    string(rapid.SliceOf(rapid.Byte()).Draw(t, "hash")),
			},
			Expires: time.Unix(rapid.Int64Range(0, 1<<40).Draw(t, "expires"), 0).UTC(),
		}
		got, ok := parseSession(sessionName(want.Key, want.Expires))
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("ok %v (-want +got):\n%s", ok, diff)
		}
	})
}

func TestWhatIsASessionAndWhatAreKeys(t *testing.T) {
	tests := []struct {
		item string
		keys bool
	}{
		{"dev", true},
		{"sts.GetSessionToken,ZGV2,,1790000000", false}, // aws-vault's, without MFA
		{"sts.AssumeRole,ZGV2,aGFzaA,1790000000", false},
		{"sts.AssumeRole,ZGV2,aGFzaA,soon", true},
		{"sts.AssumeRole,ZGV2,aGFzaA,-1", true},
		{"sts.AssumeRole,not base64!,aGFzaA,1790000000", true},
		{"sts.AssumeRole,,aGFzaA,1790000000", true},
		{",ZGV2,aGFzaA,1790000000", true},
		{"a,b,c", true},
		{"session,ZGV2,,1790000000", false},
		{"session,!,!,12", false},
		{"session,!,!,1", true},
		{"session:dev:arn:aws:iam::1:mfa/a:1790000000", false},
		{"session:dev::1790000000", false},
		{"session:dev:1790000000", true},
		{"session:my dev::1790000000", true},
		{"dev session (1790000000)", false},
		{"dev session (soon)", true},
		{"oidc:https://x.awsapps.com/start", false},
		{"my-session", true},
	}
	for _, test := range tests {
		if got := isKeys(test.item); got != test.keys {
			t.Errorf("isKeys(%q) = %v, want %v", test.item, got, test.keys)
		}
	}
}

// Older sessions are removed after the newest is written, so that a reader can find
// several, in any order.
func TestTheNewestSessionIsTaken(t *testing.T) {
	k := aws.SessionKey{Type: "sts.AssumeRole", Profile: "dev", Hash: "h"}
	at := func(hours int) string { return sessionName(k, time.Unix(int64(hours)*3600, 0)) }
	other := sessionName(aws.SessionKey{Type: k.Type, Profile: k.Profile, Hash: "hh"}, time.Unix(99*3600, 0))
	for _, names := range [][]string{
		{at(1), at(2), at(3)}, {at(3), at(2), at(1)}, {at(2), at(3), at(1)}, {at(1), at(3), at(2)},
		{other, at(3), "dev", at(1), at(2), at(9) + "x"}, {at(3), other},
	} {
		if name, expires := latest(names, k); name != at(3) || !expires.Equal(time.Unix(3*3600, 0)) {
			t.Errorf("of %q: got %q, %v; want %q", names, name, expires, at(3))
		}
	}
	if name, expires := latest([]string{other, "dev"}, k); name != "" || !expires.IsZero() {
		t.Errorf("of none: got %q, %v", name, expires)
	}
}
