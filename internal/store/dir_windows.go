package store

// checkWritable leaves it to the first write to tell.
func checkWritable(string) error { return nil }
