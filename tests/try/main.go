// Command try is `make try`: a local AWS, a throw-away home with example keys,
// and a shell with the hook loaded. On a terminal it is the user's own shell, to
// play in; without one it plays a scene in bash and prints it.
//
//	try VAULT            play
//	try whoami           what the AWS SDK makes of the environment (used inside)
//	try mfa              a fresh code of the example MFA device (used inside)
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/mattn/go-isatty"

	"awsvault/tests/awsfake"
	"awsvault/tests/world"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "try:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "whoami":
		return whoami()
	case len(args) == 1 && args[0] == "mfa":
		return mfaCode()
	case len(args) == 1:
		return play(args[0])
	}
	return fmt.Errorf("usage: try VAULT")
}

func play(vault string) error {
	vault, err := filepath.Abs(vault)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "vault-try-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fake := awsfake.New(awsfake.Options{Control: true})
	if err := fake.Listen("127.0.0.1:0"); err != nil {
		return err
	}
	defer fake.Close()
	w, err := world.Build(dir, vault, fake)
	if err != nil {
		return err
	}
	defer w.Forget()
	bin, err := commands(dir, vault)
	if err != nil {
		return err
	}
	environ := w.Environ(
		"PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"),
		"TERM="+os.Getenv("TERM"), "SHELL="+os.Getenv("SHELL"), "LANG="+or(os.Getenv("LANG"), "C.UTF-8"),
		"TRY_AWS="+fake.URL, "TRY_MFA="+w.Example.MFASerial,
	)
	environ = slices.DeleteFunc(environ, func(entry string) bool { return entry == "AWS_VAULT_PAGER=" }) // which is for tests
	if isatty.IsTerminal(os.Stdin.Fd()) && isatty.IsTerminal(os.Stdout.Fd()) {
		return ownShell(w, environ)
	}
	return scene(w, environ)
}

// commands puts vault, whoami and mfa-code into a directory for PATH.
func commands(dir, vault string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		return "", err
	}
	if err := os.Symlink(vault, filepath.Join(bin, "vault")); err != nil {
		return "", err
	}
	for name, arg := range map[string]string{"aws-whoami": "whoami", "mfa-code": "mfa"} {
		script := fmt.Sprintf("#!/bin/sh\nexec '%s' %s\n", strings.ReplaceAll(self, "'", `'\''`), arg)
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o700); err != nil {
			return "", err
		}
	}
	// An AWS CLI of before AWS_ENDPOINT_URL (2.13, 1.29) would ask the real AWS.
	if cli, err := exec.LookPath("aws"); err == nil {
		script := fmt.Sprintf("#!/bin/sh\nexec '%s' --endpoint-url \"$TRY_AWS\" \"$@\"\n", strings.ReplaceAll(cli, "'", `'\''`))
		if err := os.WriteFile(filepath.Join(bin, "aws"), []byte(script), 0o700); err != nil {
			return "", err
		}
	}
	return bin, nil
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// acts is the scene. Each line is run in one bash with the hook.
var acts = []string{
	"vault list",
	"aws-whoami",
	"export AWS_PROFILE=mine AWS_REGION=us-west-2   # what was there before",
	"vault use dev",
	"aws-whoami",
	"vault use prod --mfa-token $(mfa-code)",
	"aws-whoami",
	"vault use -",
	"vault status",
	"vault off",
	"echo \"now: $AWS_PROFILE $AWS_REGION\"",
	"vault use dve",
}

func scene(w *world.World, environ []string) error {
	bash, err := exec.LookPath("bash")
	if err != nil {
		return fmt.Errorf("the scene needs bash on PATH")
	}
	var script strings.Builder
	script.WriteString("eval \"$(vault hook bash)\" || exit 1\n")
	script.WriteString("clean=$(export -p)\n") // of bash itself: grep and sort may be missing
	for _, act := range acts {
		line, _, _ := strings.Cut(act, "   #")
		fmt.Fprintf(&script, "printf '\\n$ %%s\\n' '%s'\n%s\n", strings.ReplaceAll(act, "'", `'\''`), line)
	}
	script.WriteString("unset AWS_PROFILE AWS_REGION\n[ -n \"$clean\" ] && [ \"$clean\" = \"$(export -p)\" ] || { echo; echo 'the environment is not what it was'; exit 1; }\n")
	script.WriteString("printf '\\nThe environment is what it was. On a terminal, make try opens your own shell.\\n'\n")
	cmd := exec.Command(bash, "--noprofile", "--norc", "-c", script.String())
	cmd.Env, cmd.Dir = environ, w.Home
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	fmt.Print(out.String())
	if err != nil {
		return fmt.Errorf("the scene ended with %w", err)
	}
	for _, want := range []string{"role/reader", "assumed-role/prod-admin", "now: mine us-west-2", "did you mean"} {
		if !strings.Contains(out.String(), want) {
			return fmt.Errorf("the scene does not show %q", want)
		}
	}
	return nil
}

// ownShell opens the user's shell with the hook, in the throw-away home.
func ownShell(w *world.World, environ []string) error {
	shell := or(os.Getenv("SHELL"), "/bin/bash")
	rc := filepath.Join(w.Dir, "rc")
	if err := os.Mkdir(rc, 0o700); err != nil {
		return err
	}
	file := func(name, text string) string {
		path := filepath.Join(rc, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			panic(err)
		}
		return path
	}
	// A shell that vault exec starts has the hook too.
	for name, text := range map[string]string{
		".bashrc": "PS1='\\W \\$ '\neval \"$(vault hook bash)\"\n", ".config/fish/config.fish": "vault hook fish | source\n",
		".config/powershell/Microsoft.PowerShell_profile.ps1": "Invoke-Expression (& vault hook powershell | Out-String)\n",
	} {
		path := filepath.Join(w.Home, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	var args []string
	switch filepath.Base(shell) {
	case "zsh":
		file(".zshrc", "PROMPT='%1~ %# '\neval \"$(vault hook zsh)\"\n")
		environ = append(environ, "ZDOTDIR="+rc)
	case "fish":
	case "pwsh":
		args = []string{"-NoLogo"}
	default:
		if filepath.Base(shell) != "bash" {
			shell = "bash"
		}
		args = []string{"--noprofile", "--rcfile", filepath.Join(w.Home, ".bashrc"), "-i"}
	}
	fmt.Printf(`A throw-away home with example keys, and a local AWS. Nothing here is yours.

  vault list                           the profiles
  vault use dev                        a role, without MFA
  aws-whoami                           who the AWS SDK is in this shell
  vault use prod -t $(mfa-code)        with MFA; mfa-code prints a code
  vault use -        vault off         the previous profile; leave

exit leaves; everything is removed.

`)
	// They are the shell's, which ends first. Caught and not ignored: what is ignored
	// would be so in the shell and in all that it starts.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	cmd := exec.Command(shell, args...)
	cmd.Env, cmd.Dir = environ, w.Home
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	if _, ok := err.(*exec.ExitError); ok {
		return nil // the status of the last command typed
	}
	return err
}

// whoami asks the fake who the environment's credentials are, with the AWS SDK.
func whoami() error {
	ctx := context.Background()
	settings, err := config.LoadDefaultConfig(ctx)
	if err == nil {
		_, err = settings.Credentials.Retrieve(ctx)
	}
	if err != nil {
		fmt.Println("nobody: no credentials here")
		return nil
	}
	client := sts.NewFromConfig(settings, func(o *sts.Options) { o.BaseEndpoint = aws.String(os.Getenv("TRY_AWS")) })
	out, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return err
	}
	fmt.Println(aws.ToString(out.Arn))
	return nil
}

func mfaCode() error {
	resp, err := http.Get(os.Getenv("TRY_AWS") + "/_fake/code?next=1&serial=" + url.QueryEscape(os.Getenv("TRY_MFA")))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var answer struct{ Code string }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return err
	}
	fmt.Println(answer.Code)
	return nil
}
