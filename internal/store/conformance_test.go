package store_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/keyring"
	"github.com/google/go-cmp/cmp"

	"awsvault/internal/aws"
	"awsvault/internal/store"
)

// A promise is a property of every backend. The table in docs/backends.md is generated from
// this list and the next.
type promise struct {
	name  string
	about string
	check func(*testing.T, store.Settings, *native)
}

var promises = []promise{
	{"keys", "set, get, overwrite, list, remove, missing; 8 KiB of token; a revision that changes with the item", conformKeys},
	{"names", "`/ : \\ % ..`, 300 bytes, both normal forms of Unicode, a leading dash, shell characters: found again, or refused before anything is written; NUL is refused", conformNames},
	{"sessions", "kept apart from keys, replaced, tidied up when they have expired, removed by profile", conformSessions},
	{"interop", "what aws-vault 7 stored is listed, read and removed, and what is written is its form, byte for byte", conformInterop},
	{"damage", "an item of another program, or not whole: said so without a word of what is in it, and it can be replaced and removed", conformDamage},
	{"two at once", "two processes write, the same item too: nothing is lost, nothing is half written", conformTwoProcesses},
	{"killed", "`kill -9` at random instants of writing: the old item or the new one, and the others untouched", conformKilled},
}

// A trial says how the tests check the promises for a backend.
type trial struct {
	backend string
	system  string
	against string            // the real keystore, or its substitute
	test    string            // the name of the test
	without map[string]string // the promises that the backend need not keep, with the reasons
}

var trials = []trial{
	{"wincred", "Windows", "the Credential Manager of Wine, in the build for Windows; a fake that has Windows' limit of 2,560 bytes", "TestWinCred", nil},
	{"winhello", "Windows", "a fake Credential Manager and an RSA key in place of Windows Hello's", "TestWinHello", nil},
	{"keychain", "macOS", "the library's keyring in memory: all but the system call", "TestKeychain",
		map[string]string{"two at once": "in memory", "killed": "in memory", "interop": "the library is aws-vault's own", "damage": "the library is aws-vault's own"}},
	{"secret-service", "Linux", "gnome-keyring, on a bus of its own", "TestSecretService", nil},
	{"kwallet", "Linux", "kwalletd5, on a bus of its own", "TestKWallet", nil},
	{"keyctl", "Linux", "the kernel", "TestKernel", map[string]string{"interop": "aws-vault cannot open it", "damage": "aws-vault cannot open it"}},
	{"pass", "Linux, macOS", "pass and gpg", "TestPass", nil},
	{"passage", "Linux, macOS", "age, under a script that keeps to passage's manual", "TestPassage", nil},
	{"file", "all", "the disk", "TestFile", nil},
	{"op-connect", "all", "a server written to the public API", "TestOPConnect", nil},
	{"op", "all", "a command line written to the manual of `op`", "TestOP", nil},
	{"op-desktop", "all", "the same", "TestOPDesktop", nil},
}

// native accesses an item without this package, as aws-vault would read and write it. Items
// are JSON.
type native struct {
	put       func(t *testing.T, key string, item []byte)
	get       func(t *testing.T, key string) []byte
	dataAlone bool // of an item, only the key and the data are stored
}

// rings holds keychains in memory, by name.
var rings sync.Map

// reopen opens a store as another process would. If the system lacks the keystore, reopen uses
// a substitute.
func reopen(settings store.Settings) *store.Store {
	switch {
	case settings.Backend == "keychain":
		ring, _ := rings.LoadOrStore(settings.KeychainName, keyring.NewArrayKeyring(nil))
		return store.OpenKeychain(settings, ring.(keyring.Keyring))
	case settings.Backend == "wincred" && runtime.GOOS != "windows", settings.Backend == "winhello":
		return store.OpenManager(settings, dirManager(filepath.Join(settings.StateDir, "manager")), helloKey())
	}
	return store.Open(settings)
}

// conform checks the promises for a backend. fresh returns the settings of an empty keystore,
// which also holds sessions.
func conform(t *testing.T, fresh func(*testing.T) (store.Settings, *native)) {
	t.Helper()
	for _, p := range promises {
		t.Run(p.name, func(t *testing.T) {
			settings, own := fresh(t)
			i := slices.IndexFunc(trials, func(of trial) bool { return of.backend == settings.Backend })
			if i < 0 || !strings.HasPrefix(t.Name(), trials[i].test+"/") {
				t.Fatalf("the trial of %q is not in the list", settings.Backend)
			}
			if why := trials[i].without[p.name]; why != "" {
				t.Skip(why)
			}
			if strings.HasPrefix(os.Getenv("VAULT_TESTS_WINE"), "8.") && settings.Backend == "wincred" && (p.name == "names" || p.name == "killed") {
				t.Skip("Wine 8 keeps a credential in several steps, and can crash when it lists these: see the fake")
			}
			p.check(t, settings, own)
		})
	}
}

func conformKeys(t *testing.T, settings store.Settings, _ *native) {
	ctx := t.Context()
	s := reopen(settings)

	if name, err := s.Backend(ctx); name != settings.Backend || err != nil {
		t.Errorf("Backend() = %q, %v; want %q", name, err, settings.Backend)
	}
	wantNames(t, s)
	if _, err := s.Keys(ctx, "dev"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Keys of nothing: got %v, want ErrNotFound", err)
	}
	if err := s.RemoveKeys(ctx, "dev"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("RemoveKeys of nothing: got %v, want ErrNotFound", err)
	}

	if _, err := s.Revision(ctx, "dev"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Revision of nothing: got %v, want ErrNotFound", err)
	}
	put(t, s, "dev", keys(1))
	put(t, s, "prod", keys(2))
	wantKeys(t, s, "dev", keys(1))
	first, err1 := s.Revision(ctx, "dev")
	again, err2 := reopen(settings).Revision(ctx, "dev")
	put(t, s, "dev", keys(3))
	next, err3 := s.Revision(ctx, "dev")
	if err := errors.Join(err1, err2, err3); err != nil || first != again || first == next {
		t.Errorf("revisions %q, %q, and once replaced %q (%v)", first, again, next, err)
	}
	wantKeys(t, reopen(settings), "dev", keys(3))
	wantKeys(t, reopen(settings), "prod", keys(2))
	wantNames(t, s, "dev", "prod")
	for name, want := range map[string]bool{"dev": true, "de": false, "dev2": false, "": false} {
		if got, err := s.Has(ctx, name); got != want || err != nil {
			t.Errorf("Has(%q) = %v, %v; want %v", name, got, err, want)
		}
	}

	large := keys(4)
	large.SessionToken = strings.Repeat("x", largeToken)
	large.Expires = epoch.Add(time.Hour)
	put(t, s, "dev", large)
	wantKeys(t, s, "dev", large)

	if err := s.RemoveKeys(ctx, "dev"); err != nil {
		t.Error(err)
	}
	if err := s.RemoveKeys(ctx, "dev"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("second RemoveKeys: got %v, want ErrNotFound", err)
	}
	wantNames(t, s, "prod")
}

func conformNames(t *testing.T, settings store.Settings, _ *native) {
	s := reopen(settings)
	odd := []string{
		"a b", "a", "a/b", "Ünï ☃", "c:d:e", "quo'te", "per%cent%2F", "-dash", "--help", ".dot", "x..y", "a,b", "comma,,x,12", "$(x)`y`;|", "*?[",
		"caf\u00e9", "cafe\u0301", // the same to the eye
		"A", "a B", "Team/x", "team/x", "team/X", // where upper and lower case do not differ
		"dot.", "nul", "con.txt", "COM1", "lpt9.x", // Windows has no files with these names
		strings.Repeat("long ", 60), "trailing ", "../up", "a/../b", "/root", "folder/",
	}
	if settings.Backend != "secret-service" {
		// JSON needs backslashes for these. gnome-keyring loses them when it reads a keyring
		// without a password back from its file. The tests use such keyrings.
		odd = append(odd, `q"uo\te`, "a&b", `..\up`)
	}
	var kept []string
	for i, name := range odd {
		if err := s.PutKeys(t.Context(), name, keys(i)); err == nil {
			kept = append(kept, name)
		} else if _, err := s.Keys(t.Context(), name); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q is refused, and then Keys answers %v", name, err)
		}
	}
	if len(kept) < 12 || !slices.Contains(kept, "a/b") && runtime.GOOS != "windows" {
		t.Errorf("only these names are taken: %q", kept)
	}
	t.Logf("%d of %d names are taken", len(kept), len(odd))
	for i, name := range odd {
		if slices.Contains(kept, name) {
			wantKeys(t, s, name, keys(i))
		}
	}
	wantNames(t, s, slices.Sorted(slices.Values(kept))...)
	put(t, s, "a", keys(50))
	wantKeys(t, s, "a", keys(50))
	wantKeys(t, s, "a/b", keys(2))
	if err := s.RemoveKeys(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	wantKeys(t, s, "a/b", keys(2))

	for _, name := range []string{
		"", ".", "..", "nul\x00", "line\nbreak", "\xff", "oidc:https://x.awsapps.com/start",
		"sts.AssumeRole,ZGV2,aGFzaA,1790000000", "session,ZGV2,,1790000000", "session:dev::1790000000", "dev session (1790000000)",
	} {
		if err := s.PutKeys(t.Context(), name, keys(1)); err == nil {
			t.Errorf("PutKeys(%q) is accepted", name)
		}
		if _, err := s.Keys(t.Context(), name); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Keys(%q): got %v, want ErrNotFound", name, err)
		}
	}
	conformLongNames(t, settings)
}

// goldenItems returns items in the form of aws-vault 7, by name.
func goldenItems(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string]string{"team/prod": "keys.json", goldenSession: "session.json"}
	if *update {
		for _, item := range []keyring.Item{
			awsVaultItem(t, "team/prod", sdk(keys(1))),
			awsVaultSession(t, goldenSession, sdkSession(session(2, epoch.Add(time.Hour)))),
		} {
			data, err := json.Marshal(item)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join("testdata", "aws-vault-items", files[item.Key]), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	items := map[string][]byte{}
	for name, file := range files {
		data, err := os.ReadFile(filepath.Join("testdata", "aws-vault-items", file))
		if err != nil {
			t.Fatal(err)
		}
		items[name] = data
	}
	return items
}

// goldenSession is the name of dev's session that ends an hour after epoch.
const goldenSession = "sts.GetSessionToken,ZGV2,aGFzaA,1795352400"

func conformInterop(t *testing.T, settings store.Settings, own *native) {
	items := goldenItems(t)
	s := reopen(settings)
	token := aws.SessionKey{Type: "sts.GetSessionToken", Profile: "dev", Hash: "hash"}
	expires := epoch.Add(time.Hour)

	for name, item := range items {
		own.put(t, name, item)
	}
	wantNames(t, s, "team/prod")
	wantKeys(t, s, "team/prod", keys(1))
	wantSessions(t, s, store.SessionInfo{Key: token, Expires: expires})
	want := session(2, expires)
	wantSession(t, s, token, &want)
	put(t, s, "team/prod", keys(3))
	wantKeys(t, s, "team/prod", keys(3))
	if err := s.RemoveKeys(t.Context(), "team/prod"); err != nil {
		t.Error(err)
	}
	if n, err := s.RemoveSessions(t.Context(), "dev"); n != 1 || err != nil {
		t.Errorf("RemoveSessions(dev) = %d, %v; want 1", n, err)
	}
	wantNames(t, s)

	put(t, s, "team/prod", keys(9))
	put(t, s, "team/prod", keys(1))
	putSession(t, s, token, want)
	for name, item := range items {
		got := string(bytes.TrimSpace(own.get(t, name)))
		if own.dataAlone {
			var all keyring.Item
			if err := json.Unmarshal(item, &all); err != nil {
				t.Fatal(err)
			}
			item, _ = json.Marshal(keyring.Item{Key: name, Data: all.Data})
		}
		if diff := cmp.Diff(string(item), got); diff != "" {
			t.Errorf("%s (-aws-vault +ours):\n%s", name, diff)
		}
	}
}

// viaLibrary accesses items with the library, in a separate process.
func viaLibrary(t *testing.T, settings store.Settings) *native {
	t.Helper()
	program := libraryProgram(t)
	run := func(t *testing.T, input []byte, args ...string) []byte {
		t.Helper()
		cmd := exec.Command(program, append([]string{settings.Backend}, args...)...)
		cmd.Env = append(os.Environ(), settings.Environ...)
		cmd.Env = append(cmd.Env, "DBUS_SESSION_BUS_ADDRESS="+cmp2(settings.Bus, "unix:path=/proc/nonexistent"),
			"TEST_SERVICE="+cmp2(settings.Service, "aws-vault"), "TEST_COLLECTION="+cmp2(settings.Collection, "awsvault"),
			"TEST_PASS_PREFIX="+settings.PassPrefix, "PASSWORD_STORE_DIR="+settings.PassDir,
			"TEST_FILE_DIR="+settings.FileDir, "TEST_PASSPHRASE="+passphrase)
		cmd.Stdin = bytes.NewReader(input)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%q: %v\n%s", args, err, stderr.Bytes())
		}
		return out
	}
	return &native{
		put:       func(t *testing.T, key string, item []byte) { run(t, item, "put", key) },
		get:       func(t *testing.T, key string) []byte { return run(t, nil, "get", key) },
		dataAlone: settings.Backend == "wincred",
	}
}

// libraryVariable holds the path of the program in testdata/library, once it is built.
const libraryVariable = "STORE_TEST_LIBRARY"

var buildLibrary = sync.OnceValues(func() (string, error) {
	if built := os.Getenv(libraryVariable); built != "" {
		return built, nil
	}
	dir, err := os.MkdirTemp("", "library")
	if err != nil {
		return "", err
	}
	removeAtEnd = append(removeAtEnd, dir)
	program := filepath.Join(dir, "library.exe")
	out, err := exec.Command("go", "build", "-o", program, "./testdata/library").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("go build: %w\n%s", err, out)
	}
	return program, err
})

func libraryProgram(t *testing.T) string {
	t.Helper()
	program, err := buildLibrary()
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// cmp2 returns the first text that is not empty.
func cmp2(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func conformDamage(t *testing.T, settings store.Settings, own *native) {
	s := reopen(settings)
	put(t, s, "other", keys(7))
	for _, data := range []string{"not JSON, secret", `["secret"]`, `{"secret":"secret"}`, `{"AccessKeyID":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":""}`,
		`{"AccessKeyID":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"secret`, `{"AccessKeyID":7,"SecretAccessKey":"secret"}`} {
		item, err := json.Marshal(keyring.Item{Key: "dev", Data: []byte(data)})
		if err != nil {
			t.Fatal(err)
		}
		own.put(t, "dev", item)
		wantNames(t, s, "dev", "other")
		_, err = s.Keys(t.Context(), "dev")
		if err == nil || errors.Is(err, store.ErrNotFound) || !strings.Contains(err.Error(), `keys of "dev"`) || strings.Contains(err.Error(), "secret\"") || strings.Contains(err.Error(), "not JSON") {
			t.Errorf("%s: got %v", data, err)
		}
		if err := s.RemoveKeys(t.Context(), "dev"); err != nil {
			t.Error(err)
		}
	}
	item, err := json.Marshal(keyring.Item{Key: "dev", Data: []byte("not JSON")})
	if err != nil {
		t.Fatal(err)
	}
	own.put(t, "dev", item)
	put(t, s, "dev", keys(1))
	wantKeys(t, s, "dev", keys(1))
	wantKeys(t, s, "other", keys(7))
	if err := s.RemoveKeys(t.Context(), "dev"); err != nil {
		t.Error(err)
	}
}

func conformTwoProcesses(t *testing.T, settings store.Settings, _ *native) {
	dir := tempDir(t)
	handOver(t, dir, settings)
	var each []*exec.Cmd
	for range 2 {
		cmd := play(t, "write some", dir)
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		each = append(each, cmd)
	}
	var want []string
	for _, cmd := range each {
		if err := cmd.Wait(); err != nil {
			t.Fatalf("%v\n%s", err, cmd.Stdout)
		}
		for n := range someItems {
			want = append(want, fmt.Sprintf("%d of %d", n, cmd.Process.Pid))
		}
	}
	s := reopen(settings)
	wantNames(t, s, slices.Sorted(slices.Values(append(want, "both")))...)
	c, err := s.Keys(t.Context(), "both")
	if err != nil || c.SecretAccessKey != strings.Repeat(c.AccessKeyID, 100) {
		t.Errorf("the item of both: %v, %v", c, err)
	}
}

const someItems = 4

// largeToken is larger than AWS's tokens and than a page of memory. Three of them fit into the
// 20,000 bytes that the kernel keeps for an ordinary user.
const largeToken = 5 << 10

// writeSome stores items of its own, and an item that another process also stores.
func writeSome() error {
	settings, err := takeOver(".")
	if err != nil {
		return err
	}
	s := reopen(settings)
	for n := range someItems {
		name := fmt.Sprintf("%d of %d", n, os.Getpid())
		id := fmt.Sprintf("AKIA%016d", os.Getpid())
		err := errors.Join(
			s.PutKeys(context.Background(), name, keys(n)),
			s.PutKeys(context.Background(), "both", aws.Credentials{AccessKeyID: id, SecretAccessKey: strings.Repeat(id, 100)}),
		)
		if err != nil {
			return err
		}
	}
	return nil
}

func conformKilled(t *testing.T, settings store.Settings, _ *native) {
	dir := tempDir(t)
	handOver(t, dir, settings)
	put(t, reopen(settings), "other", keys(7))
	for range 6 {
		cmd := play(t, "write for ever", dir)
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(stdout).ReadString('\n')
		if strings.TrimSpace(line) != "ready" {
			t.Errorf("writer: %q, %v", line, err)
		}
		time.Sleep(time.Duration(rand.IntN(60_000)) * time.Microsecond) // a moment in any phase of a write
		cmd.Process.Kill()
		cmd.Wait()

		c, err := reopen(settings).Keys(t.Context(), "dev")
		if err != nil || len(c.SessionToken) != largeToken {
			t.Fatalf("after a kill: %v, %v", c, err)
		}
	}
	s := reopen(settings)
	wantNames(t, s, "dev", "other")
	wantKeys(t, s, "other", keys(7))
	put(t, s, "dev", keys(1))
	wantKeys(t, s, "dev", keys(1))
}

// writeForEver stores keys under one name until it is killed.
func writeForEver() error {
	settings, err := takeOver(".")
	if err != nil {
		return err
	}
	s := reopen(settings)
	for n := 0; ; n++ {
		c := keys(n)
		c.SessionToken = strings.Repeat("x", largeToken)
		if err := s.PutKeys(context.Background(), "dev", c); err != nil {
			return err
		}
		if n == 0 {
			fmt.Println("ready")
		}
	}
}

// handOver writes settings into dir for another process. It omits the functions, which have
// the same answers in each process.
func handOver(t *testing.T, dir string, settings store.Settings) {
	t.Helper()
	plain := map[string]any{}
	value := reflect.ValueOf(settings)
	for i := range value.NumField() {
		if value.Field(i).Kind() != reflect.Func && value.Type().Field(i).Name != "OnePassword" {
			plain[value.Type().Field(i).Name] = value.Field(i).Interface()
		}
	}
	o := settings.OnePassword
	plain["OnePassword"] = map[string]any{"Vault": o.Vault, "ConnectHost": o.ConnectHost, "Account": o.Account, "Cmd": o.Cmd, "Environ": o.Environ}
	data, err := json.Marshal(plain)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "settings.json"), data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func takeOver(dir string) (store.Settings, error) {
	settings := fileSettings(dir)
	data, err := os.ReadFile(filepath.Join(dir, "settings.json"))
	if err != nil {
		return settings, err
	}
	plain := map[string]json.RawMessage{}
	if err := json.Unmarshal(data, &plain); err != nil {
		return settings, err
	}
	value := reflect.ValueOf(&settings).Elem()
	for name, text := range plain {
		if name == "OnePassword" {
			continue
		}
		if err := json.Unmarshal(text, value.FieldByName(name).Addr().Interface()); err != nil {
			return settings, err
		}
	}
	var o struct {
		Vault, ConnectHost, Account, Cmd string
		Environ                          []string
	}
	err = json.Unmarshal(plain["OnePassword"], &o)
	settings.OnePassword = opSettings(store.OnePassword{Vault: o.Vault, ConnectHost: o.ConnectHost, Account: o.Account, Cmd: o.Cmd, Environ: o.Environ})
	if o.Account != "" || settings.Backend == "winhello" {
		settings.Ask = somebody
	}
	return settings, err
}

// Names of any length keep their sessions, and two names never share one.
func conformLongNames(t *testing.T, settings store.Settings) {
	ctx, now := t.Context(), &clock{epoch}
	settings.Now = now.now
	s := reopen(settings)
	one, two, three := session(1, epoch.Add(time.Hour)), session(2, epoch.Add(2*time.Hour)), session(3, epoch.Add(2*time.Hour))
	lengths := []int{200, 2000}
	if settings.Backend == "wincred" && os.Getenv("VAULT_TESTS_WINE") != "" {
		lengths = []int{16} // Wine keeps a credential under a name of its registry: at most 255 characters
	}
	for _, n := range lengths {
		long := aws.SessionKey{Type: "sts.AssumeRoleWithWebIdentity", Profile: strings.Repeat("ü", n/2), Hash: strings.Repeat("0", 64)}
		other := long
		other.Profile += "x"
		putSession(t, s, long, one)
		putSession(t, s, long, two)
		putSession(t, s, other, three)
		wantSession(t, reopen(settings), long, &two)
		wantSession(t, reopen(settings), other, &three)
		if n, err := s.RemoveSessions(ctx, long.Profile); n != 1 || err != nil {
			t.Errorf("RemoveSessions(%d bytes) = %d, %v; want 1", len(long.Profile), n, err)
		}
		wantSession(t, s, long, nil)
		if n, err := s.RemoveSessions(ctx, other.Profile); n != 1 || err != nil {
			t.Errorf("RemoveSessions(%d bytes) = %d, %v; want 1", len(other.Profile), n, err)
		}
	}
}

func conformSessions(t *testing.T, settings store.Settings, _ *native) {
	ctx := t.Context()
	time1, time2 := epoch.Add(time.Hour), epoch.Add(2*time.Hour)
	now := &clock{epoch}
	settings.Now = now.now
	s := reopen(settings)

	role := aws.SessionKey{Type: "sts.AssumeRole", Profile: "a/b, ☃", Hash: "\x00\xff"}
	same := aws.SessionKey{Type: "sts.AssumeRole", Profile: "a/b, ☃", Hash: "\x00\xfe"}
	token := aws.SessionKey{Type: "sts.GetSessionToken", Profile: "dev", Hash: "h"}
	wantSession(t, s, role, nil)

	one, two, three := session(1, time1), session(2, time2), session(3, time2)
	putSession(t, s, role, one)
	wantSession(t, s, role, &one)
	wantSession(t, s, same, nil)
	putSession(t, s, role, two)
	putSession(t, s, same, one)
	putSession(t, s, token, three)
	wantSession(t, reopen(settings), role, &two)
	wantSession(t, reopen(settings), same, &one)
	wantNames(t, s)
	wantSessions(t, s, store.SessionInfo{Key: same, Expires: time1}, store.SessionInfo{Key: role, Expires: time2}, store.SessionInfo{Key: token, Expires: time2})

	now.Time = time1.Add(-settings.MinTTL)
	wantSession(t, s, same, &one)
	now.Time = time1.Add(-settings.MinTTL + time.Second)
	wantSession(t, s, same, nil) // it lives, but not long enough
	wantSession(t, s, role, &two)

	now.Time = time1
	wantSessions(t, s, store.SessionInfo{Key: role, Expires: time2}, store.SessionInfo{Key: token, Expires: time2})
	putSession(t, s, role, two) // which tidies up
	now.Time = epoch
	wantSessions(t, s, store.SessionInfo{Key: role, Expires: time2}, store.SessionInfo{Key: token, Expires: time2})

	large := session(4, time2)
	large.SessionToken = strings.Repeat("x", largeToken)
	putSession(t, s, same, large)
	wantSession(t, s, same, &large)

	if n, err := s.RemoveSessions(ctx, "dev"); n != 1 || err != nil {
		t.Errorf("RemoveSessions(dev) = %d, %v; want 1", n, err)
	}
	if n, err := s.RemoveSessions(ctx, ""); n != 2 || err != nil {
		t.Errorf("RemoveSessions() = %d, %v; want 2", n, err)
	}
	wantSessions(t, s)

	// Signing out of IAM Identity Center takes all sessions of its profiles.
	for _, k := range []aws.SessionKey{{Type: "sso.GetRoleCredentials", Profile: "corp", Hash: "h"}, {Type: "sts.AssumeRole", Profile: "corp", Hash: "h"}, token} {
		putSession(t, s, k, three)
	}
	if n, err := s.RemoveSSOSessions(ctx); n != 2 || err != nil {
		t.Errorf("RemoveSSOSessions() = %d, %v; want 2", n, err)
	}
	wantSessions(t, s, store.SessionInfo{Key: token, Expires: time2})
	if n, err := s.RemoveSSOSessions(ctx); n != 0 || err != nil {
		t.Errorf("RemoveSSOSessions() = %d, %v; want 0", n, err)
	}

	if err := s.PutSession(ctx, role, keys(1)); err == nil {
		t.Error("a session without expiry is accepted")
	}
}

func put(t *testing.T, s *store.Store, name string, c aws.Credentials) {
	t.Helper()
	if err := s.PutKeys(t.Context(), name, c); err != nil {
		t.Fatal(err)
	}
}

func putSession(t *testing.T, s *store.Store, k aws.SessionKey, c aws.Credentials) {
	t.Helper()
	if err := s.PutSession(t.Context(), k, c); err != nil {
		t.Fatal(err)
	}
}

func wantKeys(t *testing.T, s *store.Store, name string, want aws.Credentials) {
	t.Helper()
	got, err := s.Keys(t.Context(), name)
	if err != nil {
		t.Error(err)
	} else if diff := cmp.Diff(plain(want), plain(got)); diff != "" {
		t.Errorf("keys of %q (-want +got):\n%s", name, diff)
	}
}

func wantNames(t *testing.T, s *store.Store, want ...string) {
	t.Helper()
	got, err := s.Names(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, append([]string(nil), got...)); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

// wantSession checks the session; want is nil if there must be none.
func wantSession(t *testing.T, s *store.Store, k aws.SessionKey, want *aws.Credentials) {
	t.Helper()
	got, ok, err := s.Session(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	if ok != (want != nil) {
		t.Errorf("session of %v: got %v, want %v", k, ok, want != nil)
	} else if ok {
		if diff := cmp.Diff(plain(*want), plain(got)); diff != "" {
			t.Errorf("session of %v (-want +got):\n%s", k, diff)
		}
	}
}

func wantSessions(t *testing.T, s *store.Store, want ...store.SessionInfo) {
	t.Helper()
	got, err := s.Sessions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sessions (-want +got):\n%s", diff)
	}
}
