package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
	"awsvault/internal/disk"
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/unixsock"
)

// Remote is another server of vault, for which this one works in a container or on the far
// side of ssh.
type Remote struct {
	client *http.Client
	base   string // the URL without the path
	host   string // for the Host header
	lease  string // the path of the only lease, on TCP; empty on a socket
	token  string
}

// longestAnswer is larger than any answer with credentials, in bytes.
const longestAnswer = 64 << 10

// Connect prepares requests to the server at a socket's path, or at the URL of a lease with
// its token.
func Connect(where, token string) (*Remote, error) {
	if !strings.Contains(where, "://") {
		if err := unixsock.Fit(where); err != nil {
			return nil, fault.Hinted(err, "mount it elsewhere, or cd into its directory and name it without")
		}
		dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
			c, err := new(net.Dialer).DialContext(ctx, "unix", where)
			if err == nil {
				err = trusted(c, where)
			}
			if err != nil && c != nil {
				c.Close()
			}
			return c, err
		}
		return &Remote{client: clientOf(dial), base: "http://socket", host: "socket"}, nil
	}
	u, err := url.Parse(where)
	if err != nil || u.Scheme != "http" || u.User != nil || u.Port() == "" || !strings.HasPrefix(u.Path, containerPath) {
		return nil, errors.New("a server's URL looks like http://HOST:PORT" + containerPath + "ID")
	}
	if token == "" {
		return nil, fault.New("a server on a port wants its token", "set AWS_CONTAINER_AUTHORIZATION_TOKEN, or name a file that holds it: --token-file")
	}
	// The port is forwarded to the loopback address of the server's machine, so that is its
	// name.
	return &Remote{client: clientOf(new(net.Dialer).DialContext), base: "http://" + u.Host, host: "127.0.0.1:" + u.Port(), lease: u.Path, token: token}, nil
}

// trusted refuses a socket that another user may have put there: its server decides whose
// credentials a command gets. In a container, the server may belong to another user if only
// root can change the socket's directory.
func trusted(c net.Conn, path string) error {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return nil
	}
	uid, _ := unixsock.Owner(u)
	if uid < 0 || uid == 0 || uid == os.Getuid() {
		return nil
	}
	if disk.OursOrRoots().CheckDir(filepath.Dir(path)) == nil {
		return nil
	}
	err := fmt.Errorf("%s is served by user %d, and others can replace it", path, uid)
	return fault.Hinted(err, fmt.Sprintf("run this as user %d, or have the socket in a directory that only root can change", uid))
}

func clientOf(dial func(ctx context.Context, network, address string) (net.Conn, error)) *http.Client {
	return &http.Client{
		Timeout:       10 * time.Second,
		Transport:     &http.Transport{DialContext: dial, MaxIdleConns: 1, MaxResponseHeaderBytes: longestAnswer, IdleConnTimeout: idle / 2, ResponseHeaderTimeout: 5 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Profiles returns the profiles that the server provides. A port provides one, whose name is
// unknown.
func (r *Remote) Profiles(ctx context.Context) ([]Named, error) {
	if r.lease != "" {
		return []Named{{Name: "remote"}}, nil
	}
	var names []Named
	err := r.get(ctx, namesPath, &names)
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		if n.Name == "" || n.Name != line.Printable(n.Name) || strings.Trim(n.Region, regionLetters) != "" || len(n.Region) > 64 {
			return nil, errNotVault
		}
	}
	if len(names) == 0 {
		err = errors.New("the server serves no profile")
	}
	return names, err
}

const regionLetters = "abcdefghijklmnopqrstuvwxyz0123456789-"

var errNotVault = errors.New("the answer is not that of a vault serve")

// Source returns a profile of the server as a source for this server.
func (r *Remote) Source(name string) Source { return remoteSource{r, name, ""} }

// Role returns a function for roles that the server assumes with the credentials of a profile,
// if it allows that.
func (r *Remote) Role(name string) func(arn string) (Source, error) {
	return func(arn string) (Source, error) { return remoteSource{r, name, rolePath + arn}, nil }
}

type remoteSource struct {
	*Remote
	name string
	role string // the end of the path
}

// Credentials asks the server, which renews the credentials itself.
func (s remoteSource) Credentials(ctx context.Context, _ time.Time) (Answer, error) {
	var got struct {
		AccessKeyId, SecretAccessKey, Token string
		Expiration                          time.Time
		AccountId, RoleArn                  string
	}
	path := s.lease
	if path == "" {
		path = namedPath + url.PathEscape(s.name)
	}
	if err := s.get(ctx, path+s.role, &got); err != nil {
		return Answer{}, err
	}
	answer := Answer{
		Credentials: aws.Credentials{AccessKeyID: got.AccessKeyId, SecretAccessKey: got.SecretAccessKey, SessionToken: got.Token, Expires: got.Expiration.UTC()},
		Account:     got.AccountId, RoleARN: got.RoleArn,
	}
	if !awsapi.Session(answer.Credentials) {
		return Answer{}, errors.New("the server's answer contains no credentials")
	}
	if _, ok := aws.ParseARN(answer.RoleARN); answer.RoleARN != "" && !ok {
		return Answer{}, errNotVault
	}
	if answer.Account != "" && !aws.IsAccount(answer.Account) {
		return Answer{}, errNotVault
	}
	return answer, nil
}

// get reads a document from the server.
func (r *Remote) get(ctx context.Context, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base+path, nil)
	if err != nil {
		return err
	}
	request.Host = r.host
	if r.token != "" {
		request.Header.Set("Authorization", r.token)
	}
	resp, err := r.client.Do(request)
	if err != nil {
		err = fmt.Errorf("the server cannot be reached: %w", reasonOf(err))
		if fault.HintOf(err) == "" {
			err = fault.Hinted(err, "is vault serve running at the other end?")
		}
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, longestAnswer))
	if err != nil {
		return fmt.Errorf("the server's answer ended early: %w", reasonOf(err))
	}
	if resp.StatusCode != http.StatusOK {
		return refusalOf(resp.StatusCode, body, path)
	}
	if json.Unmarshal(body, into) != nil {
		return errNotVault
	}
	return nil
}

// refusalOf says why the server delivers nothing. It removes the name of the profile from the
// message, because the caller adds it.
func refusalOf(status int, body []byte, path string) error {
	var said struct{ Code, Message string }
	if json.Unmarshal(body, &said) != nil || said.Message == "" {
		return fmt.Errorf("the server answers with HTTP %d", status)
	}
	message := line.Cut(line.Printable(strings.TrimPrefix(said.Message, "vault: ")), 300)
	if name, ok := strings.CutPrefix(path, namedPath); ok {
		if name, err := url.PathUnescape(strings.SplitN(name, "/", 2)[0]); err == nil {
			message = strings.TrimPrefix(message, line.Printable(name)+": ")
		}
	}
	switch {
	case said.Code == "PersonNeeded":
		return fault.NewPerson(message, "")
	case status == http.StatusForbidden:
		return &refusal{said.Code, message}
	}
	return errors.New(message)
}

// refusal is an error from the other server, or from AWS.
type refusal struct{ code, message string }

// Error gives the message.
func (r *refusal) Error() string { return r.message }

// reasonOf returns the error of a request without the address, which is known.
func reasonOf(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
