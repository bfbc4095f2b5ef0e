package cmd

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"awsvault/cmd/front"
	"awsvault/internal/dirprofile"
	"awsvault/internal/disk"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/vault"
)

// search says how far up .awsprofile files are looked for. Ceilings are named as
// git's are, in a list like PATH.
func (a *App) search() dirprofile.Search {
	return dirprofile.Search{
		Home:     a.Home(),
		Ceilings: filepath.SplitList(a.Getenv("AWS_VAULT_CEILING_DIRECTORIES")),
		OwnGroup: ownGroup,
		UID:      os.Getuid(),
	}
}

func (a *App) trust() dirprofile.Trust {
	return dirprofile.Trust{Dir: filepath.Join(a.StateDir(), "trust"), UID: os.Getuid()}
}

func (a *App) stamps() dirprofile.Stamps {
	return dirprofile.Stamps{Dir: filepath.Join(a.StateDir(), "stamps"), UID: os.Getuid()}
}

// workingDirectory is what the shell calls its directory, if that is it.
func (a *App) workingDirectory() (string, error) {
	pwd := a.Getenv("PWD")
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
	if a.StateDir() == "" {
		return "", fault.Hinted(errors.New("the home directory is not known, so nothing can be trusted"), "set HOME")
	}
	if path == "" {
		dir, err := a.workingDirectory()
		if err != nil {
			return "", fmt.Errorf("the working directory: %w", disk.Cause(err))
		}
		found, err := dirprofile.Find(a.search().Candidates(dir))
		if err == nil && found == "" {
			err = fault.Hinted(fmt.Errorf("%w in %s or above it", errNoFile, a.Tilde(dir)), "echo PROFILE > "+dirprofile.Name)
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
		return "", fault.NewUsage(fmt.Sprintf("%s is not called %s", a.Tilde(abs), dirprofile.Name), "")
	}
	return abs, nil
}

// atDirectory makes active what the directory asks for. done reports that there
// was something to do, and that the shell has been told.
func (a *App) atDirectory(s env.State) (done bool, err error) {
	if a.StateDir() == "" {
		return false, nil // no home, so nothing that could have been trusted
	}
	d := a.directory()
	move, say := d.Decide(s)
	if move == vault.Enter {
		target, err := a.enter(s, d.File)
		if err == nil {
			return true, a.activate(s, target)
		}
		move, say = d.Failed(s, err)
	}
	if say != nil {
		a.Say("vault: " + say.Error())
	}
	if move != vault.Leave {
		return false, nil
	}
	return true, a.leave(s)
}

// directory finds out what there is in the shell's directory, and stamps it.
func (a *App) directory() vault.Directory {
	d := vault.Directory{Hand: a.Shell.Hand, Other: a.Getenv("AWS_VAULT") != ""}
	before := a.Shell.Stamp
	a.Shell.Stamp = ""
	d.Found, d.Refusal = dirprofile.Find(a.search().Candidates(a.Shell.Dir))
	if d.Refusal != nil || d.Found == "" {
		return d
	}
	d.Shown = a.Tilde(d.Found)
	info, err := os.Stat(d.Found) // before it is read: a change after that is one to be noticed
	d.File, d.Decision, d.Refusal = a.decided(d.Found)
	if err == nil {
		stamped := d.File
		stamped.Path = d.Found
		stamp, there := a.stamps().Make(stamped, info.ModTime(), d.Decision)
		a.Shell.Stamp, d.Told = stamp, there && stamp == before
	}
	return d
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

// enter obtains what a trusted file names. Leaving will need a state that is
// authentic.
func (a *App) enter(s env.State, f dirprofile.File) (env.Target, error) {
	if _, err := a.StateKey(); err != nil {
		return env.Target{}, fmt.Errorf("no key can be kept to leave it by: %w", err)
	}
	expires, _ := a.Expires()
	return a.session().Enter(a.ctx, f, vault.Active{State: s, Expires: expires}, a.Environ)
}

// leave ends what a directory activated and brings back what was active before.
func (a *App) leave(s env.State) error {
	if o := s.About.Outer; o != nil && env.Untouched(a.Shell.Vars(a.Environ), s) == nil {
		target, err := a.session().Back(a.ctx, *o)
		if err == nil {
			return a.activate(s, target)
		}
		a.Say(fmt.Sprintf("vault: %s was active before and cannot be brought back: %v; vault use %s", o.Profile, err, o.Profile))
	}
	change, lost := env.Off(a.Shell.Vars(a.Environ), s, a.Shell.Kept)
	return a.ApplySaying(change, env.Prompt{Previous: s.Profile}, func() {
		a.Say(a.OK() + "  left " + s.Profile)
		a.sayLost(lost)
	})
}

// activate hands the shell what a directory made active.
func (a *App) activate(s env.State, target env.Target) error {
	key, _ := a.StateKey()
	change, after, err := env.Use(a.Shell.Vars(a.Environ), s, a.Shell.Kept, target, key)
	if err != nil {
		return err
	}
	return a.ApplySaying(change, front.Prompt(after, target.Credentials.Expires), func() { a.Say(a.Activated(target)) })
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
		err = fault.Hinted(fmt.Errorf("%s is not trusted; it asks for %s", a.Tilde(path), f.Profile), "vault allow   or vault use "+strings.TrimSpace(f.Profile))
	}
	return f, err
}
