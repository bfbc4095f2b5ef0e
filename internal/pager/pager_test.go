package pager_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"awsvault/internal/pager"
)

func TestPick(t *testing.T) {
	for name, c := range map[string]struct {
		vars    map[string]string
		want    string
		warning string
	}{
		"less, where nothing is set":          {nil, "/bin/less", ""},
		"PAGER":                               {map[string]string{"PAGER": "more -s"}, "/bin/more -s", ""},
		"AWS_PAGER before it":                 {map[string]string{"PAGER": "more", "AWS_PAGER": "'most' -x"}, "/bin/most -x", ""},
		"vault's own before both":             {map[string]string{"PAGER": "more", "AWS_PAGER": "most", "AWS_VAULT_PAGER": "less -S"}, "/bin/less -S", ""},
		"an empty one is none":                {map[string]string{"PAGER": "more", "AWS_PAGER": ""}, "", ""},
		"blanks are none":                     {map[string]string{"PAGER": " "}, "", ""},
		"cat is none":                         {map[string]string{"PAGER": "cat"}, "", ""},
		"a terminal that cannot draw":         {map[string]string{"TERM": "dumb", "PAGER": "more"}, "", ""},
		"one that is not there is told":       {map[string]string{"PAGER": "nothing"}, "", "PAGER names no program that can be run: nothing"},
		"one that is no command line is told": {map[string]string{"AWS_PAGER": "'less"}, "", "AWS_PAGER names no program that can be run: 'less"},
	} {
		args, warning := pager.Choice{
			GOOS:   "linux",
			Lookup: func(name string) (string, bool) { value, set := c.vars[name]; return value, set },
			Look: func(name string) (string, error) {
				if name == "nothing" {
					return "", errors.New("not found")
				}
				return "/bin/" + name, nil
			},
		}.Pick()
		if strings.Join(args, " ") != c.want || warning != c.warning {
			t.Errorf("%s: %q, %q", name, args, warning)
		}
	}
	if args, warning := (pager.Choice{Lookup: func(string) (string, bool) { return "", false }, Look: func(string) (string, error) { return "", errors.New("no") }}).Pick(); args != nil || warning != "" {
		t.Errorf("without less: %q, %q", args, warning)
	}
}

func TestLong(t *testing.T) {
	for rows, want := range map[int]bool{0: false, 2: true, 3: true, 4: false} {
		if got := pager.Long("a\nb\nc\n", rows); got != want {
			t.Errorf("3 lines on %d rows: %v", rows, got)
		}
	}
}

func TestEnviron(t *testing.T) {
	if got := pager.Environ([]string{"A=b"}); !slices.Equal(got, []string{"A=b", "LESS=FRX"}) {
		t.Errorf("%q", got)
	}
	if got := pager.Environ([]string{"LESS=-S"}); !slices.Equal(got, []string{"LESS=-S"}) {
		t.Errorf("the person's LESS: %q", got)
	}
}
