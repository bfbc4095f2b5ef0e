package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/99designs/keyring"
)

// OnePassword says where the items are in 1Password. Empty names mean those of aws-vault.
type OnePassword struct {
	Vault       string   // the id of the vault
	TitlePrefix string   // begins the titles of items: "aws-vault"
	Tag         string   // the tag of items: "aws-vault"
	ConnectHost string   // the URL of the Connect server
	Account     string   // of the desktop app: name or ID
	Cmd         string   // the command line tool of 1Password: "op"
	Environ     []string // for the command line tool

	Timeout time.Duration // for one call; zero: 15 s; negative: the given one is invalid

	// ConnectToken and ServiceToken return the tokens of a Connect server and of a service
	// account. They may ask the person if ask is true. Nil: there is no token.
	ConnectToken func(ctx context.Context, ask bool) (string, error)
	ServiceToken func(ctx context.Context, ask bool) (string, error)

	asked *atomic.Bool // the person was asked
}

// onePassword keeps items in a vault of 1Password, as aws-vault 7 does: each item is an API
// credential with the title "PREFIX: KEY", a tag, and a concealed field with the item as JSON.
type onePassword struct {
	opAPI
	settings OnePassword
	backend  string
	lock     locker
}

// opAPI accesses a vault. list omits the fields.
type opAPI interface {
	list(ctx context.Context) ([]opItem, error)
	read(ctx context.Context, id string) (opItem, error)
	write(ctx context.Context, item opItem) error // a new item has no ID
	erase(ctx context.Context, id string) error
}

// opItem is an item in the form that the Connect API and the command line tool share.
type opItem struct {
	ID       string    `json:"id,omitempty"`
	Title    string    `json:"title"`
	Category string    `json:"category"`
	Tags     []string  `json:"tags"`
	Vault    opVault   `json:"vault"`
	Version  int       `json:"version,omitempty"`
	State    string    `json:"state,omitempty"` // such as ARCHIVED; empty: in use
	Fields   []opField `json:"fields,omitempty"`
}

type opVault struct {
	ID string `json:"id"`
}

type opField struct {
	ID    string `json:"id,omitempty"`
	Type  string `json:"type"`
	Label string `json:"label"`
	Value string `json:"value,omitempty"`
}

const (
	opCategory  = "API_CREDENTIAL"
	opConcealed = "CONCEALED"
	opLabel     = "keyring" // the name of the field in aws-vault 7
)

// openOnePassword sets defaults, and checks what every kind of access needs.
func openOnePassword(s Settings, backend string) (OnePassword, error) {
	o := s.OnePassword
	o.asked = new(atomic.Bool)
	o.TitlePrefix = cmp.Or(o.TitlePrefix, "aws-vault")
	o.Tag = cmp.Or(o.Tag, "aws-vault")
	o.Timeout = cmp.Or(o.Timeout, 15*time.Second)
	if o.Timeout < 0 {
		return o, unavailable(backend, "its time limit is not a duration", "such as AWS_VAULT_OP_TIMEOUT=15s")
	}
	if o.Vault == "" {
		return o, unavailable(backend, "1Password is not configured", "name it: AWS_VAULT_OP_VAULT_ID or --op-vault-id")
	}
	return o, nil
}

func (o onePassword) typed() bool { return o.settings.asked.Load() }

// token returns a token, and records whether the person had to give it.
func (o OnePassword) token(ctx context.Context, give func(ctx context.Context, ask bool) (string, error), ask bool) (string, error) {
	token, err := give(ctx, false)
	if err == nil || !ask {
		return token, err
	}
	token, err = give(ctx, true)
	if err == nil {
		o.asked.Store(true)
	}
	return token, err
}

func (o onePassword) title(key string) string { return o.settings.TitlePrefix + ": " + key }

// ours returns the items of this keystore, without their fields.
func (o onePassword) ours(ctx context.Context) ([]opItem, error) {
	items, err := within(ctx, o.settings.Timeout, o.list)
	return slices.DeleteFunc(items, func(i opItem) bool {
		return i.Category != opCategory || i.State != "" || !slices.Contains(i.Tags, o.settings.Tag) || !strings.HasPrefix(i.Title, o.title(""))
	}), err
}

// find returns the item of that key, without its fields. Two such items are an error, as in
// aws-vault, because neither is known to be the right one.
func (o onePassword) find(ctx context.Context, key string) (opItem, error) {
	items, err := o.ours(ctx)
	if err != nil {
		return opItem{}, err
	}
	items = slices.DeleteFunc(items, func(i opItem) bool { return i.Title != o.title(key) })
	switch len(items) {
	case 0:
		return opItem{}, ErrNotFound
	case 1:
		return items[0], nil
	}
	return opItem{}, fmt.Errorf("1Password has %d items with the title %q: remove all but one", len(items), o.title(key))
}

func (o onePassword) keys(ctx context.Context) ([]string, error) {
	items, err := o.ours(ctx)
	var keys []string
	for _, item := range items {
		if key := strings.TrimPrefix(item.Title, o.title("")); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys, err
}

func (o onePassword) has(ctx context.Context, key string) (bool, error) {
	keys, err := o.keys(ctx)
	return slices.Contains(keys, key), err
}

// revision comes from the list: the item itself is not read.
func (o onePassword) revision(ctx context.Context, key string) (string, error) {
	item, err := o.find(ctx, key)
	return item.ID + " " + strconv.Itoa(item.Version), err
}

func (o onePassword) get(ctx context.Context, key string) (keyring.Item, error) {
	item, err := o.find(ctx, key)
	if err != nil {
		return keyring.Item{}, err
	}
	full, err := within(ctx, o.settings.Timeout, func(ctx context.Context) (opItem, error) { return o.read(ctx, item.ID) })
	if err != nil {
		return keyring.Item{}, err
	}
	for _, field := range full.Fields {
		if field.Type == opConcealed && field.Label == opLabel {
			return parseItem([]byte(field.Value))
		}
	}
	return keyring.Item{}, errDamaged
}

func (o onePassword) set(ctx context.Context, item keyring.Item) error {
	data, err := json.Marshal(item)
	if err != nil {
		return err
	}
	// 1Password would accept two items with the same title.
	unlock, err := o.lock(ctx, o.backend+" "+o.settings.Vault)
	if err != nil {
		return err
	}
	defer unlock()
	old, err := o.find(ctx, item.Key)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	made := opItem{
		ID:       old.ID,
		Title:    o.title(item.Key),
		Category: opCategory,
		Tags:     []string{o.settings.Tag},
		Vault:    opVault{o.settings.Vault},
		Fields:   []opField{{Type: opConcealed, Label: opLabel, Value: string(data)}},
	}
	_, err = within(ctx, o.settings.Timeout, func(ctx context.Context) (any, error) { return nil, o.write(ctx, made) })
	return err
}

func (o onePassword) remove(ctx context.Context, key string) error {
	item, err := o.find(ctx, key)
	if err != nil {
		return err
	}
	_, err = within(ctx, o.settings.Timeout, func(ctx context.Context) (any, error) { return nil, o.erase(ctx, item.ID) })
	return err
}
