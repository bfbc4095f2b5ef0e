package env

import (
	"fmt"
	"strings"
	"testing"

	"awsvault/internal/fault"
)

func TestRoom(t *testing.T) {
	text := func(n int) string { return strings.Repeat("x", n) }
	now := Vars{"A": text(50), "BIG": text(100)} // 61 and 113 bytes
	for name, test := range map[string]struct {
		room   Room
		change Change
		args   int
		want   string
	}{
		"no limit":                  {Room{}, Change{{Name: "C", Action: Set, Value: text(1 << 20)}}, 0, ""},
		"one that fits":             {Room{One: 52}, Change{{Name: "C", Action: Set, Value: text(49)}}, 0, ""},
		"one that does not":         {Room{One: 52}, Change{{Name: "C", Action: Set, Value: text(50)}}, 0, "C would have 53 bytes, and no program could be started: the system's limit is 52; "},
		"all that fits":             {Room{All: 200}, Change{{Name: "C", Action: Set, Value: text(15)}}, 0, ""},
		"all that does not":         {Room{All: 199}, Change{{Name: "C", Action: Set, Value: text(15)}}, 0, "the environment would have 200 bytes, and no program could be started: the system's limit is 199; unset large variables: BIG has 100 bytes"},
		"with its arguments":        {Room{All: 200}, Change{{Name: "C", Action: Set, Value: text(15)}}, 1, "the environment would have 201 bytes, and no program could be started: the system's limit is 200; unset large variables: BIG has 100 bytes"},
		"instead of another":        {Room{All: 180}, Change{{Name: "A", Action: Set, Value: text(56)}}, 0, ""},
		"what goes counts no more":  {Room{All: 100}, Change{{Name: "BIG", Action: Unset}, {Name: "C", Action: Set, Value: text(20)}}, 0, ""},
		"nothing larger":            {Room{All: 10}, Change{{Name: "A", Action: Set, Value: text(50)}}, 0, ""},
		"the change is the largest": {Room{All: 300}, Change{{Name: "C", Action: Set, Value: text(400)}}, 0, "the environment would have 585 bytes, and no program could be started: the system's limit is 300; unset large variables: C has 400 bytes"},
	} {
		err := test.room.Holds(now, test.change, test.args)
		got := ""
		if err != nil {
			got = fmt.Sprintf("%v; %s", err, fault.HintOf(err))
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}
