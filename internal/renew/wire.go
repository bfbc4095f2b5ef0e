package renew

// A hook carries a Record from one prompt to the next in two words that hooks of every version
// know: a number of tries, and whether the indicator shows that a person is needed. A failure
// counts as two tries, a start as one.

// mostTries limits the number that a shell may send.
const mostTries = 1000

// RecordOf converts what a hook has sent.
func RecordOf(tries int, person bool) Record {
	tries = min(max(tries, 0), mostTries)
	return Record{Failures: tries / 2, Started: tries%2 == 1, Person: person}
}

// Tries returns the number for the hook.
func (r Record) Tries() int {
	tries := 2 * r.Failures
	if r.Started {
		tries++
	}
	return min(tries, mostTries)
}
