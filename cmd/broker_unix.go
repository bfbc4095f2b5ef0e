//go:build unix

package cmd

import (
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"syscall"

	"awsvault/cmd/instant"
	"awsvault/internal/broker"
	"awsvault/internal/call"
	"awsvault/internal/ending"
	"awsvault/internal/lease"
	"awsvault/internal/line"
	"awsvault/internal/nodbus"
	"awsvault/internal/process"
)

// Run runs the keeper or the server, as c.Role says: see internal/broker.
func (c *BrokerCmd) Run(a *App) error {
	// No core dump: the memory of this process contains tokens and sessions.
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return err
	}
	syscall.Umask(0o077)
	switch c.Role {
	case "keep":
		k, err := broker.Open(lease.Place{Dir: c.Dir, Name: c.Name})
		if err != nil {
			fmt.Fprintln(a.Stdout, line.Printable(err.Error()))
			return err
		}
		fmt.Fprintln(a.Stdout, broker.Ready)
		a.Stdout.Close() // the process that started this one waits for that
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
	return call.NotForPeople()
}

func (a *App) keep(k *broker.Keeper) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	k.Program, k.Args = self, []string{"__broker", "serve"}
	return k.Keep(a.ctx, a.Now, ending.Sleep)
}

// serveLeases runs the server. If its keeper was killed, it starts another one and ends.
func (a *App) serveLeases() error {
	debug.SetGCPercent(50) // the server runs for hours and is mostly idle
	in := broker.Inherit()
	port, control, err := in.Listeners()
	if err != nil {
		return call.NotForPeople()
	}
	end, left, err := broker.Serve(a.ctx, broker.Settings{
		Now: a.Now, Wait: ending.Sleep, UID: os.Getuid(), Version: instant.Version, Grace: a.grace(), Source: a.sourceOf,
		Rest: debug.FreeOSMemory,
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
	process.Detach(keeper)
	return in.Bequeath(keeper, left)
}
