package env

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// powershell spells for Windows PowerShell 5.1 and for PowerShell 7: '...' with
// ” inside for printable ASCII, [char] for the rest, so that neither the four
// curly quotes (which close a string there) nor the console's code page matter.
// about_Quoting_Rules; aws-cli's and direnv's emitters double only the ASCII one.
//
// For the hook, variables are lines of data, `!NAME=value`: what is given to
// Invoke-Expression is written to the event log (4104), and a secret must not be.
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
		return "(" + b.String() + ")", nil // one word, also after &
	}
	return b.String(), nil
}
