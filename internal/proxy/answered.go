package proxy

import (
	"errors"
	"fmt"
	"net"

	"awsvault/internal/fault"
)

// Answered decides what to do after [Ask]: it returns the socket of the running proxy, or, if
// the address itself is wanted, the socket of a proxy for this command. Without an error and a
// socket, programs use another port; note then says why, if the person should know.
func Answered(l net.Listener, err error, wanted bool, own func() (net.Listener, error)) (got net.Listener, note string, failure error) {
	none := errors.Is(err, ErrNone)
	switch {
	case err == nil:
		return l, "", nil
	case !wanted && none:
		return nil, "", nil
	case !wanted:
		return nil, "serving on 127.0.0.1, not " + Address + ": " + err.Error(), nil
	case none:
		got, err = own()
		return got, "", err
	}
	return nil, "", fault.Hinted(fmt.Errorf("%s cannot be used: %w", Address, err), "vault exec PROFILE --ec2-server -- CMD works without the address")
}
