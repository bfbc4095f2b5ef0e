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

// OnePassword says where in 1Password the items are. Empty names mean those of
// aws-vault.
type OnePassword struct {
	Vault       string   // the id of the vault
	TitlePrefix string   // of an item's title: "aws-vault"
	Tag         string   // of an item: "aws-vault"
	ConnectHost string   // the URL of the Connect server
	Account     string   // of the desktop app: its name or id
	Cmd         string   // the command line of 1Password: "op"
	Environ     []string // for the command line

	Timeout time.Duration // for one call; zero: 15 s; negative: what was given is none

	// ConnectToken and ServiceToken give the tokens of a Connect server and of a
	// service account, and may ask for them if ask says so. Nil: there is none.
	ConnectToken func(ctx context.Context, ask bool) (string, error)
	ServiceToken func(ctx context.Context, ask bool) (string, error)

	asked *atomic.Bool // a person was asked
}

// onePassword keeps items in a vault of 1Password, as aws-vault 7 does: an API
// credential whose title is "PREFIX: KEY", with a tag, and one concealed field
// that holds the item as JSON.
type onePassword struct {
	opAPI
	settings OnePassword
	backend  string
	lock     locker
}

// opAPI is a way to reach a vault. list leaves the fields out.
type opAPI interface {
	list(ctx context.Context) ([]opItem, error)
	read(ctx context.Context, id string) (opItem, error)
	write(ctx context.Context, item opItem) error // a new one has no id
	erase(ctx context.Context, id string) error
}

// opItem is an item as the Connect API and the command line both write it.
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
	opLabel     = "keyring" // what the library of aws-vault 7 calls the field
)

// openOnePassword fills in what the settings leave open, and checks what every
// way into 1Password needs.
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

// token is one, and notes whether the person had to give it.
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

// ours are the items that are this keystore's, without their fields.
func (o onePassword) ours(ctx context.Context) ([]opItem, error) {
	items, err := within(ctx, o.settings.Timeout, o.list)
	return slices.DeleteFunc(items, func(i opItem) bool {
		return i.Category != opCategory || i.State != "" || !slices.Contains(i.Tags, o.settings.Tag) || !strings.HasPrefix(i.Title, o.title(""))
	}), err
}

// find returns the item of that key, without its fields. That there are two is an
// error, as it is to aws-vault: neither is the right one.
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

// revision is told by the list, without reading the item.
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
	// 1Password would take two items of one title.
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
