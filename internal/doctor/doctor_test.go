package doctor

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"
)

func TestRunLeavesBehindWhatTakesTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan struct{})
		start := time.Now()
		got := Run(t.Context(), []Check{
			{"stuck", func(context.Context) []Finding { <-stuck; return nil }},
			{"quick", func(context.Context) []Finding { return []Finding{{Text: "fine"}} }},
			{"stuck too", func(context.Context) []Finding { <-stuck; return nil }},
		}, 2*time.Second)
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("all of it took %v", took)
		}
		if len(got) != 3 || got[0].Check != "stuck" || got[0].Findings[0].State != Warning || got[1].Findings[0].Text != "fine" || got[2].Findings[0].State != Warning {
			t.Errorf("%+v", got)
		}
		close(stuck)
	})
}

func TestScrub(t *testing.T) {
	s := Scrubber{Home: "/home/ana", Names: []string{"ana", "pay", "pay-prod", "default", "Zoë", ""}}
	common := Scrubber{Home: "/home/ana", Names: []string{"file", "key", "plain", "dev"}}
	for text, want := range map[string]string{
		`keystore file is used: 1 key, answers in 2ms`: `keystore file is used: 1 key, answers in 2ms`,
		`no key is in plain text in the AWS files`:     `no key is in plain text in the AWS files`,
		`vault add file`: `vault add <name>`,
		`vault import credentials key   stores it`:            `vault import credentials <name>   stores it`,
		`the credentials of plain in this shell have expired`: `the credentials of <name> in this shell have expired`,
		`file is active in this shell, expires 12:00`:         `<name> is active in this shell, expires 12:00`,
		`vault 0.1.0-dev linux/amd64, dev`:                    `vault 0.1.0-dev linux/amd64, <name>`,
		`signed in to file, expires 12:03`:                    `signed in to <name>, expires 12:03`,
	} {
		if got := common.Scrub(text); got != want {
			t.Errorf("Scrub(%q)\n got %q\nwant %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		`/home/ana/.aws/config:3: profile "pay": x`:                       `~/.aws/config:3: profile "...": x`,
		`~/work/secret/.awsprofile:1 x`:                                   `~/...:1 x`,
		`~/.aws/sso/cache/3ece1471f44f63177cbc.json has mode 644`:         `~/... has mode 644`,
		`signed in to pay-prod, expires 12:03`:                            `signed in to <name>, expires 12:03`,
		`vault import credentials pay   stores it`:                        `vault import credentials <name>   stores it`,
		`payment of payer`:                                                `payment of payer`,
		`Zoë is active, default too`:                                      `<name> is active, default too`,
		`arn:aws:iam::111122223333:role/x, 111122223333`:                  `<arn>, <number>`,
		`AKIAIOSFODNN7EXAMPLE`:                                            `<id>`,
		`https://corp.awsapps.com/start and 10.1.2.3:8080`:                `<url> and <host>`,
		`the key of [profile pay] by ana@example.com`:                     `the key of [...] by <mail>`,
		`eval "$(vault init zsh)"`:                                        `eval "$(vault init zsh)"`,
		`escaped "a\"b" end`:                                              `escaped "..." end`,
		`AWS_VAULT_SHELL_STATE is set, AWS_ENDPOINT_URL_STS, HTTPS_PROXY`: `AWS_VAULT_SHELL_STATE is set, AWS_ENDPOINT_URL_STS, HTTPS_PROXY`,
	} {
		if got := s.Scrub(text); got != want {
			t.Errorf("Scrub(%q)\n got %q\nwant %q", text, got, want)
		}
	}
}

func TestBusDaemonsCountsWhatDBusLaunchLeft(t *testing.T) {
	status := func(name, uid string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("Name:\t" + name + "\nPPid:\t1\nUid:\t" + uid + "\t" + uid + "\n")}
	}
	args := func(text string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(strings.ReplaceAll(text, " ", "\x00"))}
	}
	launched := "dbus-daemon --syslog-only --fork --print-pid 5 --print-address 7 --session"
	proc := fstest.MapFS{
		"1/status": status("init", "0"), "1/cmdline": args("init"),
		"10/status": status("dbus-daemon", "1000"), "10/cmdline": args(launched),
		"11/status": status("dbus-daemon", "1000"), "11/cmdline": args(launched),
		"12/status": status("dbus-daemon", "1000"), "12/cmdline": args("dbus-daemon --session --address=systemd: --nofork"),
		"13/status": status("dbus-daemon", "1001"), "13/cmdline": args(launched),
		"14/status": status("vim", "1000"), "14/cmdline": args("vim " + launched),
		"15/cmdline":  args(launched), // gone meanwhile
		"self/status": status("dbus-daemon", "1000"), "self/cmdline": args(launched),
	}
	if got := BusDaemons(proc, 1000); got != 2 {
		t.Errorf("%d daemons, want 2", got)
	}
}

func TestKeyQuota(t *testing.T) {
	text := "    0:    95 94/94 89/1000000 1847/25000000\n 1000:   190 190/190 185/200 9148/20000\n 1001: 1 1/1 3/200 19000/20000\n 1002: 1 1/1 3/200 10/20000\nnonsense\n"
	for uid, want := range map[int]State{0: OK, 1000: Problem, 1001: Problem, 1002: OK} {
		f, known := KeyQuota(text, uid)
		if !known || f.State != want || (want == Problem) != (f.Hint != "") {
			t.Errorf("user %d: %+v, known %v; want %v", uid, f, known, want)
		}
	}
	if _, known := KeyQuota(text, 7); known {
		t.Error("a user who is not there is known")
	}
}

func TestModesAreMendedAndOnlyTheFileThatWasSeen(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes mean nothing there")
	}
	dir := t.TempDir()
	file, link := filepath.Join(dir, "f"), filepath.Join(dir, "l")
	write := func() {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, 0o664); err != nil {
			t.Fatal(err)
		}
	}
	write()
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	paths := []Path{{Path: filepath.Join(dir, "missing"), Most: 0o700}, {Path: link, Shown: "l", Most: 0o700, Worst: Problem, Why: "bad"}}
	found := Modes(runtime.GOOS, paths, nil)
	if len(found) != 1 || found[0].Text != "l has mode 664: bad" || found[0].Hint != "chmod 600 l" {
		t.Fatalf("%+v", found)
	}
	os.Rename(file, file+"2")
	write()
	if err := found[0].Fix(); err == nil {
		t.Error("another file was changed")
	}
	if err := Modes(runtime.GOOS, paths, nil)[0].Fix(); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	if again := Modes(runtime.GOOS, paths, nil); again != nil {
		t.Errorf("%+v", again)
	}
	if found := Modes("windows", paths, nil); found != nil {
		t.Errorf("%+v", found)
	}
}

func TestLeftoversAreOldRegularFilesOfOurs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a[b]*")
	now := time.Now()
	for name, age := range map[string]time.Duration{".vault-1.tmp": 2 * time.Hour, ".vault-2.tmp": time.Minute, "other": 2 * time.Hour, ".vault-token": 2 * time.Hour} {
		path := filepath.Join(dir, name)
		os.MkdirAll(dir, 0o700)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		os.Chtimes(path, now.Add(-age), now.Add(-age))
	}
	os.MkdirAll(filepath.Join(dir, ".vault-3.tmp"), 0o700)
	os.Chtimes(filepath.Join(dir, ".vault-3.tmp"), now.Add(-2*time.Hour), now.Add(-2*time.Hour))
	found := Leftovers([]string{"", ".", dir, dir + "/", filepath.Join(dir, "none")}, filepath.Base, now)
	if len(found) != 1 || !strings.HasPrefix(found[0].Text, ".vault-1.tmp ") {
		t.Fatalf("%+v", found)
	}
	if err := found[0].Fix(); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 4 {
		t.Error(left)
	}
}

func TestOnPathKnowsHashiCorpsVaultAndRunsNothing(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("programs have other names there")
	}
	source, first, second := t.TempDir(), t.TempDir(), t.TempDir()
	files := map[string]string{"go.mod": "module github.com/hashicorp/vault\n", "main.go": "package main\nfunc main() { panic(1) }\n"}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(source, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-o", filepath.Join(first, "vault"), ".")
	build.Dir, build.Env = source, append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	own := filepath.Join(second, "vault")
	if err := os.WriteFile(own, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	got := OnPath(strings.Join([]string{"relative", t.TempDir(), first, second, first}, string(os.PathListSeparator)), []string{"vault"}, own)
	if len(got) != 2 || got[0].Module != "github.com/hashicorp/vault" || got[0].Own || !got[1].Own {
		t.Errorf("%+v", got)
	}
}

func TestClock(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for off, want := range map[time.Duration]State{0: OK, 50 * time.Second: OK, -2 * time.Minute: Warning, 4 * time.Minute: Warning, 6 * time.Minute: Problem, -24 * time.Hour: Problem} {
		ask := func(context.Context) (time.Time, error) { return now.Add(-off), nil }
		ahead, _, err := Clock(t.Context(), ask, func() time.Time { return now })
		if f := ClockFinding(ahead); err != nil || f.State != want || (ahead-off).Abs() > time.Second {
			t.Errorf("off by %v: %v, %v, %+v; want %v", off, ahead, err, f, want)
		}
	}
}

func TestFew(t *testing.T) {
	all := []Finding{{State: Warning, Text: "a"}, {State: Warning, Text: "b"}, {State: Problem, Text: "c"}}
	if got := Few(all, 3); len(got) != 3 {
		t.Error(got)
	}
	if got := Few(all, 1); len(got) != 2 || got[1].State != Problem || got[1].Text != "and 2 more like these" {
		t.Error(got)
	}
}

// A file system can accept a chmod without storing modes, so --fix checks the result.
func TestAModeThatStaysIsNotFixed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	stays := func(*os.File, os.FileMode) error { return nil }
	err = lessenBy(Path{Path: path, Most: 0o600}, info, stays)
	if err == nil || err.Error() != "it still has mode 666, so this file system stores no modes" {
		t.Errorf("got %v", err)
	}
	finding, fixed := Finding{State: Problem, Text: "f", Hint: "chmod", Fix: func() error { return err }}.Mend(true)
	if fixed || finding.State != Problem {
		t.Errorf("%+v, %t", finding, fixed)
	}
}
