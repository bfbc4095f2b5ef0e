package resolve

import "fmt"

// Subject describes the object of a step for people: a role, a command, an address.
func (s Step) Subject() string {
	switch s.Kind {
	case StoredKeys:
		return "of " + s.Profile
	case GetSessionToken:
		text := "with the keys of " + s.Profile
		if s.MFASerial != "" {
			text += ", MFA " + s.MFASerial
		}
		return text
	case AssumeRole:
		if s.MFASerial != "" {
			return s.RoleARN + ", MFA " + s.MFASerial
		}
		return s.RoleARN
	case WebIdentity:
		return s.RoleARN
	case SSO:
		return fmt.Sprintf("%s in %s, by %s", s.SSORole, s.SSOAccount, s.SignIn.Name())
	case Process:
		return s.Command
	case Login:
		return s.LoginSession
	}
	return s.Endpoint.URL
}
