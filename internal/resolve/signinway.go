package resolve

// SignInWay is where a person may be asked to sign in.
type SignInWay uint8

const (
	// AtTerminal: where there is a terminal, which shows what it is about.
	AtTerminal SignInWay = iota
	// InBrowser: also without a terminal, as aws-vault does it.
	InBrowser
	// Never: only by `vault sso login`.
	Never
)

// signInVariable goes before the setting vault_sign_in.
const signInVariable = "AWS_VAULT_SIGN_IN"

// signInWay reads where the person may be asked: the profile that was asked for says it,
// or the one that signs in.
func signInWay(s, target *settings) (SignInWay, error) {
	v := first(s.env(signInVariable), target.get("vault_sign_in"), s.get("vault_sign_in"))
	if way, ok := wayNamed(v.text); ok {
		return way, nil
	}
	return AtTerminal, v.bad("vault_sign_in is %q, it must be terminal, browser or never", v.text)
}

func wayNamed(text string) (SignInWay, bool) {
	switch text {
	case "", "terminal":
		return AtTerminal, true
	case "browser":
		return InBrowser, true
	case "never":
		return Never, true
	}
	return AtTerminal, false
}
