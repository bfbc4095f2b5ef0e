//go:build unix

package mfa

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type terminal struct{}

func (terminal) Code(context.Context, Request) (string, error) { return "111111", nil }

// standIn makes a program that writes its arguments to a file, and the code to stdout.
func standIn(t *testing.T, name string) (look func(string) (string, error), argv func() []string) {
	t.Helper()
	dir := t.TempDir()
	script := "#!/bin/sh\nprintf '%s\\n' \"$@\" > '" + dir + "/argv'\nprintf ' 123456 \\n'\n"
	if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	look = func(name string) (string, error) { return exec.LookPath(filepath.Join(dir, name)) }
	return look, func() []string {
		text, err := os.ReadFile(filepath.Join(dir, "argv"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	}
}

func TestDriversAskTheirPrograms(t *testing.T) {
	request := Request{Serial: "arn:aws:iam::1:mfa/a'b$(x)<i>", Profile: "dev\n\x1b[m"}
	tests := []struct {
		driver string
		env    map[string]string
		want   []string
	}{
		{"zenity", nil, []string{"--entry", "--title=vault", "--text=MFA code for a'b$(x)&lt;i&gt; (dev ?[m)"}},
		{"kdialog", nil, []string{"--title", "vault", "--inputbox", "MFA code for a'b$(x)<i> (dev ?[m)"}},
		{"ykman", nil, []string{"oath", "accounts", "code", "--single", "--", request.Serial}},
		{"ykman", map[string]string{"YKMAN_OATH_DEVICE_SERIAL": "42", "YKMAN_OATH_CREDENTIAL_NAME": "aws", "AWS_VAULT_YKMAN_VERSION": "3"}, []string{"--device", "42", "oath", "code", "--single", "--", "aws"}},
		{"pass", nil, []string{"otp", "code", "--", request.Serial}},
		{"pass", map[string]string{"PASS_OATH_CREDENTIAL_NAME": "aws/mfa"}, []string{"otp", "code", "--", "aws/mfa"}},
	}
	for _, test := range tests {
		t.Run(test.driver, func(t *testing.T) {
			look, argv := standIn(t, test.driver)
			d, err := Choose(Settings{Name: test.driver, Look: look, Env: func(name string) string { return test.env[name] }})
			if err != nil {
				t.Fatal(err)
			}
			code, err := d.Code(t.Context(), request)
			if err != nil || code != "123456" {
				t.Errorf("got %q, %v", code, err)
			}
			if diff := cmp.Diff(test.want, argv()); diff != "" {
				t.Errorf("argv: (-want +got)\n%s", diff)
			}
		})
	}
}

func TestChoice(t *testing.T) {
	look, _ := standIn(t, "zenity")
	desktop := func(name string) string { return map[string]string{"DISPLAY": ":0"}[name] }
	bare := func(string) string { return "" }
	if d, err := Choose(Settings{Look: look, Env: desktop, Terminal: terminal{}}); err != nil || d != (terminal{}) {
		t.Errorf("got %v, %v, want the terminal", d, err)
	}
	if d, err := Choose(Settings{Look: look, Env: desktop}); err != nil || d.(program).name != "zenity" {
		t.Errorf("got %v, %v, want zenity", d, err)
	}
	for name, want := range map[string]string{
		"":         "there is neither a terminal nor a desktop to ask for the MFA code",
		"terminal": "there is no terminal to ask for the MFA code",
		"kdialog":  `MFA prompt "kdialog": the program is not on PATH`,
		"telegram": `MFA prompt "telegram" is not one of terminal, kdialog, osascript, pass, wincredui, ykman, zenity`,
	} {
		if _, err := Choose(Settings{Name: name, Look: look, Env: bare}); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", name, err, want)
		}
	}
}

func TestProcess(t *testing.T) {
	tests := []struct{ line, code, err string }{
		{"echo '  012345 ' | cat", "012345", ""},
		{"echo 12345", "", "mfa_process did not print an MFA code of six digits"},
		{"echo 12345a", "", "mfa_process did not print an MFA code of six digits"},
		{"head -c 100000 /dev/zero", "", "mfa_process did not print an MFA code of six digits"},
		{"echo first >&2; echo 'no key for 123456' >&2; exit 3", "", "mfa_process ended with exit status 3: no key for ***"},
		{"false", "", "mfa_process ended with exit status 1"},
	}
	for _, test := range tests {
		code, err := Process(test.line, nil).Code(t.Context(), Request{})
		if got := ""; code != test.code || err != nil && err.Error() != test.err || err == nil && test.err != got {
			t.Errorf("%s: got %q, %v", test.line, code, err)
		}
	}
}

func TestCancelledProcessDiesWithItsChildren(t *testing.T) {
	marker := filepath.Join(t.TempDir(), "late")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := Process("(sleep 2; touch '"+marker+"') & sleep 60", nil).Code(ctx, Request{})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 30*time.Second {
		t.Errorf("got %v after %v", err, time.Since(start))
	}
	time.Sleep(2500 * time.Millisecond) // the child would have been there by now
	if _, err := os.Stat(marker); err == nil {
		t.Error("a child is still alive")
	}
}
