//go:build linux

// Package agents is a coding agent that wants more than it was given: what it gets when it
// keeps to the rules, and what any program of the same user can read (docs/threat-model.md).
package agents

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// sso is a sign-in that no one has made.
const sso = `
[sso-session corp]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-west-1
[profile portal]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Admin
`

// asks are what the agent tries, each with the status and the sentence that it gets.
var asks = []struct{ line, status, says string }{
	{"aws sts get-caller-identity --query Arn --output text", "0", `^arn:aws:sts::111122223333:assumed-role/reader/vault-tester-agent$`},
	{"aws --region us-east-1 iam get-user --user-name jon --query User.UserName --output text", "0", `^jon$`},
	{"aws --region us-east-1 iam create-user --user-name eve", "25[0-9]", `AccessDenied.*iam:CreateUser.*no session policy allows`},
	{"vault use prod", "3", `^vault: profile "prod" is protected, .*: ask your user to do this$`},
	{"vault export prod", "3", `^vault: profile "prod" is protected, .*: ask your user to do this$`},
	{"vault exec prod -- env", "3", `^vault: profile "prod" is protected, .*: ask your user to do this$`},
	{"vault sso login", "3", `^vault: "corp" needs a sign-in, and vault does not ask agents: ask your user to do this$`},
	{"vault exec portal -- env", "3", `^vault: profile "portal" cannot be made read-only for an agent, .*: ask your user to set vault_narrow_role = .* or vault_agent = full under \[profile portal\]$`},
	{"vault exec dev --policy AdministratorAccess -- env", "3", `^vault: agents get read-only sessions of "dev", .*: ask your user to do this$`},
	{"vault exec plain --no-session -- env", "3", `^vault: profile "plain" cannot be made read-only .*$`},
	{"vault export jon --mfa-token 123456", "3", `^vault: profile "jon" cannot be made read-only .*$`},
	{"vault console dev", "3", `^vault: agents cannot open a browser: ask your user to do this$`},
	{"vault allow", "3", `^vault: agents cannot trust a directory or a mount: ask your user to do this$`},
	{"vault remove plain --force", "3", `^vault: agents cannot replace or delete stored keys: ask your user to do this$`},
	{"vault exec other -- env", "3", `^vault: .*passphrase.*, and vault does not ask agents: ask your user to do this$`},
	{"vault exec -- aws --region us-east-1 iam create-user --user-name eve", "25[0-9]", `AccessDenied.*iam:CreateUser`},
	{"vault exec dev -- aws --region us-east-1 iam create-user --user-name eve", "25[0-9]", `AccessDenied.*iam:CreateUser`},
}

// agent is the program: it has the hook in its shell, as its user has.
func agent() string {
	script := &strings.Builder{}
	script.WriteString("eval \"$(vault hook bash)\"\n")
	for i, a := range asks {
		fmt.Fprintf(script, "%s >%d.said 2>&1 </dev/null\necho $? >%d.status\n", a.line, i, i)
	}
	// Its environment, that of each process above it, and the arguments of all.
	script.WriteString("env >0.environ\npid=$PPID\nwhile [ \"$pid\" -gt 1 ] && [ \"$pid\" != \"$STOP\" ]; do\n" +
		"tr '\\0' '\\n' <\"/proc/$pid/environ\" >\"$pid.environ\"\ncat \"/proc/$pid/cmdline\" >\"$pid.cmdline\"\n" +
		"while read -r key value; do case $key in PPid:) pid=$value ;; esac; done <\"/proc/$pid/status\"\ndone\n")
	return script.String()
}

// shell is a world with the AWS CLI, and a shell in it that has the passphrase in a variable
// of its own, which it gives to vault alone.
func shell(t *testing.T) (w *world.World, run func(script string) string) {
	t.Helper()
	bash := need.Program(t, "bash", "bash")
	w = world.New(t)
	bin := t.TempDir()
	w.AWSCLI(t, bin)
	if err := os.Symlink(w.Vault, filepath.Join(bin, "vault")); err != nil {
		t.Fatal(err)
	}
	if err := w.WriteConfig(strings.Replace(world.Config, "[profile prod]\n", "[profile prod]\nvault_protected = true\n", 1) + sso); err != nil {
		t.Fatal(err)
	}
	pass := filepath.Join(w.Dir, "pass")
	if err := os.WriteFile(pass, []byte(world.Passphrase), 0o600); err != nil {
		t.Fatal(err)
	}
	return w, func(script string) string {
		t.Helper()
		cmd := exec.Command(bash, "--norc", "-c", "read -r pass <"+pass+"; rm "+pass+"\n"+script+"\nend=$?; exit $end")
		cmd.Dir = w.Home
		cmd.Env = slices.DeleteFunc(w.Environ("PATH="+bin+":"+os.Getenv("PATH"), fmt.Sprintf("STOP=%d", os.Getpid())), func(v string) bool {
			return strings.HasPrefix(v, "AWS_VAULT_FILE_PASSPHRASE=")
		})
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(out)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// A stand-in agent, started by `exec --agent` from a shell with nothing active, gets a
// read-only session, and one sentence for all else that it tries.
func TestAnAgentGetsAReadOnlySessionAndSentences(t *testing.T) {
	w, run := shell(t)
	if err := os.WriteFile(filepath.Join(w.Home, "agent.sh"), []byte(agent()), 0o600); err != nil {
		t.Fatal(err)
	}
	run(`AWS_VAULT_FILE_PASSPHRASE=$pass vault exec --agent dev -- bash --norc agent.sh`)
	for i, a := range asks {
		said, status := read(t, filepath.Join(w.Home, fmt.Sprintf("%d.said", i))), read(t, filepath.Join(w.Home, fmt.Sprintf("%d.status", i)))
		if !regexp.MustCompile(`^(` + a.status + `)$`).MatchString(status) {
			t.Errorf("%s: status %s, want %s\n%s", a.line, status, a.status, said)
		}
		first, hint, _ := strings.Cut(said, "\n")
		if !regexp.MustCompile(a.says).MatchString(first) || hint != "" && (!strings.HasPrefix(hint, "  hint: ") || strings.Contains(hint, "\n")) {
			t.Errorf("%s: %q, want %q and at most a hint", a.line, said, a.says)
		}
	}
	if calls := w.Fake.Operations(); slices.Contains(calls, "CreateUser") || slices.Contains(calls, "GetSessionToken") {
		t.Errorf("calls that were answered: %s", calls)
	}

	files, err := filepath.Glob(filepath.Join(w.Home, "*.environ"))
	if err != nil || len(files) < 2 {
		t.Fatalf("%d environments: %v", len(files), err)
	}
	more, _ := filepath.Glob(filepath.Join(w.Home, "*.cmdline"))
	keys, tokens := map[string]bool{}, 0
	for _, file := range append(files, more...) {
		text := read(t, file)
		for _, secret := range []string{w.Example.AccessKeyID, w.Example.SecretAccessKey, world.Passphrase} {
			if strings.Contains(text, secret) {
				t.Errorf("%s has %q", filepath.Base(file), secret)
			}
		}
		for _, key := range regexp.MustCompile(`A[KS]IA[A-Z0-9]{16}`).FindAllString(text, -1) {
			keys[key] = true
		}
		tokens += strings.Count(text, "AWS_SESSION_TOKEN=")
	}
	if len(keys) != 1 || tokens != 1 {
		t.Fatalf("the agent and those above it have the keys %v and %d tokens, want one session's", keys, tokens)
	}
	for key := range keys {
		if s, ok := w.Fake.Session(key); !ok || len(s.Policies) != 1 || !strings.HasSuffix(s.ARN, "/vault-tester-agent") {
			t.Errorf("it is %+v", s)
		}
	}
}

// The rules are what narrows it: its user's session of the same role may do what it may not.
func TestItsUserMayDoIt(t *testing.T) {
	_, run := shell(t)
	out := run(`AWS_VAULT_FILE_PASSPHRASE=$pass vault exec dev -- aws --region us-east-1 iam create-user --user-name eve --query User.UserName --output text`)
	if out != "eve\n" {
		t.Errorf("%q", out)
	}
}
