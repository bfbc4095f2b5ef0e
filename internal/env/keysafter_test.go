package env

import "testing"

func TestWhetherAChangeLeavesKeys(t *testing.T) {
	const name = "AWS_ACCESS_KEY_ID"
	for label, c := range map[string]struct {
		change Change
		now    Vars
		want   bool
	}{
		"they are set":           {Change{{Action: Set, Name: name}}, Vars{}, true},
		"they are unset":         {Change{{Action: Unset, Name: name}}, Vars{name: "A"}, false},
		"kept aside, and unset":  {Change{{Action: Keep, Name: name}, {Action: Unset, Name: name}}, Vars{name: "A"}, false},
		"they stay":              {Change{{Action: Set, Name: "AWS_REGION"}}, Vars{name: "A"}, true},
		"there are none, and so": {Change{{Action: Set, Name: "AWS_REGION"}}, Vars{}, false},
	} {
		if got := c.change.LeavesKeys(c.now); got != c.want {
			t.Errorf("%s: %v", label, got)
		}
	}
}

func TestFormatsThatAreThere(t *testing.T) {
	for _, format := range Formats() {
		if err := CheckFormat(format); err != nil {
			t.Error(err)
		}
	}
	if err := CheckFormat("xml\x1b"); err == nil || err.Error() != `there is no format "xml?"` {
		t.Errorf("got %v", err)
	}
}
