// Package mfa gets the code of an MFA device from something that is not the
// terminal: a window, a token on USB, a password manager, a command of the user's.
//
// It does not know who asks at the terminal, what the code is for, and where the
// environment comes from.
package mfa

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
	"unicode"
)

const (
	maxOutput   = 1 << 10
	personLimit = 2 * time.Minute
	toolLimit   = 30 * time.Second
	// After the program has ended, or was killed, its children may hold its output open this long.
	lingering = time.Second
)

// Driver gets codes.
type Driver interface {
	// Code returns six digits.
	Code(ctx context.Context, r Request) (string, error)
}

// Request says which code is wanted.
type Request struct {
	Serial  string    // the ARN or serial number of the device
	Profile string    // for whom
	Stderr  io.Writer // gets what the program says meanwhile, such as "touch your key"; may be nil
}

// Settings are what a choice depends on.
type Settings struct {
	Name     string                       // of the driver that is wanted, as --prompt or AWS_VAULT_PROMPT has it; empty: what is there
	Env      func(string) string          // the user's environment
	Look     func(string) (string, error) // exec.LookPath
	Environ  []string                     // what the programs get; nil: the process's own
	Terminal Driver                       // nil if there is no terminal
	OS       string                       // runtime.GOOS
}

// Names lists the drivers, by aws-vault's names.
func Names() []string {
	return []string{"terminal", "kdialog", "osascript", "pass", "wincredui", "ykman", "zenity"}
}

// Choose returns the driver of that name. Without a name it is the terminal, and
// where there is none a window, on a desktop that has a program for it. The error
// says that the name is unknown, its program missing, or that nothing can ask.
func Choose(s Settings) (Driver, error) {
	switch s.Name {
	case "":
		return s.automatic()
	case "terminal":
		if s.Terminal == nil {
			return nil, errors.New("there is no terminal to ask for the MFA code")
		}
		return s.Terminal, nil
	}
	build, ok := programs[s.Name]
	if !ok {
		return nil, fmt.Errorf("MFA prompt %q is not one of %s", s.Name, strings.Join(Names(), ", "))
	}
	look := s.Name
	if look == "wincredui" {
		look = "powershell.exe" // which opens the window
	}
	path, err := s.Look(look)
	if err != nil {
		return nil, fmt.Errorf("MFA prompt %q: the program is not on PATH", s.Name)
	}
	return build(s, path), nil
}

func (s Settings) automatic() (Driver, error) {
	if s.Terminal != nil {
		return s.Terminal, nil
	}
	windows := []string{"kdialog", "zenity"}
	switch {
	case s.OS == "darwin":
		windows = []string{"osascript"}
	case s.OS == "windows":
		windows = []string{"wincredui"}
	case s.Env("DISPLAY") == "" && s.Env("WAYLAND_DISPLAY") == "":
		windows = nil
	}
	for _, name := range windows {
		if d, err := Choose(Settings{Name: name, Env: s.Env, Look: s.Look, Environ: s.Environ}); err == nil {
			return d, nil
		}
	}
	return nil, errors.New("there is neither a terminal nor a desktop to ask for the MFA code")
}

// programs build the drivers that start one. Names of devices and profiles are
// arguments of their own, never a part of a shell's or a script's text.
var programs = map[string]func(Settings, string) Driver{
	"kdialog": func(s Settings, path string) Driver {
		return program{"kdialog", personLimit, s.Environ, func(r Request) *exec.Cmd {
			// kdialog takes the text after --inputbox as it is, even if it begins with a dash.
			return exec.Command(path, "--title", "vault", "--inputbox", question(r))
		}}
	},
	"zenity": func(s Settings, path string) Driver {
		return program{"zenity", personLimit, s.Environ, func(r Request) *exec.Cmd {
			return exec.Command(path, "--entry", "--title=vault", "--text="+markup.Replace(question(r)))
		}}
	},
	"osascript": func(s Settings, path string) Driver {
		return program{"osascript", personLimit, s.Environ, func(r Request) *exec.Cmd {
			return exec.Command(path,
				"-e", "on run argv",
				"-e", `return text returned of (display dialog (item 1 of argv) default answer "" buttons {"Cancel", "OK"} default button "OK" with title "vault")`,
				"-e", "end run", question(r))
		}}
	},
	"pass": func(s Settings, path string) Driver {
		return program{"pass", personLimit, s.Environ, func(r Request) *exec.Cmd {
			return exec.Command(path, "otp", "code", "--", named(s.Env("PASS_OATH_CREDENTIAL_NAME"), r))
		}}
	},
	// Windows: a box to type into. The question is a variable, not a part of the script.
	"wincredui": func(s Settings, path string) Driver {
		return program{"wincredui", personLimit, s.Environ, func(r Request) *exec.Cmd {
			cmd := exec.Command(path, "-NoProfile", "-NonInteractive", "-Command",
				"Add-Type -AssemblyName Microsoft.VisualBasic; [Microsoft.VisualBasic.Interaction]::InputBox($env:VAULT_QUESTION, 'vault')")
			cmd.Env = append(append([]string{}, s.Environ...), "VAULT_QUESTION="+question(r))
			return cmd
		}}
	},
	"ykman": func(s Settings, path string) Driver {
		return program{"ykman", toolLimit, s.Environ, func(r Request) *exec.Cmd {
			var args []string
			if serial := s.Env("YKMAN_OATH_DEVICE_SERIAL"); serial != "" {
				args = append(args, "--device", serial)
			}
			// Before its version 4 the command was another one; aws-vault's setting says which.
			switch s.Env("AWS_VAULT_YKMAN_VERSION") {
			case "1", "2", "3":
				args = append(args, "oath", "code")
			default:
				args = append(args, "oath", "accounts", "code")
			}
			return exec.Command(path, append(args, "--single", "--", named(s.Env("YKMAN_OATH_CREDENTIAL_NAME"), r))...)
		}}
	},
}

// Process is the driver of a profile's mfa_process: a command line for the
// system's shell, as aws-vault has it (/bin/sh -c, or cmd.exe /C).
func Process(line string, environ []string) Driver {
	return program{"mfa_process", personLimit, environ, func(Request) *exec.Cmd { return shell(line) }}
}

func named(name string, r Request) string {
	if name != "" {
		return name
	}
	return r.Serial
}

// markup: zenity takes its text for Pango's markup.
var markup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `\`, `\\`)

func question(r Request) string {
	return printable("MFA code for " + r.Serial + " (" + r.Profile + ")")
}

// printable is one line without control characters.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return ' '
		}
		return c
	}, text)
}

// program is a driver that starts a program and reads the code from its output.
type program struct {
	name    string
	limit   time.Duration
	environ []string
	command func(Request) *exec.Cmd
}

// Code starts the program. When ctx or the time ends, it and its children are killed.
func (p program) Code(ctx context.Context, r Request) (string, error) {
	limited, cancel := context.WithTimeout(ctx, p.limit)
	defer cancel()
	made := p.command(r)
	cmd := exec.CommandContext(limited, made.Path)
	cmd.Args, cmd.SysProcAttr, cmd.Err, cmd.Env = made.Args, made.SysProcAttr, made.Err, p.environ
	if made.Env != nil {
		cmd.Env = made.Env
	}
	cmd.WaitDelay = lingering
	ownGroup(cmd)
	out, said := &bounded{}, &bounded{}
	cmd.Stdout, cmd.Stderr = out, said
	if r.Stderr != nil {
		cmd.Stderr = io.MultiWriter(said, r.Stderr)
	}
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("%s: %w", p.name, ctx.Err())
	case limited.Err() != nil:
		return "", fmt.Errorf("%s gave no MFA code within %v", p.name, p.limit)
	case err != nil:
		if why := redacted(said.String()); why != "" {
			return "", fmt.Errorf("%s: %w: %s", p.name, err, why)
		}
		return "", fmt.Errorf("%s: %w", p.name, err)
	}
	code := strings.TrimSpace(out.String())
	if out.more || !isCode(code) {
		return "", fmt.Errorf("%s printed something else than an MFA code of six digits", p.name) // it may be a secret
	}
	return code, nil
}

func isCode(text string) bool {
	return len(text) == 6 && strings.Trim(text, "0123456789") == ""
}

// redacted is the last line of what a program said, without what may be a code or a secret.
func redacted(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	words := strings.Fields(printable(lines[len(lines)-1]))
	for i, word := range words {
		if isCode(strings.Trim(word, ".,:;'\"()")) || strings.Contains(word, "otpauth:") || strings.Contains(strings.ToLower(word), "secret=") {
			words[i] = "***"
		}
	}
	return strings.Join(words, " ")
}

// bounded keeps the first bytes that are written to it.
type bounded struct {
	kept bytes.Buffer // not embedded: its ReadFrom would go past the bound
	more bool
}

func (b *bounded) String() string { return b.kept.String() }

func (b *bounded) Write(p []byte) (int, error) {
	if room := maxOutput - b.kept.Len(); len(p) > room {
		b.more = true
		b.kept.Write(p[:room])
	} else {
		b.kept.Write(p)
	}
	return len(p), nil
}
