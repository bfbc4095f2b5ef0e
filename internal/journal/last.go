package journal

// Last returns the newest entries of the log, at most n of them, the oldest first. n = 0 means
// all entries, and an empty profile means every profile.
func Last(dir, profile string, n int) (last []Entry, err error) {
	oldest := 0 // where the ring begins, once it is full
	err = Read(dir, func(e Entry) {
		switch {
		case profile != "" && e.Profile != clean(profile):
		case n == 0 || len(last) < n:
			last = append(last, e)
		default:
			last[oldest] = e
			oldest = (oldest + 1) % n
		}
	})
	return append(last[oldest:len(last):len(last)], last[:oldest]...), err
}
