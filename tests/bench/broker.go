package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"awsvault/internal/lease"
)

// The budgets of the server that shells share (servers.md, 6).
const (
	mostLeased  = 1.5 // `use --via server`, to `use`
	mostStarted = 3   // from its start until it listens, to an empty program
	mostWakeUps = 1   // a second, of both processes
	leasedUses  = 150
	starts      = 80
)

// shared is the server that shells share, as a bench sees it.
type shared struct {
	dir     string // of its socket
	environ []string
	vault   string
	client  lease.Client
}

// sharedServer measures `use --via server` beside `use`, how long the server takes to
// start, and what it costs while nothing asks it.
func (s *stage) sharedServer(t *table) error {
	dir := filepath.Join(s.dir, "run")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	one := &shared{dir: filepath.Join(dir, "awsvault"), vault: s.vault}
	one.environ = lastOnly(s.home.Environ("XDG_RUNTIME_DIR="+dir, "AWS_VAULT_SERVER_GRACE=1s", "AWS_VAULT_FILE_PASSPHRASE_COMMAND=/proc/nonexistent"))
	if err := one.uses(t); err != nil {
		return err
	}
	return s.starts(t, one)
}

// use has a shell use the profile.
func (s *shared) use(flags ...string) (took time.Duration, said string, err error) {
	args := append([]string{"__shell", "bash", "--readonly=", "--kept=", "--previous=", "--pid=" + strconv.Itoa(os.Getpid()), "--", "use", "dev"}, flags...)
	cmd := exec.Command(s.vault, args...)
	cmd.Env = s.environ
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	begin := time.Now()
	err = cmd.Run()
	took = time.Since(begin)
	if err == nil && !strings.Contains(out.String(), ":vault:end:") {
		err = fmt.Errorf("it says %q", out.String())
	}
	if err != nil {
		err = fmt.Errorf("use dev %s: %w\n%s", strings.Join(flags, " "), err, errs.String())
	}
	return took, out.String(), err
}

var leaseIn = regexp.MustCompile(`http://127\.0\.0\.1:\d+/l/([a-z2-7]{26})`)

// leased takes a lease by a use.
func (s *shared) leased() (took time.Duration, id string, err error) {
	took, said, err := s.use("--via", "server")
	if err != nil {
		return 0, "", err
	}
	found := leaseIn.FindStringSubmatch(said)
	if found == nil {
		return 0, "", errors.New("use --via server sets no address")
	}
	return took, found[1], nil
}

// uses times the two ways in turn. The lease before is given up meanwhile, as a shell does.
func (s *shared) uses(t *table) error {
	_, first, err := s.leased()
	if err != nil {
		return err
	}
	sockets, _ := filepath.Glob(filepath.Join(s.dir, "*.sock"))
	if len(sockets) != 1 {
		return fmt.Errorf("%d sockets in %s", len(sockets), s.dir)
	}
	s.client = lease.Client{Place: lease.Place{Dir: s.dir, Name: strings.TrimSuffix(filepath.Base(sockets[0]), ".sock")}, UID: os.Getuid()}
	ctx := context.Background()
	defer func() { s.client.Revoke(ctx, first) }()
	reference := &subject{name: serving + " of shells: use without it"}
	one := &subject{name: serving + " of shells: use --via server", to: reference, budget: mostLeased}
	for i := range leasedUses {
		plain, _, err := s.use()
		if err != nil {
			return err
		}
		took, id, err := s.leased()
		if err != nil {
			return err
		}
		if err := s.client.Revoke(ctx, id); err != nil {
			return err
		}
		if i > 0 { // the first fills the cache
			reference.times, one.times = append(reference.times, plain), append(one.times, took)
		}
	}
	t.time(reference)
	t.time(one)
	return s.idle(ctx, t)
}

// idle is what both processes have in memory and do while a lease is there and nothing
// asks for it.
func (s *shared) idle(ctx context.Context, t *table) error {
	report, err := s.client.Report(ctx)
	if err != nil {
		return err
	}
	both := []int{report.Keeper, report.Server}
	time.Sleep(idleWhile)
	before, err := wakeUps(both)
	if err != nil {
		return nil // not on this system
	}
	time.Sleep(2 * idleWhile)
	after, err := wakeUps(both)
	if err != nil {
		return err
	}
	for i, name := range []string{"its keeper", "the server"} {
		kB, err := memoryOf(both[i])
		if err != nil {
			return err
		}
		t.figure(serving+" of shells, in memory, MB: "+name, kB/1000, mostIdle, 1)
	}
	t.figure(serving+" of shells, idle: times a second that a thread runs, both processes", float64(after-before)/(2*idleWhile).Seconds(), mostWakeUps, 2)
	return nil
}

// wakeUps is how often threads of processes were given a processor (proc(5)).
func wakeUps(pids []int) (n int, err error) {
	for _, pid := range pids {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
		if err != nil || len(threads) == 0 {
			return 0, fmt.Errorf("no threads of process %d", pid)
		}
		for _, thread := range threads {
			text, err := os.ReadFile(thread)
			if err != nil {
				return 0, err
			}
			for line := range strings.Lines(string(text)) {
				name, value, _ := strings.Cut(line, ":")
				if strings.HasSuffix(name, "voluntary_ctxt_switches") {
					count, _ := strconv.Atoi(strings.TrimSpace(value))
					n += count
				}
			}
		}
	}
	return n, nil
}

// starts times a keeper from its start until it listens, beside an empty program.
func (s *stage) starts(t *table, one *shared) error {
	row := &subject{name: serving + " of shells: from its start until it listens", to: &subject{}, budget: mostStarted}
	for i := range starts {
		begin := time.Now()
		if err := exec.Command(s.empty).Run(); err != nil {
			return err
		}
		empty := time.Since(begin)
		took, err := one.start(i)
		if err != nil {
			return err
		}
		row.to.times, row.times = append(row.to.times, empty), append(row.times, took)
	}
	t.time(row)
	return nil
}

// start starts a keeper, waits until it listens, and ends it.
func (s *shared) start(i int) (took time.Duration, err error) {
	cmd := exec.Command(s.vault, "__broker", "keep", s.dir, fmt.Sprintf("bench%d", i))
	cmd.Env, cmd.Dir = s.environ, "/"
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	said, err := bufio.NewReader(out).ReadString('\n')
	took = time.Since(begin)
	cmd.Process.Signal(syscall.SIGTERM)
	cmd.Wait()
	if said != "ready\n" {
		return 0, fmt.Errorf("a keeper says %q: %w", said, err)
	}
	return took, nil
}
