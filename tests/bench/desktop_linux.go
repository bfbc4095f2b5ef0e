package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/godbus/dbus"
)

// desktops adds the rows of the keystores that a desktop has, with sixty cached
// sessions: a real gnome-keyring, kwalletd and pass.
func (s *stage) desktops() error {
	if !s.alone {
		return nil
	}
	config, err := sixty(s.dir)
	if err != nil {
		return err
	}
	for _, d := range []struct {
		name  string
		start func() (settings []string, missing string, err error)
	}{{"gnome-keyring", s.gnome}, {"kwalletd", s.kwallet}, {"pass", s.pass}} {
		settings, missing, err := d.start()
		if err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
		if missing != "" {
			s.note("Not measured here: " + d.name + ": apt-get install " + missing)
			continue
		}
		environ, err := s.keystore(d.name, settings...)
		if err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
		environ = append(environ, "AWS_CONFIG_FILE="+config)
		for i := range cachedSessions {
			cmd := exec.Command(s.vault, "export", fmt.Sprintf("team-%d", i))
			cmd.Env = environ
			var errs strings.Builder
			cmd.Stderr = &errs
			if err := cmd.Run(); err != nil {
				return fmt.Errorf("%s: vault export: %w\n%s", d.name, err, errs.String())
			}
		}
		if err := s.commands(d.name+", 60 sessions", environ, ""); err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
	}
	return nil
}

// missing names a package if one of the programs is not here.
func missing(debian string, programs ...string) string {
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			return debian
		}
	}
	return ""
}

// bus starts a message bus of its own, for services that find no display.
func (s *stage) bus(name string) (environ []string, err error) {
	home := filepath.Join(s.dir, "bus-"+name)
	for _, dir := range []string{"data/keyrings", "config", "run"} {
		if err := os.MkdirAll(filepath.Join(home, dir), 0o700); err != nil {
			return nil, err
		}
	}
	environ = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_DATA_HOME=" + filepath.Join(home, "data"), "XDG_CONFIG_HOME=" + filepath.Join(home, "config"),
		"XDG_RUNTIME_DIR=" + filepath.Join(home, "run"), "QT_QPA_PLATFORM=offscreen",
	}
	cmd := exec.Command("dbus-daemon", "--session", "--nofork", "--print-address")
	cmd.Env = environ
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s.ends = append(s.ends, func() { cmd.Process.Kill(); cmd.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("dbus-daemon: %w", err)
	}
	go io.Copy(io.Discard, out)
	return append(environ, "DBUS_SESSION_BUS_ADDRESS="+strings.TrimSpace(address)), nil
}

// daemon runs a service in the foreground until the end.
func (s *stage) daemon(environ []string, stdin string, argv ...string) error {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = environ
	cmd.Stdin = strings.NewReader(stdin)
	if err := cmd.Start(); err != nil {
		return err
	}
	s.ends = append(s.ends, func() { cmd.Process.Kill(); cmd.Wait() })
	return nil
}

func (s *stage) gnome() (settings []string, lacks string, err error) {
	if lacks = missing("dbus gnome-keyring", "dbus-daemon", "gnome-keyring-daemon"); lacks != "" {
		return nil, lacks, nil
	}
	environ, err := s.bus("gnome")
	if err != nil {
		return nil, "", err
	}
	if err := s.daemon(environ, "pw", "gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"); err != nil {
		return nil, "", err
	}
	conn, err := onBus(environ, "org.freedesktop.secrets")
	if err != nil {
		return nil, "", err
	}
	conn.Close()
	return append(environ[4:], "AWS_VAULT_BACKEND=secret-service", "AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME=login"), "", nil
}

func (s *stage) kwallet() (settings []string, lacks string, err error) {
	if lacks = missing("dbus libkf5wallet-bin", "dbus-daemon", "kwalletd5"); lacks != "" {
		return nil, lacks, nil
	}
	environ, err := s.bus("kwallet")
	if err != nil {
		return nil, "", err
	}
	if err := s.daemon(environ, "", "kwalletd5"); err != nil {
		return nil, "", err
	}
	conn, err := onBus(environ, "org.kde.kwalletd5")
	if err != nil {
		return nil, "", err
	}
	defer conn.Close()
	// As at a log-in: without a dialog.
	key := []byte(strings.Repeat("k", 56))
	if call := conn.Object("org.kde.kwalletd5", "/modules/kwalletd5").Call("org.kde.KWallet.pamOpen", 0, "aws-vault", key, int32(0)); call.Err != nil {
		return nil, "", call.Err
	}
	return append(environ[4:], "AWS_VAULT_BACKEND=kwallet"), "", nil
}

// onBus connects to the bus once a service is there.
func onBus(environ []string, service string) (*dbus.Conn, error) {
	address := strings.TrimPrefix(environ[len(environ)-1], "DBUS_SESSION_BUS_ADDRESS=")
	conn, err := dbus.Dial(address)
	if err != nil {
		return nil, err
	}
	if err := conn.Auth(nil); err != nil {
		return nil, err
	}
	if err := conn.Hello(); err != nil {
		return nil, err
	}
	for range 500 {
		var there bool
		if err := conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, service).Store(&there); err != nil || there {
			return conn, err
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil, fmt.Errorf("%s does not come", service)
}

func (s *stage) pass() (settings []string, lacks string, err error) {
	if lacks = missing("pass gnupg", "pass", "gpg", "gpgconf"); lacks != "" {
		return nil, lacks, nil
	}
	// The name of the agent's socket has to be short.
	home, err := os.MkdirTemp("/tmp", "gpg")
	if err != nil {
		return nil, "", err
	}
	settings = []string{"GNUPGHOME=" + home, "AWS_VAULT_PASS_PASSWORD_STORE_DIR=" + filepath.Join(s.dir, "password-store"), "AWS_VAULT_BACKEND=pass"}
	environ := append(os.Environ(), "GNUPGHOME="+home, "PASSWORD_STORE_DIR="+filepath.Join(s.dir, "password-store"))
	s.ends = append(s.ends, func() {
		kill := exec.Command("gpgconf", "--kill", "gpg-agent")
		kill.Env = environ
		kill.Run()
		os.RemoveAll(home)
	})
	for _, argv := range [][]string{
		{"gpg", "--batch", "--pinentry-mode", "loopback", "--passphrase", "", "--quick-gen-key", "T <t@example.invalid>", "default", "default", "never"},
		{"pass", "init", "t@example.invalid"},
	} {
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Env = environ
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, "", fmt.Errorf("%s: %w\n%s", argv[0], err, out)
		}
	}
	return settings, "", nil
}
