package store

// checkPrivate accepts every directory: on Windows the user's profile is closed
// to others by its access control list, which new directories inherit.
func checkPrivate(string) error { return nil }

// checkWritable leaves it to the first write to tell.
func checkWritable(string) error { return nil }

// syncDir has nothing to do: NTFS journals renames and removals.
func syncDir(string) {}
