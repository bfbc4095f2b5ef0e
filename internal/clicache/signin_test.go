package clicache

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhichSignInIsInAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token.json")
	put := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if id, ok := (Files{}).SignIn(path); ok || id != "" {
		t.Errorf("no file: %q, %v", id, ok)
	}
	for _, text := range []string{`{}`, `{"accessToken":null}`, `{"accessToken":""}`, `{"refreshToken":"r"}`, `{"clientId":"c","awsvaultSignIn":"x"}`, `[]`} {
		if put(text); true {
			if id, ok := (Files{}).SignIn(path); ok {
				t.Errorf("%s: %q", text, id)
			}
		}
	}
	put(`{"accessToken":"one","region":"eu-west-1"}`)
	first, ok := (Files{}).SignIn(path)
	if !ok || first == "" {
		t.Fatalf("%q, %v", first, ok)
	}
	// Renewed by us.
	old, err := Files{}.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	renewed := Object{}
	renewed.Set("accessToken", "two")
	renewed.KeepSignInID(old)
	again := Object{}
	again.Set("accessToken", "three")
	again.KeepSignInID(renewed)
	if err := (Files{}).Write(path, again); err != nil {
		t.Fatal(err)
	}
	if id, ok := (Files{}).SignIn(path); !ok || id != first {
		t.Errorf("after two renewals %q, want %q", id, first)
	}
	// Signed in anew, by any tool.
	put(`{"accessToken":"four"}`)
	if id, ok := (Files{}).SignIn(path); !ok || id == first {
		t.Errorf("after another sign-in it is %q", id)
	}
	// What aws login leaves: the key is made once for each sign-in.
	put(`{"accessToken":{"accessKeyId":"A"},"dpopKey":"k"}`)
	login, ok := (Files{}).SignIn(path)
	put(`{"accessToken":{"accessKeyId":"B"},"dpopKey":"k"}`)
	if id, ok2 := (Files{}).SignIn(path); !ok || !ok2 || id != login || id == first {
		t.Errorf("aws login: %q, then %q", login, id)
	}
}

func TestForgetRoles(t *testing.T) {
	dir := t.TempDir()
	if err := (Files{}).ForgetRoles(filepath.Join(dir, "none")); err != nil {
		t.Error(err)
	}
	for name, text := range map[string]string{
		"sso.json": `{"ProviderType":"sso","Credentials":{}}`, "role.json": `{"Credentials":{}}`, "broken.json": `{`, "sso.txt": `{"ProviderType":"sso"}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "sso.txt"), filepath.Join(dir, "link.json")); err != nil {
		t.Fatal(err)
	}
	if err := (Files{}).ForgetRoles(dir); err != nil {
		t.Fatal(err)
	}
	entries, _ := os.ReadDir(dir)
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if d := cmp.Diff([]string{"broken.json", "link.json", "role.json", "sso.txt"}, left); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
