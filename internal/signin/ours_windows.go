package signin

import "io/fs"

// ours has nothing to say: the folder is in the profile of the user.
func ours(string, fs.FileInfo) error { return nil }
