//go:build linux

// Package windows tests the build for Windows under Wine.
package windows

import (
	"testing"

	"awsvault/tests/wine"
)

// The tests of packages that have code of their own for Windows, there.
func TestPackages(t *testing.T) {
	w := wine.Start(t)
	w.Tests(wine.Call{}, w.Build("disk.exe", "../../internal/disk", "test", "-c"),
		"TestReplaceKeepsTheAttributes", "TestReplaceMakesAFileThatIsNotThere", "TestReplaceWaitsForAFileThatIsOpen", "TestReplaceGivesUpOnAFileThatStaysOpen",
		"TestAFileThatIsOpenHereCanBeReplaced", "TestNamesThatWindowsCannotHave", "TestSpelling")
	w.Tests(wine.Call{}, w.Build("process.exe", "../../internal/process", "test", "-c"),
		"TestArgumentsOfABatchFileStayData", "TestTheShellOfWindowsTakesQuotesAsTheyStand", "TestWhatItHasStartedEndsWithItOnWindows", "TestWhatRunsInTheBackgroundOpensNoWindow")
	w.Tests(wine.Call{}, w.Build("awsfile.exe", "../../internal/awsfile", "test", "-c"), "TestWritesBesideReaders")
}
