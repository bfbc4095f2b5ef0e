//go:build unix

package tests

import (
	"os/exec"
	"strings"
	"testing"

	"awsvault/tests/terminal"
	"awsvault/tests/world"
)

// pagerOf is a program that shows one line of its input, and waits for a key. It does
// without grep and sed, which a bare machine may lack.
const pagerOf = `trap 'echo "pager: interrupted"' INT
IFS= read -r first
echo "pager: $first"
env | while IFS= read -r set; do
  case $set in *PASSPHRASE*|*SECRET*|LESS=*) echo "pager: $set" ;; esac
done
until IFS= read -r key; do :; done </dev/tty
echo "pager: ended by $key"
exit 3
`

// paged runs vault with a pager, on a terminal with this number of rows.
func paged(t *testing.T, w *world.World, rows uint16, set []string, args ...string) *terminal.Terminal {
	t.Helper()
	cmd := exec.Command("/bin/sh", append([]string{"-c", `trap : INT; [ "$AWS_VAULT_PAGER" ] || unset AWS_VAULT_PAGER; "$0" "$@"; echo "status $?"`, w.Vault}, args...)...)
	cmd.Env, cmd.Dir = w.Environ(set...), w.Home
	tty, err := terminal.Start(cmd, terminal.Size{Rows: rows, Columns: 80})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tty.Close)
	return tty
}

func TestALongListGoesThroughThePager(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	pager := "AWS_VAULT_PAGER=" + script(t, w, "my-pager", pagerOf)
	for _, c := range []struct{ first, args string }{
		{"  PROFILE ", "list"},
		{"Environment variables", "help environment"},
		{"Usage: ", "use --help"},
	} {
		tty := paged(t, w, 6, []string{pager, "AWS_SECRET_ACCESS_KEY=s"}, strings.Fields(c.args)...)
		shown := until(t, tty, "LESS=FRX")
		if !strings.Contains(terminal.Plain(shown), "pager: "+c.first) || strings.Contains(shown, "PASSPHRASE=") || strings.Contains(shown, "SECRET_ACCESS_KEY=") {
			t.Errorf("%s: the pager gets %q", c.args, shown)
		}
		// Ctrl-C goes to the pager, which ends before it has read everything.
		if err := tty.Type("\x03"); err != nil {
			t.Fatal(err)
		}
		until(t, tty, "pager: interrupted")
		if err := tty.Type("q\r"); err != nil {
			t.Fatal(err)
		}
		if shown := until(t, tty, "status "); !strings.Contains(shown, "pager: ended by q\r\nstatus 0") {
			t.Errorf("%s: %q", c.args, shown)
		}
	}
}

func TestNothingElseGoesThroughThePager(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	mine := "PAGER=" + script(t, w, "my-pager", pagerOf)
	for name, c := range map[string]struct {
		rows uint16
		set  []string
		args string
	}{
		"what fits":             {200, []string{mine}, "list"},
		"JSON":                  {6, []string{mine}, "list --json"},
		"names":                 {6, []string{mine}, "list --profiles"},
		"PAGER=cat":             {6, []string{"PAGER=cat"}, "list"},
		"AWS_PAGER is empty":    {6, []string{mine, "AWS_PAGER="}, "list"},
		"an agent":              {6, []string{mine, "AWS_VAULT_AGENT=1"}, "list"},
		"one that is not there": {6, []string{"PAGER=/proc/nonexistent/pager"}, "list"},
	} {
		shown := until(t, paged(t, w, c.rows, c.set, strings.Fields(c.args)...), "status ")
		if !strings.Contains(shown, "chain") || strings.Contains(shown, "pager: ") {
			t.Errorf("%s: %q", name, shown)
		}
		if warned := strings.Contains(terminal.Plain(shown), "vault: warning: PAGER names no program"); warned != (name == "one that is not there") {
			t.Errorf("%s: warned is %v: %q", name, warned, shown)
		}
	}
	if stdout, _, status := w.Run([]string{mine}, "list"); status != 0 || strings.Contains(stdout, "pager: ") {
		t.Errorf("a pipe gets %q", stdout)
	}
}
