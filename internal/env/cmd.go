package env

import "strings"

// cmd is the dialect for cmd.exe. Its `for /f "eol=: tokens=1* delims=="` reads NAME=value and
// sets the variable without interpreting the value. cmd.exe has no functions, and every
// variable is visible to programs. So nothing is kept aside, and the only variable of the hook
// is the name for the prompt.
type cmd struct{}

func (c cmd) set(name, value string) (string, error) {
	q, err := c.quote(value)
	return name + "=" + q, err
}

func (cmd) unset(name string) string { return name + "=" }

func (cmd) local(name, value string) (string, error) {
	if name != "__vault_shown" {
		return "", nil
	}
	// In PROMPT, $ and the character after it are a code.
	if strings.Trim(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./@+ ") != "" {
		value = "AWS"
	}
	return name + "=" + value, nil
}

func (cmd) call(string, string) string { return "" }

// quote refuses values that would arrive changed: cmd.exe reads the output of programs in the
// console's code page, and `for` takes every = at the beginning as a separator.
func (cmd) quote(value string) (string, error) {
	if !allPrintable(value) || strings.HasPrefix(value, "=") {
		return "", errBatch
	}
	return value, nil
}
