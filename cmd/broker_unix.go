//go:build unix

package cmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"awsvault/cmd/front"
	"awsvault/cmd/instant"
	"awsvault/internal/broker"
	"awsvault/internal/nodbus"
)

// Run is the keeper, or its server: see internal/broker.
func (c *BrokerCmd) Run(a *App) error {
	// Tokens and sessions are in its memory, which must not be written to a file.
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return err
	}
	syscall.Umask(0o077)
	switch c.Role {
	case "keep":
		k, err := broker.Open(broker.Place{Dir: c.Dir, Name: c.Name})
		if err != nil {
			fmt.Fprintln(a.Stdout, front.Printable(err.Error()))
			return err
		}
		fmt.Fprintln(a.Stdout, ready)
		a.Stdout.Close() // who has started it waits for that
		return a.keep(k)
	case "succeed":
		k, err := broker.Inherit().Succeed()
		if err != nil {
			return err
		}
		return a.keep(k)
	case "serve":
		return a.serveLeases()
	}
	return front.NotForPeople()
}

// ready is what a keeper says when it listens.
const ready = "ready"

func (a *App) keep(k *broker.Keeper) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	k.Program, k.Args = self, []string{"__broker", "serve"}
	return k.Keep(a.ctx, a.Now, sleep)
}

// serveLeases is the server. Where its keeper has been killed, it starts another and ends.
func (a *App) serveLeases() error {
	debug.SetGCPercent(10) // it lives for hours, and has little to do
	in := broker.Inherit()
	port, control, err := in.Listeners()
	if err != nil {
		return front.NotForPeople()
	}
	end, left, err := broker.Serve(a.ctx, broker.Settings{
		Now: a.Now, Wait: sleep, UID: os.Getuid(), Version: instant.Version, Grace: a.grace(), Source: a.sourceOf,
	}, port, control, in.Keeper)
	if err != nil || end != broker.Orphaned {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	keeper := exec.Command(self, "__broker", "succeed")
	keeper.Env, keeper.Dir = nodbus.Environ(os.Environ()), "/"
	detach(keeper)
	return in.Bequeath(keeper, left)
}

// startBroker starts a keeper: in a session of its own without a terminal, with nothing
// open, and without what belongs to a shell and not to the user. The secrets among that
// it never has.
func (a *App) startBroker(self string, place broker.Place) func(context.Context) error {
	return func(ctx context.Context) error {
		said, to, err := os.Pipe()
		if err != nil {
			return err
		}
		defer said.Close()
		cmd := exec.Command(self, "__broker", "keep", place.Dir, place.Name)
		cmd.Dir, cmd.Stdout, cmd.Env = "/", to, []string{}
		for name, value := range a.Environ {
			if front.OfUser(name) || name == graceName {
				cmd.Env = append(cmd.Env, name+"="+value)
			}
		}
		detach(cmd)
		err = cmd.Start()
		to.Close()
		if err != nil {
			return fmt.Errorf("start the credential server: %w", err)
		}
		stop := context.AfterFunc(ctx, func() { said.SetReadDeadline(time.Unix(1, 0)) })
		defer stop()
		line, _ := bufio.NewReader(said).ReadString('\n')
		if line = strings.TrimSpace(line); line == ready {
			return nil
		}
		cmd.Process.Kill()
		if line == "" {
			line = "it does not say that it listens"
		}
		return fmt.Errorf("start the credential server: %w", errors.New(line))
	}
}
