package aws

import "testing"

// The first is from the article that found the number there (T. Be'ery, "A short note on AWS
// KEY ID"). The second is AWS's own example of an old form.
func TestAccountOf(t *testing.T) {
	for _, test := range []struct{ name, id, account string }{
		{"a session's", "ASIAQNZGKIQY56JQ7WML", "029608264753"},
		{"a user's", "AKIAQNZGKIQY56JQ7WML", "029608264753"},
		{"from before 2019", "AKIAIOSFODNN7EXAMPLE", ""},
		{"the last of the old ones", "AKIAP777777777777777", ""},
		{"the lowest", "AKIAQAAAAAAAAAAAAAAA", "000000000000"},
		{"more than twelve digits", "AKIA7777777777777777", ""},
		{"the id of a user", "AIDAQNZGKIQY56JQ7WML", ""},
		{"the id of a role", "AROAQNZGKIQY56JQ7WML", ""},
		{"lower case", "asiaqnzgkiqy56jq7wml", ""},
		{"not base32", "ASIAQNZGKIQY56JQ7WM1", ""},
		{"padding", "ASIAQNZGKIQY56JQ7W==", ""},
		{"a line end, which base32 skips", "ASIAQNZGKIQY56JQ7WM\n", ""},
		{"short", "ASIAQNZGKIQY56JQ", ""},
		{"long", "ASIAQNZGKIQY56JQ7WMLA", ""},
		{"nothing", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			account, ok := AccountOf(test.id)
			if account != test.account || ok != (test.account != "") {
				t.Errorf("AccountOf(%q) = %q, %t; want %q", test.id, account, ok, test.account)
			}
		})
	}
}
