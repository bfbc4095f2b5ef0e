package proxy

import (
	"errors"
	"net"
	"strings"
	"testing"

	"awsvault/internal/fault"
)

func TestWhatFollowsTheAnswerOfAProxy(t *testing.T) {
	theirs, ours := &net.TCPListener{}, &net.TCPListener{}
	refused := errors.New("it serves another user")
	for name, c := range map[string]struct {
		l      net.Listener
		err    error
		wanted bool
		want   net.Listener
		note   string
		fails  string
	}{
		"it gives a socket":                     {theirs, nil, false, theirs, "", ""},
		"there is none, and none is needed":     {nil, ErrNone, false, nil, "", ""},
		"there is none, and the address is":     {nil, ErrNone, true, ours, "", ""},
		"it refuses":                            {nil, refused, false, nil, "serving on 127.0.0.1, not 169.254.169.254: it serves another user", ""},
		"it refuses, and the address is wanted": {nil, refused, true, nil, "", "169.254.169.254 cannot be used: it serves another user"},
	} {
		got, note, err := Answered(c.l, c.err, c.wanted, func() (net.Listener, error) { return ours, nil })
		if got != c.want || note != c.note || (err != nil) != (c.fails != "") || err != nil && (err.Error() != c.fails || !strings.Contains(fault.HintOf(err), "--ec2-server -- CMD")) {
			t.Errorf("%s: %v, %q, %v", name, got, note, err)
		}
	}
}
