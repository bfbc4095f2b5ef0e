// Command packaging makes the files of a release from a clean checkout. The files are the
// same, byte for byte, on every machine. `make dist` and `make release` run it. It is a
// module of its own, so the program's module does not need its tools.
//
// It knows how to pack, name, hash and sign. It does not know what the program does: it
// gets the manual and the completions from the program itself.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

// commands lists the commands of this program.
var commands = map[string]struct {
	run  func(ctx context.Context, args []string) error
	help string
}{
	"dist":          {distCommand, "build, pack, sum and sign: dist -version V [-targets linux/amd64,...] [-out DIR] [-root DIR]"},
	"verify":        {verifyCommand, "check SHA256SUMS, and the signatures that are there: verify [-minisign KEY.pub] [-ssh ALLOWED_SIGNERS] DIR"},
	"repos":         {reposCommand, "an apt and a dnf repository as static files: repos -out DIR DIST"},
	"sign-exe":      {signExeCommand, "Authenticode, with the certificate that WINDOWS_SIGN_CERT and WINDOWS_SIGN_KEY name: sign-exe FILE"},
	"channels":      {channelsCommand, "only the files for the channels, from a list of sums: channels -version V -sums FILE -out DIR"},
	"changelog":     {changelogCommand, "move changes/ into a section of CHANGELOG.md: changelog [-check] -version V [-root DIR]"},
	"throwaway-key": {throwawayCommand, "a minisign key for tests, with the password test: throwaway-key FILE"},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "packaging: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 {
		if c, ok := commands[args[0]]; ok {
			return c.run(ctx, args[1:])
		}
	}
	for _, name := range []string{"dist", "verify", "repos", "sign-exe", "channels", "changelog", "throwaway-key"} {
		fmt.Fprintf(os.Stderr, "  %-10s %s\n", name, commands[name].help)
	}
	return errors.New("a command is missing")
}

// newFlags returns a flag set that fails on a mistake and prints the flags.
func newFlags(name string) *flag.FlagSet { return flag.NewFlagSet(name, flag.ContinueOnError) }
