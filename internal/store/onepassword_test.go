package store_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"awsvault/internal/fault"
	"awsvault/internal/store"
	"awsvault/tests/opconnect"
)

const (
	opVault = "vaultvaultvaultvaultvault1"
	opToken = "token of the vault"
)

func opSettings(o store.OnePassword) store.OnePassword {
	o.ConnectToken = func(context.Context, bool) (string, error) { return opToken, nil }
	o.ServiceToken = o.ConnectToken
	return o
}

func connectSettings(t *testing.T, handler http.Handler) store.Settings {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	settings := fileSettings(tempDir(t))
	settings.Backend, settings.SessionBackend = "op-connect", "op-connect"
	settings.OnePassword = opSettings(store.OnePassword{Vault: opVault, ConnectHost: server.URL})
	return settings
}

// opForm is the form of an item that the library of aws-vault 7 writes into 1Password.
const opForm = `{"title":%s,"category":"API_CREDENTIAL","tags":["aws-vault"],"vault":{"id":%q},"fields":[{"type":"CONCEALED","label":"keyring","value":%s}]}`

func opJSON(text string) string {
	data, _ := json.Marshal(text)
	return string(data)
}

type opStored struct {
	ID, Title, Category string
	Tags                []string
	Fields              []struct{ Type, Label, Value string }
}

// value returns the item in a form that aws-vault 7 reads: with one concealed field that has
// the item's label.
func (o opStored) value(t *testing.T) []byte {
	t.Helper()
	if o.Category != "API_CREDENTIAL" || !slices.Equal(o.Tags, []string{"aws-vault"}) || len(o.Fields) != 1 ||
		o.Fields[0].Type != "CONCEALED" || o.Fields[0].Label != "keyring" {
		t.Fatalf("aws-vault would not read %+v", o)
	}
	return []byte(o.Fields[0].Value)
}

func TestOPConnect(t *testing.T) {
	conform(t, func(t *testing.T) (store.Settings, *native) {
		settings := connectSettings(t, &opconnect.Server{Vault: opVault, Token: opToken})
		call := func(t *testing.T, method, path, body string, result any) {
			t.Helper()
			request, _ := http.NewRequest(method, settings.OnePassword.ConnectHost+"/v1/vaults/"+opVault+"/items"+path, strings.NewReader(body))
			request.Header.Set("Authorization", "Bearer "+opToken)
			response, err := http.DefaultClient.Do(request)
			if err != nil || response.StatusCode != http.StatusOK {
				t.Fatal(response, err)
			}
			defer response.Body.Close()
			if err := json.NewDecoder(response.Body).Decode(result); err != nil {
				t.Fatal(err)
			}
		}
		return settings, &native{
			put: func(t *testing.T, key string, item []byte) {
				call(t, http.MethodPost, "", fmt.Sprintf(opForm, opJSON("aws-vault: "+key), opVault, opJSON(string(item))), &opStored{})
			},
			get: func(t *testing.T, key string) []byte {
				var all []opStored
				call(t, http.MethodGet, "", "", &all)
				for _, item := range all {
					if item.Title == "aws-vault: "+key {
						call(t, http.MethodGet, "/"+item.ID, "", &item)
						return item.value(t)
					}
				}
				t.Fatalf("no item %q", key)
				return nil
			},
		}
	})
}

func TestOPConnectThatRefuses(t *testing.T) {
	server := &opconnect.Server{Vault: opVault, Token: opToken}
	settings := connectSettings(t, server)
	put(t, store.Open(settings), "dev", keys(1))
	wrong := settings
	wrong.OnePassword.ConnectToken = func(context.Context, bool) (string, error) { return "another", nil }
	none := settings
	none.OnePassword.ConnectToken = nil
	other := settings
	other.OnePassword.Vault = "other"
	for want, settings := range map[string]store.Settings{
		"refuses its token for this vault (401)": wrong,
		"refuses its token for this vault (403)": other,
		`keystore "op-connect" is locked`:        none,
	} {
		if _, err := store.Open(settings).Keys(t.Context(), "dev"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	for _, host := range []string{"ftp://x", "x", "http://user:secret@x", "http://user:sec%ret@x", "http://x/?secret", "http://127.0.0.1:1"} {
		bad := settings
		bad.OnePassword.ConnectHost = host
		_, err := store.Open(bad).Names(t.Context())
		if !errors.Is(err, store.ErrUnavailable) || strings.Contains(err.Error()+fault.HintOf(err), "sec") {
			t.Errorf("%s: got %v", host, err)
		}
	}
}

// Vault does not trust, follow or show a bad answer of the server.
func TestOPConnectThatMisbehaves(t *testing.T) {
	stolen := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("redirected to %s", r.URL)
	}))
	defer stolen.Close()
	const secret = "0000000000000000000000000000000000000001"
	for name, answer := range map[string]http.HandlerFunc{
		"redirects": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, stolen.URL, http.StatusTemporaryRedirect)
		},
		"quotes": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(400)
			io.Copy(w, r.Body)
			io.WriteString(w, secret)
		},
		"is not JSON":   func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, secret) },
		"is other JSON": func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{"title":"`+secret+`"}`) },
	} {
		settings := connectSettings(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/heartbeat" {
				return
			}
			answer(w, r)
		}))
		err := store.Open(settings).PutKeys(t.Context(), "dev", keys(1))
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestTwoItemsOfOneTitleAreAnError(t *testing.T) {
	server := &opconnect.Server{Vault: opVault, Token: opToken}
	settings := connectSettings(t, server)
	for range 2 {
		body := fmt.Sprintf(opForm, opJSON("aws-vault: dev"), opVault, opJSON("{}"))
		request := httptest.NewRequest(http.MethodPost, "/v1/vaults/"+opVault+"/items", strings.NewReader(body))
		request.Header.Set("Authorization", "Bearer "+opToken)
		server.ServeHTTP(httptest.NewRecorder(), request)
	}
	s := store.Open(settings)
	wantNames(t, s, "dev")
	_, err := s.Keys(t.Context(), "dev")
	for _, err := range []error{err, s.PutKeys(t.Context(), "dev", keys(1)), s.RemoveKeys(t.Context(), "dev")} {
		if err == nil || !strings.Contains(err.Error(), `2 items with the title "aws-vault: dev"`) {
			t.Errorf("got %v", err)
		}
	}
}

// playOP acts as the command line of 1Password, as far as a keystore needs it and the manual
// describes it. Its vault is the directory OP_TEST_DIR.
func playOP() error {
	args, flags := []string{}, map[string]string{}
	for rest := os.Args[1:]; len(rest) > 0; rest = rest[1:] {
		if name, ok := strings.CutPrefix(rest[0], "--"); ok {
			flags[name], rest = rest[1], rest[1:]
		} else {
			args = append(args, rest[0])
		}
	}
	service := os.Getenv("OP_SERVICE_ACCOUNT_TOKEN") == opToken && flags["account"] == ""
	desktop := os.Getenv("OP_SERVICE_ACCOUNT_TOKEN") == "" && flags["account"] == "my account"
	if !service && !desktop || os.Getenv("OP_CONNECT_HOST") != "" {
		return errors.New("[ERROR] you are not currently signed in")
	}
	if flags["vault"] != opVault || flags["format"] != "json" || args[0] != "item" {
		return errors.New("[ERROR] no such vault")
	}
	dir := os.Getenv("OP_TEST_DIR")
	read := func(id string) (map[string]any, error) {
		data, err := os.ReadFile(filepath.Join(dir, id))
		if err != nil {
			return nil, fmt.Errorf("[ERROR] %q isn't an item", id)
		}
		var item map[string]any
		return item, json.Unmarshal(data, &item)
	}
	write := func(id string) error {
		var item map[string]any
		if err := json.NewDecoder(os.Stdin).Decode(&item); err != nil {
			return err
		}
		version := 0.0
		if old, err := read(id); err == nil {
			version, _ = old["version"].(float64)
		}
		item["id"], item["version"] = id, version+1
		data, _ := json.Marshal(item)
		if err := os.WriteFile(filepath.Join(dir, id+".new"), data, 0o600); err != nil {
			return err
		}
		fmt.Println(string(data))
		return os.Rename(filepath.Join(dir, id+".new"), filepath.Join(dir, id))
	}
	switch args[1] {
	case "list":
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		all := []any{}
		for _, entry := range entries {
			if item, err := read(entry.Name()); err == nil && strings.HasPrefix(entry.Name(), "id") && !strings.HasSuffix(entry.Name(), ".new") {
				tags, _ := item["tags"].([]any)
				if slices.Contains(tags, any(flags["tags"])) && flags["categories"] == "API Credential" {
					delete(item, "fields")
					all = append(all, item)
				}
			}
		}
		return json.NewEncoder(os.Stdout).Encode(all)
	case "get":
		item, err := read(args[2])
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(item)
	case "create":
		return write("id" + strings.ToLower(rand.Text()[:24]))
	case "edit":
		if _, err := read(args[2]); err != nil {
			return err
		}
		return write(args[2])
	case "delete":
		return os.Remove(filepath.Join(dir, args[2]))
	}
	return errors.New("[ERROR] unknown command")
}

func opCommandSettings(t *testing.T, backend string) (settings store.Settings, vault string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in is a script of sh")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir, vault := tempDir(t), tempDir(t)
	script := "#!/bin/sh\n" + partVariable + "=op exec '" + self + "' \"$@\"\n"
	if err := os.WriteFile(filepath.Join(dir, "op"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	settings = fileSettings(tempDir(t))
	settings.Backend, settings.SessionBackend = backend, backend
	settings.OnePassword = opSettings(store.OnePassword{Vault: opVault, Cmd: filepath.Join(dir, "op")})
	// The user's own settings must not reach the command line.
	settings.OnePassword.Environ = []string{"PATH=" + os.Getenv("PATH"), "OP_TEST_DIR=" + vault, "OP_CONNECT_HOST=http://x", "OP_SERVICE_ACCOUNT_TOKEN=another", "DBUS_SESSION_BUS_ADDRESS=unix:path=/proc/nonexistent", "GORACE=atexit_sleep_ms=0"}
	if backend == "op-desktop" {
		settings.OnePassword.Account, settings.Ask = "my account", somebody
	}
	return settings, vault
}

func conformOPCommand(t *testing.T, backend string) {
	conform(t, func(t *testing.T) (store.Settings, *native) {
		settings, vault := opCommandSettings(t, backend)
		n := 0
		return settings, &native{
			put: func(t *testing.T, key string, item []byte) {
				n++
				id := fmt.Sprintf("id%024d", n)
				form := fmt.Sprintf(opForm, opJSON("aws-vault: "+key), opVault, opJSON(string(item)))
				form = `{"id":"` + id + `",` + form[1:]
				if err := os.WriteFile(filepath.Join(vault, id), []byte(form), 0o600); err != nil {
					t.Fatal(err)
				}
			},
			get: func(t *testing.T, key string) []byte {
				files, _ := filepath.Glob(filepath.Join(vault, "id*"))
				for _, file := range files {
					data, _ := os.ReadFile(file)
					var item opStored
					if json.Unmarshal(data, &item) == nil && item.Title == "aws-vault: "+key {
						return item.value(t)
					}
				}
				t.Fatalf("no item %q", key)
				return nil
			},
		}
	})
}

func TestOP(t *testing.T)        { conformOPCommand(t, "op") }
func TestOPDesktop(t *testing.T) { conformOPCommand(t, "op-desktop") }

func TestOPDesktopAsksOnlyAPerson(t *testing.T) {
	settings, _ := opCommandSettings(t, "op-desktop")
	put(t, store.Open(settings), "dev", keys(1))
	settings.Ask = nil
	if _, err := store.Open(settings).Keys(t.Context(), "dev"); !errors.Is(err, store.ErrLocked) {
		t.Errorf("got %v, want ErrLocked", err)
	}
}
