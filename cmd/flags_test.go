package cmd

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// A hook looks for the first word that is not a flag, so it has to know which
// flags of all commands are followed by a value.
func TestTheHooksKnowTheFlagsThatHaveValues(t *testing.T) {
	for i := range reflect.TypeFor[Globals]().NumField() {
		field := reflect.TypeFor[Globals]().Field(i)
		if field.Type.Kind() == reflect.Bool {
			continue
		}
		name := field.Tag.Get("name")
		if name == "" {
			for j, r := range field.Name {
				if j > 0 && r >= 'A' && r <= 'Z' {
					name += "-"
				}
				name += strings.ToLower(string(r))
			}
		}
		for _, file := range []string{"bash.sh", "zsh.zsh", "fish.fish", "powershell.ps1"} {
			text, err := os.ReadFile(filepath.Join("..", "hooks", file))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(text), "--"+name) {
				t.Errorf("hooks/%s does not know --%s", file, name)
			}
		}
	}
}
