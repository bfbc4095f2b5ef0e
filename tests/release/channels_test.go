package release

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"awsvault/tests/need"
)

// channels are the files for all channels, made of sums that are easy to tell apart: most
// targets are not built for these tests.
func channels(t *testing.T) (dir string, sums map[string]string) {
	t.Helper()
	need.Program(t, "git", "git")
	sums = map[string]string{}
	var list strings.Builder
	for i, name := range []string{"linux-amd64.tar.gz", "linux-arm64.tar.gz", "linux-armv7.tar.gz", "linux-riscv64.tar.gz", "windows-amd64.zip", "windows-arm64.zip", "source.tar.gz"} {
		name = "vault-" + version + "-" + name
		sums[name] = strings.Repeat(fmt.Sprintf("%08x", 0xabcd0000+int64(i)), 8)
		fmt.Fprintf(&list, "%s  %s\n", sums[name], name)
	}
	path := filepath.Join(t.TempDir(), "SHA256SUMS")
	if err := os.WriteFile(path, []byte(list.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	if err := packaging(root(t), nil, "channels", "-version", version, "-root", root(t), "-sums", path, "-out", dir); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "channels"), sums
}

// Each file for a channel names the files of the release with the sums that SHA256SUMS
// has, and no other.
func TestChannelsHaveTheSumsOfTheRelease(t *testing.T) {
	dir, want := channels(t)
	hex := regexp.MustCompile(`\b[0-9A-Fa-f]{64}\b`)
	name := regexp.MustCompile(`/v` + regexp.QuoteMeta(version) + `/(vault-[^'"\s]+)`)
	seen := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		seen++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		base := filepath.Base(path)
		if !bytes.Contains(text, []byte(version)) && base != "awsvault.awsvault.locale.en-US.yaml" {
			t.Errorf("%s does not name the version", base)
		}
		if bytes.Contains(text, []byte("{{")) || bytes.Contains(text, []byte("<no value>")) {
			t.Errorf("%s is not filled in", base)
		}
		sums := map[string]bool{}
		for _, s := range hex.FindAll(text, -1) {
			sums[strings.ToLower(string(s))] = true
		}
		for _, m := range name.FindAllSubmatch(text, -1) {
			if sum := want[string(m[1])]; sum == "" || !sums[sum] {
				t.Errorf("%s names %s without its sum %s", base, m[1], sum)
			}
			delete(sums, want[string(m[1])])
		}
		for _, m := range name.FindAllSubmatch(text, -1) {
			delete(sums, want[string(m[1])])
		}
		if len(sums) > 0 {
			t.Errorf("%s has sums of something else: %v", base, sums)
		}
		return nil
	})
	if err != nil || seen < 10 {
		t.Fatalf("%d files: %v", seen, err)
	}
}

// Each is a valid file of its language.
func TestChannelsAreWellFormed(t *testing.T) {
	dir, _ := channels(t)
	read := func(name string) []byte {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	var scoop struct {
		Version      string
		Architecture map[string]struct{ URL, Hash, ExtractDir string }
		Bin          [][]string
	}
	if err := json.Unmarshal(read("scoop/awsvault.json"), &scoop); err != nil || scoop.Version != version || len(scoop.Architecture) != 2 || scoop.Bin[0][1] != "awsvault" {
		t.Errorf("scoop: %v %+v", err, scoop)
	}
	var nuspec struct {
		ID      string `xml:"metadata>id"`
		Version string `xml:"metadata>version"`
	}
	if err := xml.Unmarshal(read("chocolatey/awsvault.nuspec"), &nuspec); err != nil || nuspec.ID != "awsvault" || nuspec.Version != version {
		t.Errorf("nuspec: %v %+v", err, nuspec)
	}
	for _, c := range []struct {
		program, debian string
		args            []string
	}{
		{"ruby", "ruby", []string{"-c", "homebrew/awsvault.rb"}},
		{"ruby", "ruby", []string{"-ryaml", "-rdate", "-e", "ARGV.each { |f| y = YAML.load_file(f, permitted_classes: [Date]); abort(f) unless y['ManifestVersion'] == '1.6.0' && y['PackageVersion'] == '" + version + "' }",
			"winget/awsvault.awsvault.yaml", "winget/awsvault.awsvault.locale.en-US.yaml", "winget/awsvault.awsvault.installer.yaml"}},
		{"bash", "bash", []string{"-n", "aur/PKGBUILD"}},
		{"nix-instantiate", "nix-bin", []string{"--parse", "nix/flake.nix", "--option", "store", "dummy://"}},
	} {
		cmd := exec.Command(need.Program(t, c.program, c.debian), c.args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "NIX_STATE_DIR="+t.TempDir())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s %s: %v\n%s", c.program, c.args[len(c.args)-1], err, out)
		}
	}
	pwsh := need.Pwsh(t)
	cmd := exec.Command(pwsh, "-NoProfile", "-Command", "$e = $null; [void][System.Management.Automation.Language.Parser]::ParseFile('chocolatey/tools/chocolateyinstall.ps1', [ref]$null, [ref]$e); $e; exit $e.Count")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("chocolateyinstall.ps1: %v\n%s", err, out)
	}
}

// .SRCINFO is what makepkg makes of the PKGBUILD.
func TestSRCINFO(t *testing.T) {
	dir, _ := channels(t)
	need.User(t, "for makepkg does not run as root")
	work := copied(t, filepath.Join(dir, "aur"))
	cmd := exec.Command(need.Program(t, "makepkg", "makepkg"), "--printsrcinfo")
	cmd.Dir = work
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("makepkg: %v", err)
	}
	have, err := os.ReadFile(filepath.Join(dir, "aur", ".SRCINFO"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(out)) != strings.TrimSpace(string(have)) {
		t.Errorf("makepkg says\n%s\nand we\n%s", out, have)
	}
}

// install.sh installs what was signed, and nothing else.
func TestInstallScript(t *testing.T) {
	b := dist(t)
	if b.keys == "" {
		t.Skip("signed with other keys")
	}
	script := filepath.Join(b.dir, "channels", "install.sh")
	run(t, need.Program(t, "shellcheck", "shellcheck"), script)
	dash := need.Program(t, "dash", "dash")
	need.Program(t, "curl", "curl")
	install := func(from string) (string, string, error) {
		prefix := t.TempDir()
		cmd := exec.Command(dash, script)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "PREFIX=" + prefix, "RELEASE_FROM=" + from}
		out, err := cmd.CombinedOutput()
		return prefix, string(out), err
	}
	prefix, out, err := install("file://" + b.dir)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out := run(t, filepath.Join(prefix, "bin", "vault"), "version"); !strings.HasPrefix(out, "vault "+b.version) {
		t.Errorf("it says %s", out)
	}
	for _, path := range []string{"share/man/man1/vault.1", "share/zsh/site-functions/_vault"} {
		if _, err := os.Stat(filepath.Join(prefix, path)); err != nil {
			t.Error(err)
		}
	}
	for name, say := range map[string]string{"SHA256SUMS": "signature of SHA256SUMS is wrong", "vault-" + b.version + "-linux-amd64.tar.gz": "is not what was signed"} {
		dir := copied(t, b.dir)
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(f, "0000  x")
		f.Close()
		prefix, out, err := install("file://" + dir)
		if err == nil || !strings.Contains(out, say) {
			t.Errorf("a changed %s: %v %s", name, err, out)
		}
		if _, err := os.Stat(filepath.Join(prefix, "bin")); err == nil {
			t.Errorf("a changed %s is installed", name)
		}
	}
	for from, say := range map[string]string{"http://127.0.0.1:1": "is neither https nor file:///", "https://127.0.0.1:1": "nothing was installed", "file:///proc/nonexistent": "cannot get"} {
		if _, out, err := install(from); err == nil || !strings.Contains(out, say) {
			t.Errorf("from %s: %v %s", from, err, out)
		}
	}
}

// Wherever install.sh is run, and however it ends, it leaves what it says, and nothing else.
func TestInstallScriptInOddPlaces(t *testing.T) {
	b := dist(t)
	if b.keys == "" {
		t.Skip("signed with other keys")
	}
	dash := need.Program(t, "dash", "dash")
	need.Program(t, "curl", "curl")
	text, err := os.ReadFile(filepath.Join(b.dir, "channels", "install.sh"))
	if err != nil {
		t.Fatal(err)
	}
	kill := "#!/bin/sh\nkill -s TERM $PPID\n"
	for _, row := range []struct {
		name, script string
		environ      []string
		files        map[string]string
		say          string
		left         []string // what is there afterwards and is not in files
	}{
		{"a relative prefix", string(text), []string{"PREFIX=here"}, nil, "installed HERE/here/bin/vault\n", []string{"here"}},
		{"an empty prefix", string(text), []string{"PREFIX="}, nil, "installed HERE/.local/bin/vault\n", []string{".local"}},
		{"a relative temporary directory", string(text), []string{"PREFIX=here", "TMPDIR=tmp"}, nil, "installed", []string{"here"}},
		{"another archive by CDPATH", string(text), []string{"PREFIX=here", "CDPATH=HERE/evil"}, map[string]string{"evil/vault-" + b.version + "-linux-amd64/vault": "#!/bin/sh\n"}, "installed", []string{"here"}},
		{"no temporary directory", string(text), []string{"TMPDIR=/proc/nonexistent"}, nil, "mktemp", nil},
		{"a prefix that may not be written", string(text), []string{"PREFIX=/proc/nonexistent"}, nil, "cannot write to /proc/nonexistent", nil},
		{"a prefix that is a file", string(text), []string{"PREFIX=file"}, map[string]string{"file": "x"}, "cannot write to HERE/file", nil},
		{"another vault", string(text), []string{"PREFIX=other"}, map[string]string{"other/bin/vault": "echo 'Vault v1.20.0'\n"}, "is another program", nil},
		{"a directory of that name", string(text), []string{"PREFIX=other"}, map[string]string{"other/bin/vault/x": ""}, "HERE/other/bin/vault is no file", nil},
		{"an argument", strings.Replace(string(text), `main "$@"`, "main --help", 1), []string{"PREFIX=here"}, nil, "it takes no arguments (--help): PREFIX=DIR chooses", nil},
		{"no programs", string(text), []string{"PATH=/proc/nonexistent"}, nil, "this needs curl", nil},
		{"cut off", string(text[:len(text)-2]), nil, nil, "", nil},
		{"ended by a signal", string(text), []string{"PATH=HERE/programs:" + os.Getenv("PATH")}, map[string]string{"programs/curl": kill}, "", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			files := map[string]string{"tmp/kept": "", "install.sh": row.script}
			for name, text := range row.files {
				files[name] = text
			}
			want := map[string]bool{}
			for name, text := range files {
				want[strings.SplitN(name, "/", 2)[0]] = true
				if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command(dash, "./install.sh")
			cmd.Dir = dir
			cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + filepath.Join(dir, "tmp"), "RELEASE_FROM=file://" + b.dir}
			for _, entry := range row.environ {
				cmd.Env = append(cmd.Env, strings.ReplaceAll(entry, "HERE", dir))
			}
			out, err := cmd.CombinedOutput()
			if !strings.Contains(string(out), strings.ReplaceAll(row.say, "HERE", dir)) {
				t.Errorf("it says %s", out)
			}
			if installed := len(row.left) > 0; installed != (err == nil) && row.name != "cut off" {
				t.Errorf("it ends with %v", err)
			}
			for _, name := range row.left {
				want[name] = true
				out, err := exec.Command(filepath.Join(dir, name, "bin", "vault"), "version").Output()
				if err != nil || !strings.HasPrefix(string(out), "vault "+b.version) {
					t.Errorf("what was installed says %s (%v)", out, err)
				}
			}
			for name, text := range row.files {
				if now, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(now) != text {
					t.Errorf("%s has changed (%v)", name, err)
				}
			}
			for _, in := range []string{"", "tmp"} {
				found, err := os.ReadDir(filepath.Join(dir, in))
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range found {
					if in == "tmp" && f.Name() != "kept" || in == "" && !want[f.Name()] {
						t.Errorf("it leaves %s", filepath.Join(in, f.Name()))
					}
				}
			}
		})
	}
}

// The repositories are trees of files, from which apt and dnf know the packages by sums.
func TestRepositories(t *testing.T) {
	b := dist(t)
	need.Program(t, "createrepo_c", "createrepo-c")
	need.Program(t, "rpm", "rpm")
	one, two := t.TempDir(), t.TempDir()
	for _, out := range []string{one, two} {
		if err := packaging(root(t), nil, "repos", "-out", out, b.dir); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("diff", "-r", one, two).CombinedOutput(); err != nil {
		t.Errorf("made twice, they differ: %s", out)
	}
	packages, err := os.ReadFile(filepath.Join(one, "apt/dists/stable/main/binary-amd64/Packages"))
	if err != nil {
		t.Fatal(err)
	}
	deb := filepath.Base(b.one(t, "*_amd64.deb"))
	for _, want := range []string{"Package: awsvault\n", "Filename: pool/main/a/awsvault/" + deb + "\n", "SHA256: " + sums(t, b.dir)[deb] + "\n"} {
		if !strings.Contains(string(packages), want) {
			t.Errorf("Packages does not say %q:\n%s", want, packages)
		}
	}
	primary := run(t, "gzip", "-cd", filepath.Join(one, "dnf/repodata/primary.xml.gz"))
	if rpm := filepath.Base(b.one(t, "*x86_64.rpm")); !strings.Contains(primary, sums(t, b.dir)[rpm]) {
		t.Errorf("primary.xml does not have the sum of %s", rpm)
	}
}
