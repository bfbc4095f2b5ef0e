package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"aead.dev/minisign"
)

const sumsName = "SHA256SUMS"

func sumOf(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

// sums writes SHA256SUMS for all files that users can download.
func (r *release) sums() error {
	found, err := os.ReadDir(r.out)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, f := range found {
		if f.IsDir() || strings.HasPrefix(f.Name(), sumsName) {
			continue
		}
		sum, err := sumOf(filepath.Join(r.out, f.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s  %s\n", sum, f.Name())
	}
	return r.write(sumsName, b.String())
}

// sign signs SHA256SUMS with the keys in MINISIGN_KEY (and MINISIGN_PASSWORD) and
// SSH_SIGNING_KEY. Without these variables it does nothing, so that anyone can build.
func (r *release) sign(ctx context.Context) error {
	path := filepath.Join(r.out, sumsName)
	if key := os.Getenv("MINISIGN_KEY"); key != "" {
		private, err := minisign.PrivateKeyFromFile(os.Getenv("MINISIGN_PASSWORD"), key)
		if err != nil {
			return fmt.Errorf("MINISIGN_KEY: %w", err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		// The signature covers the version, so that old files cannot pass for new ones.
		trusted := fmt.Sprintf("%s %s of %s, commit %s", packageName, r.version, r.time.Format(time.DateOnly), r.commit)
		reader := minisign.NewReader(bytes.NewReader(text))
		if _, err := io.Copy(io.Discard, reader); err != nil {
			return err
		}
		if err := r.write(sumsName+".minisig", string(reader.SignWithComments(private, trusted, "signature of "+packageName+" "+r.version))); err != nil {
			return err
		}
	}
	if key := os.Getenv("SSH_SIGNING_KEY"); key != "" {
		cmd := exec.CommandContext(ctx, "ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", key, path)
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("ssh-keygen: %w", err)
		}
	}
	return nil
}

// verifyCommand checks a directory like a user who has downloaded it.
func verifyCommand(ctx context.Context, args []string) error {
	f := newFlags("verify")
	public := f.String("minisign", "", "the public key's file: the signature must be there")
	signers := f.String("ssh", "", "a file of allowed signers: the signature must be there")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return errors.New("verify takes one directory")
	}
	dir := f.Arg(0)
	text, err := os.ReadFile(filepath.Join(dir, sumsName))
	if err != nil {
		return err
	}
	if *public != "" {
		key, err := minisign.PublicKeyFromFile(*public)
		if err != nil {
			return err
		}
		signature, err := os.ReadFile(filepath.Join(dir, sumsName+".minisig"))
		if err != nil {
			return err
		}
		if !minisign.Verify(key, text, signature) {
			return errors.New("the minisign signature of SHA256SUMS is wrong")
		}
	}
	if *signers != "" {
		cmd := exec.CommandContext(ctx, "ssh-keygen", "-Y", "verify", "-n", "file", "-I", packageName, "-f", *signers, "-s", filepath.Join(dir, sumsName+".sig"))
		cmd.Stdin = bytes.NewReader(text)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("the ssh signature of SHA256SUMS is wrong: %s", bytes.TrimSpace(out))
		}
	}
	return verifySums(dir, text)
}

// verifySums checks that every listed file exists with its sum, and that there are no other
// files.
func verifySums(dir string, text []byte) error {
	listed := map[string]bool{}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		want, name, ok := strings.Cut(lines.Text(), "  ")
		if !ok || name != filepath.Base(name) {
			return fmt.Errorf("SHA256SUMS has the line %q", lines.Text())
		}
		have, err := sumOf(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if have != want {
			return fmt.Errorf("%s is not what was summed", name)
		}
		listed[name] = true
	}
	found, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range found {
		if !f.IsDir() && !strings.HasPrefix(f.Name(), sumsName) && !listed[f.Name()] {
			return fmt.Errorf("%s is not in SHA256SUMS", f.Name())
		}
	}
	if len(listed) == 0 {
		return errors.New("SHA256SUMS is empty")
	}
	return nil
}

// throwawayCommand makes a key for a rehearsal. Its password is public.
func throwawayCommand(_ context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("throwaway-key takes a file")
	}
	public, private, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	sealed, err := minisign.EncryptKey("test", private)
	if err != nil {
		return err
	}
	text, err := public.MarshalText()
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(args[0], sealed, 0o600), os.WriteFile(args[0]+".pub", text, 0o644))
}

func canSignExe() bool { return os.Getenv("WINDOWS_SIGN_CERT") != "" }

// signExe adds an Authenticode signature to a program's file.
func signExe(ctx context.Context, path string) error {
	args := []string{"sign", "-certs", os.Getenv("WINDOWS_SIGN_CERT"), "-key", os.Getenv("WINDOWS_SIGN_KEY"), "-h", "sha256", "-n", summary, "-i", homepage()}
	if url := os.Getenv("WINDOWS_SIGN_TIMESTAMP"); url != "" {
		args = append(args, "-ts", url)
	}
	signed := path + ".signed"
	cmd := exec.CommandContext(ctx, "osslsigncode", append(args, "-in", path, "-out", signed)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("osslsigncode: %w\n%s", err, out)
	}
	return os.Rename(signed, path)
}

func signExeCommand(ctx context.Context, args []string) error {
	if len(args) != 1 || !canSignExe() {
		return errors.New("sign-exe takes a file, and a certificate from WINDOWS_SIGN_CERT and WINDOWS_SIGN_KEY")
	}
	return signExe(ctx, args[0])
}
