package vault

import (
	"fmt"
	"path"
	"strings"

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
