package env

// The variables that give the passphrase of the file keystore: itself, or the command line
// of a program that prints it, as in credential_process.
const (
	FilePassphrase        = "AWS_VAULT_FILE_PASSPHRASE"
	FilePassphraseCommand = "AWS_VAULT_FILE_PASSPHRASE_COMMAND"
)
