package serve

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"awsvault/internal/disk"
	"awsvault/internal/fault"
	"awsvault/internal/unixsock"
)

// ListenUnix opens a socket to which only this user and root can connect. It replaces an
// abandoned socket, but not one that another server uses.
//
// others allows every user who can reach the socket, so the server has to check its peers. On
// this machine, the socket's directory keeps others away; a container only has the socket.
func ListenUnix(path string, others bool) (net.Listener, error) {
	if err := unixsock.Fit(path); err != nil {
		return nil, fault.Hinted(err, "choose a shorter path, or cd into its directory and name it without")
	}
	if c, err := net.DialTimeout("unix", path, time.Second); err == nil {
		c.Close()
		return nil, fmt.Errorf("another server listens on %s", path)
	}
	dir := filepath.Dir(path)
	rule := disk.OursOrRoots()
	rule.Sticky = true
	switch info, err := os.Stat(dir); {
	case err != nil:
		return nil, fmt.Errorf("the socket's directory %s: %w", dir, disk.Cause(err))
	case !info.IsDir():
		return nil, fmt.Errorf("the socket's directory %s is not a directory", dir)
	}
	if err := rule.CheckDir(dir); err != nil {
		return nil, fmt.Errorf("%w: others can replace what is in it", err)
	}
	switch info, err := os.Lstat(path); {
	case err == nil && info.Mode().Type() != fs.ModeSocket:
		return nil, fault.New(path+" exists, and is not a socket", "remove it, or choose another path")
	case err == nil:
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	mode := fs.FileMode(0o600)
	if others {
		mode = 0o666
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm()&0o077 != 0 {
			return nil, fmt.Errorf("%s can be entered by others, and the socket in it would be open to them", dir)
		}
	}
	config := net.ListenConfig{Control: closed}
	l, err := config.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, mode); err != nil { // on systems where the mode of the descriptor does not apply to the socket
		l.Close()
		return nil, err
	}
	return l, nil
}

// These are the paths on a Unix socket. A program that can connect to it needs no token, and
// names the profile.
const (
	namesPath = "/profiles"
	namedPath = "/profile/"
)

// Named is a profile that a socket provides.
type Named struct {
	Name   string `json:"profile"`
	Region string `json:"region,omitempty"`
}

// answerNamed answers on a Unix socket.
func (s *Server) answerNamed(r *http.Request, e *Entry) reply {
	if r.URL.Path == namesPath {
		return document(http.StatusOK, s.names())
	}
	name, ok := strings.CutPrefix(r.URL.Path, namedPath)
	arn, role := "", false
	if i := strings.LastIndex(name, rolePath+"arn:"); i > 0 {
		name, arn, role = name[:i], name[i+len(rolePath):], true
	}
	l := s.named(name)
	if !ok || l == nil {
		return no(http.StatusNotFound, "NotFound", "vault: no such profile is served here")
	}
	e.Name = l.Name
	if role {
		return s.deliverRole(l, arn, e)
	}
	return l.deliver(&l.supply, e)
}

func (s *Server) names() []Named {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := []Named{}
	for _, l := range s.leases {
		names = append(names, Named{l.Name, l.Region})
	}
	slices.SortFunc(names, func(a, b Named) int { return strings.Compare(a.Name, b.Name) })
	return names
}

func (s *Server) named(name string) *lease {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.leases {
		if l.Name == name {
			return l
		}
	}
	return nil
}
