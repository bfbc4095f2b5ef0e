//go:build unix

package shells

import (
	"strings"
	"testing"

	"awsvault/tests/world"
)

// What a person presets for all commands of PowerShell would have Set-Item show each value,
// ask about it with the value in the question, or not set it at all.
var presets = []struct{ on, off string }{
	{`$PSDefaultParameterValues['*:Verbose'] = $true`, `$PSDefaultParameterValues.Clear()`},
	{`$PSDefaultParameterValues['Set-Item:WhatIf'] = $true`, `$PSDefaultParameterValues.Clear()`},
	{`$PSDefaultParameterValues['Set-Item:Confirm'] = $true`, `$PSDefaultParameterValues.Clear()`},
	{`$PSDefaultParameterValues['Set-Item:PassThru'] = $true`, `$PSDefaultParameterValues.Clear()`},
	{`$PSDefaultParameterValues['Get-Item:OutVariable'] = '+seen'`, `$seen | ForEach-Object { $_.Value }; $PSDefaultParameterValues.Clear()`},
	{`$WhatIfPreference = $true`, `$WhatIfPreference = $false`},
	{`$ConfirmPreference = 'Low'`, `$ConfirmPreference = 'High'`},
	{`$VerbosePreference = 'Continue'`, `$VerbosePreference = 'SilentlyContinue'`},
}

func TestPresetsOfPowerShellShowNoSecret(t *testing.T) {
	inShell("powershell", func(t *testing.T, k kind) {
		s := start(t, k, world.New(t), theirs...)
		for _, p := range presets {
			from := len(s.all())
			s.run(p.on + "; vault use dev; vault off; vault use dev; " + p.off)
			shown := s.all()[from:]
			during := s.exported()
			for _, name := range []string{"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} {
				secret, ok := value(during, name)
				if !ok || secret == "theirs/secret+1" || len(secret) < 20 {
					t.Errorf("%s: %s was not set: %q", p.on, name, shown)
				} else if strings.Contains(shown, secret[:20]) {
					t.Errorf("%s shows %s", p.on, name)
				}
			}
			if strings.Contains(shown, "theirs/secret") {
				t.Errorf("%s shows a secret of the person's", p.on)
			}
			s.ok("vault off")
		}
	})(t)
}
