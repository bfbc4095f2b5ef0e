package items_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"awsvault/internal/aws"
	"awsvault/internal/items"
)

func TestSessionNamesAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := items.Session{
			Key: aws.SessionKey{
				Type:    rapid.StringMatching(`(sts|sso)\.[A-Z][A-Za-z]+`).Draw(t, "type"),
				Profile: string(rapid.SliceOfN(rapid.Byte(), 1, 60).Draw(t, "profile")),
				Hash:    string(rapid.SliceOf(rapid.Byte()).Draw(t, "hash")),
			},
			Expires: time.Unix(rapid.Int64Range(0, 1<<40).Draw(t, "expires"), 0).UTC(),
		}
		got, ok := items.ParseSession(items.SessionName(want.Key, want.Expires))
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
		if got := items.IsKeys(test.item); got != test.keys {
			t.Errorf("IsKeys(%q) = %v, want %v", test.item, got, test.keys)
		}
	}
}

// One list of a keystore contains everything.
func TestItemsAreSorted(t *testing.T) {
	names, rotations := items.Sort([]string{"dev", "sts.AssumeRole,ZGV2,aGFzaA,1790000000", "b (vault rotate)", "admin", "oidc:https://x", "a (vault rotate)", "session:dev::1790000000"})
	if diff := cmp.Diff([][]string{{"admin", "dev"}, {"a", "b"}}, [][]string{names, rotations}); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// A session that was found twice is listed once, with the later end.
func TestLiveSessions(t *testing.T) {
	now := time.Unix(1_790_000_000, 0).UTC()
	session := func(profile, hash string, left time.Duration) items.Session {
		return items.Session{Key: aws.SessionKey{Type: "sts.AssumeRole", Profile: profile, Hash: hash}, Expires: now.Add(left)}
	}
	got := items.Live([]items.Session{
		session("b", "1", time.Hour), session("a", "2", time.Minute), session("b", "1", 2*time.Hour), session("a", "1", time.Hour),
		session("a.b", "1", time.Hour), session("c", "1", 0), session("c", "2", -time.Hour), session("b", "1", time.Minute),
	}, now)
	want := []items.Session{session("a", "1", time.Hour), session("a", "2", time.Minute), session("a.b", "1", time.Hour), session("b", "1", 2*time.Hour)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Whatever the profile's name, a session's item fits into a file name and, with its prefix,
// into a name of the Windows registry.
func TestLongNamesAreShort(t *testing.T) {
	seen := map[string]bool{}
	for n := range 2000 {
		for _, letter := range []string{"a", "ü", "\xff"} {
			profile := strings.Repeat(letter, n)
			k := aws.SessionKey{Type: "sts.AssumeRoleWithWebIdentity", Profile: profile, Hash: strings.Repeat("0", 64)}
			name := items.SessionName(k, time.Unix(9999999999, 0))
			if len(name)+len("aws-vault:aws-vault:") > 240 {
				t.Fatalf("%d times %q: %d bytes: %s", n, letter, len(name), name)
			}
			if n > 0 && seen[name] {
				t.Fatalf("%d times %q: another profile has this name: %s", n, letter, name)
			}
			seen[name] = true
			got, ok := items.ParseSession(name)
			if n > 0 && (!ok || got.Key.Profile != items.Short(profile) || items.Short(got.Key.Profile) != got.Key.Profile) {
				t.Fatalf("%d times %q: %+v, %t", n, letter, got, ok)
			}
			if len(profile) <= 64 && items.Short(profile) != profile {
				t.Fatalf("%q is called %q", profile, items.Short(profile))
			}
		}
	}
	long := strings.Repeat("p", 300)
	ends := items.Longest([]items.Session{{Key: aws.SessionKey{Profile: items.Short(long)}, Expires: time.Unix(5, 0)}, {Key: aws.SessionKey{Profile: long}, Expires: time.Unix(7, 0)}})
	if got := ends.Of(long); !got.Equal(time.Unix(7, 0)) {
		t.Errorf("got %v", got)
	}
}
