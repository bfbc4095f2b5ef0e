package dirprofile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"awsvault/internal/disk"
)

// Trust stores a person's decisions about files, in a directory that belongs to the person
// alone. Each decision is a file:
//
//	SHA-256 of the path, in hex.deny                 a path that is denied
//	SHA-256 of the path, in hex.SHA-256 of the text  a path and a content that are allowed
//	SHA-256 of the path, in hex.mount-SHA-256        a mount that is the user's alone
//
// Only the name of this file counts. It contains the quoted path, for people who look into the
// directory. If a file is edited, moved or copied, there is no decision about it.
//
// Decisions need no lock. Each becomes visible at once and as a whole. If a file is allowed
// and denied at the same instant, one of the two counts, or neither.
type Trust struct {
	Dir string // absolute; created for the first decision
	UID int    // the user who must own the directory
}

// Decision is a person's decision about a file.
type Decision int

const (
	Unknown Decision = iota // no decision about this path with this content
	Allowed
	Denied // the path, whatever it contains
)

// String returns "unknown", "allowed" or "denied".
func (d Decision) String() string {
	switch d {
	case Allowed:
		return "allowed"
	case Denied:
		return "denied"
	}
	return "unknown"
}

const denied = "deny"

// Decision looks up the decision about a file. With an error, the result is Unknown.
func (t Trust) Decision(f File) (Decision, error) {
	if no, err := t.Denied(f.Path); err != nil {
		return Unknown, err
	} else if no {
		return Denied, nil
	}
	if yes, err := t.has(entry(f.Path, allowed(f))); err != nil || !yes {
		return Unknown, err
	}
	return Allowed, nil
}

// Denied reports whether a path is denied, also if there is no valid File at the path.
func (t Trust) Denied(path string) (bool, error) {
	return t.has(entry(path, denied))
}

// Allow trusts a path with this content, and ends its denial. Other contents allowed at this
// path stay allowed, so that branches can be switched.
func (t Trust) Allow(f File) error {
	if err := t.put(f.Path, allowed(f)); err != nil {
		return err
	}
	// Last, so that after an interruption the path is still denied.
	return t.remove(f.Path, func(kind string) bool { return kind == denied })
}

// Deny refuses a path whatever its content. It removes what was allowed there, so that a later
// Allow applies to one content only.
func (t Trust) Deny(path string) error {
	if err := t.put(path, denied); err != nil {
		return err
	}
	return t.remove(path, func(kind string) bool { return kind != denied && !strings.HasPrefix(kind, mountKind) })
}

// Forget removes all decisions about a path.
func (t Trust) Forget(path string) error {
	// The denial goes last, so that an interruption allows nothing.
	if err := t.remove(path, func(kind string) bool { return kind != denied && !strings.HasPrefix(kind, mountKind) }); err != nil {
		return err
	}
	return t.remove(path, func(kind string) bool { return kind == denied })
}

// AllowMount records that only the user can access a mount, whatever owner and mode its files
// show. The record is about the present mount, and not about another file system at the same
// place.
func (t Trust) AllowMount(m disk.Mount) error { return t.put(m.Point, mount(m)) }

// DenyMount removes the record about a mount point.
func (t Trust) DenyMount(point string) error {
	return t.remove(point, func(kind string) bool { return strings.HasPrefix(kind, mountKind) })
}

// Mine reports whether there is a record about a mount.
func (t Trust) Mine(m disk.Mount) bool {
	yes, err := t.has(entry(m.Point, mount(m)))
	return yes && err == nil
}

const mountKind = "mount-"

func mount(m disk.Mount) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q", m.Type, m.Source, m.Root))
	return mountKind + hex.EncodeToString(sum[:])
}

func allowed(f File) string { return hex.EncodeToString(f.Sum[:]) }

// entry returns the name of a decision. Only the path is hashed here; together with the
// content, its end would be ambiguous.
func entry(path, kind string) string {
	sum := sha256.Sum256([]byte(plainPath(runtime.GOOS, filepath.Clean(path))))
	return hex.EncodeToString(sum[:]) + "." + kind
}

// plainPath returns the same text for all forms of a path on Windows, where neither case nor
// the kind of slash matters: editors write c:\, and shells C:\. A long path may begin with
// \\?\, or for a network share with \\?\UNC\ instead of \\.
func plainPath(goos, path string) string {
	if goos != "windows" {
		return path
	}
	plain := strings.ToUpper(strings.ReplaceAll(path, "/", `\`))
	if share, ok := strings.CutPrefix(plain, `\\?\UNC\`); ok {
		return `\\` + share
	}
	return strings.TrimPrefix(plain, `\\?\`)
}

func (t Trust) has(name string) (bool, error) {
	if there, err := t.check(); err != nil || !there {
		return false, err
	}
	_, err := os.Lstat(filepath.Join(t.Dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, failed(t.Dir, "cannot be read", err)
	}
	return true, nil
}

// check refuses a directory in which another user could decide, and reports whether the
// directory exists.
func (t Trust) check() (bool, error) {
	if !filepath.IsAbs(t.Dir) {
		return false, &Error{Path: t.Dir, Msg: "not an absolute path"}
	}
	info, err := os.Lstat(t.Dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, failed(t.Dir, "cannot be read", err)
	case !info.IsDir():
		return false, t.notUsed("it is not a directory")
	}
	if flaw := (disk.Rule{UID: t.UID}).Flaw(t.Dir, info); flaw != "" {
		return false, t.notUsed("it " + flaw)
	}
	return true, nil
}

func (t Trust) notUsed(flaw string) *Error {
	return &Error{
		Path: t.Dir,
		Msg:  "not used: " + flaw,
		hint: "vault records there what you allow, so only you may be able to write it; remove it if you did not create it",
	}
}

// put stores a decision.
func (t Trust) put(path, kind string) (err error) {
	if _, err := t.check(); err != nil {
		return err
	}
	if err := os.MkdirAll(t.Dir, 0o700); err != nil {
		return failed(t.Dir, "cannot be made", err)
	}
	if _, err := t.check(); err != nil { // another user may have created it first
		return err
	}
	text := fmt.Sprintf("%q\n", filepath.Clean(path))
	if err := disk.Replace(filepath.Join(t.Dir, entry(path, kind)), []byte(text), disk.Options{}); err != nil {
		return failed(t.Dir, "cannot be written", err)
	}
	return nil
}

// remove removes the decisions about a path for which which returns true.
func (t Trust) remove(path string, which func(kind string) bool) error {
	if there, err := t.check(); err != nil || !there {
		return err
	}
	entries, err := os.ReadDir(t.Dir)
	if err != nil {
		return failed(t.Dir, "cannot be read", err)
	}
	for _, e := range entries {
		kind, ok := strings.CutPrefix(e.Name(), entry(path, ""))
		if !ok || !which(kind) {
			continue
		}
		if err := os.Remove(filepath.Join(t.Dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return failed(t.Dir, "cannot be changed", err)
		}
	}
	disk.SyncDir(t.Dir)
	return nil
}
