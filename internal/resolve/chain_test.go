package resolve

import (
	"fmt"
	"strings"
	"testing"

	"awsvault/internal/awsconf"
)

// A chain has a limit of a hundred profiles, because a list walks the chain of each profile.
func TestALongChain(t *testing.T) {
	for key, settings := range map[string]string{"source_profile": "role_arn = arn:aws:iam::111122223333:role/r\n", "include_profile": ""} {
		var b strings.Builder
		for i := range 1000 {
			fmt.Fprintf(&b, "[profile p%d]\n%s%s = p%d\n", i, settings, key, i+1)
		}
		b.WriteString("[profile p1000]\nregion = eu-west-1\n")
		file, err := awsconf.Parse("config", awsconf.ConfigFile, b.String())
		if err != nil {
			t.Fatal(err)
		}
		plan := func(i int) (*Plan, error) {
			return NewPlan(Inputs{Config: awsconf.Merge(file, nil), Profile: fmt.Sprintf("p%d", i), Stored: func(name string) bool { return name == "p1000" || key == "include_profile" }})
		}
		if _, err := plan(901); err != nil {
			t.Errorf("100 profiles by %s: %v", key, err)
		}
		for _, i := range []int{900, 0} {
			_, err := plan(i)
			if err == nil || !strings.HasSuffix(err.Error(), fmt.Sprintf(`the chain of %s from "p%d" is longer than 100 profiles`, key, i)) || !strings.HasPrefix(err.Error(), "config:") {
				t.Errorf("%s from p%d: %v", key, i, err)
			}
		}
	}
}

// The error for a loop of long names fits one line.
func TestALoopOfLongNames(t *testing.T) {
	a, b := strings.Repeat("a", 5000), strings.Repeat("b", 5000)
	file, err := awsconf.Parse("config", awsconf.ConfigFile, "[profile "+a+"]\nsource_profile = "+b+"\n[profile "+b+"]\nsource_profile = "+a+"\n")
	if err != nil {
		t.Fatal(err)
	}
	_, err = NewPlan(Inputs{Config: awsconf.Merge(file, nil), Profile: a})
	short := func(letter string) string { return strings.Repeat(letter, 29) + "…" + strings.Repeat(letter, 30) }
	if want := short("a") + " -> " + short("b") + " -> " + short("a"); err == nil || !strings.HasSuffix(err.Error(), " makes a loop: "+want) {
		t.Errorf("got %v", err)
	}
}
