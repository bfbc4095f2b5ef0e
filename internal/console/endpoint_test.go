package console

import (
	"testing"

	"awsvault/internal/fault"
)

func TestTheEndpointThatIsSet(t *testing.T) {
	for text, want := range map[string]string{"": "", "https://x.example/federation": "https://x.example/federation", "http://127.0.0.1:1/f": "http://127.0.0.1:1/f"} {
		if got, err := EndpointOf(func(string) string { return text }); got != want || err != nil {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	_, err := EndpointOf(func(string) string { return "http://x.example/" })
	if err == nil || err.Error() != "AWS_VAULT_FEDERATION_ENDPOINT: not the https URL of a federation endpoint" || fault.KindOf(err) != fault.Usage || fault.HintOf(err) == "" {
		t.Errorf("got %v", err)
	}
}
