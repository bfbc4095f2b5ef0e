// Package instant answers the commands that must be fast, before the rest of the program is
// initialised: what every shell runs when it starts (`vault hook`), what it runs at a TAB,
// `vault version` and `vault status`, and every command that a cached session is enough
// for.
//
// Go initialises all packages before main. Initialising the AWS SDK, the keystore library
// and the parser takes as long as the whole answer, so package instant answers in init().
// Of the packages whose imports are ready, Go initialises the one with the first path in
// sorted order, and "awsvault" sorts before "github.com". A test checks that none of the
// slow packages is initialised when `vault hook` answers. This is the second of the
// program's two init() functions; the first is in internal/nodbus.
//
// It opens no keystore and no terminal, takes no lock and handles no signal. What it cannot
// answer it leaves to package cmd. It has changed nothing by then.
package instant

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/mattn/go-isatty"

	"awsvault/cmd/front"
	"awsvault/hooks"
	"awsvault/internal/env"
	"awsvault/internal/line"
)

// Set by the linker (Makefile, packaging).
var (
	Version = "0.1.0-dev"
	Commit  string // the whole hash, or empty
	Date    string // of the commit, like 2006-01-02T15:04:05Z, or empty
)

func init() {
	if len(os.Args) < 2 {
		return
	}
	var text string
	switch args := os.Args[2:]; os.Args[1] {
	case "hook":
		var ok bool
		if text, ok = hook(os.Args[0], os.Args[1:], isatty.IsTerminal(os.Stdout.Fd())); !ok {
			return // cmd reports errors and prints help
		}
	case "__complete":
		if len(args) == 0 {
			return
		}
		text = Complete(args[0], args[1:], os.Getenv)
	case "version", "--version", "-v":
		if len(args) > 0 {
			return
		}
		text = VersionLine(front.Process().Called())
	case "--completion-bash", "--completion-script-bash", "--completion-script-zsh":
		var ok bool
		if text, ok = completes(os.Args[1:], os.Args[0], os.Getenv); !ok {
			return
		}
	default:
		growStack(len(os.Args) == 0)
		if status, done := answer(front.Process(), os.Args[1:]); done {
			os.Exit(status)
		}
		return
	}
	if _, err := io.WriteString(os.Stdout, text); err != nil {
		return // cmd fails in the same way and reports the error
	}
	os.Exit(0)
}

// growStack makes the stack grow once, while it is almost empty. A stack begins with 8 KB.
// Each doubling looks up and moves all frames: together that would be a twentieth of a
// cached `use`. growStack never touches the room, because that would cost more.
//
//go:noinline
func growStack(touch bool) {
	if touch {
		var room [24 << 10]byte
		os.Stdout.Write(room[:])
	}
}

// VersionLine returns the output of `vault version`. It contains the commit if the build
// knows it.
func VersionLine(name string) string {
	text := name + " " + Version + " " + runtime.GOOS + "/" + runtime.GOARCH
	if len(Commit) >= 12 && len(Date) >= 10 {
		text += " (" + Commit[:12] + ", " + Date[:10] + ")"
	}
	return text + "\n"
}

// Binary returns the absolute path by which others should call this program. It does not
// resolve symlinks, so the path stays valid if an upgrade moves the target.
func Binary(argv0 string) (string, error) {
	if !strings.ContainsRune(argv0, filepath.Separator) {
		if found, err := exec.LookPath(argv0); err == nil {
			argv0 = found
		} else if argv0, err = os.Executable(); err != nil {
			return "", fmt.Errorf("find the path of this program: %w", err)
		}
	}
	path, err := filepath.Abs(argv0)
	if err != nil {
		return "", fmt.Errorf("find the path of this program: %w", err)
	}
	return path, nil
}

// QuotedBinary returns [Binary], quoted as a word of that shell.
func QuotedBinary(argv0, shell string) (string, error) {
	d, err := env.HookDialect(shell)
	if err != nil {
		return "", err
	}
	path, err := Binary(argv0)
	if err != nil {
		return "", err
	}
	posix := shell == "bash" || shell == "zsh" || shell == "fish"
	if posix && line.Word(path) == path {
		return path, nil // needs no quotes, and is easier to read
	}
	quoted, err := env.Quote(d, path)
	if err != nil {
		return "", fmt.Errorf("the path %q: %w", path, err)
	}
	return quoted, nil
}

// StartupFile returns the file for the hook's line. It is empty for a shell without a hook.
func StartupFile(shell string) string {
	switch shell {
	case "bash":
		return "~/.bashrc"
	case "zsh":
		return "~/.zshrc"
	case "fish":
		return "~/.config/fish/config.fish"
	case "powershell":
		return "$PROFILE"
	case "nushell":
		return "config.nu (config nu)"
	case "xonsh":
		return "~/.xonshrc"
	case "elvish":
		return "~/.config/elvish/rc.elv"
	}
	return ""
}

// Line returns the line for the start-up file. quoted is the program's quoted path.
func Line(shell, quoted string, o hooks.Options) string {
	call := quoted + " hook " + shell
	if o.Name != "vault" {
		call += " --cmd " + o.Name
	}
	if o.NoAuto {
		call += " --no-auto"
	}
	if o.NoIndicator {
		call += " --no-indicator"
	}
	switch shell {
	case "fish":
		return call + " | source"
	case "powershell":
		return "Invoke-Expression (& " + call + " | Out-String)"
	case "nushell": // nushell loads only files that exist when it starts
		const dir = "($nu.data-dir | path join vendor autoload"
		return "mkdir " + dir + "); ^" + call + " | save --force " + dir + " vault.nu)"
	case "xonsh":
		return "execx(__import__('subprocess').check_output([" + quoted + ", " + pythonWords(strings.TrimPrefix(call, quoted+" ")) + "], text=True))"
	case "elvish":
		return "eval (" + strings.Replace(call, quoted, "(external "+quoted+")", 1) + " | slurp)"
	}
	return `eval "$(` + call + `)"`
}

// pythonWords returns words as the elements of a Python list.
func pythonWords(words string) string {
	return "'" + strings.Join(strings.Fields(words), "', '") + "'"
}
