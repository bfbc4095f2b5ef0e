package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// subject is a program whose time is taken.
type subject struct {
	name    string
	argv    []string
	environ []string
	says    string   // must be in its answer
	to      *subject // what its time is compared with
	budget  float64  // how often it may take that time; 0: as long as it likes
	command bool     // it becomes what it is compared with, which is not counted
	times   []time.Duration
}

func (s *subject) median() time.Duration {
	sorted := slices.Sorted(slices.Values(s.times))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func (s *subject) least() time.Duration { return slices.Min(s.times) }

func (s *subject) ratio() float64 {
	if s.to == nil {
		return 1
	}
	ratio := float64(s.median()) / float64(s.to.median())
	if s.command && !s.to.command {
		ratio--
	}
	return ratio
}

// rehearse runs each once, which fills the caches, and looks at what it answers:
// the time of an error is worth nothing. It counts the processes left behind, on
// a machine that names no message bus: that is where one may be started.
func rehearse(subjects []*subject) (left int, err error) {
	if err := adopt(); err != nil {
		return 0, err
	}
	before, err := children()
	if err != nil {
		return 0, err
	}
	for _, s := range subjects {
		cmd := exec.Command(s.argv[0], s.argv[1:]...)
		cmd.Env = slices.DeleteFunc(slices.Clone(s.environ), func(v string) bool { return v == "DBUS_SESSION_BUS_ADDRESS=unix:path=/proc/nonexistent" })
		if err := s.check(cmd); err != nil {
			return 0, err
		}
	}
	return leftBehind(before)
}

// check runs a command of the subject's and looks at what it says.
func (s *subject) check(cmd *exec.Cmd) error {
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if err == nil && !strings.Contains(out.String(), s.says) {
		err = fmt.Errorf("it answers %q", out.String())
	}
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", s.name, err, errs.String())
	}
	return nil
}

// play runs all of them in turn, in an order that changes, so that what else
// the machine does meanwhile hits them alike.
func play(ctx context.Context, subjects []*subject) (done int, err error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	end := time.Now().Add(longest)
	for done < rounds && (done == 0 || time.Now().Before(end)) {
		for _, i := range rand.Perm(len(subjects)) {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			if err := subjects[i].run(null); err != nil {
				again := exec.Command(subjects[i].argv[0], subjects[i].argv[1:]...) // for what it says
				again.Env = subjects[i].environ
				return 0, fmt.Errorf("%s: %w; %w", subjects[i].name, err, subjects[i].check(again))
			}
		}
		done++
	}
	return done, nil
}

func (s *subject) run(null *os.File) error {
	start := time.Now()
	p, err := os.StartProcess(s.argv[0], s.argv, &os.ProcAttr{Env: s.environ, Files: []*os.File{null, null, null}})
	if err != nil {
		return err
	}
	state, err := p.Wait()
	s.times = append(s.times, time.Since(start))
	if err == nil && !state.Success() {
		err = fmt.Errorf("%s", state)
	}
	return err
}

// initialisation adds up what Go's runtime says about the packages that a
// program initialises, and names those that take longest.
func initialisation(s *subject) (string, error) {
	cmd := exec.Command(s.argv[0], s.argv[1:]...)
	cmd.Env = append(slices.Clone(s.environ), "GODEBUG=inittrace=1")
	var trace bytes.Buffer
	cmd.Stderr = &trace
	if err := cmd.Run(); err != nil {
		return "", err
	}
	type cost struct {
		name string
		ms   float64
	}
	var costs []cost
	sum := 0.0
	for line := range strings.Lines(trace.String()) {
		// init NAME @1.2 ms, 0.03 ms clock, 100 bytes, 2 allocs
		f := strings.Fields(line)
		if len(f) < 7 || f[0] != "init" {
			continue
		}
		if ms, err := strconv.ParseFloat(f[4], 64); err == nil {
			costs = append(costs, cost{f[1], ms})
			sum += ms
		}
	}
	slices.SortFunc(costs, func(a, b cost) int { return int(1e6 * (b.ms - a.ms)) })
	text := fmt.Sprintf("%.2f", sum)
	for _, c := range costs[:min(3, len(costs))] {
		text += fmt.Sprintf("  %s %.2f", c.name, c.ms)
	}
	return text, nil
}
