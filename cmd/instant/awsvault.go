package instant

import (
	"path/filepath"
	"strings"

	"awsvault/hooks"
)

// This file answers aws-vault's own completions, which are in many start-up files. They
// call the program with special flags at each TAB.

// oldCompletion answers `aws-vault --completion-bash WORDS...` with one candidate per line.
// In bash the last of WORDS is the word at the cursor. In fish it is the word before the
// cursor. The shell drops candidates that do not fit.
//
// bash evaluates the lines, so the answer contains only names without special characters.
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

// onlyPlain reports whether every shell reads a text literally.
func onlyPlain(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_./@+=:,%", r)
	})
}

// oldCompletionScript answers `eval "$(aws-vault --completion-script-bash)"` with our own
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

// completes answers a call of aws-vault's completions. ok is false for other calls.
func completes(args []string, argv0 string, getenv func(string) string) (text string, ok bool) {
	if args[0] == "--completion-bash" {
		return oldCompletion(args[1:], getenv), true
	}
	return oldCompletionScript(args[0], argv0)
}
