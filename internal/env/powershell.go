package env

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// powershell is the dialect for Windows PowerShell 5.1 and PowerShell 7. It uses '...' with ”
// inside for printable ASCII, and [char] for the rest, so neither the four curly quotes (which
// close a string there) nor the console's code page matter. See about_Quoting_Rules; aws-cli
// and direnv only double the ASCII quote.
//
// For the hook, secrets are lines of data, `!NAME=value`: Windows writes what
// Invoke-Expression receives to the event log (4104), where no secret may appear.
type powershell struct{ hook bool }

func (p powershell) set(name, value string) (string, error) {
	if v, ok := lookup(name); p.hook && ok && v.secret {
		if !allPrintable(value) {
			return "", errData
		}
		return "!" + name + "=" + value, nil
	}
	q, err := quotePowerShell(value)
	return "$env:" + name + " = " + q, err
}

func (powershell) unset(name string) string {
	return "$env:" + name + " = $null"
}

func (powershell) local(name, value string) (string, error) {
	q, err := quotePowerShell(value)
	return "$global:" + name + " = " + q, err
}

func (powershell) quote(value string) (string, error) { return quotePowerShell(value) }

func (powershell) call(function, name string) string { return function + " " + name }

func quotePowerShell(s string) (string, error) {
	if strings.IndexByte(s, 0) >= 0 {
		return "", errNUL
	}
	if !utf8.ValidString(s) {
		return "", errUTF8
	}
	var b strings.Builder
	b.WriteByte('\'')
	open, pieces := true, false
	for _, r := range s {
		if r < utf8.RuneSelf && printable(byte(r)) {
			if !open {
				b.WriteString(" + '")
				open = true
			}
			if r == '\'' {
				b.WriteByte('\'')
			}
			b.WriteRune(r)
			continue
		}
		if open {
			b.WriteByte('\'')
			open = false
		}
		pieces = true
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, " + [char]0x%04x", unit)
		}
	}
	if open {
		b.WriteByte('\'')
	}
	if pieces {
		return "(" + b.String() + ")", nil // in parentheses it is one word, also after &
	}
	return b.String(), nil
}
