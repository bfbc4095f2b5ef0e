package console

import "awsvault/internal/fault"

// EndpointOf returns the federation endpoint that a person has set, or "" for AWS's own.
func EndpointOf(getenv func(name string) string) (string, error) {
	const name = "AWS_VAULT_FEDERATION_ENDPOINT"
	text := getenv(name)
	if text == "" {
		return "", nil
	}
	if err := CheckEndpoint(text); err != nil {
		return "", fault.NewUsage(name+": "+err.Error(), fault.HintOf(err))
	}
	return text, nil
}
