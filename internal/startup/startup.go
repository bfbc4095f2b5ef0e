// Package startup knows the shells' start-up files: where they are, which of their lines
// load the hook, and how to add and remove such a line without changing any other byte.
//
// It does not know how the line is spelled, who agrees to a change, or what the hook does.
package startup

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"awsvault/internal/disk"
	"awsvault/internal/fault"
	"awsvault/internal/process"
)

// Places holds the directories that decide where start-up files are.
type Places struct {
	GOOS    string
	Home    string // empty if unknown
	Config  string // XDG_CONFIG_HOME; ignored unless absolute
	ZDotDir string // ZDOTDIR; ignored unless absolute
	AppData string // APPDATA, on Windows

	Environ []string // for the PowerShell that vault asks
	Caller  string   // the PowerShell that called; empty if none
}

// powershellTimeout limits how long a PowerShell may take to start and answer.
const powershellTimeout = 30 * time.Second

// File returns the file that a shell reads when a person opens one.
func (p Places) File(ctx context.Context, shell string) (string, error) {
	if p.Home == "" {
		return "", fault.Hinted(errors.New("the home directory is not known, so neither is the start-up file"), "set HOME")
	}
	switch shell {
	case "zsh":
		if filepath.IsAbs(p.ZDotDir) {
			return filepath.Join(p.ZDotDir, ".zshrc"), nil
		}
		return filepath.Join(p.Home, ".zshrc"), nil
	case "fish":
		return filepath.Join(p.config(), "fish", "config.fish"), nil
	case "nushell":
		return filepath.Join(p.nushell(), "nushell", "config.nu"), nil
	case "xonsh":
		return filepath.Join(p.Home, ".xonshrc"), nil
	case "elvish":
		if p.GOOS == "windows" && p.AppData != "" {
			return filepath.Join(p.AppData, "elvish", "rc.elv"), nil
		}
		return filepath.Join(p.config(), "elvish", "rc.elv"), nil
	case "powershell":
		if p.GOOS != "windows" {
			return filepath.Join(p.config(), "powershell", "Microsoft.PowerShell_profile.ps1"), nil
		}
		return p.askPowerShell(ctx)
	}
	return filepath.Join(p.Home, ".bashrc"), nil
}

func (p Places) config() string {
	if filepath.IsAbs(p.Config) {
		return p.Config
	}
	return filepath.Join(p.Home, ".config")
}

// nushell returns the parent of nushell's own directory, which is the system's directory for
// settings.
func (p Places) nushell() string {
	switch {
	case filepath.IsAbs(p.Config):
		return p.Config
	case p.GOOS == "darwin":
		return filepath.Join(p.Home, "Library", "Application Support")
	case p.GOOS == "windows" && p.AppData != "":
		return p.AppData
	}
	return p.config()
}

// FishVariables returns the file in which fish keeps its universal variables, or "" if the
// home directory is unknown.
func (p Places) FishVariables() string {
	if p.Home == "" && !filepath.IsAbs(p.Config) {
		return ""
	}
	return filepath.Join(p.config(), "fish", "fish_variables")
}

// tellProfile prints the path in ASCII, because the console's code page may lack letters of a
// user's name. The constrained language mode may refuse the encoding.
const tellProfile = "try { [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($PROFILE.CurrentUserCurrentHost)) } catch { $PROFILE.CurrentUserCurrentHost }"

// askPowerShell asks PowerShell for the path on Windows: the Documents directory may be
// anywhere, and each of the two PowerShells has its own file.
func (p Places) askPowerShell(ctx context.Context) (string, error) {
	for _, program := range p.powerShells() {
		path := p.asked(ctx, program, tellProfile)
		if decoded, bad := base64.StdEncoding.DecodeString(path); bad == nil {
			path = string(decoded)
		}
		if filepath.IsAbs(path) {
			return path, nil
		}
	}
	return "", errors.New("no PowerShell was found to ask where its start-up file is")
}

// powerShells returns the PowerShells to ask, beginning with the caller.
func (p Places) powerShells() []string {
	list := []string{"pwsh", "powershell"}
	if p.Caller != "" {
		list = append([]string{p.Caller}, list...)
	}
	return list
}

// asked returns the output of a PowerShell, or "" if it does not run or fails.
func (p Places) asked(ctx context.Context, program, command string) string {
	out, err := process.Output(ctx, process.Program{
		Args:    []string{program, "-NoProfile", "-NonInteractive", "-Command", command},
		Environ: p.Environ, Timeout: powershellTimeout,
	})
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// Policy returns the execution policy that keeps a PowerShell on Windows from reading its
// start-up file. It is empty for other shells, if PowerShell reads the file, or if it does not
// answer. -NoProfile does not change the answer, because a policy is known before any file is
// read.
func (p Places) Policy(ctx context.Context, shell string) string {
	if p.GOOS != "windows" || shell != "powershell" {
		return ""
	}
	for _, program := range p.powerShells() {
		switch policy := p.asked(ctx, program, "Get-ExecutionPolicy"); policy {
		case "Restricted", "AllSigned":
			return policy
		case "":
		default:
			return ""
		}
	}
	return ""
}

// Direct returns a note for a shell in which people may call the program itself although the
// hook is loaded. To the program, that looks as if there were no hook.
func Direct(shell string) string {
	if shell == "powershell" {
		return "   (with the hook: vault, without .exe)"
	}
	return ""
}

// Allow is the command that lets PowerShell read the user's own scripts.
const Allow = "Set-ExecutionPolicy -Scope CurrentUser RemoteSigned"

// longest is far above the size of any start-up file, in bytes.
const longest = 4 << 20

// Read reads a start-up file. A missing file is empty.
func Read(path string) (string, error) {
	data, err := disk.ReadFile(path, disk.Reading{Limit: longest})
	var kind *disk.KindError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case errors.Is(err, disk.ErrTooLarge):
		return "", fmt.Errorf("%s is larger than %d MiB", path, longest>>20)
	case errors.As(err, &kind):
		return "", err
	case err != nil:
		return "", fmt.Errorf("read %s: %w", path, disk.Cause(err))
	}
	if bytes.IndexByte(data, 0) >= 0 { // UTF-16, which old PowerShells wrote
		return "", fault.Hinted(fmt.Errorf("%s is not UTF-8 text, so vault leaves it alone", path), "add the line yourself: vault init --print")
	}
	return string(data), nil
}

// Replace writes a start-up file. It fails if the file has changed since it was read.
func Replace(path, before, after string) error {
	unchanged := func() error {
		if now, err := Read(path); err != nil || now != before {
			return errors.New("it changed in the meantime")
		}
		return nil
	}
	err := disk.Replace(path, []byte(after), disk.Options{Keep: true, Follow: true, MakeDir: true, Check: unchanged})
	if err != nil {
		return fmt.Errorf("write %s: %w", path, disk.Cause(err))
	}
	return nil
}
