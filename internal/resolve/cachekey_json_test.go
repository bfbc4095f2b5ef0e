package resolve

import (
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// The cache key is written as encoding/json writes it. Otherwise all sessions would get new
// names, or a new field would not count.
func TestTheKeyIsWhatEncodingJSONWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.Make[keyed]().Draw(t, "key")
		want, err := json.Marshal(k)
		if err != nil {
			t.Fatal(err)
		}
		if got := k.json(); string(got) != string(want) {
			t.Errorf("%s, want %s", got, want)
		}
	})
	if want, err := json.Marshal(keyed{}); err != nil || !reflect.DeepEqual((keyed{}).json(), want) {
		t.Errorf("the empty key: %s, want %s", keyed{}.json(), want)
	}
}
