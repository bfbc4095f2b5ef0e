package front

import (
	"fmt"

	"awsvault/internal/fault"
)

// NeedCmd is the error of use, off and refresh in cmd.exe, which has no functions: it says
// what a line of it can do. (In a batch file a % is two.)
func NeedCmd(command string) error {
	words := command
	if command == "use" {
		words = "use PROFILE"
	}
	recipe := fmt.Sprintf(`for /f "eol=: tokens=1* delims==" %%i in ('vault __shell cmd -- %s') do @set "%%i=%%j"`, words)
	return fault.NewUsage(fmt.Sprintf("cmd.exe has no hook, so %q cannot change it", command), recipe+"   (shorter: vault init cmd; one command: vault exec PROFILE -- CMD)")
}
