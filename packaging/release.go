package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// The project's names in packages and channels.
const (
	packageName = "awsvault"
	commandName = "vault" // in archives; packages install it as awsvault
	maintainer  = "the vault authors <vault@awsvault.example>"
	summary     = "AWS credentials for the shell you are in"
	// home is the address of the sources and the releases. There is no public forge yet. The
	// first release sets the address, here or in RELEASE_HOME.
	home = "https://github.com/awsvault/awsvault"
)

// release is one version of the program, and the directories in which it is made.
type release struct {
	root    string // the checkout
	out     string // where the files go
	work    string // a temporary directory
	version string
	commit  string
	time    time.Time // of the commit: of every file in every archive
	targets []target
}

// target is a system for which the program is built.
type target struct{ os, arch string }

// targets lists all targets. armv7 is GOARCH=arm, GOARM=7.
var targets = []target{
	{"linux", "amd64"}, {"linux", "arm64"}, {"linux", "armv7"}, {"linux", "riscv64"},
	{"windows", "amd64"}, {"windows", "arm64"},
	{"darwin", "amd64"}, {"darwin", "arm64"},
	{"freebsd", "amd64"},
}

func (t target) String() string { return t.os + "/" + t.arch }

// system returns the target's name in file names. Without cgo the program cannot use the
// macOS keychain, and the file name says so.
func (t target) system() string {
	if t.os == "darwin" {
		return t.os + "-" + t.arch + "-nocgo"
	}
	return t.os + "-" + t.arch
}

// program returns the name of the program's file on the target.
func (t target) program() string {
	if t.os == "windows" {
		return commandName + ".exe"
	}
	return commandName
}

// environ returns the environment of `go build`, without this machine's settings.
func (t target) environ() []string {
	arch, arm := t.arch, ""
	if arch == "armv7" {
		arch, arm = "arm", "7"
	}
	return append(goEnviron(), "CGO_ENABLED=0", "GOOS="+t.os, "GOARCH="+arch, "GOARM="+arm)
}

// goEnviron returns the environment without variables that change what Go builds.
func goEnviron() []string {
	var kept []string
	for _, entry := range os.Environ() {
		switch name, _, _ := strings.Cut(entry, "="); name {
		case "GOOS", "GOARCH", "GOARM", "GOAMD64", "GOARM64", "GORISCV64", "GOFLAGS", "GOEXPERIMENT", "GODEBUG", "GOFIPS140", "CGO_ENABLED", "GOWORK", "SOURCE_DATE_EPOCH":
		default:
			kept = append(kept, entry)
		}
	}
	return append(kept, "GOFLAGS=-mod=readonly", "GOTOOLCHAIN="+runtime.Version(), "GOAMD64=v1", "GOARM64=v8.0", "GOWORK=off")
}

var semver = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$`)

func distCommand(ctx context.Context, args []string) error {
	f := newFlags("dist")
	r := &release{}
	f.StringVar(&r.version, "version", "", "semantic version, or its tag")
	f.StringVar(&r.root, "root", "..", "the checkout")
	f.StringVar(&r.out, "out", "../dist", "where the files go; emptied first")
	only := f.String("targets", "", "only these, as linux/amd64,windows/amd64")
	if err := f.Parse(args); err != nil {
		return err
	}
	r.version = strings.TrimPrefix(r.version, "v") // as a tag has it
	if !semver.MatchString(r.version) {
		return fmt.Errorf("%q is not a version like 1.2.3 or 1.2.3-rc.1", r.version)
	}
	var err error
	if r.targets, err = chosen(*only); err != nil {
		return err
	}
	for _, path := range []*string{&r.root, &r.out} {
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
	}
	if err := r.mayEmpty(); err != nil {
		return err
	}
	if err := r.dated(ctx); err != nil {
		return err
	}
	if r.work, err = os.MkdirTemp("", "vault-dist"); err != nil {
		return err
	}
	defer os.RemoveAll(r.work)
	return r.dist(ctx)
}

// mayEmpty fails unless the output directory contains only a release's files: dist deletes all
// of them.
func (r *release) mayEmpty() error {
	found, err := os.ReadDir(r.out)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	ours := regexp.MustCompile(`^(vault-|awsvault[-_]|(UNSIGNED-)?SHA256SUMS|channels$|repos$)`)
	for _, f := range found {
		if !ours.MatchString(f.Name()) {
			return fmt.Errorf("%s would be emptied, and has %s, which is no file of a release", r.out, f.Name())
		}
	}
	return nil
}

func chosen(list string) ([]target, error) {
	if list == "" {
		return targets, nil
	}
	var found []target
	for name := range strings.SplitSeq(list, ",") {
		n := len(found)
		for _, t := range targets {
			if t.String() == name {
				found = append(found, t)
			}
		}
		if len(found) == n {
			return nil, fmt.Errorf("there is no target %q", name)
		}
	}
	return found, nil
}

// dated finds the commit and its time, from git or from the file that replaces git in the
// source archive.
func (r *release) dated(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(r.root, ".git")); err == nil {
		out, err := r.output(ctx, "git", "log", "-1", "--format=%H %ct")
		if err != nil {
			return err
		}
		var seconds int64
		if _, err := fmt.Sscanf(out, "%s %d", &r.commit, &seconds); err != nil {
			return fmt.Errorf("git log: %w", err)
		}
		r.time = time.Unix(seconds, 0).UTC()
		if changes, err := r.output(ctx, "git", "status", "--porcelain"); err != nil || changes != "" {
			fmt.Fprintf(os.Stderr, "warning: the tree has changes that its commit %.12s does not have: do not publish these files\n", r.commit)
		}
		return nil
	}
	file, err := os.Open(filepath.Join(r.root, ".release"))
	if err != nil {
		return errors.New("this is neither a git checkout nor a source archive")
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " = ")
		switch name {
		case "COMMIT":
			r.commit = value
		case "DATE":
			if r.time, err = time.Parse(time.RFC3339, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// dist makes all files of a release, in the order of their dependencies.
func (r *release) dist(ctx context.Context) error {
	if err := os.RemoveAll(r.out); err != nil {
		return err
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	texts, err := r.texts(ctx)
	if err != nil {
		return err
	}
	var unsigned []string
	for _, t := range r.targets {
		fmt.Printf("%s\n", t)
		path, err := r.build(ctx, t)
		if err != nil {
			return err
		}
		if err := r.sbom(t, path); err != nil {
			return err
		}
		if t.os == "windows" && canSignExe() {
			sum, err := sumOf(path)
			if err != nil {
				return err
			}
			unsigned = append(unsigned, sum+"  "+r.stem(t)+"/"+t.program())
			if err := signExe(ctx, path); err != nil {
				return err
			}
		}
		if err := r.archive(t, path, texts); err != nil {
			return err
		}
		if t.os == "linux" {
			if err := r.packages(t, path, texts); err != nil {
				return err
			}
		}
	}
	if len(unsigned) > 0 { // a signature has a time in it: who rebuilds compares with these
		if err := r.write("UNSIGNED-SHA256SUMS", strings.Join(unsigned, "\n")+"\n"); err != nil {
			return err
		}
	}
	if err := r.source(ctx); err != nil {
		return err
	}
	if err := r.sums(); err != nil {
		return err
	}
	if err := r.channels(filepath.Join(r.out, sumsName)); err != nil {
		return err
	}
	return r.sign(ctx)
}

// stem returns the beginning of the names of a target's files.
func (r *release) stem(t target) string { return commandName + "-" + r.version + "-" + t.system() }

func (r *release) write(name, text string) error {
	path := filepath.Join(r.out, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// build links the program for a target. The program contains no path, time or name from this
// machine: version, commit and date are arguments.
func (r *release) build(ctx context.Context, t target) (string, error) {
	path := filepath.Join(r.work, t.system(), t.program())
	flags := "-s -w -buildid= -X awsvault/cmd/instant.Version=" + r.version +
		" -X awsvault/cmd/instant.Commit=" + r.commit + " -X awsvault/cmd/instant.Date=" + r.time.Format(time.RFC3339)
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o", path, ".")
	cmd.Dir, cmd.Env, cmd.Stderr = r.root, t.environ(), os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go build for %s: %w", t, err)
	}
	return path, nil
}

// texts are the files in packages and archives besides the program.
type texts struct {
	manual      map[string]string // by the name of the command, as the program gives it
	completions map[string]map[string]string
	licences    string // of the modules that are linked
}

var shells = []string{"bash", "zsh", "fish", "powershell"}

// texts gets the texts from the program itself, under both of its names.
func (r *release) texts(ctx context.Context) (*texts, error) {
	host := target{runtime.GOOS, runtime.GOARCH}
	path, err := r.build(ctx, host)
	if err != nil {
		return nil, err
	}
	t := &texts{manual: map[string]string{}, completions: map[string]map[string]string{}}
	for _, name := range []string{commandName, packageName} {
		link := filepath.Join(r.work, "as", name)
		if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
			return nil, err
		}
		if err := os.Symlink(path, link); err != nil {
			return nil, err
		}
		if t.manual[name], err = r.output(ctx, link, "__manual"); err != nil {
			return nil, err
		}
		t.completions[name] = map[string]string{}
		for _, shell := range shells {
			if t.completions[name][shell], err = r.output(ctx, link, "completion", shell); err != nil {
				return nil, err
			}
		}
	}
	t.licences, err = r.licences(ctx)
	return t, err
}

// output runs a program in the checkout, without this user's settings.
func (r *release) output(ctx context.Context, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Stderr = r.root, os.Stderr
	cmd.Env = append(goEnviron(), "LC_ALL=C", "TZ=UTC", "DBUS_SESSION_BUS_ADDRESS=unix:path=/proc/nonexistent")
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", filepath.Base(program), strings.Join(args, " "), err)
	}
	return string(out), nil
}
