//go:build !unix

package awsfile

import (
	"io/fs"
	"os"
)

// keepOwner does nothing: a new file has the access list of its directory.
func keepOwner(*os.File, fs.FileInfo) bool { return true }

// syncDir does nothing: a directory cannot be opened for it.
func syncDir(string) {}
