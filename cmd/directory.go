package cmd

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"awsvault/internal/dirprofile"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/renew"
	"awsvault/internal/vault"
)

// search says how far up .awsprofile files are looked for. Ceilings are named as
// git's are, in a list like PATH.
func (a *App) search() dirprofile.Search {
	return dirprofile.Search{
		Home:     a.home(),
		Ceilings: filepath.SplitList(a.getenv("AWS_VAULT_CEILING_DIRECTORIES")),
		OwnGroup: ownGroup,
		UID:      os.Getuid(),
	}
}

func (a *App) trust() dirprofile.Trust {
	return dirprofile.Trust{Dir: filepath.Join(a.stateDir(), "trust"), UID: os.Getuid()}
}

// workingDirectory is what the shell calls its directory, if that is it.
func (a *App) workingDirectory() (string, error) {
	pwd := a.getenv("PWD")
	if here, err := os.Stat("."); err == nil && filepath.IsAbs(pwd) {
		if there, err := os.Stat(pwd); err == nil && os.SameFile(here, there) {
			return pwd, nil
		}
	}
	return os.Getwd()
}

var errNoFile = errors.New("there is no " + dirprofile.Name)

// named finds the file that a person means: PATH itself, the file in the directory
// PATH, or the nearest of the working directory.
func (a *App) named(path string) (string, error) {
	if a.stateDir() == "" {
		return "", fault.Hinted(errors.New("the home directory is not known, so nothing can be trusted"), "set HOME")
	}
	if path == "" {
		dir, err := a.workingDirectory()
		if err != nil {
			return "", fmt.Errorf("the working directory: %w", unwrapPath(err))
		}
		found, err := dirprofile.Find(a.search().Candidates(dir))
		if err == nil && found == "" {
			err = fault.Hinted(fmt.Errorf("%w in %s or above it", errNoFile, a.tilde(dir)), "echo PROFILE > "+dirprofile.Name)
		}
		return found, err
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(abs); err == nil && info.IsDir() {
		abs = filepath.Join(abs, dirprofile.Name)
	}
	if filepath.Base(abs) != dirprofile.Name {
		return "", fault.NewUsage(fmt.Sprintf("%s is not called %s", a.tilde(abs), dirprofile.Name), "")
	}
	return abs, nil
}

// anyBytes is an argument as it was given. kong has a string go through JSON, where
// what is not UTF-8 is lost.
type anyBytes string

// Decode implements kong.MapperValue.
func (b *anyBytes) Decode(ctx *kong.DecodeContext) error {
	token := ctx.Scan.Pop()
	if text, ok := token.Value.(string); ok {
		*b = anyBytes(text)
	}
	return nil
}

// AllowCmd trusts a file.
type AllowCmd struct {
	Path anyBytes `arg:"" optional:"" help:"The file or its directory; else the nearest one."`
}

// Help is the second part of `vault allow --help`.
func (AllowCmd) Help() string {
	return `Trusts the .awsprofile of a directory: this path with this content. From then on
entering the directory activates the profile that it names, and leaving it
brings back what was active before. A change of the file has to be allowed again.

  echo dev > .awsprofile && vault allow`
}

// Run shows what is about to be trusted, and trusts it.
func (c *AllowCmd) Run(a *App) error {
	path, err := a.named(string(c.Path))
	if err != nil {
		return err
	}
	f, err := a.search().Read(path)
	if err != nil {
		return err
	}
	plan, err := a.session().Plan(a.ctx, vault.Want{Profile: f.Profile, Region: f.Region, OwnRegion: true})
	if err != nil {
		return fmt.Errorf("%s names %q: %w", a.tilde(path), f.Profile, err)
	}
	if err := promise(f, plan.Account); err != nil {
		return err
	}
	row(a.stderr, "File", a.tilde(path), "")
	row(a.stderr, "Profile", f.Profile, "")
	row(a.stderr, "Account", plan.Account, "")
	row(a.stderr, "Role", identity(plan.RoleARN), "")
	if err := a.trust().Allow(f); err != nil {
		return err
	}
	a.unstamp(path)
	if plan.Protected {
		a.say("vault: the profile is protected, so no directory activates it; vault use " + f.Profile)
	}
	a.say(a.ok() + "  trusted")
	return nil
}

// DenyCmd refuses a file.
type DenyCmd struct {
	Path anyBytes `arg:"" optional:"" help:"The file or its directory; else the nearest one."`
}

// Help is the second part of `vault deny --help`.
func (DenyCmd) Help() string {
	return `Refuses the .awsprofile of a directory, whatever it will say, and without a word
when you enter. "vault allow" takes it back.

  vault deny ~/src/somebodys-repository`
}

// Run refuses.
func (c *DenyCmd) Run(a *App) error {
	path, err := a.named(string(c.Path))
	if err != nil {
		return err
	}
	if err := a.trust().Deny(path); err != nil {
		return err
	}
	a.unstamp(path)
	a.say(a.ok() + "  denied " + a.tilde(path))
	return nil
}

// promise holds a file to the account that it names.
func promise(f dirprofile.File, account string) error {
	if f.Account == "" || account == "" || f.Account == account {
		return nil
	}
	return fmt.Errorf("%s promises account %s, but profile %q leads to %s", f.Path, f.Account, f.Profile, account)
}

// kept holds a file to its promise after the credentials are there: AWS is asked
// where they lead if nothing else says it.
func (a *App) kept(f dirprofile.File, plan *vault.Plan, got *vault.Result) error {
	if f.Account != "" && got.Account == "" {
		arn, account, err := plan.Identity(a.ctx, got.Credentials)
		if err != nil {
			return fmt.Errorf("%s promises account %s, and AWS does not say whether that is kept: %w", a.tilde(f.Path), f.Account, err)
		}
		got.ARN, got.Account = arn, account
	}
	return promise(f, got.Account)
}

// atDirectory makes active what the directory asks for. done reports that there
// was something to do, and that the shell has been told.
func (a *App) atDirectory(s env.State) (done bool, err error) {
	if a.stateDir() == "" {
		return false, nil // no home, so nothing that could have been trusted
	}
	before := a.shell.stamp
	a.shell.stamp = ""
	found, err := dirprofile.Find(a.search().Candidates(a.shell.dir))
	if err != nil || found == "" {
		return a.leave(s, err)
	}
	info, err := os.Stat(found) // before it is read: a change after that is one to be noticed
	f, decision, refusal := a.decided(found)
	told := false
	if err == nil {
		a.shell.stamp, told = a.stamp(found, info.ModTime(), decision, f, before)
	}
	if found == a.shell.hand || !s.Active() && a.getenv("AWS_VAULT") != "" {
		return false, nil // a person's choice, or another tool's
	}
	if string(s.About.Origin) == found && decision == dirprofile.Allowed && s.Profile == f.Profile && s.About.Region == f.Region {
		return false, nil
	}
	switch {
	case decision == dirprofile.Denied || told:
		return a.leave(s, nil) // once is enough, though the clock brought us here again
	case refusal != nil:
		return a.leave(s, refusal)
	case decision != dirprofile.Allowed:
		return a.leave(s, fmt.Errorf("%s is not trusted; it asks for %s: vault allow, or vault deny", a.tilde(found), f.Profile))
	}
	if err := a.enter(s, f); err != nil {
		return a.leave(s, fmt.Errorf("%s asks for %s: %w", a.tilde(found), f.Profile, err))
	}
	return true, nil
}

// decided reads a file and looks up what has been decided about it. refusal says
// why it is not used, whatever has been decided.
func (a *App) decided(path string) (f dirprofile.File, d dirprofile.Decision, refusal error) {
	if denied, err := a.trust().Denied(path); err != nil {
		return f, dirprofile.Unknown, err
	} else if denied {
		return f, dirprofile.Denied, nil
	}
	f, err := a.search().Read(path)
	if err != nil {
		return f, dirprofile.Unknown, err
	}
	d, err = a.trust().Decision(f)
	return f, d, err
}

// enter activates what a trusted file names, without a question.
func (a *App) enter(s env.State, f dirprofile.File) error {
	plan, got, err := a.unasked(vault.Want{Profile: f.Profile, Region: f.Region, OwnRegion: true}, func(p *vault.Plan) error {
		if p.Protected {
			return fmt.Errorf("it is protected, so only vault use %s activates it", f.Profile)
		}
		return promise(f, p.Account)
	})
	if err != nil {
		return err
	}
	if err := a.kept(f, plan, &got); err != nil {
		return err
	}
	target := plan.Target(got)
	target.About.Origin = []byte(f.Path)
	target.About.Outer = s.About.Outer
	if s.Active() && len(s.About.Origin) == 0 {
		target.About.Outer = outer(s)
	}
	return a.activate(s, target)
}

// leave ends what a directory activated and brings back what was active before.
// reason, if there is one, is said.
func (a *App) leave(s env.State, reason error) (done bool, err error) {
	if reason != nil {
		a.say("vault: " + reason.Error())
	}
	if len(s.About.Origin) == 0 {
		return false, nil
	}
	if o := s.About.Outer; o != nil {
		plan, got, err := a.unasked(vault.Before(*o))
		if err == nil {
			return true, a.activate(s, plan.Target(got))
		}
		a.say(fmt.Sprintf("vault: %s was active before and cannot be brought back: %v; vault use %s", o.Profile, err, o.Profile))
	}
	change, lost := env.Off(a.shell.vars(a.environ), s, a.shell.kept)
	err = a.applySaying(change, env.Prompt{Previous: s.Profile}, func() {
		a.say(a.ok() + "  left " + s.Profile)
		a.sayLost(lost)
	})
	return err == nil, err
}

func outer(s env.State) *env.Outer {
	return &env.Outer{Profile: s.Profile, Region: s.About.Region, Duration: s.About.Duration, NoSession: s.About.NoSession}
}

// activate hands the shell what a directory made active.
func (a *App) activate(s env.State, target env.Target) error {
	change, after, err := env.Use(a.shell.vars(a.environ), s, a.shell.kept, target)
	if err != nil {
		return err
	}
	return a.applySaying(change, prompt(after, target.Credentials.Expires), func() { a.say(a.activated(target)) })
}

// unasked obtains credentials because of a directory: from the cache, or by calls
// that need nobody, within patience. Ctrl-C gives up.
func (a *App) unasked(w vault.Want, checks ...func(*vault.Plan) error) (*vault.Plan, vault.Result, error) {
	ctx, cancel := context.WithTimeout(a.ctx, renew.Patience)
	defer cancel()
	plan, got, err := a.session().As(a.nobody()).Obtain(ctx, w, checks...)
	if err != nil && statusOf(err) == statusPerson {
		err = fmt.Errorf("that needs you: vault use %s", w.Profile)
	}
	return plan, got, err
}

// stamp makes a file with the time of the directory's file. By comparing the two a
// shell sees, without a process, that the file was changed; and that something was
// decided about it, in whatever shell, as unstamp removes it. Its name is that of
// the file as it is, decision and all, so that one shell's new stamp does not hide
// the change from another. Empty: it cannot be made. told reports that the shell
// has been here with the file as it is: that before is this stamp, and is there.
func (a *App) stamp(path string, changed time.Time, d dirprofile.Decision, f dirprofile.File, before string) (stamp string, told bool) {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %x", changed.UnixNano(), d, f.Sum))
	stamp = a.stamps(path) + "." + hex.EncodeToString(sum[:8])
	if there, err := os.Stat(stamp); err == nil && there.ModTime().Equal(changed) {
		return stamp, stamp == before
	}
	const many = 16 // of one file
	if len(a.stampsOf(path)) >= many {
		a.unstamp(path)
	}
	if os.MkdirAll(filepath.Dir(stamp), 0o700) != nil {
		return "", false
	}
	file, err := os.OpenFile(stamp, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return "", false
	}
	file.Close()
	if os.Chtimes(stamp, changed, changed) != nil {
		return "", false
	}
	// A file system that counts in coarser steps would have it differ forever.
	if there, err := os.Stat(stamp); err != nil || !there.ModTime().Equal(changed) {
		return "", false
	}
	return stamp, false
}

// unstamp has every shell that has a stamp of this file ask anew.
func (a *App) unstamp(path string) {
	for _, stamp := range a.stampsOf(path) {
		_ = os.Remove(stamp) // what cannot be removed is noticed later
	}
}

func (a *App) stampsOf(path string) (list []string) {
	dir, prefix := filepath.Split(a.stamps(path))
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) {
			list = append(list, filepath.Join(dir, e.Name()))
		}
	}
	return list
}

// stamps is what the names of a file's stamps begin with.
func (a *App) stamps(path string) string {
	sum := sha256.Sum256([]byte(path))
	return filepath.Join(a.stateDir(), "stamps", hex.EncodeToString(sum[:12]))
}

// directoryProfile is what `vault use` without a name activates.
func (a *App) directoryProfile() (dirprofile.File, error) {
	path, err := a.named("")
	if err != nil {
		return dirprofile.File{}, err
	}
	f, err := a.search().Read(path)
	if err != nil {
		return f, err
	}
	decision, err := a.trust().Decision(f)
	if err == nil && decision != dirprofile.Allowed {
		err = fault.Hinted(fmt.Errorf("%s is not trusted; it asks for %s", a.tilde(path), f.Profile), "vault allow   or vault use "+strings.TrimSpace(f.Profile))
	}
	return f, err
}
