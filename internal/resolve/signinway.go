package resolve

// SignInWay says where vault may ask a person to sign in.
type SignInWay uint8

const (
	// AtTerminal: if there is a terminal, which shows what the sign-in is for.
	AtTerminal SignInWay = iota
	// InBrowser: also without a terminal, as in aws-vault.
	InBrowser
	// Never: only with `vault sso login`.
	Never
)

// signInVariable overrides the setting vault_sign_in.
const signInVariable = "AWS_VAULT_SIGN_IN"

// signInWay reads where the person may be asked. The setting may be in the requested profile,
// or in the one that signs in.
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
