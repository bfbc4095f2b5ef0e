package renew

// A hook carries a Record from one prompt to the next as two words, which hooks of
// every version know: a number of tries and whether the person is shown that they
// are needed. A failure counts two tries, a start one.

// mostTries bounds what a shell may send.
const mostTries = 1000

// RecordOf reads what a hook sent.
func RecordOf(tries int, person bool) Record {
	tries = min(max(tries, 0), mostTries)
	return Record{Failures: tries / 2, Started: tries%2 == 1, Person: person}
}

// Tries is the number for the hook.
func (r Record) Tries() int {
	tries := 2 * r.Failures
	if r.Started {
		tries++
	}
	return min(tries, mostTries)
}
