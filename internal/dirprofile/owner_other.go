//go:build !unix

package dirprofile

import (
	"io/fs"
	"os"
)

// On Windows a file has an access control list instead of an owner and a mode,
// and the user's profile is closed to others by its list. What is outside of it is
// taken as it is: there, only the person's decision protects.

const openFlags = os.O_RDONLY

func (s Search) checkWay(path, dir, last string) error { return nil }

func (s Search) flaw(fs.FileInfo) string { return "" }

func privateFlaw(fs.FileInfo, int) string { return "" }

// syncDir has nothing to do: NTFS journals renames.
func syncDir(string) {}
