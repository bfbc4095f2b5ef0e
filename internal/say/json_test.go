package say

import (
	"encoding/json"
	"testing"
)

// Characters that a terminal could interpret, and those that hide or reorder text, are
// escaped. The document keeps its meaning.
func TestJSONShowsNothingToATerminal(t *testing.T) {
	const name = "a\u009b31m\u202eb\u200bc\ufeff\u007f\U000e0001 \u00e9 \u65e5\u672c <&>"
	text, err := JSON(map[string]string{"name": name})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"name":"a\u009b31m\u202eb\u200bc\ufeff\u007f\udb40\udc01 ` + "\u00e9 \u65e5\u672c <&>\"}\n"
	if text != want {
		t.Errorf("got %q, want %q", text, want)
	}
	var back map[string]string
	if err := json.Unmarshal([]byte(text), &back); err != nil || back["name"] != name {
		t.Errorf("%v: it says %q", err, back["name"])
	}
}
