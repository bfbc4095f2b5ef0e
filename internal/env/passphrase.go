package env

// These variables give the passphrase of the file keystore: the passphrase, or the command
// line of a program that prints it, written as in credential_process.
const (
	FilePassphrase        = "AWS_VAULT_FILE_PASSPHRASE"
	FilePassphraseCommand = "AWS_VAULT_FILE_PASSPHRASE_COMMAND"
)
