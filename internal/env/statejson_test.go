package env

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

// A state is written field by field as encoding/json writes it. A new field must be written
// too.
func TestAStateIsWhatEncodingJSONWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.Make[State]().Draw(t, "state")
		named := map[string]Record{}
		for name, r := range s.Vars {
			if len(named) > 0 || name == "" {
				name = "AWS_REGION"
			} else {
				name = "AWS_ENDPOINT_URL_S3"
			}
			named[name] = r
		}
		if s.Vars != nil {
			s.Vars = named
		}
		want, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.json(); string(got) != string(want) {
			t.Errorf("%s, want %s", got, want)
		}
	})
}
