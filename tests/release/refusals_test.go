package release

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"awsvault/tests/need"
)

// `make release` ends at the first thing that is not true of a release, and says which.
func TestWhatMakeReleaseRefuses(t *testing.T) {
	need.Program(t, "git", "git")
	if err := exec.Command("git", "-C", root(t), "rev-parse", "HEAD").Run(); err != nil {
		need.Bonus(t, "git clone: a release is made of a commit, and this tree is no clone")
	}
	dir := filepath.Join(t.TempDir(), "clone")
	run(t, "git", "clone", "-q", root(t), dir)
	git := func(args ...string) {
		t.Helper()
		run(t, "git", append([]string{"-C", dir, "-c", "user.name=ana", "-c", "user.email=ana@vault.example", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"}, args...)...)
	}
	junk := filepath.Join(dir, "junk")
	for _, row := range []struct {
		name    string
		prepare func()
		version string
		environ []string
		say     string
	}{
		{"a file that is in no commit", func() { os.WriteFile(junk, nil, 0o600) }, "999.0.0", nil, "the tree has changes"},
		{"no tag", func() { os.Remove(junk) }, "999.0.0", nil, "HEAD is not tagged v999.0.0"},
		{"the tag of another commit", func() { git("tag", "v999.0.0"); git("commit", "-q", "--allow-empty", "-m", "another") }, "999.0.0", nil, "HEAD is not tagged v999.0.0"},
		{"a tag without a signature", func() { git("tag", "-f", "v999.0.0") }, "v999.0.0", nil, "the tag is not signed"},
		{"a part of a release", func() {}, "999.0.0", []string{"RELEASE_TARGETS=linux/amd64"}, "are for a rehearsal"},
		{"a release without its checks", func() {}, "999.0.0", []string{"RELEASE_WITHOUT=check"}, "are for a rehearsal"},
		{"no section of CHANGELOG.md", func() {}, "999.0.0", []string{"RELEASE_UNSIGNED=1"}, "CHANGELOG.md has no section 999.0.0"},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.prepare()
			cmd := exec.Command("sh", filepath.Join(dir, "packaging", "release.sh"), row.version)
			cmd.Env = slices.DeleteFunc(os.Environ(), func(entry string) bool { return strings.HasPrefix(entry, "RELEASE_") }) // make release runs this test, too
			cmd.Env = append(cmd.Env, row.environ...)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), row.say) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
