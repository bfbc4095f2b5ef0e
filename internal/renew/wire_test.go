package renew

import (
	"math"
	"testing"
)

// Hooks of every version send and keep a number of tries: two for each failure, and one for
// each started background renewal.
func TestRecordOnTheWire(t *testing.T) {
	for _, c := range []struct {
		tries  int
		person bool
		want   Record
		back   int
	}{
		{0, false, Record{}, 0},
		{1, false, Record{Started: true}, 1},
		{2, false, Record{Failures: 1}, 2},
		{3, false, Record{Failures: 1, Started: true}, 3},
		{4, true, Record{Failures: 2, Person: true}, 4},
		{5, true, Record{Failures: 2, Started: true, Person: true}, 5},
		{999, false, Record{Failures: 499, Started: true}, 999},
		{1000, false, Record{Failures: 500}, 1000},
		{1001, false, Record{Failures: 500}, 1000},
		{math.MaxInt, true, Record{Failures: 500, Person: true}, 1000},
		{-1, false, Record{}, 0},
		{math.MinInt, true, Record{Person: true}, 0},
	} {
		got := RecordOf(c.tries, c.person)
		if got != c.want || got.Tries() != c.back {
			t.Errorf("%d, %v: got %+v and back %d, want %+v and back %d", c.tries, c.person, got, got.Tries(), c.want, c.back)
		}
	}
	for tries := range mostTries + 1 {
		if got := RecordOf(tries, false).Tries(); got != tries {
			t.Errorf("%d came back as %d", tries, got)
		}
	}
	if got := (Record{Failures: math.MaxInt / 4, Started: true}).Tries(); got != mostTries {
		t.Errorf("very many failures: %d", got)
	}
}
