package clicache

import (
	"crypto/sha1" // the AWS CLI's names for its files, nothing secret
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// TokenPath is the file of a token of IAM Identity Center: title is the name of the
// sso-session, or the start URL of settings of the old kind.
func TokenPath(dir, title string) string {
	sum := sha1.Sum([]byte(title))
	return filepath.Join(dir, hex.EncodeToString(sum[:])+".json")
}

// LoginPath is the file of a sign-in of `aws login`.
func LoginPath(dir, arn string) string {
	sum := sha256.Sum256([]byte(arn))
	return filepath.Join(dir, hex.EncodeToString(sum[:])+".json")
}

// signInField is ours, in a token's file: which sign-in it goes back to. A renewal by
// us keeps it. The AWS CLI leaves it out, whether it renews or signs in.
const signInField = "awsvaultSignIn"

// SignInID tells a sign-in from the one before, and is the same after a renewal by us.
// It is empty if the file has none.
func (o Object) SignInID() string {
	if id, ok := o.Text(signInField); ok && id != "" {
		return id
	}
	for _, name := range []string{"dpopKey", "accessToken"} { // the first is made once for each `aws login`
		if text, ok := o.Text(name); ok && text != "" {
			sum := sha256.Sum256([]byte(text))
			return hex.EncodeToString(sum[:12])
		}
	}
	return ""
}

// KeepSignInID has a renewed token go back to the sign-in of the old one.
func (o Object) KeepSignInID(old Object) {
	if id := old.SignInID(); id != "" {
		o.Set(signInField, id)
	}
}

// SignIn reads which sign-in is in a file; ok is false if there is none. So it is
// after a sign-out, by whichever tool: then nothing that was got with it is good.
func (f Files) SignIn(path string) (id string, ok bool) {
	o, err := f.Read(path)
	if err != nil {
		return "", false
	}
	access := o["accessToken"]
	id = o.SignInID()
	return id, id != "" && len(access) > 0 && string(access) != "null"
}

// ForgetRoles removes the credentials of roles of IAM Identity Center that the AWS CLI
// keeps in a folder, ~/.aws/cli/cache, as its own sign-out does. It cannot be told
// which sign-in they were got with: those of another one the CLI gets again.
func (f Files) ForgetRoles(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		if !entry.Type().IsRegular() || filepath.Ext(path) != ".json" {
			continue
		}
		o, rerr := f.Read(path)
		if rerr != nil {
			continue // not the CLI's, or not ours to judge
		}
		if provider, _ := o.Text("ProviderType"); provider == "sso" {
			if rerr := os.Remove(path); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
				err = errors.Join(err, rerr)
			}
		}
	}
	return err
}
