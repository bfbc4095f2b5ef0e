package cmd

import "testing"

func TestPatternsOfRoles(t *testing.T) {
	const arn = "arn:aws:iam::111122223333:role/team/deploy"
	for _, pattern := range []string{arn, "*", "arn:aws:iam::111122223333:role/*", "arn:aws:iam::*:role/team/*", "*deploy", "arn:*:role/*/deploy", arn + "*", "*" + arn} {
		if !fits(pattern, arn) {
			t.Errorf("%s does not fit", pattern)
		}
	}
	for _, pattern := range []string{"", "arn:aws:iam::111122223333:role/team/", "arn:aws:iam::444455556666:role/*", "*deplo", "*deploy*deploy", "arn:*:role/team/deploy/*", "ARN*"} {
		if fits(pattern, arn) {
			t.Errorf("%s fits", pattern)
		}
	}
}
