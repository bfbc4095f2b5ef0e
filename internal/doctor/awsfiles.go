package doctor

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"awsvault/internal/aws"
	"awsvault/internal/awsconf"
	"awsvault/internal/line"
	"awsvault/internal/resolve"
)

// checkConfig reports what other tools could not read in the AWS files.
func (e *Examination) checkConfig(context.Context) []Finding {
	config, err := e.config()
	if err != nil {
		return []Finding{problem(err)}
	}
	var found []Finding
	for _, p := range config.Problems() {
		found = append(found, Finding{State: Warning, Text: p.Error(), Hint: p.Hint()})
	}
	if len(found) == 0 {
		return []Finding{{Text: fmt.Sprintf("all AWS tools read the AWS files the same way: %s", line.Count(len(config.Names()), "profile"))}}
	}
	return Few(found, mostShown)
}

// checkDefault finds settings of [default] that each profile inherits in aws-vault.
func (e *Examination) checkDefault(context.Context) []Finding {
	config, err := e.config()
	if err != nil || !config.Has("default") || len(config.Names()) < 2 {
		return nil
	}
	p, err := config.Profile("default")
	if err != nil {
		return nil
	}
	type setting struct {
		key string
		at  awsconf.Pos
	}
	var inherited []setting
	for _, key := range resolve.Identity() {
		if strings.HasPrefix(key, "aws_") || strings.HasPrefix(key, "vault_") || key == "account" || key == "sso_registration_scopes" {
			continue // neither tool inherits these
		}
		if v, ok := p.Get(key); ok {
			inherited = append(inherited, setting{key, v.Pos})
		}
	}
	// In the order of the file.
	slices.SortFunc(inherited, func(a, b setting) int {
		return cmp.Or(strings.Compare(a.at.File, b.at.File), a.at.Line-b.at.Line)
	})
	var found []Finding
	for _, v := range inherited {
		found = append(found, Finding{State: Warning, Text: fmt.Sprintf("%s: %s of [default] applies only to the default profile here; in aws-vault every profile inherits it", v.at, v.key),
			Hint: "move it into a profile of its own, if both tools are used"})
	}
	return found
}

// mostShown is how many findings of one kind are shown.
const mostShown = 10

// checkKeys finds keys in plain text, and texts that cannot be keys.
func (e *Examination) checkKeys(context.Context) []Finding {
	config, err := e.config()
	if err != nil {
		return nil // checkConfig reports it
	}
	var plain, wrong []Finding
	for _, name := range config.Names() {
		p, err := config.Profile(name)
		if err != nil {
			continue
		}
		id, hasID := p.Get("aws_access_key_id")
		secret, hasSecret := p.Get("aws_secret_access_key")
		token, _ := p.Get("aws_session_token")
		if !hasID && !hasSecret {
			continue
		}
		if why := wrongKey(id.Text, secret.Text, token.Text, hasID, hasSecret); why != "" {
			at := id.Pos
			if !hasID {
				at = secret.Pos
			}
			wrong = append(wrong, Finding{State: Problem, Text: fmt.Sprintf("%s: profile %q: %s", at, name, why), Hint: "copy the key again from its source"})
			continue
		}
		if token.Text == "" {
			plain = append(plain, Finding{State: Warning, Text: fmt.Sprintf("%s: the key of profile %q is in plain text", secret.Pos, name),
				Hint: "vault import credentials " + typeable(name) + "   stores it, and removes it from the file"})
		}
	}
	found := append(Few(wrong, mostShown), Few(plain, mostShown)...)
	if len(found) == 0 {
		return []Finding{{Text: "no key is in plain text in the AWS files"}}
	}
	return found
}

// wrongKey says why this cannot be a key; empty: it can. It does not show the secret.
func wrongKey(id, secret, token string, hasID, hasSecret bool) string {
	switch {
	case !hasID:
		return "a secret key without aws_access_key_id"
	case !hasSecret:
		return "an access key id without aws_secret_access_key"
	case aws.IsSecretKey(id) && aws.IsKeyID(secret):
		return "access key id and secret key are swapped"
	case !aws.IsKeyID(id):
		return "aws_access_key_id does not look like AKIA and 16 more characters"
	case !aws.IsSecretKey(secret):
		return fmt.Sprintf("aws_secret_access_key has %d characters, or characters that no key has; a key has 40", len(secret))
	case id[:4] == "ASIA" && token == "":
		return "a temporary key without aws_session_token"
	}
	return ""
}

// typeable returns a profile's name if a person can type it as one word.
func typeable(name string) string {
	if regexp.MustCompile(`^[A-Za-z0-9_./@:+][A-Za-z0-9_./@:+-]*$`).MatchString(name) {
		return name
	}
	return "NAME"
}
