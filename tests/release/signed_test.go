package release

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/pem"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"awsvault/tests/need"
)

// pgp is a throw-away key.
type pgp struct{ home, secret, public, fingerprint string }

func (k pgp) gpg(t *testing.T, args ...string) string {
	t.Helper()
	return run(t, "gpg", append([]string{"--homedir", k.home, "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""}, args...)...)
}

func newPGP(t *testing.T) pgp {
	t.Helper()
	need.Program(t, "gpg", "gnupg")
	home, err := os.MkdirTemp("", "gpg") // short: the agent's socket is in it
	if err != nil {
		t.Fatal(err)
	}
	k := pgp{home: home, secret: filepath.Join(home, "secret.asc"), public: filepath.Join(home, "public.asc")}
	t.Cleanup(func() {
		exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run()
		os.RemoveAll(home)
	})
	k.gpg(t, "--quick-generate-key", "awsvault <release@vault.example>", "rsa3072", "sign", "never")
	k.gpg(t, "--armor", "--output", k.secret, "--export-secret-keys")
	k.gpg(t, "--armor", "--output", k.public, "--export")
	for line := range strings.Lines(k.gpg(t, "--with-colons", "--list-keys")) {
		if fields := strings.Split(line, ":"); fields[0] == "fpr" && k.fingerprint == "" {
			k.fingerprint = fields[9]
		}
	}
	return k
}

// signed is a release for Linux whose packages are signed.
func signed(t *testing.T, environ ...string) built {
	t.Helper()
	dist(t) // builds the program, and says what is missing
	out := t.TempDir()
	if err := makeDist(root(t), out, version, "linux/amd64", environ...); err != nil {
		t.Fatal(err)
	}
	return built{dir: out, version: version}
}

// rpm, apt and apk take the packages of a release for the key of the release, and for no
// other bytes.
func TestPackagesAreSigned(t *testing.T) {
	k, rsaKey := newPGP(t), newRSA(t)
	b := signed(t, "RPM_SIGNING_KEY="+k.secret, "APK_SIGNING_KEY="+rsaKey)
	t.Run("rpm", func(t *testing.T) {
		rpm, db, path := need.Program(t, "rpm", "rpm"), t.TempDir(), b.one(t, "*x86_64.rpm")
		check := func() (string, error) {
			out, err := exec.Command(rpm, "--dbpath", db, "-K", path).CombinedOutput()
			return string(out), err
		}
		if out, err := check(); err == nil {
			t.Errorf("it is good without the key: %s", out)
		}
		run(t, rpm, "--dbpath", db, "--import", k.public)
		if out, err := check(); err != nil || !strings.Contains(out, "digests signatures OK") {
			t.Errorf("%v: %s", err, out)
		}
		flip(t, path)
		if out, err := check(); err == nil {
			t.Errorf("it is good with a flipped byte: %s", out)
		}
	})
	t.Run("apk", func(t *testing.T) {
		apkSignature(t, b.one(t, "*x86_64.apk"), rsaKey)
	})
	t.Run("apt", func(t *testing.T) {
		need.Program(t, "createrepo_c", "createrepo-c")
		repos := t.TempDir()
		if err := packaging(root(t), []string{"APT_SIGNING_KEY=" + k.fingerprint, "GNUPGHOME=" + k.home}, "repos", "-out", repos, b.dir); err != nil {
			t.Fatal(err)
		}
		get := apt(t, filepath.Join(repos, "apt"), k.public)
		if out, err := get("update"); err != nil {
			t.Fatalf("apt-get update: %v\n%s", err, out)
		}
		if out, err := get("download", "awsvault"); err != nil {
			t.Errorf("apt-get download: %v\n%s", err, out)
		}
		other := newPGP(t)
		get = apt(t, filepath.Join(repos, "apt"), other.public)
		if out, err := get("update"); err == nil || !strings.Contains(out, "NO_PUBKEY") {
			t.Errorf("apt takes a list of another's key: %s", out)
		}
		flip(t, filepath.Join(repos, "apt/dists/stable/InRelease"))
		if out, err := apt(t, filepath.Join(repos, "apt"), k.public)("update"); err == nil || !strings.Contains(out, "GPG error") {
			t.Errorf("apt takes a list with a flipped byte: %s", out)
		}
	})
}

// flip changes one bit in the middle of a file.
func flip(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// apt is an apt-get with one source and directories of its own.
func apt(t *testing.T, repository, key string) func(args ...string) (string, error) {
	t.Helper()
	program, dir := need.Program(t, "apt-get", "apt"), t.TempDir()
	for _, d := range []string{"etc/apt/apt.conf.d", "etc/apt/preferences.d", "state/lists/partial", "cache/archives/partial", "dpkg"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"etc/apt/key.asc":      string(data),
		"etc/apt/sources.list": "deb [arch=amd64 signed-by=" + filepath.Join(dir, "etc/apt/key.asc") + "] file://" + repository + " stable main\n",
		"dpkg/status":          "",
		// Nothing of this machine's; the user of the tests can read what they made.
		"apt.conf": `Dir "` + dir + `"; Dir::Etc "etc/apt"; Dir::State "state"; Dir::State::status "` + dir + `/dpkg/status"; Dir::Cache "cache"; APT::Sandbox::User ""; APT::Architecture "amd64"; APT::Update::Error-Mode "any";`,
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return func(args ...string) (string, error) {
		cmd := exec.Command(program, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "APT_CONFIG="+filepath.Join(dir, "apt.conf"), "LC_ALL=C")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
}

// newRSA is the file of a throw-away key.
func newRSA(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "release@vault.example.rsa")
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// apkSignature checks a package as apk-tools 2 does: the first of its three archives has an
// RSA signature of the SHA-1 sum of the second, which has the sum of the third.
func apkSignature(t *testing.T, path, keyFile string) {
	t.Helper()
	text, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var parts [][]byte
	for rest := bytes.NewReader(data); rest.Len() > 0; {
		from := len(data) - rest.Len()
		z, err := gzip.NewReader(rest)
		if err != nil {
			t.Fatal(err)
		}
		z.Multistream(false)
		if _, err := io.Copy(io.Discard, z); err != nil {
			t.Fatal(err)
		}
		parts = append(parts, data[from:len(data)-rest.Len()])
	}
	if len(parts) != 3 {
		t.Fatalf("it has %d parts", len(parts))
	}
	z, err := gzip.NewReader(bytes.NewReader(parts[0]))
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewReader(z)
	h, err := archive.Next()
	if err != nil || !strings.HasPrefix(h.Name, ".SIGN.RSA.") {
		t.Fatalf("its first file is %+v (%v)", h, err)
	}
	signature, err := io.ReadAll(archive)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha1.Sum(parts[1])
	if err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA1, sum[:], signature); err != nil {
		t.Error(err)
	}
	sum[0] ^= 1
	if rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA1, sum[:], signature) == nil {
		t.Error("the signature is good for other bytes")
	}
}
