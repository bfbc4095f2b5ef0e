package vault

import (
	"fmt"
	"path"
	"strings"
	"time"

	"awsvault/internal/fault"
)

// Protected reports whether a profile is only ever used by name: its section says
// vault_protected, or a pattern of AWS_VAULT_PROTECTED fits (a list with commas;
// * is any text, ? any character).
func (s *Session) Protected(profile string, bySection bool) (bool, error) {
	if bySection {
		return true, nil
	}
	for pattern := range strings.SplitSeq(s.Getenv("AWS_VAULT_PROTECTED"), ",") {
		// In a file name * stops at a slash; payments-prod/Admin is to fit *prod*.
		flat := func(s string) string { return strings.ReplaceAll(s, "/", "\x00") }
		fits, err := path.Match(flat(strings.TrimSpace(pattern)), flat(profile))
		if err != nil {
			return false, fault.NewUsage(fmt.Sprintf("AWS_VAULT_PROTECTED: %q is not a pattern", pattern), "prod,*-prod,admin?")
		}
		if fits && pattern != "" {
			return true, nil
		}
	}
	return false, nil
}

// Protects reports whether a profile is protected by the config as it is now. It opens
// no keystore. A profile that cannot be looked up is protected.
func (s *Session) Protects(profile string) bool {
	d, err := s.Describer(nil)
	return err != nil || d.Describe(profile).Protected
}

// Named says that the person of this shell has activated the profile by name, as far
// as a state can prove it, and that this has not ended. A protected profile is not
// renewed otherwise.
func (a Active) Named(now time.Time) bool {
	return a.State.Authentic && !a.Life().Expired(now)
}
