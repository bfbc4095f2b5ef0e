package env

import (
	"strings"
	"testing"
)

// Other tools read a sidecar file as plain text.
func TestOddTextsInASidecar(t *testing.T) {
	odd := Sidecar{Program: "/a b/$HOME/vault", Profile: `x"}, {evil: "`, Socket: "/s: #x\n", EnvFile: "/${X}/100%.env", User: "1:1"}
	text, err := odd.Compose()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`source: "/a b/$$HOME/vault", target`, `"x\"}, {evil: \""`, `source: "/s: #x\n", target`, `env_file: ["/$${X}/100%.env"]`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if _, err := (Sidecar{EnvFile: "\xff"}).Compose(); err == nil {
		t.Error("what is not UTF-8 is written")
	}
	unit, err := odd.Systemd()
	if err != nil || !strings.Contains(unit, "\nEnvironmentFile=/${X}/100%%.env\n") {
		t.Errorf("%q, %v", unit, err)
	}
	for _, path := range []string{"/a\nExecStart=/evil", `/a\`} {
		if _, err := (Sidecar{EnvFile: path}).Systemd(); err == nil {
			t.Errorf("%q is written", path)
		}
	}
}
