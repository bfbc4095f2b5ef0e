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

// TokenPath returns the file of an IAM Identity Center token. title is the name of the
// sso-session, or the start URL in settings of the old kind.
func TokenPath(dir, title string) string {
	sum := sha1.Sum([]byte(title))
	return filepath.Join(dir, hex.EncodeToString(sum[:])+".json")
}

// LoginPath returns the file of a sign-in with `aws login`.
func LoginPath(dir, arn string) string {
	sum := sha256.Sum256([]byte(arn))
	return filepath.Join(dir, hex.EncodeToString(sum[:])+".json")
}

// signInField is vault's own field in a token's file. It identifies the sign-in behind the
// token. A renewal by vault keeps it. The AWS CLI drops it when it renews or signs in.
const signInField = "awsvaultSignIn"

// SignInID returns an id that differs from one sign-in to the next and stays the same after a
// renewal by vault. It is empty if the file holds no sign-in.
func (o Object) SignInID() string {
	if id, ok := o.Text(signInField); ok && id != "" {
		return id
	}
	for _, name := range []string{"dpopKey", "accessToken"} { // each `aws login` makes a new dpopKey
		if text, ok := o.Text(name); ok && text != "" {
			sum := sha256.Sum256([]byte(text))
			return hex.EncodeToString(sum[:12])
		}
	}
	return ""
}

// KeepSignInID marks a renewed token with the sign-in of the old one.
func (o Object) KeepSignInID(old Object) {
	if id := old.SignInID(); id != "" {
		o.Set(signInField, id)
	}
}

// SignIn reads the id of the sign-in in a file. ok is false if the file holds none, as after a
// sign-out with any tool. Sessions that were obtained with an earlier sign-in are then no
// longer valid.
func (f Files) SignIn(path string) (id string, ok bool) {
	o, err := f.Read(path)
	if err != nil {
		return "", false
	}
	access := o["accessToken"]
	id = o.SignInID()
	return id, id != "" && len(access) > 0 && string(access) != "null"
}

// ForgetRoles removes the credentials of IAM Identity Center roles that the AWS CLI keeps in a
// folder, ~/.aws/cli/cache, as the CLI's own sign-out does. The files do not show which
// sign-in they belong to. The CLI obtains the credentials of other sign-ins again.
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
