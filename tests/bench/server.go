package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// serving is how the rows of credential servers begin.
const serving = "server"

// The budgets of a server (servers.md, 6), as ratios to one of net/http that answers
// every request with the same text.
const (
	mostKept  = 2    // the token and the Host are looked at
	mostNew   = 3    // and the kernel is asked whose the connection is
	mostOf50  = 5    // the slowest but one in a hundred, to the median
	mostIdle  = 20.5 // MB: 1.5 times a server of net/http that had served for a while
	atOnce    = 50
	eachAsks  = 40
	bareCode  = "package main\n\nimport (\n\t\"fmt\"\n\t\"net\"\n\t\"net/http\"\n)\n\nfunc main() {\n\tl, err := net.Listen(\"tcp4\", \"127.0.0.1:0\")\n\tif err != nil {\n\t\tpanic(err)\n\t}\n\tfmt.Printf(\"http://%s/ token\\n\", l.Addr())\n\tbody := make([]byte, 700)\n\thttp.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(body) }))\n}\n"
	requests  = 1500
	idleWhile = 5 * time.Second
)

// server is one that runs.
type server struct {
	cmd        *exec.Cmd
	stdin      io.Closer
	uri, token string
}

func (s *server) close() {
	s.stdin.Close()
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

// startServer starts one, which prints its address and a token.
func startServer(cmd *exec.Cmd) (*server, error) {
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd, stdin: stdin}
	said, err := bufio.NewReader(stdout).ReadString('\n')
	if _, scanned := fmt.Sscan(said, &s.uri, &s.token); err != nil || scanned != nil {
		s.close()
		return nil, fmt.Errorf("a server says %q: %w", said, errors.Join(err, scanned))
	}
	return s, nil
}

// ask takes the time of one request.
func (s *server) ask(client *http.Client) (time.Duration, error) {
	request, err := http.NewRequest(http.MethodGet, s.uri, nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", s.token)
	begin := time.Now()
	resp, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	took := time.Since(begin)
	if err == nil && (resp.StatusCode != http.StatusOK || len(body) < 100) {
		err = fmt.Errorf("%s: %s", resp.Status, body)
	}
	return took, err
}

func (s *server) memory() (float64, error) { return memoryOf(s.cmd.Process.Pid) }

// memoryOf is what of a process is in memory, in kB (proc(5), VmRSS).
func memoryOf(pid int) (float64, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	return strconv.ParseFloat(strings.Fields(rest + " ?")[0], 64)
}

// servers measures `exec --server` beside a bare server, one request of each in turn.
func (s *stage) servers(t *table) error {
	ours, bare, err := s.bothServers()
	if err != nil {
		return err
	}
	defer ours.close()
	defer bare.close()
	if err := idle(t, ours, bare); err != nil {
		return err
	}
	for _, row := range []struct {
		name   string
		kept   bool
		budget float64
	}{{"a request on a connection of its own", false, mostNew}, {"a request on a connection that is kept", true, mostKept}} {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: !row.kept, MaxIdleConnsPerHost: 1}}
		reference := &subject{name: serving + " of net/http, " + row.name}
		one := &subject{name: serving + ", " + row.name, to: reference, budget: row.budget}
		for i := range requests {
			b, err := bare.ask(client)
			if err != nil {
				return err
			}
			o, err := ours.ask(client)
			if err != nil {
				return err
			}
			if i >= requests/10 { // the first ones warm up
				reference.times, one.times = append(reference.times, b), append(one.times, o)
			}
		}
		client.CloseIdleConnections()
		t.time(reference)
		t.time(one)
	}
	return crowds(t, ours, bare)
}

// bothServers starts the two. What prints is ours's command, which then waits for the
// end of its input.
func (s *stage) bothServers() (ours, bare *server, err error) {
	source, program := filepath.Join(s.dir, "bare.go"), filepath.Join(s.dir, "bare")
	if err := os.WriteFile(source, []byte(bareCode), 0o600); err != nil {
		return nil, nil, err
	}
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, nil, fmt.Errorf("build a bare server: %w\n%s", err, out)
	}
	if bare, err = startServer(exec.Command(program)); err != nil {
		return nil, nil, err
	}
	var errs bytes.Buffer
	cmd := exec.Command(s.vault, "exec", "dev", "--server", "--", "sh", "-c", `echo "$AWS_CONTAINER_CREDENTIALS_FULL_URI $AWS_CONTAINER_AUTHORIZATION_TOKEN"; exec cat`)
	cmd.Env, cmd.Dir, cmd.Stderr = lastOnly(s.home.Environ()), s.home.Home, &errs
	if ours, err = startServer(cmd); err != nil {
		bare.close()
		return nil, nil, fmt.Errorf("%w\n%s", err, errs.String())
	}
	return ours, bare, nil
}

// crowds has fifty programs ask at once, and judges the slowest but one of a hundred
// requests: of a few crowds the best one, since whatever else runs on the machine is in
// the others. What a bare server does there stands beside it.
func crowds(t *table, ours, bare *server) error {
	best := map[*server]float64{}
	for range 5 {
		for _, s := range []*server{bare, ours} {
			got, err := s.crowd()
			if err != nil {
				return err
			}
			if best[s] == 0 || got < best[s] {
				best[s] = got
			}
		}
	}
	t.note(fmt.Sprintf("When fifty programs ask a server at once, the slowest hundredth takes %.1f times the median; of net/http's, %.1f times.", best[ours], best[bare]))
	t.figure(serving+", fifty programs at once, the slowest hundredth to the median", best[ours], mostOf50, 1)
	return nil
}

// crowd is how many times the median the slowest hundredth takes. None may fail.
func (s *server) crowd() (float64, error) {
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	var programs sync.WaitGroup
	for range atOnce {
		programs.Go(func() {
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			for range eachAsks {
				took, err := s.ask(client)
				mu.Lock()
				all, failed = append(all, took), errors.Join(failed, err)
				mu.Unlock()
			}
		})
	}
	programs.Wait()
	slices.Sort(all)
	return float64(all[len(all)*99/100]) / float64(all[len(all)/2]), failed
}

// idle compares what the two have in memory when they have answered once, and then have
// had nothing to do.
func idle(t *table, ours, bare *server) error {
	for _, s := range []*server{ours, bare} {
		if _, err := s.ask(http.DefaultClient); err != nil {
			return err
		}
	}
	http.DefaultClient.CloseIdleConnections()
	time.Sleep(idleWhile)
	o, err := ours.memory()
	if err != nil {
		return nil // not on this system
	}
	b, err := bare.memory()
	if err != nil {
		return err
	}
	t.note(fmt.Sprintf("A server has %.1f MB in memory, one of net/http %.1f MB; of vault's, most are pages of the program.", o/1000, b/1000))
	t.figure(serving+", in memory, MB", o/1000, mostIdle, 1)
	return nil
}
