package near

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNames(t *testing.T) {
	names := []string{"default", "dev", "dev-eu", "dev-us", "prod", "prod-admin", "my-prod", "Staging", "s", "日本"}
	tests := []struct {
		name, asked string
		want        []string
	}{
		{"two letters swapped", "dve", []string{"dev"}},
		{"a letter too much", "devv", []string{"dev"}},
		{"the beginning of a name, and the name within others", "prod-", []string{"prod", "prod-admin"}},
		{"the shortest continuation first", "de", []string{"dev", "dev-eu", "dev-us"}},
		{"a part of a name", "admin", []string{"prod-admin"}},
		{"more than the name", "dev-eu-west-1", []string{"dev-eu", "dev"}},
		{"the first letter alone", "p", []string{"s", "prod", "prod-admin"}},
		{"another case", "DEV-EU", []string{"dev-eu", "dev", "dev-us"}},
		{"a capital is no distance", "staging", []string{"Staging"}},
		{"letters are not bytes", "日木", []string{"日本"}},
		{"nothing like it", "zzzz", nil},
		{"nothing at all", "", nil},
		{"what nobody typed", strings.Repeat("dev", 1000), nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Names(test.asked, names)); diff != "" {
				t.Errorf("%q: (-want +got)\n%s", test.asked, diff)
			}
		})
	}
}
