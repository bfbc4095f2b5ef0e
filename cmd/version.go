package cmd

import (
	"runtime"

	"awsvault/cmd/instant"
	"awsvault/internal/say"
)

// VersionCmd prints the version.
type VersionCmd struct {
	JSON bool `name:"json" help:"Print one JSON object."`
}

type versionJSON struct {
	Version string  `json:"version"`
	Commit  *string `json:"commit"`
	Date    *string `json:"date"`
	Go      string  `json:"go"`
	OS      string  `json:"os"`
	Arch    string  `json:"arch"`
}

// Run prints the version to stdout.
func (c *VersionCmd) Run(a *App) error {
	if c.JSON {
		return a.PrintJSON(versionJSON{
			Version: instant.Version, Commit: say.Optional(instant.Commit), Date: say.Optional(instant.Date),
			Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH,
		})
	}
	_, err := a.Stdout.WriteString(instant.VersionLine(a.Called()))
	return err
}
