package shells

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"awsvault/tests/world"
)

// A name that a TAB has put on the line is one word, whatever is in it: the line is run.
// (xonsh's hook has no completions.)
func TestDataShellsTakeNoNameForCode(t *testing.T) {
	inData(t, func(t *testing.T, k dataShell, w *world.World) {
		if k.name == "xonsh" {
			t.Skip("no completions")
		}
		names := []string{"one;touch made", "two(touch made)", "three'quo\"te", "four|touch made", "five’;touch made"}
		text := world.Config
		for _, name := range names {
			text += "\n[profile " + name + "]\nrole_arn = arn:aws:iam::111122223333:role/reader\nsource_profile = plain\n"
		}
		if err := w.WriteConfig(text); err != nil {
			t.Fatal(err)
		}
		s := k.atTerminal(t, w)
		for _, name := range names {
			// In the first moments of an editor keys can be lost: then once more.
			want := "Getting " + name + " takes"
			for end := time.Now().Add(patience); ; {
				s.typed("vault explain " + name[:3] + "\t")
				s.pause()
				s.typed("\r\r") // elvish takes the first for its list
				if s.pause(); strings.Contains(s.all(), want) {
					break
				}
				if time.Now().After(end) {
					t.Fatalf("%s: no %q in\n%s", name, want, s.all())
				}
				s.typed("\x03\r")
			}
			if _, err := os.Stat(filepath.Join(w.Home, "made")); err == nil {
				t.Fatalf("%s was run", name)
			}
		}
	})
}

// pause waits until nothing more is drawn for a moment.
func (s *session) pause() {
	for {
		select {
		case <-s.tty.More():
		case <-time.After(700 * time.Millisecond):
			return
		}
	}
}

// elvish cannot tell a link from nothing without following it, and what it leads to may
// be a server that does not answer.
func TestElvishFollowsNoLink(t *testing.T) {
	inData(t, func(t *testing.T, k dataShell, w *world.World) {
		if k.name != "elvish" {
			t.Skip("they see links as links")
		}
		dir := project(t, w, "linked", "")
		if err := os.Symlink(write(t, filepath.Join(w.Home, "file"), "dev\n"), filepath.Join(dir, ".awsprofile")); err != nil {
			t.Fatal(err)
		}
		if out := k.runs(t, w, nil, "cd "+dir, "look", "print '<'$near'>'"); !strings.Contains(out, "<>") {
			t.Errorf("it looks at the target:\n%s", out)
		}
	})
}

// A line end in a directory's name disturbs no shell.
func TestADirectoryWithALineEndInItsName(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		project(t, w, "far/odd\nname", "")
		project(t, w, "near/odd\nname", "dev\n")
		s := start(t, k, w)
		for parent, want := range map[string]int{"far": 0, "near": 1} {
			s.cd(filepath.Join(w.Home, parent))
			out := s.said(func() { s.run("cd odd*"); s.enters(2) })
			if n := strings.Count(out, "is not trusted yet"); n != want {
				t.Errorf("%s: said %d times:\n%s", parent, n, out)
			}
			for _, word := range []string{"rror", "xpected", "function"} {
				if strings.Contains(out, word) {
					t.Errorf("%s: it prints\n%s", parent, out)
				}
			}
		}
	})
}
