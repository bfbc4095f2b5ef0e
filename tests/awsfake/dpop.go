package awsfake

import (
	"encoding/json"
	"fmt"
	"time"
)

const proofSkew = 5 * time.Minute // either way

// proof checks the DPoP header of a call (RFC 9449, 4.3), and returns the thumbprint of its key.
func (q *webRequest) proof() (string, *Error) {
	headers := q.http.Header.Values("DPoP")
	if len(headers) != 1 {
		return "", signinInvalid("Missing or repeated DPoP header")
	}
	t, err := parseJWT(headers[0])
	if err != nil || t.Header.Typ != "dpop+jwt" || t.Header.Alg != "ES256" || t.Header.Jwk == nil {
		return "", signinInvalid("Invalid DPoP header")
	}
	var claims struct {
		Htm, Htu, Jti string
		Iat           int64
	}
	if !t.verify(*t.Header.Jwk) {
		return "", signinInvalid("Invalid DPoP signature")
	}
	if json.Unmarshal(t.claims, &claims) != nil || claims.Htm != q.http.Method || claims.Htu != q.base+q.path || claims.Jti == "" {
		return "", signinInvalid("DPoP is of another request")
	}
	if age := q.now.Sub(time.Unix(claims.Iat, 0)); age > proofSkew || age < -proofSkew {
		return "", signinDenied(401, "TOKEN_EXPIRED", "DPoP is of another time")
	}
	if q.signin.proofs[claims.Jti] {
		return "", signinInvalid("DPoP was used before")
	}
	q.signin.proofs[claims.Jti] = true
	k := t.Header.Jwk
	return fmt.Sprintf("%064x%064x", number64(k.X), number64(k.Y)), nil // some clients do not pad them
}

func signinInvalid(format string, args ...any) *Error {
	e := refuse(400, "ValidationException", format, args...)
	e.Reason = "INVALID_REQUEST"
	return e
}

func signinDenied(status int, reason, message string) *Error {
	return &Error{Status: status, Code: "AccessDeniedException", Message: message, Reason: reason}
}
