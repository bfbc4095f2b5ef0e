package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"awsvault/cmd/front"
	"awsvault/cmd/instant"
	"awsvault/hooks"
	"awsvault/internal/disk"
	"awsvault/internal/fault"
	"awsvault/internal/process"
)

// InitCmd sets up a shell.
type InitCmd struct {
	Shell             []string `arg:"" optional:"" help:"bash, zsh, fish or powershell; the one that calls unless given."`
	Print             bool     `help:"Only print the line; change nothing."`
	Yes               bool     `short:"y" help:"Do not ask."`
	Undo              bool     `help:"Take the line away again."`
	CredentialProcess bool     `name:"credential-process" help:"Write credential_process for profiles."`
}

// Help is the second part of `vault init --help`.
func (InitCmd) Help() string {
	return `Shows the line for the start-up file of a shell, asks, and adds it at the end.
What it prints is the hook itself, so that this shell is ready too:

  eval "$(vault init zsh)"
  vault init fish | source
  vault init bash --print
  vault init --credential-process dev prod`
}

// Run edits a start-up file, or the config file.
func (c *InitCmd) Run(a *App) error {
	if c.CredentialProcess {
		return c.processes(a)
	}
	shell := ""
	switch len(c.Shell) {
	case 0:
		shell = a.callingShell()
	case 1:
		shell = c.Shell[0]
	default:
		return fault.NewUsage("init takes one shell", "vault init --help")
	}
	if shell == "pwsh" {
		shell = "powershell"
	}
	quoted, err := instant.QuotedBinary(a.Argv0, shell)
	if err != nil {
		return fault.NewUsage(err.Error(), "vault init --help")
	}
	line := instant.Line(shell, quoted, hooks.Options{Name: "vault"})
	if c.Print {
		_, err := a.Stdout.WriteString(line + "\n")
		return err
	}
	path, err := a.startupFile(shell)
	if err != nil {
		return err
	}
	if c.Undo {
		return c.undo(a, shell, path)
	}
	hook, err := a.hook(shell, hooks.Options{Name: "vault"}, false)
	if err != nil {
		return err
	}
	if err := c.add(a, shell, path, line); err != nil {
		return err
	}
	if front.IsTerminal(a.Stdout) { // the code would be of no use to a person
		a.Say("    this shell: " + line)
		return nil
	}
	_, err = a.Stdout.WriteString(hook)
	return err
}

// add puts the line at the end of the file, unless it has one like it.
func (c *InitCmd) add(a *App, shell, path, line string) error {
	text, err := startupText(path)
	if err != nil {
		return err
	}
	if n := slices.IndexFunc(strings.Split(text, "\n"), func(l string) bool { return loadsHook(shell, l) }); n >= 0 {
		a.Say(fmt.Sprintf("%s  already there: %s:%d", a.OK(), a.Tilde(path), n+1))
		return nil
	}
	if !c.Yes {
		yes, err := a.agree(fmt.Sprintf("vault will add one line to %s:\n    %s\n", front.Printable(a.Tilde(path)), front.Printable(line)), "Add it?")
		if err != nil {
			return err
		}
		if !yes {
			a.Say("    nothing was written; the line is: " + line)
			return nil
		}
	}
	end := "\n"
	if strings.HasSuffix(text, "\r\n") {
		end = "\r\n"
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		line = end + line
	}
	if err := replaceFile(path, text, text+line+end); err != nil {
		return err
	}
	a.Say(fmt.Sprintf("%s  %s has it now. Undo: vault init %s --undo", a.OK(), a.Tilde(path), shell))
	a.Say("    next: vault add NAME   you have an access key")
	a.Say("          vault sso sync   your company uses IAM Identity Center")
	return nil
}

// undo takes the lines away that init writes. One that does more is left.
func (c *InitCmd) undo(a *App, shell, path string) error {
	text, err := startupText(path)
	if err != nil {
		return err
	}
	var kept []string
	removed := 0
	for i, l := range strings.Split(text, "\n") {
		switch {
		case !loadsHook(shell, l):
			kept = append(kept, l)
		case !onlyLoadsHook(shell, l):
			return fault.Hinted(fmt.Errorf("%s:%d does more than load the hook, so it is left alone", a.Tilde(path), i+1), "edit it yourself")
		default:
			removed++
		}
	}
	if removed == 0 {
		a.Say(fmt.Sprintf("%s  no hook in %s", a.OK(), a.Tilde(path)))
		return nil
	}
	if !c.Yes {
		yes, err := a.agree("", fmt.Sprintf("Take %s out of %s?", front.Counted(removed, "line"), front.Printable(a.Tilde(path))))
		if err != nil || !yes {
			return err
		}
	}
	if err := replaceFile(path, text, strings.Join(kept, "\n")); err != nil {
		return err
	}
	a.Say(fmt.Sprintf("%s  %s has no hook now; shells that are open keep it", a.OK(), a.Tilde(path)))
	return nil
}

// agree shows a text and asks the person.
func (a *App) agree(shown, question string) (bool, error) {
	t, err := a.terminal()
	if err != nil {
		return false, fault.NewPerson("init asks before it writes, and there is no terminal to ask on", "--yes writes without a question, --print only prints")
	}
	t.Print(shown)
	return t.Confirm(a.ctx, question, true)
}

// loadsHook reports whether a line of a start-up file loads the hook of a shell.
func loadsHook(shell, line string) bool {
	line = strings.TrimSpace(line)
	return !strings.HasPrefix(line, "#") && regexp.MustCompile(`(^|[^A-Za-z0-9_-])vault(\.exe)?['"]? +hook +['"]?`+shell+`\b`).MatchString(line)
}

// onlyLoadsHook reports whether that is all it does, spelled as init spells it.
func onlyLoadsHook(shell, line string) bool {
	const call = `[^;&|()]*vault(\.exe)?['"]? hook `
	form := `^eval "\$\(` + call + shell + `[ a-z_A-Z0-9-]*\)"$`
	switch shell {
	case "fish":
		form = `^` + call + `fish[ a-z_A-Z0-9-]*\| source$`
	case "powershell":
		form = `^Invoke-Expression \(& ` + call + `powershell[ a-z_A-Z0-9-]*\| Out-String\)$`
	}
	return regexp.MustCompile(form).MatchString(strings.TrimSpace(line))
}

// startupFile is the file that a shell reads when a person opens one.
func (a *App) startupFile(shell string) (string, error) {
	if a.Home() == "" {
		return "", fault.Hinted(errors.New("the home directory is not known, so neither is the start-up file"), "set HOME")
	}
	config := a.Below(".config")
	if d := a.Environ["XDG_CONFIG_HOME"]; filepath.IsAbs(d) {
		config = d
	}
	switch shell {
	case "zsh":
		if d := a.Environ["ZDOTDIR"]; filepath.IsAbs(d) {
			return filepath.Join(d, ".zshrc"), nil
		}
		return a.Below(".zshrc"), nil
	case "fish":
		return filepath.Join(config, "fish", "config.fish"), nil
	case "powershell":
		if runtime.GOOS != "windows" {
			return filepath.Join(config, "powershell", "Microsoft.PowerShell_profile.ps1"), nil
		}
		// Documents may be anywhere, and the two PowerShells have a file each.
		for _, program := range []string{"pwsh", "powershell"} {
			out, err := process.Output(a.ctx, process.Program{
				Args:    []string{program, "-NoProfile", "-NonInteractive", "-Command", "$PROFILE.CurrentUserCurrentHost"},
				Timeout: powershellTimeout,
			})
			if path := strings.TrimSpace(string(out)); err == nil && filepath.IsAbs(path) {
				return path, nil
			}
		}
		return "", errors.New("no PowerShell was found to ask where its start-up file is")
	}
	return a.Below(".bashrc"), nil
}

// powershellTimeout is how long a PowerShell may take to start and to answer.
const powershellTimeout = 30 * time.Second

// maxStartup is far above any start-up file.
const maxStartup = 4 << 20

// startupText reads a start-up file; one that does not exist is empty.
func startupText(path string) (string, error) {
	data, err := disk.ReadFile(path, disk.Reading{Limit: maxStartup})
	var kind *disk.KindError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case errors.Is(err, disk.ErrTooLarge):
		return "", fmt.Errorf("%s is larger than %d MiB", path, maxStartup>>20)
	case errors.As(err, &kind):
		return "", err
	case err != nil:
		return "", fmt.Errorf("read %s: %w", path, unwrapPath(err))
	}
	if bytes.IndexByte(data, 0) >= 0 { // UTF-16, as old PowerShells wrote it
		return "", fault.Hinted(fmt.Errorf("%s is not a text in UTF-8, so it is left alone", path), "add the line yourself: vault init --print")
	}
	return string(data), nil
}

// replaceFile writes a start-up file. It fails if the file is not what it was
// when it was read.
func replaceFile(path, before, after string) error {
	unchanged := func() error {
		if now, err := startupText(path); err != nil || now != before {
			return errors.New("it was changed meanwhile")
		}
		return nil
	}
	err := disk.Replace(path, []byte(after), disk.Options{Keep: true, Follow: true, MakeDir: true, Check: unchanged})
	if err != nil {
		return fmt.Errorf("write %s: %w", path, unwrapPath(err))
	}
	return nil
}
