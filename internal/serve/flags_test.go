package serve

import (
	"fmt"
	"testing"

	"awsvault/internal/fault"
)

func TestNumbersOfUsersAndPorts(t *testing.T) {
	for text, want := range map[string]string{
		"0": "[0]", "1000": "[1000]", "-1": "no", "me": "no", "": "no", "4294967295": "no",
	} {
		got, err := UIDs([]string{text})
		if err != nil {
			if want != "no" || err.Error() != fmt.Sprintf("--allow-uid %q is not the number of a user", text) || fault.KindOf(err) != fault.Usage {
				t.Errorf("%q: %v", text, err)
			}
		} else if fmt.Sprint(got) != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	for text, want := range map[string]int{"": 0, "1": 1, "65535": 65535, "0": -1, "65536": -1, "-1": -1, "http": -1} {
		got, err := Port(text)
		if (err != nil) != (want < 0) || err == nil && got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
}
