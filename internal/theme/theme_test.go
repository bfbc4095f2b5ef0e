package theme_test

import (
	"testing"

	"awsvault/internal/theme"
)

func TestStarshipShowsTheProfile(t *testing.T) {
	for _, c := range []struct {
		name, toml string
		noKeys     bool
		want       bool
	}{
		{name: "without a file", want: true},
		{name: "without keys in the environment", noKeys: true},
		{name: "without keys, forced", toml: "[aws]\nforce_display = true # always\n", noKeys: true, want: true},
		{name: "other modules are off", toml: "add_newline = false\n[git_status]\ndisabled = true\n[aws]\nsymbol = '@'\n", want: true},
		{name: "the module is off", toml: "[aws]\ndisabled = true\n"},
		{name: "off by a dotted key", toml: "aws.disabled = true\n"},
		{name: "off in one line", toml: "aws = { symbol = '@', disabled = true }\n"},
		{name: "off is commented out", toml: "[aws]\n# disabled = true\n", want: true},
		{name: "a format without it", toml: `format = "$directory$character"` + "\n"},
		{name: "a format with it", toml: `format = "$directory$aws$character"` + "\n", want: true},
		{name: "a format with all", toml: `format = "[>](bold)$all"` + "\n", want: true},
		{name: "a variable that begins like it", toml: `format = "$awsume$allx"` + "\n"},
		{name: "on the right", toml: "format = '$character'\nright_format = '''\n$cmd_duration\\\n$aws'''\n", want: true},
		{name: "right, and the left has all", toml: "right_format = '$time'\n", want: true},
		{name: "a format of several lines", toml: "format = \"\"\"\n$directory\\\n$aws\\\n$character\"\"\"\n[line_break]\ndisabled = true\n", want: true},
		{name: "several lines without it", toml: "format = \"\"\"\n$directory\\\n[aws]\n$character\"\"\"\n"},
		{name: "a format of another module", toml: "[directory]\nformat = '$path'\n", want: true},
		{name: "the module leaves the profile out", toml: "[aws]\nformat = 'on $region '\n"},
		{name: "written on Windows", toml: "format = '$directory'\r\n[aws]\r\ndisabled = true\r\n"},
	} {
		if got := theme.Starship(c.toml, !c.noKeys); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestOhMyPoshHasTheSegment(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       bool
	}{
		{name: "empty"},
		{name: "JSON", text: `{"blocks":[{"type":"prompt","segments":[{"style":"plain","type": "aws"}]}]}`, want: true},
		{name: "JSON without it", text: `{"blocks":[{"type":"prompt","segments":[{"type":"path"}]}]}`},
		{name: "YAML", text: "segments:\n  - type: aws\n    style: plain\n", want: true},
		{name: "YAML, quoted", text: "  - type: \"aws\"\n", want: true},
		{name: "TOML", text: "[[blocks.segments]]\n  type = 'aws'\n", want: true},
		{name: "at the end", text: "type: aws", want: true},
		{name: "another segment", text: `{"type":"awsx"},{"type":"azfunc"},{"alias":"aws"}`},
		{name: "no type", text: "prototypes aws, type aws"},
	} {
		if got := theme.OhMyPosh(c.text); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
