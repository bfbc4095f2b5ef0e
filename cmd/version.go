package cmd

import "awsvault/cmd/instant"

// VersionCmd prints the version.
type VersionCmd struct{}

// Run prints to stdout.
func (VersionCmd) Run(a *App) error {
	_, err := a.Stdout.WriteString(instant.VersionLine())
	return err
}
