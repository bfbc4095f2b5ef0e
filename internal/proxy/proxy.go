// Package proxy is the part of a credential server that needs privileges. It adds the
// address of EC2's instance metadata service, 169.254.169.254, to this machine's loopback
// for a while, and passes sockets that listen on it to a user's server.
//
// It reads no request and holds no credentials. The server that has the socket sees the
// peer and decides whom to answer. The package does not know HTTP, profiles or the
// environment.
//
// The changes were tested on Linux. On other systems they follow the manuals, and we have
// not run them.
package proxy

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"awsvault/internal/disk"
	"awsvault/internal/fault"
)

// Address is where programs look for the instance metadata service. Endpoint includes its
// port.
const (
	Address  = "169.254.169.254"
	Endpoint = Address + ":80"
)

// Lifetime is how long the address stays after this process was killed.
const Lifetime = time.Minute

// Settings hold what a holder of the address takes from outside.
type Settings struct {
	// InContainer puts the address there even if this is a container.
	InContainer bool
	// Lifetime is that of the address, on Linux.
	Lifetime time.Duration
	// Wait waits until d has passed or ctx is done.
	Wait func(ctx context.Context, d time.Duration) error
	// Users may have the socket. Root may, too.
	Users []int
	// Say is called for each socket that was passed on. It may be nil.
	Say func(line string)
}

// Holder keeps the address on the loopback interface until it is closed.
type Holder struct {
	settings Settings
	loopback net.Interface
	stop     context.CancelFunc
	done     chan struct{}
}

// Hold puts the address on the loopback interface, and keeps it there.
func Hold(ctx context.Context, s Settings) (*Holder, error) {
	found, err := look(ctx)
	if err != nil {
		return nil, err
	}
	if err := found.refusal(s.InContainer); err != nil {
		return nil, err
	}
	if !privileged() {
		return nil, errPrivilege
	}
	if err := add(ctx, found.loopback, s.Lifetime); err != nil {
		return nil, fmt.Errorf("put %s on %s: %w", Address, found.loopback.Name, err)
	}
	run, stop := context.WithCancel(context.Background())
	h := &Holder{settings: s, loopback: found.loopback, stop: stop, done: make(chan struct{})}
	go h.renew(run)
	return h, nil
}

// renew extends the address's lifetime. If that fails, there is time for two more tries.
func (h *Holder) renew(ctx context.Context) {
	defer close(h.done)
	for h.settings.Wait(ctx, h.settings.Lifetime/4) == nil {
		_ = add(ctx, h.loopback, h.settings.Lifetime)
	}
}

// Close removes the address.
func (h *Holder) Close() error {
	h.stop()
	<-h.done
	return remove(context.Background(), h.loopback)
}

// machine describes the machine before anything is changed.
type machine struct {
	loopback  net.Interface
	elsewhere string // the name of another interface with the address
	instance  string // how vault knows that this is an EC2 instance
	container string // how vault knows that this is a container
	answers   bool   // something listens there already
}

func look(ctx context.Context) (machine, error) {
	m := machine{instance: instanceMark("/"), container: containerMark("/")}
	all, err := net.Interfaces()
	if err != nil {
		return m, err
	}
	for _, i := range all {
		switch {
		case i.Flags&net.FlagLoopback != 0 && i.Flags&net.FlagUp != 0 && m.loopback.Index == 0:
			m.loopback = i
		case has(i):
			m.elsewhere = i.Name
		}
	}
	if m.loopback.Index == 0 {
		return m, fault.New("there is no loopback interface that is up", "")
	}
	if m.instance == "" && m.elsewhere == "" {
		m.answers = answers(ctx)
	}
	return m, nil
}

// has reports whether an interface has the address.
func has(i net.Interface) bool {
	addresses, err := i.Addrs()
	return err == nil && slices.ContainsFunc(addresses, func(a net.Addr) bool { return strings.HasPrefix(a.String(), Address+"/") })
}

// answers reports whether something listens at the address: a cloud's service, or another
// program that has put it here.
func answers(ctx context.Context) bool {
	dialer := net.Dialer{Timeout: 500 * time.Millisecond}
	c, err := dialer.DialContext(ctx, "tcp4", Endpoint)
	if err == nil {
		c.Close()
	}
	return err == nil
}

const without = "vault exec PROFILE --ec2-server -- CMD works without the address, by AWS_EC2_METADATA_SERVICE_ENDPOINT"

// refusal says why the address must not be put here.
func (m machine) refusal(inContainer bool) error {
	switch {
	case m.instance != "":
		return fault.New("this is an EC2 instance ("+m.instance+"): "+Address+" is its own metadata service", without)
	case m.elsewhere != "":
		return fault.New(m.elsewhere+" has the address "+Address+" already", without)
	case m.answers:
		return fault.New("something answers at "+Endpoint+" already", without)
	case m.container != "" && !inContainer:
		return fault.New("this looks like a container ("+m.container+"), whose "+Address+" may be that of its machine", "--in-container, if it is not   or: "+without)
	}
	return nil
}

// instanceMark returns the file that shows that this is an EC2 instance, from its firmware
// (Amazon EC2 User Guide, "Identify EC2 instances").
func instanceMark(root string) string {
	for _, path := range []string{"sys/class/dmi/id/sys_vendor", "sys/class/dmi/id/board_vendor", "sys/class/dmi/id/bios_vendor"} {
		if strings.HasPrefix(first(root+path), "Amazon") {
			return "/" + path
		}
	}
	for _, path := range []string{"sys/hypervisor/uuid", "sys/class/dmi/id/product_uuid"} {
		if strings.HasPrefix(strings.ToLower(first(root+path)), "ec2") {
			return "/" + path
		}
	}
	return ""
}

// containerMark returns the file that Docker, Podman, systemd or Kubernetes creates in a
// container.
func containerMark(root string) string {
	for _, path := range []string{".dockerenv", "run/.containerenv", "run/systemd/container", "var/run/secrets/kubernetes.io"} {
		if _, err := os.Stat(root + path); err == nil {
			return "/" + path
		}
	}
	return ""
}

// first returns the first line of a small file; empty if the file cannot be read.
func first(path string) string {
	text, err := disk.ReadFile(path, disk.Reading{Limit: 4 << 10})
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSpace(first)
}
