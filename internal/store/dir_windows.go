package store

// checkWritable accepts every directory: the first write will show.
func checkWritable(string) error { return nil }
