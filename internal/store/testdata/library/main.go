// Command library is aws-vault as far as a keystore can tell: it opens one with
// the library and the settings of aws-vault 7, and puts an item that it reads as
// JSON, gets one that it writes as JSON, lists the names, or removes one.
//
// It dials D-Bus when it starts, as the library does: DBUS_SESSION_BUS_ADDRESS has
// to be set.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/99designs/keyring"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(backend, action, key string) error {
	name := os.Getenv("TEST_SERVICE")
	ring, err := keyring.Open(keyring.Config{
		AllowedBackends:         []keyring.BackendType{keyring.BackendType(backend)},
		ServiceName:             name,
		LibSecretCollectionName: os.Getenv("TEST_COLLECTION"),
		KWalletAppID:            name,
		KWalletFolder:           name,
		WinCredPrefix:           name,
		PassPrefix:              os.Getenv("TEST_PASS_PREFIX"),
		FileDir:                 os.Getenv("TEST_FILE_DIR"),
		FilePasswordFunc:        keyring.FixedStringPrompt(os.Getenv("TEST_PASSPHRASE")),
	})
	if err != nil {
		return err
	}
	switch action {
	case "put":
		var item keyring.Item
		if err := json.NewDecoder(os.Stdin).Decode(&item); err != nil {
			return err
		}
		return ring.Set(item)
	case "get":
		item, err := ring.Get(key)
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(item)
	case "list":
		keys, err := ring.Keys()
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(keys)
	case "remove":
		return ring.Remove(key)
	}
	return fmt.Errorf("unknown action %q", action)
}
