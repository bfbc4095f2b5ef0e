//go:build linux

package store_test

import (
	"testing"

	"awsvault/tests/wine"
)

// This runs the Windows build of this package's tests, and of the library in place of
// aws-vault, with the Credential Manager of Wine. Only one runs at a time, because Wine's is
// not made for many credentials.
func TestWinCredUnderWine(t *testing.T) {
	w := wine.Start(t)
	tests, library := w.Build("tests.exe", ".", "test", "-c"), w.Build("library.exe", "./testdata/library", "build")
	w.Tests(wine.Call{Environ: []string{libraryVariable + "=" + wine.Path(library)}}, tests,
		"TestNamesThatDifferInCaseAreNotMixedUp", "TestFileNames", "TestFilesThatDifferInCaseAreNotMixedUp",
		"TestSessionsOfFilesGoToTheCredentialManager", "TestALogOnWithoutCredentials", "TestOPConnect", "TestWinCred")
}
