package vault_test

import (
	"errors"
	"strings"
	"testing"

	"awsvault/internal/vault"
)

func TestEditsOfProcessLines(t *testing.T) {
	const before, with = "[profile dev]\nregion = eu-west-1\n", "[profile dev]\nregion = eu-west-1\ncredential_process = vault x\n"
	yes := func(string, string) (bool, error) { return true, nil }
	for name, c := range map[string]struct {
		text    string
		change  func(e *vault.ProcessEdit)
		after   string
		printed string
		shown   string
		done    string
		err     string
	}{
		"agreed":      {text: before, after: with, shown: "av will change ~/config:\n    [dev]  credential_process = vault x\n|Write it?", done: "wrote ~/config"},
		"not agreed":  {text: before, change: func(e *vault.ProcessEdit) { e.Agree = func(string, string) (bool, error) { return false, nil } }, after: before},
		"not asked":   {text: before, change: func(e *vault.ProcessEdit) { e.Agree = nil }, after: with, done: "wrote ~/config"},
		"no terminal": {text: before, change: func(e *vault.ProcessEdit) { e.Agree = func(string, string) (bool, error) { return false, errDisk } }, after: before, err: errDisk.Error()},
		"printed":     {text: before, change: func(e *vault.ProcessEdit) { e.Print = func(string) error { return nil } }, after: before, printed: "credential_process = vault x\n"},
		"taken out":   {text: with, change: func(e *vault.ProcessEdit) { e.Undo = true }, after: before, shown: "av will take credential_process of dev out of ~/config\n|Write it?", done: "wrote ~/config"},
		"not written": {text: before, change: func(e *vault.ProcessEdit) {
			e.Update = func(string, func([]byte) ([]byte, error)) error { return errDisk }
		}, after: before, shown: "av will change ~/config:\n    [dev]  credential_process = vault x\n|Write it?", err: "write ~/config: " + errDisk.Error()},
		"no home": {text: before, change: func(e *vault.ProcessEdit) { e.Path = func() (string, error) { return "", errDisk } }, after: before, err: errDisk.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			text, printed, shown, done := c.text, "", "", ""
			e := vault.ProcessEdit{
				Program: "av", Agree: yes, Path: func() (string, error) { return "/home/config", nil }, Tilde: func(path string) string { return strings.Replace(path, "/home", "~", 1) },
				Update: func(_ string, change func([]byte) ([]byte, error)) error {
					after, err := change([]byte(text))
					text = string(after)
					return err
				},
				Done: func(text string) { done += text },
			}
			if c.change != nil {
				c.change(&e)
			}
			if agree := e.Agree; agree != nil && c.shown != "" {
				e.Agree = func(text, question string) (bool, error) {
					shown = text + "|" + question
					return agree(text, question)
				}
			}
			if e.Print != nil {
				e.Print = func(text string) error { printed += text; return nil }
			}
			written, err := e.Run([]vault.ProcessLine{{Profile: "dev", Command: "vault x"}})
			if (err != nil || c.err != "") && (err == nil || err.Error() != c.err) {
				t.Fatalf("%v, want %q", err, c.err)
			}
			if text != c.after || printed != c.printed || shown != c.shown || done != c.done || written != (c.done != "") {
				t.Errorf("the file is %q, printed %q, shown %q, done %q, written %v", text, printed, shown, done, written)
			}
		})
	}
	broken := vault.ProcessEdit{Print: func(string) error { return errors.New("a full pipe") }}
	if _, err := broken.Run([]vault.ProcessLine{{}}); err == nil {
		t.Error("a line that cannot be printed is no error")
	}
}

func TestWhatAToolsPersonHasToKnow(t *testing.T) {
	for name, want := range map[string]int{"saml2aws": 0, "gimme-aws-creds": 1} {
		tool, err := vault.FindTool(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := tool.Notes("my dev", true); len(got) != want || want == 1 && !strings.HasSuffix(got[0], "credential-process 'my dev'") {
			t.Errorf("%s: %q", name, got)
		}
		if got := tool.Notes("dev", false); len(got) != want+1 || !strings.Contains(got[0], name+" is not on your PATH; it comes from https://") {
			t.Errorf("%s, not found: %q", name, got)
		}
	}
}
