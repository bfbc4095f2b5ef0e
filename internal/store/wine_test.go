//go:build linux

package store_test

import (
	"testing"

	"awsvault/tests/wine"
)

// The Windows build of this package's tests, and of the library that stands for
// aws-vault, on the Credential Manager of Wine. One at a time: it is not made for many
// credentials.
func TestWinCredUnderWine(t *testing.T) {
	w := wine.Start(t)
	tests, library := w.Build("tests.exe", ".", "test", "-c"), w.Build("library.exe", "./testdata/library", "build")
	w.Tests(wine.Call{Environ: []string{libraryVariable + "=" + wine.Path(library)}}, tests,
		"TestNamesThatDifferInCaseAreNotMixedUp", "TestFileNames", "TestFilesThatDifferInCaseAreNotMixedUp",
		"TestSessionsOfFilesGoToTheCredentialManager", "TestALogOnWithoutCredentials", "TestOPConnect", "TestWinCred")
}
