package awsfake

import (
	"testing"
	"time"
)

// The test vectors of RFC 6238, appendix B, for SHA-1: the last six of their eight digits.
func TestCodesAreThoseOfTheRFC(t *testing.T) {
	d := &Device{secret: []byte("12345678901234567890")}
	for seconds, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got := d.codeAt(step(time.Unix(seconds, 0))); got != want {
			t.Errorf("at %d: got %s, want %s", seconds, got, want)
		}
	}
}

func TestKeyIDsCarryTheirAccount(t *testing.T) {
	for _, account := range []string{"000000000000", "111122223333", "999999999999"} {
		id := newKeyID("AKIA", account)
		if got, ok := accountOfKey(id); !ok || got != account || len(id) != 20 {
			t.Errorf("key %s: got account %q, want %s", id, got, account)
		}
	}
	// A real id whose account is known: both were often published.
	if got, _ := accountOfKey("ASIAQNZGKIQY56JQ7WML"); got != "029608264753" {
		t.Errorf("got account %q, want 029608264753", got)
	}
}
