// Package cmd is the command line, with one file per command. It parses, connects the other
// packages, orders the steps and reports the result. Only cmd reads the environment, the
// clock, the working directory and the standard streams.
//
// It does not know how shells quote, which variables an activation sets, how keystore items
// are named, or what a request to AWS looks like: internal/env, internal/store and
// internal/resolve do.
package cmd

import (
	"fmt"
	"slices"

	"awsvault/cmd/front"
	"awsvault/internal/call"
	"awsvault/internal/ending"
	"awsvault/internal/fault"
	"awsvault/internal/grammar"
	"awsvault/internal/misuse"
	"awsvault/internal/say"
)

// CLI is the grammar of the command line. kong reads it, and a test generates the table of
// internal/grammar from it.
type CLI struct {
	Globals

	Use     UseCmd     `cmd:"" group:"shell" help:"Activate a profile in this shell."`
	Off     OffCmd     `cmd:"" group:"shell" help:"Deactivate, and restore your own variables."`
	Region  RegionCmd  `cmd:"" group:"shell" help:"Change the region of this shell."`
	Guard   GuardCmd   `cmd:"" group:"scripts" help:"Ask before these programs run on production."`
	Refresh RefreshCmd `cmd:"" group:"shell" help:"Renew the credentials in this shell now."`
	Status  StatusCmd  `cmd:"" group:"shell" help:"Show what is active in this shell."`
	Whoami  WhoamiCmd  `cmd:"" group:"shell" help:"Ask AWS who you are in this shell."`
	Exec    ExecCmd    `cmd:"" group:"shell" help:"Run one command, or a subshell."`
	Console ConsoleCmd `cmd:"" group:"shell" help:"Open the AWS console in the browser."`

	Add            AddCmd            `cmd:"" group:"keys" help:"Store the access key of a profile in the keystore."`
	Log            LogCmd            `cmd:"" group:"keys" help:"Show which sessions were issued, and for what."`
	List           ListCmd           `cmd:"" group:"keys" aliases:"ls" help:"List profiles, stored keys and sessions."`
	Remove         RemoveCmd         `cmd:"" group:"keys" aliases:"rm" help:"Delete the stored key of a profile."`
	Clear          ClearCmd          `cmd:"" group:"keys" help:"Delete cached sessions."`
	Rotate         RotateCmd         `cmd:"" group:"keys" help:"Replace a stored key with a new one."`
	Import         ImportCmd         `cmd:"" group:"keys" help:"Store keys from files, or from another keystore."`
	MigrateBackend MigrateBackendCmd `cmd:"" group:"keys" name:"migrate-backend" help:"Copy stored keys to another keystore."`
	Passphrase     PassphraseCmd     `cmd:"" group:"keys" help:"Change the passphrase of the file keystore."`
	SSO            SSOCmd            `cmd:"" group:"keys" name:"sso" help:"Sign in to IAM Identity Center, write its profiles."`
	Login          LoginCmd          `cmd:"" group:"keys" help:"Open the AWS console, with aws-vault's flags."`
	Edit           EditCmd           `cmd:"" group:"keys" help:"Open the config file in your editor."`
	Explain        ExplainCmd        `cmd:"" group:"keys" help:"Show how a profile gets its credentials, and why."`

	Export            ExportCmd            `cmd:"" group:"scripts" help:"Print credentials, for scripts and other tools."`
	CredentialProcess CredentialProcessCmd `cmd:"" group:"scripts" name:"credential-process" help:"Print credentials as AWS tools expect them."`
	Serve             ServeCmd             `cmd:"" group:"scripts" help:"Serve credentials to programs, and renew them."`
	Proxy             ProxyCmd             `cmd:"" group:"scripts" aliases:"server" help:"Put the address of EC2's metadata service on this machine."`

	Init       InitCmd       `cmd:"" group:"setup" help:"Add the hook to the start-up file of a shell."`
	Hook       HookCmd       `cmd:"" group:"setup" help:"Print the hook for a shell's start-up file."`
	Allow      AllowCmd      `cmd:"" group:"setup" help:"Trust the .awsprofile of a directory."`
	Deny       DenyCmd       `cmd:"" group:"setup" help:"Ignore the .awsprofile of a directory."`
	Doctor     DoctorCmd     `cmd:"" group:"setup" help:"Find what is wrong here, and say how to fix it."`
	Completion CompletionCmd `cmd:"" group:"setup" help:"Print completions, for a shell without the hook."`
	Version    VersionCmd    `cmd:"" group:"setup" help:"Print the version."`

	Prompt PromptCmd `cmd:"" hidden:""`
	Renew  RenewCmd  `cmd:"" hidden:"" name:"__renew"`
	Broker BrokerCmd `cmd:"" hidden:"" name:"__broker"`
	Manual ManualCmd `cmd:"" hidden:"" name:"__manual"`
}

// Globals are the flags of every command. Names and variables are aws-vault's.
type Globals struct {
	Backend        string `help:"Keystore of long-lived keys." env:"AWS_VAULT_BACKEND" placeholder:"NAME"`
	SessionBackend string `help:"Keystore of sessions." env:"AWS_VAULT_SESSION_BACKEND" placeholder:"NAME"`
	Keychain       string `help:"Name of the macOS keychain." env:"AWS_VAULT_KEYCHAIN_NAME" default:"aws-vault" placeholder:"NAME" hidden:""`
	Collection     string `name:"secret-service-collection" help:"Secret Service collection." env:"AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME" default:"awsvault" placeholder:"NAME" hidden:""`
	PassDir        string `help:"Directory of the password store." env:"AWS_VAULT_PASS_PASSWORD_STORE_DIR" placeholder:"DIR" hidden:""`
	PassCmd        string `help:"The pass program." env:"AWS_VAULT_PASS_CMD" placeholder:"PROGRAM" hidden:""`
	PassPrefix     string `help:"Folder inside the password store." env:"AWS_VAULT_PASS_PREFIX" placeholder:"PATH" hidden:""`
	OPVaultID      string `name:"op-vault-id" help:"Id of the 1Password vault." env:"AWS_VAULT_OP_VAULT_ID,OP_VAULT_ID" placeholder:"ID" hidden:""`
	OPTitlePrefix  string `name:"op-item-title-prefix" help:"Prefix of the titles of 1Password items." env:"AWS_VAULT_OP_ITEM_TITLE_PREFIX" default:"aws-vault" placeholder:"TEXT" hidden:""`
	OPTag          string `name:"op-item-tag" help:"Tag of 1Password items." env:"AWS_VAULT_OP_ITEM_TAG" default:"aws-vault" placeholder:"TAG" hidden:""`
	OPConnectHost  string `name:"op-connect-host" help:"URL of the 1Password Connect server." env:"AWS_VAULT_OP_CONNECT_HOST,OP_CONNECT_HOST" placeholder:"URL" hidden:""`
	OPAccount      string `name:"op-desktop-account-id" help:"Account of the 1Password app." env:"AWS_VAULT_OP_DESKTOP_ACCOUNT_ID,OP_DESKTOP_ACCOUNT_ID" placeholder:"ID" hidden:""`
	OPTimeout      string `name:"op-timeout" help:"How long 1Password may take for one call. (15s)" env:"AWS_VAULT_OP_TIMEOUT" placeholder:"DURATION" hidden:""`
	FileDir        string `help:"Directory of the file keystore." env:"AWS_VAULT_FILE_DIR" placeholder:"DIR" hidden:""`
	Prompt         string `help:"Where to ask for an MFA code: terminal, ykman, pass, zenity, kdialog, osascript or wincredui." env:"AWS_VAULT_PROMPT" placeholder:"DRIVER" hidden:""`
	Biometrics     bool   `help:"Accepted so that aws-vault scripts run; does nothing." env:"AWS_VAULT_BIOMETRICS" hidden:""`
	ProtonShareID  string `name:"proton-pass-share-id" help:"Accepted so that aws-vault scripts run; does nothing." placeholder:"ID" hidden:""`
	ProtonPrefix   string `name:"proton-pass-item-title-prefix" help:"Accepted so that aws-vault scripts run; does nothing." placeholder:"TEXT" hidden:""`
	ProtonAPIBase  string `name:"proton-pass-api-base" help:"Accepted so that aws-vault scripts run; does nothing." placeholder:"URL" hidden:""`
	ProtonTimeout  string `name:"proton-pass-timeout" help:"Accepted so that aws-vault scripts run; does nothing." placeholder:"DURATION" hidden:""`
	Color          string `help:"Colours: auto, always or never. (auto)" placeholder:"WHEN"`
	ShowVersion    bool   `name:"version" short:"v" help:"Print the version." hidden:""`
	Debug          bool   `help:"Accepted so that aws-vault scripts run; see vault explain." hidden:""`
}

// Main runs the command line of this process and returns its exit status.
func Main() int {
	w := front.Process()
	args := w.Args
	if len(args) > 0 && args[0] == "__shell" {
		var err error
		if w.Shell, args, err = call.Read(args[1:]); err != nil {
			return w.Report(err)
		}
	}
	app := newApp(w, args)
	work := ending.Work{Do: func() int { return app.Report(run(app, args)) }, Cancel: app.cancel, Now: app.Now}
	status, stuck := endingOf(args).Bound(heed(), work)
	if stuck != nil {
		return app.Report(stuck)
	}
	return status
}

// regardless lists the commands that run in spite of an invalid setting. They report the
// mistake, or help to correct it.
var regardless = [...]string{"doctor", "off", "prompt", "__renew", "__broker", "status", "hook", "init", "completion", "version", "__manual", "allow", "deny"}

func run(app *App, args []string) error {
	switch {
	case len(args) == 0 && app.Shell != nil:
		return call.NotForPeople()
	case len(args) == 0:
		app.flags = grammar.Read(nil, app.Getenv).Text
		return runBare(app)
	case args[0] == "help" && len(args) == 2:
		if text, ok := app.described().Topic(args[1]); ok {
			return app.Help(text)
		}
	}
	line := grammar.Read(grammar.Rewritten(args), app.Getenv)
	if app.Colour = line.Text("color"); !say.KnowsColour(app.Colour) {
		return fault.NewUsage(fmt.Sprintf("--color has no value %q", app.Colour), "--color=auto, --color=always or --color=never")
	}
	app.ForAgent = line.Switch("agent")
	if line.Switch("version") && !line.Help {
		return (&VersionCmd{}).Run(app)
	}
	command, err := parse(app, line)
	if err != nil || command == nil {
		return err
	}
	app.showWaits(line.Command.Name)
	if !slices.Contains(regardless[:], line.Command.Name) {
		if err := misuse.Settings(line.Text, app.Getenv); err != nil {
			return err
		}
	}
	if app.Shell != nil && !slices.Contains([]string{"use", "off", "refresh", "region", "guard", "prompt"}, line.Command.Name) {
		return call.NotForPeople()
	}
	return command.Run(app)
}
