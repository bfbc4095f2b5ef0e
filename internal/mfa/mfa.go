// Package mfa gets an MFA code from something other than the terminal: a dialog, a USB
// token, a password manager, or a command that the user configured.
//
// It does not know who asks at the terminal, what the code is for, or where the environment
// comes from.
package mfa

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"

	"awsvault/internal/line"
	"awsvault/internal/process"
)

const (
	maxOutput   = 1 << 10
	personLimit = 2 * time.Minute
	toolLimit   = 30 * time.Second
)

// Driver gets codes.
type Driver interface {
	// Code returns six digits.
	Code(ctx context.Context, r Request) (string, error)
}

// Request says which code is wanted.
type Request struct {
	Serial  string    // the ARN or serial number of the device
	Profile string    // the profile that needs the code
	Stderr  io.Writer // gets the program's messages, such as "touch your key"; may be nil
}

// Settings hold what the choice of a driver depends on.
type Settings struct {
	Name     string                       // of the driver, as in --prompt or AWS_VAULT_PROMPT; empty to choose one
	Env      func(string) string          // the user's environment
	Look     func(string) (string, error) // exec.LookPath
	Environ  []string                     // the programs' environment; nil for the process's own
	Terminal Driver                       // nil if there is no terminal
	OS       string                       // runtime.GOOS
}

// Names lists the drivers, by aws-vault's names.
func Names() []string {
	return []string{"terminal", "kdialog", "osascript", "pass", "wincredui", "ykman", "zenity"}
}

// Choose returns the named driver. Without a name it returns the terminal or, without a
// terminal, a window on a desktop that has a program for it. The error says that the name is
// unknown, that the program is missing, or that nothing can ask.
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
		look = "powershell.exe" // opens the window
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

// programs builds the drivers that start a program. The names of devices and profiles are
// separate arguments and never part of the text of a shell or script.
var programs = map[string]func(Settings, string) Driver{
	"kdialog": func(s Settings, path string) Driver {
		return program{"kdialog", personLimit, s.Environ, func(r Request) []string {
			// kdialog takes the text after --inputbox literally, even if it begins with a
			// dash.
			return []string{path, "--title", "vault", "--inputbox", Question(r)}
		}}
	},
	"zenity": func(s Settings, path string) Driver {
		return program{"zenity", personLimit, s.Environ, func(r Request) []string {
			return []string{path, "--entry", "--title=vault", "--text=" + markup.Replace(Question(r))}
		}}
	},
	"osascript": func(s Settings, path string) Driver {
		return program{"osascript", personLimit, s.Environ, func(r Request) []string {
			return []string{path,
				"-e", "on run argv",
				"-e", `return text returned of (display dialog (item 1 of argv) default answer "" buttons {"Cancel", "OK"} default button "OK" with title "vault")`,
				"-e", "end run", Question(r)}
		}}
	},
	"pass": func(s Settings, path string) Driver {
		return program{"pass", personLimit, s.Environ, func(r Request) []string {
			return []string{path, "otp", "code", "--", named(s.Env("PASS_OATH_CREDENTIAL_NAME"), r)}
		}}
	},
	// On Windows, a box to type into. The question is in a variable, not in the script.
	"wincredui": func(s Settings, path string) Driver {
		return program{"wincredui", personLimit, s.Environ, func(Request) []string {
			return []string{path, "-NoProfile", "-NonInteractive", "-Command",
				"Add-Type -AssemblyName Microsoft.VisualBasic; [Microsoft.VisualBasic.Interaction]::InputBox($env:" + questionVariable + ", 'vault')"}
		}}
	},
	"ykman": func(s Settings, path string) Driver {
		return program{"ykman", toolLimit, s.Environ, func(r Request) []string {
			args := []string{path}
			if serial := s.Env("YKMAN_OATH_DEVICE_SERIAL"); serial != "" {
				args = append(args, "--device", serial)
			}
			// Before version 4, ykman had another command. aws-vault's setting names the
			// version.
			switch s.Env("AWS_VAULT_YKMAN_VERSION") {
			case "1", "2", "3":
				args = append(args, "oath", "code")
			default:
				args = append(args, "oath", "accounts", "code")
			}
			return append(args, "--single", "--", named(s.Env("YKMAN_OATH_CREDENTIAL_NAME"), r))
		}}
	},
}

// Process returns the driver for a profile's mfa_process: a command line for the system's
// shell, as in aws-vault (/bin/sh -c, or cmd.exe /C).
func Process(command string, environ []string) Driver {
	root := ""
	for _, variable := range environ {
		if name, value, _ := strings.Cut(variable, "="); strings.EqualFold(name, "SystemRoot") {
			root = value
		}
	}
	return program{"mfa_process", personLimit, environ, func(Request) []string { return process.Shell(runtime.GOOS, root, command) }}
}

func named(name string, r Request) string {
	if name != "" {
		return name
	}
	return r.Serial
}

// markup escapes a text, because zenity interprets Pango's markup.
var markup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `\`, `\\`)

// Question names the device and, if its name differs, the profile.
func Question(r Request) string {
	device := Device(r.Serial)
	if device == r.Profile {
		return line.Printable("MFA code for " + device)
	}
	return line.Printable("MFA code for " + device + " (" + r.Profile + ")")
}

// Device returns the name that a person uses for a device: ana for
// arn:aws:iam::111122223333:mfa/ana. Programs that look a device up need the whole ARN.
func Device(serial string) string {
	if _, name, ok := strings.Cut(serial, ":mfa/"); ok {
		return name
	}
	return serial
}

// questionVariable passes the question to wincredui's script.
const questionVariable = "VAULT_QUESTION"

// program is a driver that starts a program and reads the code from its output.
type program struct {
	name    string
	limit   time.Duration
	environ []string
	args    func(Request) []string
}

// Program is a driver that waits for a program.
type Program interface {
	About() string        // what the driver waits for
	Limit() time.Duration // the longest wait
}

// About returns the name that a person knows.
func (p program) About() string {
	switch p.name {
	case "kdialog", "osascript", "wincredui", "zenity":
		return "the window that asks for the MFA code"
	}
	return p.name
}

// Limit returns the longest time that the program may take.
func (p program) Limit() time.Duration { return p.limit }

// Code runs the program.
func (p program) Code(ctx context.Context, r Request) (string, error) {
	environ := p.environ
	if p.name == "wincredui" {
		environ = append(environ[:len(environ):len(environ)], questionVariable+"="+Question(r))
	}
	output, err := process.Output(ctx, process.Program{
		Name: p.name, Args: p.args(r), Environ: environ, Stderr: r.Stderr, Limit: maxOutput, Timeout: p.limit,
	})
	var failed *process.Error
	switch {
	case errors.Is(err, process.ErrTooMuch):
	case errors.As(err, &failed):
		failed.Said = redacted(failed.Said)
		return "", failed
	case err != nil:
		return "", fmt.Errorf("%s: %w", p.name, err)
	}
	code := strings.TrimSpace(string(output))
	if err != nil || !isCode(code) {
		return "", fmt.Errorf("%s did not print an MFA code of six digits", p.name) // do not show it: it may be a secret
	}
	return code, nil
}

func isCode(text string) bool {
	return len(text) == 6 && strings.Trim(text, "0123456789") == ""
}

// redacted returns a program's message without anything that may be a code or a secret.
func redacted(said string) string {
	words := strings.Fields(said)
	for i, word := range words {
		if isCode(strings.Trim(word, ".,:;'\"()")) || strings.Contains(word, "otpauth:") || strings.Contains(strings.ToLower(word), "secret=") {
			words[i] = "***"
		}
	}
	return strings.Join(words, " ")
}
