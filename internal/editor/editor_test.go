package editor_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/editor"
	"awsvault/internal/fault"
)

func TestLine(t *testing.T) {
	for _, test := range []struct {
		name, goos, setting string
		line                int
		want                []string
	}{
		{"vi where none is set", "linux", "", 7, []string{"vi", "+7", "/c"}},
		{"notepad, which knows no lines", "windows", "", 7, []string{"notepad", "/c"}},
		{"no line", "linux", "vim", 0, []string{"vim", "/c"}},
		{"words of its own", "linux", "emacsclient -nw", 7, []string{"emacsclient", "-nw", "+7", "/c"}},
		{"a path with a blank", "linux", `"/opt/my editors/nano"`, 7, []string{"/opt/my editors/nano", "+7", "/c"}},
		{"VS Code", "linux", "code --wait", 7, []string{"code", "--wait", "--goto", "/c:7"}},
		{"VS Code by its file", "linux", "/usr/bin/Code.exe", 7, []string{"/usr/bin/Code.exe", "--goto", "/c:7"}},
		{"Helix", "linux", "hx", 7, []string{"hx", "/c:7"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := editor.Line(test.goos, test.setting, "/c", test.line)
			if err != nil || !cmp.Equal(got, test.want) {
				t.Errorf("got %q, %v; want %q", got, err, test.want)
			}
		})
	}
}

func TestASettingThatIsNoCommandLine(t *testing.T) {
	for _, setting := range []string{`"vi`, " "} {
		got, err := editor.Line("linux", setting, "/c", 1)
		if err == nil || err.Error() != "VISUAL or EDITOR is not a command line" || fault.HintOf(err) != "export EDITOR=vi" {
			t.Errorf("%q: %q, %v", setting, got, err)
		}
	}
}
