//go:build linux

package release

import (
	"bytes"
	"compress/gzip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"awsvault/tests/need"
	"awsvault/tests/wine"
)

// Debian's own linter has nothing to say.
func TestLintian(t *testing.T) {
	b := dist(t)
	lintian := need.Program(t, "lintian", "lintian")
	found, err := filepath.Glob(filepath.Join(b.dir, "*.deb"))
	if err != nil || len(found) == 0 {
		t.Fatal("no deb", err)
	}
	for _, deb := range found {
		out, err := exec.Command(lintian, "--fail-on", "error,warning", deb).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", filepath.Base(deb), err, out)
		}
	}
}

// The manual of each name is one that readers of manuals have no complaint about, and it
// names the program by that name.
func TestManuals(t *testing.T) {
	b := dist(t)
	dir := t.TempDir()
	deb := b.one(t, "*_amd64.deb")
	run(t, "dpkg-deb", "-x", deb, dir)
	manuals := map[string]string{"awsvault": filepath.Join(dir, "usr/share/man/man1/awsvault.1")}
	run(t, "gzip", "-d", manuals["awsvault"]+".gz")
	manuals["vault"] = filepath.Join(b.unpacked(t, b.one(t, "vault-*-linux-amd64.tar.gz")), "man", "vault.1")
	for name, path := range manuals {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{".TH " + strings.ToUpper(name) + " 1 \"" + b.time.UTC().Format("2006-01-02"), name + " use", name + " exec"} {
			if !bytes.Contains(text, []byte(want)) {
				t.Errorf("the manual of %s does not say %q", name, want)
			}
		}
		if out, err := exec.Command(need.Program(t, "mandoc", "mandoc"), "-T", "lint", "-W", "warning", path).CombinedOutput(); err != nil {
			t.Errorf("mandoc: %v\n%s", err, out)
		}
		cmd := exec.Command(need.Program(t, "groff", "groff"), "-man", "-ww", "-Tutf8", path)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		if err := cmd.Run(); err != nil || errs.Len() > 0 {
			t.Errorf("groff: %v\n%s", err, errs.String())
		}
	}
}

// What each package has, by the paths that its system looks at.
var files = []string{"/usr/bin/awsvault", "/usr/share/man/man1/awsvault.1.gz", "/usr/share/bash-completion/completions/awsvault", "/usr/share/fish/vendor_completions.d/awsvault.fish"}

// No package has a script that runs at installation, or a file called vault.
func TestRPM(t *testing.T) {
	b := dist(t)
	rpm, path := need.Program(t, "rpm", "rpm"), b.one(t, "*x86_64.rpm")
	db := t.TempDir()
	query := func(args ...string) string { return run(t, rpm, append([]string{"--dbpath", db}, args...)...) }
	if out := query("-K", path); !strings.Contains(out, "digests OK") && !strings.Contains(out, "signatures OK") {
		t.Errorf("rpm -K: %s", out)
	}
	if out := query("-qp", "--scripts", path); strings.TrimSpace(out) != "" {
		t.Errorf("it has scripts: %s", out)
	}
	list := strings.Fields(query("-qpl", path))
	for _, want := range append(files, "/usr/share/zsh/site-functions/_awsvault", "/usr/share/licenses/awsvault/LICENSE") {
		if !slices.Contains(list, want) {
			t.Errorf("it has no %s", want)
		}
	}
	if slices.Contains(list, "/usr/bin/vault") {
		t.Error("/usr/bin/vault is HashiCorp's")
	}
	out := query("-qp", "--qf", "%{NAME} %{VERSION} %{RELEASE} %{ARCH} %{LICENSE} %{BUILDHOST}", path)
	if out != "awsvault "+b.version+" 1 x86_64 MIT reproducible" {
		t.Errorf("it says %q", out)
	}
}

// An rpm is installed, verified and erased, and nothing is left.
func TestRPMInARoot(t *testing.T) {
	b := dist(t)
	need.Root(t, "for rpm installs as root only")
	rpm, path, dir := need.Program(t, "rpm", "rpm"), b.one(t, "*x86_64.rpm"), t.TempDir()
	in := func(args ...string) string { return run(t, rpm, append([]string{"--root", dir}, args...)...) }
	in(readmeOption(t, "rpm"), "--nodeps", "--nosignature", path)
	if out := in("-V", "awsvault"); strings.TrimSpace(out) != "" {
		t.Errorf("rpm -V: %s", out)
	}
	if out := run(t, filepath.Join(dir, "usr/bin/awsvault"), "version"); !strings.HasPrefix(out, "awsvault "+b.version) {
		t.Errorf("it says %s", out)
	}
	in(strings.Fields(removal(t, "rpm"))[1:]...)
	nothingLeft(t, dir)
}

// nothingLeft looks for files of ours below a root.
func nothingLeft(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err == nil && strings.Contains(filepath.Base(path), "awsvault") {
			t.Errorf("left: %s", strings.TrimPrefix(path, dir))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestArchPackage(t *testing.T) {
	b := dist(t)
	pacman, path := need.Program(t, "pacman", "pacman-package-manager"), b.one(t, "*x86_64.pkg.tar.zst")
	out := run(t, pacman, "-Qip", path)
	for _, want := range []string{"awsvault", b.version + "-1", "AWS credentials for the shell you are in", "x86_64", "MIT"} {
		if !strings.Contains(out, want) {
			t.Errorf("pacman -Qip does not say %q:\n%s", want, out)
		}
	}
	list := run(t, pacman, "-Qlp", path)
	for _, want := range append(files, "/usr/share/zsh/site-functions/_awsvault") {
		if !strings.Contains(list, want+"\n") {
			t.Errorf("it has no %s", want)
		}
	}
}

func TestArchPackageInARoot(t *testing.T) {
	b := dist(t)
	need.Root(t, "for pacman installs as root only")
	pacman, path, dir := need.Program(t, "pacman", "pacman-package-manager"), b.one(t, "*x86_64.pkg.tar.zst"), t.TempDir()
	conf := filepath.Join(dir, "pacman.conf")
	if err := os.WriteFile(conf, []byte("[options]\nArchitecture = x86_64\nSigLevel = Never\nLocalFileSigLevel = Never\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(dir, "root")
	for _, d := range []string{"var/lib/pacman", "var/cache/pacman/pkg", "var/log", "hooks"} {
		if err := os.MkdirAll(filepath.Join(base, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	in := func(args ...string) string {
		return run(t, pacman, append(args, "--config", conf, "--root", base, "--dbpath", filepath.Join(base, "var/lib/pacman"), "--cachedir", filepath.Join(base, "var/cache/pacman/pkg"),
			"--logfile", filepath.Join(base, "var/log/pacman.log"), "--hookdir", filepath.Join(base, "hooks"), "--noconfirm")...)
	}
	in(readmeOption(t, "pacman"), path)
	if out := run(t, filepath.Join(base, "usr/bin/awsvault"), "version"); !strings.HasPrefix(out, "awsvault "+b.version) {
		t.Errorf("it says %s", out)
	}
	if out := in("-Qkk", "awsvault"); !strings.Contains(out, " 0 altered files") {
		t.Errorf("pacman -Qkk: %s", out)
	}
	in(strings.Fields(removal(t, "pacman"))[1:]...)
	nothingLeft(t, base)
}

// An apk is three gzipped tars in a row: signature, control, data. Ours has no signature
// without a key.
func TestAPK(t *testing.T) {
	b := dist(t)
	file, err := os.Open(b.one(t, "*x86_64.apk"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file) // goes on from one to the next
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	info := ""
	// The first tar has no end mark, so that both read as one.
	for _, m := range readTar(t, z) {
		names = append(names, "/"+m.name)
		if m.name == ".PKGINFO" {
			info = string(m.data)
		}
	}
	for _, want := range append(files, "/usr/share/zsh/site-functions/_awsvault") {
		if !slices.Contains(names, want) {
			t.Errorf("it has no %s: %q", want, names)
		}
	}
	for _, want := range []string{"pkgname = awsvault\n", "pkgver = " + b.version + "-r1\n", "arch = x86_64\n", "license = MIT\n"} {
		if !strings.Contains(info, want) {
			t.Errorf(".PKGINFO does not say %q:\n%s", want, info)
		}
	}
}

// A certificate that nobody trusts, made here, shows that a bought one would do.
func TestTheExeCanBeSigned(t *testing.T) {
	b := dist(t)
	openssl, osslsigncode := need.Program(t, "openssl", "openssl"), need.Program(t, "osslsigncode", "osslsigncode")
	dir := t.TempDir()
	key, cert := filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem")
	run(t, openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=rehearsal", "-addext", "extendedKeyUsage=codeSigning", "-addext", "keyUsage=digitalSignature")
	exe := b.programs(t)["vault-"+b.version+"-windows-amd64"]
	if err := packaging(root(t), []string{"WINDOWS_SIGN_CERT=" + cert, "WINDOWS_SIGN_KEY=" + key}, "sign-exe", exe); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(osslsigncode, "verify", "-CAfile", cert, "-in", exe).CombinedOutput(); err != nil || !bytes.Contains(out, []byte("Signature verification: ok")) {
		t.Errorf("osslsigncode verify: %v\n%s", err, out)
	}
	data, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/3] ^= 1
	if err := os.WriteFile(exe, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(osslsigncode, "verify", "-CAfile", cert, "-in", exe).CombinedOutput(); err == nil {
		t.Errorf("a flipped byte is not found:\n%s", out)
	}
}

// The exe of the archive runs.
func TestTheExeRunsUnderWine(t *testing.T) {
	b := dist(t)
	w := wine.Start(t)
	exe := b.programs(t)["vault-"+b.version+"-windows-amd64"]
	out, status := w.Run(wine.Call{}, exe, "version")
	if status != 0 || !strings.Contains(out, "vault "+b.version+" windows/amd64") {
		t.Errorf("status %d: %s", status, out)
	}
}
