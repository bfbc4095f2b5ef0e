// Command bench is `make bench`: the budgets of design.md, 10. Everything that
// takes time is judged as a ratio to an empty Go program that is built and run in
// between, on medians, so that the machine matters little.
//
//	bench [-slack FACTOR] [-known ROWS] [-only ROWS] VAULT
//
// It exits with 1 if a budget is exceeded. With -slack, which is CI's, it exits
// with 1 only if the same budget is exceeded by more than that factor in two
// runs of two; it prints both tables. -known names rows, by how they begin and with
// semicolons between them, that are known to be over: they are shown and do not fail.
// -only plays those rows alone, and leaves out what is not played.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

const (
	rounds   = 150
	longest  = 90 * time.Second // for all rounds, on whatever machine
	profiles = 10_000
	maxSize  = 20_000_000 // bytes
)

func main() {
	if slices.Equal(os.Args[1:], []string{callFlag}) {
		os.Exit(called())
	}
	slack := flag.Float64("slack", 1, "fail only beyond this many times a budget, and only in two runs of two")
	known := flag.String("known", "", "rows that do not fail, by how they begin; more than one with semicolons between them")
	only := flag.String("only", "", "rows that are played, by how they begin; more than one with semicolons between them; nothing: all")
	flag.Parse()
	if flag.NArg() != 1 || *slack < 1 {
		fmt.Fprintln(os.Stderr, "usage: bench [-slack FACTOR] [-known ROWS] [-only ROWS] VAULT")
		os.Exit(2)
	}
	alone, status := apart()
	if status >= 0 {
		os.Exit(status)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	over, err := run(ctx, flag.Arg(0), alone, *slack, *only)
	over = slices.DeleteFunc(over, func(row string) bool { return begins(row, *known) })
	if err == nil && *slack > 1 && len(over) > 0 {
		fmt.Printf("\nBeyond %.1f times its budget: %s. Once more.\n\n", *slack, strings.Join(over, "; "))
		var again []string
		again, err = run(ctx, flag.Arg(0), alone, *slack, *only)
		over = slices.DeleteFunc(over, func(row string) bool { return !slices.Contains(again, row) })
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	if len(over) > 0 {
		fmt.Fprintf(os.Stderr, "bench: over budget: %s\n", strings.Join(over, "; "))
		os.Exit(1)
	}
}

// begins says whether a row is one of those in a list.
func begins(row, list string) bool {
	for begin := range strings.SplitSeq(list, ";") {
		if begin != "" && strings.HasPrefix(row, begin) {
			return true
		}
	}
	return false
}

// run measures everything, prints the table and returns the rows that are beyond
// slack times their budget. alone says that the kernel's keyring is of this
// process, and not the user's.
func run(ctx context.Context, vault string, alone bool, slack float64, only string) (over []string, err error) {
	dir, err := os.MkdirTemp("", "vault-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if vault, err = installed(vault, filepath.Join(dir, "vault")); err != nil {
		return nil, err
	}
	empty, err := buildEmpty(dir)
	if err != nil {
		return nil, err
	}
	stage := &stage{dir: dir, vault: vault, empty: empty, alone: alone}
	defer stage.close()
	if err := stage.cast(); err != nil {
		return nil, err
	}
	stage.keep(only)
	left, err := rehearse(stage.subjects)
	if err != nil {
		return nil, err
	}
	stage.calls()
	done, err := play(ctx, stage.subjects)
	if err != nil {
		return nil, err
	}
	calls := stage.calls()
	if only != "" {
		t := newTable(os.Stdout, slack)
		for _, one := range stage.subjects {
			t.time(one)
		}
		if begins(quietPrompt, only) {
			for _, p := range prompts(stage.vault, stage.home.Environ()) {
				t.prompt(p)
			}
		}
		if begins(serving, only) {
			if err := errors.Join(stage.servers(t), stage.sharedServer(t)); err != nil {
				return nil, err
			}
		}
		if begins(severalProfiles, only) {
			if err := stage.several(t); err != nil {
				return nil, err
			}
		}
		t.print()
		return t.over, nil
	}
	return stage.report(newTable(os.Stdout, slack), done, left, len(calls))
}

// report prints the table, with what is not measured by playing.
func (s *stage) report(t *table, done, left, calls int) (over []string, err error) {
	info, err := os.Stat(s.vault)
	if err != nil {
		return nil, err
	}
	fmt.Printf("%d rounds on %d CPUs, %s/%s\n\n", done, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	for _, one := range s.subjects {
		t.time(one)
	}
	if err := s.pickers(t); err != nil {
		return nil, err
	}
	for _, p := range prompts(s.vault, s.home.Environ()) {
		t.prompt(p)
	}
	if err := errors.Join(s.servers(t), s.sharedServer(t)); err != nil {
		return nil, fmt.Errorf("credential servers: %w", err)
	}
	if err := s.several(t); err != nil {
		return nil, err
	}
	for _, c := range s.counts() {
		t.figure(c.name, float64(c.n), 0, 0)
	}
	if left >= 0 {
		t.figure("processes left behind", float64(left), 0, 0)
	}
	t.figure("calls to AWS with a cached session", float64(calls), 0, 0)
	t.figure("size of the program, MB", float64(info.Size())/1e6, maxSize/1e6, 1)
	t.note("A ratio is to an empty Go program, of `exec` without its command; with 10,000 profiles, to the same with two; of a quiet prompt, to $(/bin/true) in the same shell.")
	if init, err := initialisation(s.last()); err == nil {
		t.note("Initialising all packages takes, in ms: " + init + ".")
	}
	for _, text := range s.notes {
		t.note(text)
	}
	t.print()
	return t.over, nil
}

// buildEmpty builds the program that everything is compared with.
func buildEmpty(dir string) (string, error) {
	source, program := filepath.Join(dir, "empty.go"), filepath.Join(dir, "empty")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, source)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build an empty program: %w\n%s", err, out)
	}
	return installed(program, program+"-installed")
}

// installed copies a program, as who installs it does. One that lies as the linker has
// left it starts slower by half of an empty program's time: the linker writes through
// a mapping, a page at a time, and so the pages come when it is run.
func installed(program, path string) (string, error) {
	text, err := os.ReadFile(program)
	if err != nil {
		return "", err
	}
	return path, os.WriteFile(path, text, 0o755)
}
