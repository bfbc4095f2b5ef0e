package line

import (
	"strings"
	"testing"
)

func TestFit(t *testing.T) {
	const page = `Switches this shell to a profile: its
credentials and its region.

  vault use [PROFILE]            Activate a profile.
Profiles  add  list  remove  clear  rotate  import
Region    eu-central-1   (~/.aws/config:15 [profile dev])
short
`
	const narrow = `Switches this shell to a profile: its
credentials and its region.

  vault use [PROFILE]
      Activate a profile.
Profiles  add  list  remove  clear
          rotate  import
Region    eu-central-1
          (~/.aws/config:15 [profile
          dev])
short
`
	for name, c := range map[string]struct {
		width int
		want  string
	}{"40 columns": {40, narrow}, "80 columns": {80, page}, "no terminal": {0, page}} {
		if got := Fit(page, c.width); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
	const full = "a paragraph of many words that is laid out for a page of eighty columns\nand not for this one\n"
	if got := Fit(full, 40); got != "a paragraph of many words that is laid\nout for a page of eighty columns and not\nfor this one\n" {
		t.Errorf("a paragraph:\n%s", got)
	}
	if got := Fit(strings.Repeat("x", 50)+"\n", 40); got != strings.Repeat("x", 50)+"\n" {
		t.Errorf("a word is broken: %s", got)
	}
}
