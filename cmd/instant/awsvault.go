package instant

import (
	"path/filepath"
	"strings"

	"awsvault/hooks"
)

// aws-vault's own completions, which are in many start-up files, ask the program with
// flags of their own at each TAB.

// oldCompletion answers `aws-vault --completion-bash WORDS...`: one candidate in a
// line. WORDS end with the word at the cursor (bash), or before it (fish); the reader
// drops what does not fit.
//
// bash evaluates the lines, so that only names without a special character are in the
// answer.
func oldCompletion(words []string, getenv func(string) string) string {
	known := &profiles{getenv: getenv}
	at := func(before []string, current string) (names []string) {
		found, _ := candidates(before, current, strings.HasPrefix, known.look)
		for _, c := range found {
			if strings.HasPrefix(c.value, current) && onlyPlain(c.value) {
				names = append(names, c.value)
			}
		}
		return names
	}
	if len(words) == 0 {
		words = []string{""}
	}
	last := len(words) - 1
	names := at(words[:last], words[last])
	if whole := len(names) == 1 && names[0] == words[last]; whole || len(names) == 0 && words[last] != "" {
		if next := at(words, ""); len(next) > 0 {
			names = next
		}
	}
	if len(names) == 0 {
		return ""
	}
	return strings.Join(names, "\n") + "\n"
}

// onlyPlain says that a text means itself in every shell.
func onlyPlain(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_./@+=:,%", r)
	})
}

// oldCompletionScript is what `eval "$(aws-vault --completion-script-bash)"` wants: our
// completions, also for the name aws-vault.
func oldCompletionScript(flag, argv0 string) (string, bool) {
	shell, ok := strings.CutPrefix(flag, "--completion-script-")
	name := strings.TrimSuffix(filepath.Base(argv0), ".exe")
	if !ok || shell != "bash" && shell != "zsh" || !onlyPlain(name) {
		return "", false
	}
	text, err := hooks.Completion(shell, name)
	if err != nil {
		return "", false
	}
	if name != "aws-vault" {
		text += "__vault_complete_install aws-vault\n"
	}
	return text, true
}

// completes says that a call is one of those.
func completes(args []string, argv0 string, getenv func(string) string) (text string, ok bool) {
	if args[0] == "--completion-bash" {
		return oldCompletion(args[1:], getenv), true
	}
	return oldCompletionScript(args[0], argv0)
}
