package cmd

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"awsvault/cmd/instant"
	"awsvault/hooks"
	"awsvault/internal/doctor"
	"awsvault/internal/env"
)

// hookSays is what the function of the hook hands over with `doctor`, and nothing
// else: prompts cost nothing by it. The zero value: no hook called.
type hookSays struct {
	shell     string
	version   string
	manual    bool // --no-auto
	displaced bool // prompts do not run it
}

// readHook reads "zsh 1.2.0 auto displaced", of which only the first must be there.
func readHook(text string) (h hookSays) {
	words := strings.Fields(text)
	if len(words) > 0 && slices.Contains(env.Hooks(), words[0]) {
		h.shell = words[0]
		h.manual = !slices.Contains(words, "auto")
		for _, w := range words[1:] {
			switch w {
			case "auto", "manual":
			case "displaced":
				h.displaced = true
			default:
				h.version = w
			}
		}
	}
	return h
}

func (e *examination) version() string { return instant.Version }

// shellName is the shell that called.
func (e *examination) shellName() string {
	if e.hook.shell != "" {
		return e.hook.shell
	}
	return e.callingShell()
}

func (e *examination) checkProgram(context.Context) []doctor.Finding {
	path, err := instant.Binary(e.Argv0)
	if err != nil {
		return []doctor.Finding{{State: doctor.Warning, Text: err.Error()}}
	}
	return []doctor.Finding{{Text: fmt.Sprintf("vault %s %s/%s at %s", e.version(), runtime.GOOS, runtime.GOARCH, e.Tilde(path))}}
}

func (e *examination) checkHook(context.Context) []doctor.Finding {
	h := e.hook
	again := "open a new shell"
	switch {
	case h.shell == "":
		return []doctor.Finding{{State: doctor.Warning, Text: "this shell has no hook, so use, off and refresh do not work in it", Hint: e.setUp(e.shellName())}}
	case h.displaced:
		return []doctor.Finding{{State: doctor.Problem, Text: fmt.Sprintf("prompts of this %s do not run the hook: nothing is renewed, and no directory is noticed", h.shell),
			Hint: "something that was loaded later took its place; load the hook last in the start-up file"}}
	case h.version != e.version():
		if h.version == "" {
			h.version = "an older one"
		}
		return []doctor.Finding{{State: doctor.Warning, Text: fmt.Sprintf("the hook in this %s is of version %s, and the program is %s", h.shell, h.version, e.version()), Hint: again}}
	case h.manual:
		return []doctor.Finding{{State: doctor.Note, Text: fmt.Sprintf("the hook in this %s is there, but prompts do not run it: --no-auto, or a shell without prompts", h.shell)}}
	}
	return []doctor.Finding{{Text: fmt.Sprintf("the hook in this %s is of the same version, and prompts run it", h.shell)}}
}

// setUp is what to type for a hook.
func (e *examination) setUp(shell string) string {
	quoted, err := instant.QuotedBinary(e.Argv0, shell)
	if err != nil {
		return "vault init --help"
	}
	if _, err := exec.LookPath("vault"); err == nil {
		quoted = "vault"
	}
	switch shell {
	case "fish":
		return quoted + " init fish | source"
	case "powershell":
		return "Invoke-Expression (& " + quoted + " init powershell | Out-String)"
	}
	return fmt.Sprintf(`eval "$(%s init %s)"`, quoted, shell)
}

// hookCall finds the program in a line of a start-up file that loads a hook.
var hookCall = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`((?:/|[A-Za-z]:\\)[^'"]*vault(?:\.exe)?)['"]? +hook `)
})

func (e *examination) checkStartup(context.Context) []doctor.Finding {
	shell := e.shellName()
	if shell == "powershell" && runtime.GOOS == "windows" && e.hook.shell != "" {
		return nil // to ask where its file is would start another one
	}
	if !slices.Contains(env.Hooks(), shell) {
		return []doctor.Finding{{State: doctor.Note, Text: fmt.Sprintf("there is no hook for %s", shell)}}
	}
	path, err := e.startupFile(shell)
	if err != nil {
		return []doctor.Finding{{State: doctor.Warning, Text: err.Error()}}
	}
	text, err := startupText(path)
	if err != nil {
		return []doctor.Finding{{State: doctor.Warning, Text: err.Error()}}
	}
	var at []int
	for i, line := range strings.Split(text, "\n") {
		if loadsHook(shell, line) {
			at = append(at, i+1)
			if m := hookCall().FindStringSubmatch(line); m != nil {
				if _, err := os.Stat(m[1]); err != nil {
					return []doctor.Finding{{State: doctor.Problem, Text: fmt.Sprintf("%s:%d calls %s, which is not there", e.Tilde(path), i+1, e.Tilde(m[1])),
						Hint: fmt.Sprintf("vault init %s --undo, then vault init %s", shell, shell)}}
				}
			}
		}
	}
	switch {
	case len(at) == 0:
		return []doctor.Finding{{State: doctor.Warning, Text: fmt.Sprintf("%s does not load the hook, so new shells will not have it", e.Tilde(path)), Hint: e.setUp(shell)}}
	case len(at) > 1:
		return []doctor.Finding{{State: doctor.Warning, Text: fmt.Sprintf("%s loads the hook %d times, first in line %d", e.Tilde(path), len(at), at[0]), Hint: "keep the last of the lines"}}
	}
	return []doctor.Finding{{Text: fmt.Sprintf("%s:%d loads the hook", e.Tilde(path), at[0])}}
}

// hashicorp is the module of the tool of the same name.
const hashicorp = "github.com/hashicorp/vault"

func (e *examination) checkPath(context.Context) []doctor.Finding {
	own, err := instant.Binary(e.Argv0)
	if err != nil {
		return nil
	}
	names := []string{"vault"}
	if runtime.GOOS == "windows" {
		names = []string{"vault.exe"}
	}
	found, ours := []doctor.Finding{}, false
	for i, p := range doctor.OnPath(e.Getenv("PATH"), names, own) {
		if p.Own {
			ours = true
			continue
		}
		f := doctor.Finding{State: doctor.Warning}
		if i == 0 && !ours {
			f.State = doctor.Problem
		}
		shell := e.shellName()
		quoted, err := instant.QuotedBinary(e.Argv0, shell)
		if err == nil && slices.Contains(env.Hooks(), shell) {
			f.Hint = instant.Line(shell, quoted, hooks.Options{Name: "av"}) + "   gives this tool the name av"
		}
		switch p.Module {
		case hashicorp:
			f.Text = fmt.Sprintf("vault on PATH is also HashiCorp's Vault: %s", e.Tilde(p.Path))
		case "awsvault":
			f.State, f.Text, f.Hint = doctor.Warning, fmt.Sprintf("there is another copy of this program on PATH: %s", e.Tilde(p.Path)), "remove one of the two"
		default:
			f.Text = fmt.Sprintf("vault on PATH is also another program: %s", e.Tilde(p.Path))
		}
		found = append(found, f)
	}
	if len(found) == 0 && !ours {
		return []doctor.Finding{{State: doctor.Note, Text: "vault is not on PATH; the hook calls it by its full path"}}
	}
	if len(found) == 0 {
		return []doctor.Finding{{Text: "vault on PATH is this program, and there is no other"}}
	}
	return found
}

// checkActivation looks at what is active in this shell, or says to be.
func (e *examination) checkActivation(context.Context) []doctor.Finding {
	s := e.Active()
	if !s.Active() {
		switch {
		case e.Getenv(env.StateName) != "":
			return []doctor.Finding{{State: doctor.Problem, Text: env.StateName + " is set, and not as this program writes it", Hint: "unset " + env.StateName}}
		case e.Getenv("AWS_VAULT") != "":
			return []doctor.Finding{{State: doctor.Warning, Text: fmt.Sprintf("AWS_VAULT is %q, and not by this program: this is a shell of aws-vault exec, or in one", e.Getenv("AWS_VAULT")),
				Hint: "leave it with exit; directories activate nothing in it"}}
		}
		return nil
	}
	var found []doctor.Finding
	expires, expired := e.Expires()
	switch {
	case expired:
		found = append(found, doctor.Finding{State: doctor.Warning, Text: fmt.Sprintf("the credentials of %s in this shell have expired", s.Profile), Hint: "vault refresh, or vault off"})
	default:
		found = append(found, doctor.Finding{Text: fmt.Sprintf("%s is active in this shell, %s", s.Profile, e.Expiry(expires))})
	}
	if e.hook.shell == "" && !s.About.Exec {
		found = append(found, doctor.Finding{State: doctor.Warning, Text: fmt.Sprintf("%s was activated by another shell, and this one has no hook to renew it or take it away", s.Profile),
			Hint: e.setUp(e.shellName())})
	}
	if changed := env.Changed(e.Environ, s); len(changed) > 0 {
		found = append(found, doctor.Finding{State: doctor.Note, Text: fmt.Sprintf("changed since the activation, and left alone: %s", strings.Join(changed, ", "))})
	}
	return found
}

// checkVariables looks for variables that lead AWS tools elsewhere.
func (e *examination) checkVariables(context.Context) []doctor.Finding {
	var found []doctor.Finding
	add := func(state doctor.State, text, hint string) {
		found = append(found, doctor.Finding{State: state, Text: text, Hint: hint})
	}
	outside := e.Outside()
	for _, name := range env.Foreign(e.Environ, e.Active()) {
		switch name {
		case "AWS_VAULT":
			continue // said with the activation
		case "AWS_PROFILE", "AWS_DEFAULT_PROFILE":
			config, err := e.config()
			if value := outside[name]; err == nil && !config.Has(value) && value != "default" {
				add(doctor.Problem, fmt.Sprintf("%s is %q, and there is no such profile: the AWS CLI refuses to run", name, value), "unset "+name)
				continue
			}
			add(doctor.Warning, fmt.Sprintf("%s is %q: what AWS tools use where vault has activated nothing", name, outside[name]), "unset "+name)
		default:
			add(doctor.Warning, name+" is set, but not by vault: AWS tools use it before any profile", "unset "+name)
		}
	}
	if outside["AWS_SDK_LOAD_CONFIG"] != "" {
		add(doctor.Warning, "AWS_SDK_LOAD_CONFIG is set: only old SDKs read it, and they look into both AWS files by it", "unset AWS_SDK_LOAD_CONFIG")
	}
	if outside["AWS_CREDENTIAL_EXPIRATION"] != "" && !e.Active().Active() {
		if _, expired := e.Expires(); expired {
			add(doctor.Warning, "AWS_CREDENTIAL_EXPIRATION is past: what set it is gone", "unset AWS_CREDENTIAL_EXPIRATION")
		}
	}
	if e.Getenv("AWS_VAULT_FILE_PASSPHRASE") != "" {
		add(doctor.Warning, "AWS_VAULT_FILE_PASSPHRASE is exported: every program that is started can read it", passphraseCommand+" names a program that prints it")
	}
	for _, name := range e.fishUniversal() {
		add(doctor.Warning, fmt.Sprintf("fish keeps %s as a universal variable: it comes back when a profile is left", name), "set -eU "+name)
	}
	if len(found) == 0 {
		add(doctor.OK, "no variable leads AWS tools past vault", "")
	}
	return found
}

// fishUniversal lists the universal variables of fish that an activation is about.
// Their file: "SETUVAR --export NAME:value", a line each.
func (e *examination) fishUniversal() (names []string) {
	config := e.Below(".config")
	if d := e.Environ["XDG_CONFIG_HOME"]; filepath.IsAbs(d) {
		config = d
	}
	if config == "" {
		return nil
	}
	text, err := startupText(filepath.Join(config, "fish", "fish_variables"))
	if err != nil {
		return nil
	}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "SETUVAR" {
			continue
		}
		i := slices.IndexFunc(words[1:], func(w string) bool { return !strings.HasPrefix(w, "--") })
		if i < 0 {
			continue
		}
		if name, _, ok := strings.Cut(words[1+i], ":"); ok && env.Managed(name) {
			names = append(names, name)
		}
	}
	return names
}
