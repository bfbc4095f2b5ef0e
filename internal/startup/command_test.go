package startup

import "testing"

func TestWhatIsTypedToSetUpAShell(t *testing.T) {
	for _, test := range []struct{ shell, command, short string }{
		{"bash", `eval "$(/opt/vault init bash)"`, `eval "$(vault init bash)"`},
		{"zsh", `eval "$(/opt/vault init zsh)"`, `eval "$(vault init zsh)"`},
		{"fish", "/opt/vault init fish | source", "vault init fish | source"},
		{"powershell", "Invoke-Expression (& /opt/vault init powershell | Out-String)", "vault init powershell"},
		{"elvish", `eval "$(/opt/vault init elvish)"`, "vault init elvish"},
	} {
		if got := Command(test.shell, "/opt/vault"); got != test.command {
			t.Errorf("%s: %s", test.shell, got)
		}
		if got := Init(test.shell); got != test.short {
			t.Errorf("%s: %s", test.shell, got)
		}
	}
}
