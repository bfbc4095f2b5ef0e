package dirprofile

import "testing"

func TestIsOwnGroup(t *testing.T) {
	const (
		passwd = "root:x:0:0::/root:/bin/sh\nana:x:1000:1000:Ana,,,:/home/ana:/bin/zsh\nbob:x:1001:1001::/home/bob:/bin/sh\n"
		groups = "root:x:0:\nana:x:1000:\nbob:x:1001:\nstaff:x:50:ana,bob\n"
	)
	for name, test := range map[string]struct {
		gid            int
		passwd, groups string
		want           bool
	}{
		"their own":                            {1000, passwd, groups, true},
		"and they are a member":                {1000, passwd, "ana:x:1000:ana\n", true},
		"without an end":                       {1000, "ana:x:1000:1000::/:/", "ana:x:1000:", true},
		"another member":                       {1000, passwd, "ana:x:1000:bob\n", false},
		"one of two members":                   {1000, passwd, "ana:x:1000:ana,bob\n", false},
		"another user has it as primary group": {1000, passwd + "eve:x:1002:1000::/home/eve:/bin/sh\n", groups, false},
		"the same, before":                     {1000, "eve:x:1002:1000::/home/eve:/bin/sh\n" + passwd, groups, false},
		"another name of the same user":        {1000, passwd + "toor:x:1000:1000::/:/bin/sh\n", groups, true},
		"another group with the same number":   {1000, passwd, groups + "devs:x:1000:bob\n", false},
		"the same without members":             {1000, passwd, groups + "devs:x:1000:\n", false},
		"not their primary group":              {50, passwd, groups, false},
		"another user's":                       {1001, passwd, groups, false},
		"a group that is not in the list":      {1000, passwd, "root:x:0:\n", false},
		"a user who is not in the list":        {1000, "root:x:0:0::/root:/bin/sh\n", groups, false},
		"no lists":                             {1000, "", "", false},
		"a line of another form is none":       {1000, passwd + "eve:x:1000\n+@nis\n", groups + "x:1000\n", true},
	} {
		if got := IsOwnGroup("ana", 1000, test.gid, test.passwd, test.groups); got != test.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
