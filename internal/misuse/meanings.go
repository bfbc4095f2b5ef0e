package misuse

import "strings"

// meaning is what to say of a word that this command line does not have, and that
// another one has: an earlier version's, aws-vault's, or that of a similar tool.
type meaning struct {
	command string // whose word it is: "" for a command, "*" for a flag of any command
	word    string
	text    string // the error; empty: what is said of any unknown word
	hint    string
}

// meanings has a row for each such word. The commands and flags themselves are in
// their structs; a word is never in both, which a test holds.
var meanings = [...]meaning{
	{"", "switch", "", "vault use PROFILE"},
	{"", "assume", "", "vault use PROFILE"},
	{"", "activate", "", "vault use PROFILE"},
	{"", "unset", "", "vault off"},
	{"", "deactivate", "", "vault off"},
	{"", "env", "", "vault export PROFILE"},
	{"", "eval", "", "vault export PROFILE"},
	{"", "shell", "", "vault exec PROFILE"},
	{"", "run", "", "vault exec PROFILE -- CMD"},
	{"", "open", "", "vault console PROFILE"},
	{"", "logout", "", "vault off   or: vault sso logout"},
	{"", "flush", "", "vault clear"},
	{"", "config", "", "vault help config"},
	{"", "process", "", "vault credential-process PROFILE"},
	{"", "sync", "", "vault sso sync"},
	{"*", "--assume-role-ttl", "", "--duration, or the variable AWS_ASSUME_ROLE_TTL"},
	{"*", "--session-ttl", "", "--duration, or the variable AWS_SESSION_TOKEN_TTL"},
	{"*", "--federation-token-ttl", "", "--duration, or the variable AWS_FEDERATION_TOKEN_TTL"},
	{"*", "--no-no-session", "", "leave --no-session out"},
}

// meaningOf is the row for a word of a command: "" asks for a command's name.
func meaningOf(command, word string) (meaning, bool) {
	for _, m := range meanings {
		if m.word == word && (m.command == command || m.command == "*" && strings.HasPrefix(word, "-")) {
			return m, true
		}
	}
	return meaning{}, false
}
