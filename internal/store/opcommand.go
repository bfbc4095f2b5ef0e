package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// opCommand is the command line tool of 1Password, version 2.23 or later, for a service
// account and for the desktop app. 1Password's own Go library would add 10 MB of WebAssembly
// to vault, and 1.5 s to compile it at each start.
// https://developer.1password.com/docs/cli/reference/management-commands/item
type opCommand struct {
	program
	backend  string
	account  string // of the desktop app
	settings OnePassword
	mayAsk   bool // it may ask for the token
}

func openOPCommand(s Settings, backend string, lock locker) (keystore, error) {
	o, err := openOnePassword(s, backend)
	if err != nil {
		return nil, err
	}
	path, err := exec.LookPath(cmp.Or(o.Cmd, "op"))
	if err != nil {
		return nil, unavailable(backend, fmt.Sprintf("there is no program %q", cmp.Or(o.Cmd, "op")), "the command line of 1Password: https://developer.1password.com/docs/cli/get-started")
	}
	c := opCommand{program: program{path: path, environ: o.Environ, limit: o.Timeout, running: s.Running}, backend: backend, settings: o, mayAsk: s.person()}
	// The command line tool prefers these variables to everything else.
	c.environ = slices.DeleteFunc(slices.Clone(c.environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains([]string{"OP_CONNECT_HOST", "OP_CONNECT_TOKEN", "OP_SERVICE_ACCOUNT_TOKEN"}, name)
	})
	if backend == "op-desktop" {
		if o.Account == "" {
			return nil, unavailable(backend, "no 1Password account is configured", "name it: AWS_VAULT_OP_DESKTOP_ACCOUNT_ID or --op-desktop-account-id")
		}
		c.account = o.Account
		if c.ask = s.person(); c.ask {
			o.Timeout = max(o.Timeout, s.Patience) // the app asks for a finger or a password
		}
		c.limit = o.Timeout
	}
	return onePassword{c, o, backend, lock}, nil
}

func (c opCommand) list(ctx context.Context) (items []opItem, err error) {
	err = c.call(ctx, nil, &items, "item", "list", "--categories", "API Credential", "--tags", c.settings.Tag)
	return items, err
}

func (c opCommand) read(ctx context.Context, id string) (item opItem, err error) {
	err = c.call(ctx, nil, &item, "item", "get", id)
	return item, err
}

// write passes the item on standard input, because other users can read arguments.
func (c opCommand) write(ctx context.Context, item opItem) error {
	data, err := json.Marshal(item)
	if err != nil {
		return err
	}
	if item.ID == "" {
		return c.call(ctx, data, nil, "item", "create", "-")
	}
	return c.call(ctx, data, nil, "item", "edit", item.ID, "-")
}

func (c opCommand) erase(ctx context.Context, id string) error {
	return c.call(ctx, nil, nil, "item", "delete", id)
}

func (c opCommand) call(ctx context.Context, input []byte, result any, args ...string) error {
	action := strings.Join(args[:2], " ")
	args = append(args, "--vault", c.settings.Vault, "--format", "json")
	var environ []string
	if c.account != "" {
		if !c.ask {
			return locked(c.backend, "the 1Password app asks for approval, and there is no terminal")
		}
		args = append(args, "--account", c.account)
	} else {
		if c.settings.ServiceToken == nil {
			return locked(c.backend, "set its token in AWS_VAULT_OP_SERVICE_ACCOUNT_TOKEN")
		}
		token, err := c.settings.token(ctx, c.settings.ServiceToken, c.mayAsk)
		if err != nil {
			return err
		}
		environ = []string{"OP_SERVICE_ACCOUNT_TOKEN=" + token}
	}
	output, said, err := c.run(ctx, environ, input, args...)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		if input != nil {
			said = "" // it could quote its input
		}
		return fmt.Errorf("op %s: %s", action, cmp.Or(said, err.Error()))
	}
	if err == nil && c.account != "" {
		c.settings.asked.Store(true) // the app does not tell whether it had to ask
	}
	if err != nil || result == nil {
		return err
	}
	if len(output) == 0 {
		return nil // old versions print this for an empty list
	}
	if json.Unmarshal(output, result) != nil {
		return fmt.Errorf("op %s does not answer in JSON", action)
	}
	return nil
}
