package store

import (
	"testing"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/items"
)

// Older sessions are removed only after the newest is written. So a reader can find several,
// in any order.
func TestTheNewestSessionIsTaken(t *testing.T) {
	k := aws.SessionKey{Type: "sts.AssumeRole", Profile: "dev", Hash: "h"}
	at := func(hours int) string { return items.SessionName(k, time.Unix(int64(hours)*3600, 0)) }
	other := items.SessionName(aws.SessionKey{Type: k.Type, Profile: k.Profile, Hash: "hh"}, time.Unix(99*3600, 0))
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
