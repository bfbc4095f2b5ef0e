package resolve_test

import (
	"testing"

	"awsvault/internal/fault"
	"awsvault/internal/resolve"
)

func TestARegionThatIsTyped(t *testing.T) {
	for name, hint := range map[string]string{
		"eu-west-1":      "",
		"us-gov-east-1":  "",
		"eusc-de-east-1": "",
		"eu-west-99":     "", // a new one may be called so
		"mars":           "a region looks like eu-west-1",
		"eu-wset-1":      `did you mean "eu-west-1", "eu-west-2" or "eu-west-3"?`,
		"Paris!":         "a region looks like eu-west-1",
	} {
		err := resolve.CheckRegion(name)
		if hint == "" && err != nil || hint != "" && (err == nil || fault.HintOf(err) != hint || fault.KindOf(err) != fault.Usage) {
			t.Errorf("%s: %v, %q", name, err, fault.HintOf(err))
		}
	}
}
