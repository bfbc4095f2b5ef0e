package doctor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"awsvault/internal/line"
	"awsvault/internal/near"
)

// Variables returns the AWS_VAULT_ variables that have a meaning. A test compares them with
// the source.
func Variables() []string {
	var names []string
	for name := range strings.FieldsSeq(`AGENT AUTO_LOGOUT BACKEND BIOMETRICS BROWSER CALLED CEILING_DIRECTORIES CREDENTIAL_PROCESS
		DISABLE_HELP_MESSAGE DURATION FEDERATION_ENDPOINT FILE_DIR FILE_PASSPHRASE FILE_PASSPHRASE_COMMAND INDICATOR
		KEYCHAIN_NAME KEY_MAX_AGE LOG OP_CONNECT_HOST OP_CONNECT_TOKEN OP_DESKTOP_ACCOUNT_ID OP_ITEM_TAG OP_ITEM_TITLE_PREFIX
		OP_SERVICE_ACCOUNT_TOKEN OP_TIMEOUT OP_VAULT_ID PAGER PASS_CMD PASS_PASSWORD_STORE_DIR PASS_PREFIX PICKER PRIME PROFILE_ENV PROGRESS
		PROMPT PROTECTED SECRET_SERVICE_COLLECTION_NAME SERVER_GRACE SESSION_BACKEND SHELL_STATE SIGN_IN STDOUT VIA
		YKMAN_VERSION`) {
		names = append(names, "AWS_VAULT_"+name)
	}
	return names
}

// Settings returns vault's own settings in a profile.
func Settings() []string {
	return []string{"vault_agent", "vault_agent_tag", "vault_min", "vault_narrow_role", "vault_policy", "vault_protected", "vault_protected_profiles", "vault_sign_in", "vault_tags"}
}

// checkSpelling finds settings that have no effect because their names are misspelt.
func (e *Examination) checkSpelling(context.Context) []Finding {
	var found []Finding
	unknown := func(where, name string, known []string, otherwise string) {
		hint := near.Hint(near.Names(name, known))
		if hint == "" {
			hint = otherwise
		}
		found = append(found, Finding{State: Warning, Text: fmt.Sprintf("%s%s has no effect: vault has no setting of this name", where, line.Printable(name)), Hint: hint})
	}
	for _, name := range slices.Sorted(maps.Keys(e.Environ)) {
		if strings.HasPrefix(name, "AWS_VAULT_") && !slices.Contains(Variables(), name) {
			unknown("", name, Variables(), "vault help environment")
		}
	}
	config, err := e.config()
	if err != nil {
		return found // checkConfig reports it
	}
	for _, name := range config.Names() {
		p, err := config.Profile(name)
		if err != nil {
			continue
		}
		for _, key := range p.Keys() {
			if strings.HasPrefix(key, "vault_") && !slices.Contains(Settings(), key) {
				v, _ := p.Get(key)
				unknown(v.Pos.String()+": ", key, Settings(), "vault help config")
			}
		}
	}
	return Few(found, mostShown)
}
