package instant

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a name may hold comes from a file that may have been copied from anywhere.
func TestSpell(t *testing.T) {
	tests := []struct {
		name, shell, current string
		opened               byte
		found                []candidate
		want                 []string
	}{
		{"names with their descriptions", "zsh", "", 0, []candidate{{value: "dev", profile: "dev"}, {value: "list", help: "Lists."}}, []string{"dev\tabout dev", "list\tLists."}},
		{"bash has no descriptions", "bash", "", 0, []candidate{{value: "dev", profile: "dev"}, {value: "list", help: "Lists."}}, []string{"dev", "list"}},
		{"what does not fit is left out", "fish", "l", 0, []candidate{{value: "add"}, {value: "list"}}, []string{"list"}},
		{"profiles have been chosen", "zsh", "--profile=x", 0, []candidate{{value: "y", profile: "y"}}, []string{"y\tabout y"}},
		{"bash quotes what it would take apart", "bash", "", 0, []candidate{{value: "my prod"}, {value: "a$(b)"}, {value: "dév"}}, []string{`my\ prod`, `a\$\(b\)`, "dév"}},
		{"in open quotes", "bash", "", '\'', []candidate{{value: "it's"}, {value: "a b"}}, []string{`it'\''s`, "a b"}},
		{"in open double quotes", "bash", "", '"', []candidate{{value: "a$b c"}}, []string{`a\$b c`}},
		{"in open double quotes bash would read !", "bash", "", '"', []candidate{{value: "a!b"}, {value: "ab"}}, []string{"ab"}},
		{"nushell quotes nothing itself", "nushell", "", 0, []candidate{{value: "my prod", profile: "x"}, {value: "a;b"}, {value: "a(b)"}, {value: `i't"s\`}, {value: "dev"}}, []string{"'my prod'\tabout x", "'a;b'", "'a(b)'", `"i't\"s\\"`, "dev"}},
		{"no escape sequence", "zsh", "", 0, []candidate{{value: "a\x1b[31m"}, {value: "b"}}, []string{"b"}},
		{"no C1 character", "zsh", "", 0, []candidate{{value: "a\u009b31m"}, {value: "b"}}, []string{"b"}},
		{"nothing that turns the direction of reading", "zsh", "", 0, []candidate{{value: "a\u202eb"}, {value: "c\u2066d"}, {value: "b"}}, []string{"b"}},
		{"nothing without width", "zsh", "", 0, []candidate{{value: "a\u200bb"}, {value: "a\ufeffb"}, {value: "b"}}, []string{"b"}},
		{"no line end and no tab", "zsh", "", 0, []candidate{{value: "a\nb"}, {value: "a\tb"}, {value: "a\u2028b"}, {value: "b"}}, []string{"b"}},
		{"bytes that are no text", "zsh", "", 0, []candidate{{value: "a\xff"}, {value: "b"}}, []string{"b"}},
		{"no directive", "zsh", "", 0, []candidate{{value: ":files"}, {value: ":command 2"}, {value: "a:b"}}, []string{"a:b"}},
		{"descriptions are made printable", "zsh", "", 0, []candidate{{value: "a", help: "x\x1b\u202ey\n"}}, []string{"a\tx??y"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := spell(test.shell, test.found, test.current, test.opened, func(profile string) string { return "about " + profile })
			if diff := cmp.Diff(strings.Join(test.want, "\n")+"\n", got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
