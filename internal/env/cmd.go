package env

import "strings"

// cmd is for cmd.exe, whose `for /f "eol=: tokens=1* delims=="` reads NAME=value and sets
// the one to the other: nothing in a value is interpreted. It has no functions and no
// variables that programs do not see. So nothing is kept aside, and of the hook's own
// variables there is only the name for the prompt.
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
	// In PROMPT, $ and what follows means something.
	if strings.Trim(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./@+ ") != "" {
		value = "AWS"
	}
	return name + "=" + value, nil
}

func (cmd) call(string, string) string { return "" }

// quote refuses what does not arrive: the output of programs is read in the console's
// code page, and for takes all = at the beginning for separators.
func (cmd) quote(value string) (string, error) {
	if !allPrintable(value) || strings.HasPrefix(value, "=") {
		return "", errBatch
	}
	return value, nil
}
