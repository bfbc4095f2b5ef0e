package cmd

import (
	"fmt"
	"os"
	"path/filepath"

	"awsvault/internal/dirprofile"
	"awsvault/internal/disk"
	"awsvault/internal/env"
	"awsvault/internal/lead"
	"awsvault/internal/line"
	"awsvault/internal/vault"
)

// directories are the person's .awsprofile files. Ceilings are named as git's are, in
// a list like PATH.
func (a *App) directories() dirprofile.Files {
	files := dirprofile.New(dirprofile.Search{
		Home:     a.Home(),
		Ceilings: filepath.SplitList(a.Getenv("AWS_VAULT_CEILING_DIRECTORIES")),
		OwnGroup: dirprofile.OwnGroup,
		UID:      os.Getuid(),
		Closed:   disk.Automounts(),
	}, a.StateDir())
	files.Settle = dirprofile.Settle(a.Now)
	return files
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

// named finds the file that a person means: PATH itself, the file in the directory
// PATH, or the nearest of the working directory.
func (a *App) named(path string) (string, error) {
	if err := a.directories().Known(); err != nil {
		return "", err
	}
	if path == "" {
		dir, err := a.workingDirectory()
		if err != nil {
			return "", fmt.Errorf("the working directory: %w", disk.Cause(err))
		}
		return a.directories().Nearest(dir, a.Tilde(dir))
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return dirprofile.Named(abs, a.Tilde)
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
		var prompt lead.Told
		if err == nil {
			prompt, err = a.led().Lead(a.ctx, &target, a.Getenv("AWS_VAULT_VIA"))
		}
		if err == nil {
			return true, a.activate(s, target, prompt)
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
	seen := a.directories().Look(a.Shell.Dir)
	d := vault.Seen(seen)
	d.Shown, d.Told = a.Tilde(seen.Path), seen.Before && seen.Stamp == a.Shell.Stamp
	d.Hand, d.Other = a.Shell.Hand, a.Getenv("AWS_VAULT") != ""
	a.Shell.Stamp = seen.Stamp
	return d
}

// enter obtains what a trusted file names. Leaving will need a state that is
// authentic.
func (a *App) enter(s env.State, f dirprofile.File) (env.Target, error) {
	if _, err := a.StateKey(); err != nil {
		return env.Target{}, fmt.Errorf("no key can be kept to leave it by: %w", err)
	}
	return a.session().Enter(a.ctx, f, s, a.Environ)
}

// leave ends what a directory activated and brings back what was active before.
func (a *App) leave(s env.State) error {
	if o := s.About.Outer; o != nil && env.Untouched(a.Shell.Vars(a.Environ), s) == nil {
		target, err := a.session().Back(a.ctx, *o)
		var prompt lead.Told
		if err == nil {
			prompt, err = a.led().Lead(a.ctx, &target, o.Via)
		}
		if err == nil {
			return a.activate(s, target, prompt)
		}
		a.Say(fmt.Sprintf("vault: %s was active before and is not brought back: %v. Run: vault use %s", o.Profile, err, line.Word(o.Profile)))
	}
	change, lost := env.Off(a.Shell.Vars(a.Environ), s, a.Shell.Kept)
	return a.ApplySaying(change, env.Prompt{Previous: s.Profile}, func() {
		a.giveUp(s, lead.Server.Retire)
		a.Say(a.OK() + "  left " + s.Profile)
		a.sayLost(lost)
	})
}

// activate hands the shell what a directory made active.
func (a *App) activate(s env.State, target env.Target, prompt lead.Told) error {
	key, _ := a.StateKey()
	change, after, err := env.Use(a.Shell.Vars(a.Environ), s, a.Shell.Kept, target, key)
	if err == nil {
		err = a.Carries(change)
	}
	if err != nil {
		return err
	}
	return a.ApplySaying(change, prompt(after, target.Credentials.Expires), func() {
		a.giveUp(s, lead.Server.Retire)
		a.Say(a.Activated(target))
	})
}

// directoryProfile is what `vault use` without a name activates.
func (a *App) directoryProfile() (dirprofile.File, error) {
	path, err := a.named("")
	if err != nil {
		return dirprofile.File{}, err
	}
	return a.directories().Trusted(path, a.Tilde(path))
}
