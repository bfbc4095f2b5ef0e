package proxy

import (
	"slices"
	"testing"
)

func TestWhatBecomesRootGetsNoSecret(t *testing.T) {
	got := Environ(map[string]string{"PATH": "/bin", "AWS_SECRET_ACCESS_KEY": "s", "AWS_VAULT_FILE_PASSPHRASE": "p", "SUDO_PROMPT": "pw:", "LD_PRELOAD": "x"})
	if !slices.Equal(got, []string{"PATH=/bin", "SUDO_PROMPT=pw:"}) {
		t.Errorf("%q", got)
	}
}

func TestWhoBecameRoot(t *testing.T) {
	for uid, want := range map[string][]int{"1000": {1000}, "": nil, "-1": nil, "me": nil, "99999999999": nil} {
		got := Became(func(name string) string {
			if name == "PKEXEC_UID" {
				return uid
			}
			return ""
		})
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v", uid, got)
		}
	}
}
