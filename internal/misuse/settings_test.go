package misuse

import (
	"testing"

	"awsvault/internal/fault"
)

func TestSettingsThatAreUsedLater(t *testing.T) {
	const drivers = "terminal, kdialog, osascript, pass, wincredui, ykman, zenity"
	for name, c := range map[string]struct {
		flags, vars map[string]string
		want        string
	}{
		"none":                  {nil, nil, ""},
		"good ones":             {map[string]string{"prompt": "pass", "op-timeout": "15s"}, nil, ""},
		"a driver by a flag":    {map[string]string{"prompt": "fax"}, nil, `--prompt: MFA prompt "fax" is not one of ` + drivers},
		"a driver, by variable": {map[string]string{"prompt": "fax"}, map[string]string{"AWS_VAULT_PROMPT": "fax"}, `AWS_VAULT_PROMPT: MFA prompt "fax" is not one of ` + drivers},
		"a duration":            {map[string]string{"op-timeout": "soon"}, nil, `--op-timeout: "soon" is not a duration`},
	} {
		err := Settings(func(name string) string { return c.flags[name] }, func(name string) string { return c.vars[name] })
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != c.want || err != nil && fault.KindOf(err) != fault.Usage {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
