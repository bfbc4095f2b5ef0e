// Package hooks has the shell side of vault. There is one file per shell, each a valid file
// of its language with the placeholder '@VAULT@', and Render fills that in.
//
// It does not know profiles, credentials, quoting or the environment.
package hooks

import (
	"cmp"
	_ "embed"
	"fmt"
	"strings"
	"time"
)

//go:embed bash.sh
var bash string

//go:embed zsh.zsh
var zsh string

//go:embed themes.bash
var bashThemes string

//go:embed themes.zsh
var zshThemes string

//go:embed fish.fish
var fish string

//go:embed powershell.ps1
var powershell string

//go:embed nushell.nu
var nushell string

//go:embed xonsh.xsh
var xonsh string

//go:embed elvish.elv
var elvish string

//go:embed cmd.cmd
var cmdExe string

// checkZsh runs before zsh's hook.
//
//go:embed check.zsh
var checkZsh string

// CallScript is the script behind the alias `vault` in PowerShell.
//
//go:embed call.ps1
var CallScript string

// GuardScript is the script behind the alias of a guarded program in PowerShell. The name of
// its file is [GuardName] and the program's name. A new text needs a new number in the file
// name. A test checks that.
//
//go:embed guard.ps1
var GuardScript string

// GuardName is the beginning of the names of such files.
const GuardName = "guard-1-"

// CallName is the name of the file with [CallScript]. Open shells keep using the file, so a
// new text needs a new name. A test checks that.
const CallName = "call-1.ps1"

// The completions of each shell. The hook contains them, and Completion returns them alone.
var (
	//go:embed complete.bash
	completeBash string
	//go:embed complete.zsh
	completeZsh string
	//go:embed complete.fish
	completeFish string
	//go:embed complete.ps1
	completePowershell string
)

// The placeholders include their quotes, so that each file is valid code. They stand for the
// path of the binary, the path of PowerShell's script, the flags that take a value, and the
// directories of automounters.
const (
	automounts = "'@AUTOMOUNTS@'"
	token      = "'@VAULT@'"
	script     = "'@SCRIPT@'"
	valueFlags = "'@VALUE_FLAGS@'"
)

// functionName reports whether every shell accepts the name for a function. It uses no
// regexp: compiling one costs more than the rest of `vault hook`.
func functionName(name string) bool {
	if name == "" || len(name) > 64 || strings.HasPrefix(name, "__vault") {
		return false
	}
	for i, c := range name {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		if !letter && (i == 0 || c != '-' && (c < '0' || c > '9')) {
			return false
		}
	}
	return true
}

// DefaultLeast is the default time that must be left before credentials expire. With less
// time left, a guarded program asks first.
const DefaultLeast = 5 * time.Minute

// Options are the user's choices for the hook.
type Options struct {
	Name        string // the function that a person types
	NoAuto      bool   // do nothing at prompts
	NoIndicator bool   // leave the prompt's text alone
	Version     string // of the program, for `vault doctor` to compare; letters, digits, dots, + and -

	// Called is the name of the function. Messages use it because users type it. It also
	// shows the program that the shell has the hook.
	Called string
	// ValueFlags are the flags of all commands that take a value.
	ValueFlags []string
	// Automounts are directories that the hook does not look into: see [disk.Automounts].
	// Paths that a shell would not read literally are left out.
	Automounts []string
	// Guard lists the programs that are guarded from the start. GuardScripts is the quoted
	// beginning of the paths of PowerShell's scripts for them.
	Guard        []string
	GuardScripts string
	// Script is the quoted path of [CallScript]. It is empty if the file could not be written.
	Script string
}

// Render returns the hook of a shell. binary is the path of vault, quoted for that shell.
func Render(shell, binary string, o Options) (string, error) {
	name := o.Name
	if !functionName(name) {
		return "", fmt.Errorf("the name %q cannot be a function in every shell; use letters, digits, _ and -", name)
	}
	version, called := harmless(o.Version), harmless(o.Called)
	install := "__vault_install " + name
	if !o.NoAuto {
		install += " auto"
	}
	if !o.NoAuto && !o.NoIndicator {
		install += " indicator"
	}
	install += "\n__vault_complete_install " + name
	if len(o.Guard) > 0 {
		s, err := GuardsOf(shell)
		if err != nil {
			return "", err
		}
		install += "\n" + s.on(Change{Least: DefaultLeast, Scripts: o.GuardScripts, Names: o.Guard})
	}
	flags := func(file, quote, separator string) string {
		file = o.places(file)
		if name != "vault" {
			file = strings.ReplaceAll(file, "vault: ", name+": ") // what the hook says itself
		}
		list := quote + strings.Join(o.ValueFlags, quote+separator+quote) + quote
		return strings.Replace(file, valueFlags, list, 1)
	}
	switch shell {
	case "bash":
		return body(flags(bash, "", " | ")+bashThemes, binary) + body(completeBash, binary) + "if [[ -z $__vault_lacks ]]; then\n__vault_version=" + version + "\n__vault_as=" + called + "\n" + install + "\nfi\n", nil
	case "zsh":
		// zsh reads the hook as one argument: the user's aliases are off while zsh parses it,
		// and the functions keep zsh's own options (zshbuiltins(1), emulate -c). It contains
		// no line end, because the option csh_junkie_quotes would refuse one.
		text := flags(checkZsh, "", "") + "if [[ -z $__vault_lacks ]]; then\n" + body(flags(zsh, "", " | ")+zshThemes, binary) + body(completeZsh, binary) + "builtin typeset -g __vault_version=" + version + " __vault_as=" + called + "\n" + install + "\nfi\n"
		return `\builtin emulate zsh -o no_aliases -c $'` + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`).Replace(text) + "'\n", nil
	case "fish":
		// `eval (vault hook fish)` joins the lines with spaces.
		return strings.ReplaceAll(body(flags(fish, "", " "), binary)+body(completeFish, binary)+"set -gu __vault_version '"+version+"'\nset -gu __vault_as '"+called+"'\n"+install+"\n", "\n", ";\n"), nil
	case "powershell":
		file := strings.Replace(flags(powershell, "'", ", "), script, cmp.Or(o.Script, "''"), 1)
		return body(file, binary) + body(completePowershell, binary) + "$global:__vault_version = '" + version + "'\n$global:__vault_as = '" + called + "'\n" + install + "\n", nil
	}
	return renderData(shell, binary, version, o)
}

// renderData is Render for the shells that read data instead of code: see env.HookDialect.
func renderData(shell, binary, version string, o Options) (string, error) {
	auto, indicate := !o.NoAuto, !o.NoAuto && !o.NoIndicator
	file := func(text, separator string) string {
		text = o.places(text)
		list := "'" + strings.Join(o.ValueFlags, "'"+separator+"'") + "'"
		return body(strings.Replace(text, valueFlags, list, 1), binary)
	}
	switch shell {
	case "cmd": // in a batch file a % is two
		return strings.ReplaceAll(strings.ReplaceAll(cmdExe, "@VAULT@", strings.ReplaceAll(binary, "%", "%%")), "\n", "\r\n"), nil
	case "nushell":
		// nushell needs the name of a command when it parses the file.
		text := file(nushell, " ") + fmt.Sprintf(nushellCommand, o.Name, version)
		if auto {
			text += fmt.Sprintf("__vault_install %t\n", indicate)
		}
		return text, nil
	case "xonsh":
		word := map[bool]string{true: "True", false: "False"}
		return file(xonsh, ", ") + fmt.Sprintf("__vault.version = '%s'\n__vault.install('%s', %s, %s)\n", version, o.Name, word[auto], word[indicate]), nil
	case "elvish":
		return file(elvish, " ") + fmt.Sprintf("set version = '%s'\ninstall %s &auto=$%t &indicate=$%t\n", version, o.Name, auto, indicate), nil
	}
	return "", fmt.Errorf("there is no hook for %q", shell)
}

// nushellCommand is the command that users type. Its piped input goes to the first call in
// it, so nothing may stand before that call.
const nushellCommand = `def --env --wrapped %s [...words: string@__vault_complete] {
    if (__vault_change $words) in ['use' 'off' 'refresh' 'region' 'guard'] {
        __vault_changes $words (__vault_change $words)
    } else if (__vault_change $words) == 'doctor' {
        ^$env.__vault.bin ...$words '--hook=nushell %s auto'
    } else if (__vault_change $words) in ['allow' 'deny'] {
        $env.__vault.found = '?'
        ^$env.__vault.bin ...$words
    } else {
        ^$env.__vault.bin ...$words
    }
}
`

// places inserts the directories of automounters into a file.
func (o Options) places(file string) string {
	var plain []string
	for _, path := range o.Automounts {
		if path != "" && harmless(path) == strings.ReplaceAll(path, "/", "") {
			plain = append(plain, path)
		}
	}
	return strings.Replace(file, automounts, "'"+strings.Join(plain, ":")+"'", 1)
}

// harmless returns a version as a word that is literal in every shell.
func harmless(version string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".+-_", r) {
			return r
		}
		return -1
	}, version)
}

// Completion returns only the completions of a shell. A completion system loads them as a
// file, or a start-up file evaluates them. They call the program by its name.
func Completion(shell, name string) (string, error) {
	install := "__vault_complete_install " + name + "\n"
	switch shell {
	case "bash":
		return body(completeBash, name) + install, nil
	case "zsh":
		// compinit first runs the file as the function's body. eval only defines the function.
		return "#compdef " + name + "\n" + body(completeZsh, name) +
			"if [[ ${funcstack[1]-} == _" + name + " ]]; then __vault_complete \"$@\"; else " + strings.TrimSpace(install) + "; fi\n", nil
	case "fish":
		return body(completeFish, name) + install, nil
	case "powershell":
		return body(completePowershell, name) + install, nil
	}
	return "", fmt.Errorf("there are no completions for %q; there are some for bash, zsh, fish, powershell", shell)
}

// body returns a file without comments and blank lines, which every shell would read at
// every start.
func body(file, binary string) string {
	var b strings.Builder
	b.Grow(len(file))
	for line := range strings.Lines(file) {
		if t := strings.TrimSpace(line); t != "" && t[0] != '#' {
			b.WriteString(line)
		}
	}
	return strings.Replace(b.String(), token, binary, 1)
}
