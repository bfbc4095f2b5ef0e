// Command vault manages AWS credentials from inside the user's own shell.
package main

import (
	"os"

	"awsvault/cmd"
	_ "awsvault/internal/nodbus" // before anything that dials D-Bus
)

func main() { os.Exit(cmd.Main()) }
