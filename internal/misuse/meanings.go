package misuse

import (
	"strings"

	"awsvault/internal/near"
)

// meaning is the advice for a word that this command line lacks, but that a similar one has:
// an earlier version, aws-vault, or another tool.
type meaning struct {
	command string // the command of the flag; "" for a command, "*" for a flag of any command
	word    string
	text    string // the error; if empty, the one for any unknown word
	hint    string
}

// meanings has a row for each of these words. The structs define the commands and flags
// themselves. A test checks that no word is in both.
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

// meaningOf returns the row for a word of a command. For the name of a command, command is "".
func meaningOf(command, word string) (meaning, bool) {
	for _, m := range meanings {
		if m.word == word && (m.command == command || m.command == "*" && strings.HasPrefix(word, "-")) {
			return m, true
		}
	}
	return meaning{}, false
}

// nearMeaning returns the advice for the command of another tool that a word resembles, or "".
func nearMeaning(word string) string {
	var words []string
	for _, m := range meanings {
		if m.command == "" {
			words = append(words, m.word)
		}
	}
	nearest := near.Names(word, words)
	if len(nearest) == 0 {
		return ""
	}
	m, _ := meaningOf("", nearest[0])
	return m.hint
}
