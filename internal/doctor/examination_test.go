package doctor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"awsvault/internal/awsconf"
	"awsvault/internal/browser"
	"awsvault/internal/env"
	"awsvault/internal/keyage"
	"awsvault/internal/resolve"
	"awsvault/internal/startup"
	"awsvault/internal/store"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

type keystores struct {
	asking     store.Asking
	findings   []store.Finding
	comparison store.Comparison
	err        error
}

func (k *keystores) Examine(context.Context) []store.Finding { return k.findings }

func (k *keystores) Asking(context.Context) store.Asking { return k.asking }

func (k *keystores) Compare(context.Context) (store.Comparison, error) { return k.comparison, k.err }

// signedIn answers every question about sign-ins in the same way.
type signedIn struct {
	until     time.Time
	renewable bool
	err       error
	asked     []string
}

func (s *signedIn) Title(in *resolve.SignIn) string { return in.Session }

func (s *signedIn) Until(in *resolve.SignIn) (time.Time, bool, error) {
	s.asked = append(s.asked, in.Session)
	return s.until, s.renewable, s.err
}

func (s *signedIn) Login(resolve.Step) (time.Time, error) { return s.until, s.err }

// healthy is a machine without problems.
type healthy struct {
	Facts
	keystores *keystores
	signIns   *signedIn
	clock     time.Time // AWS's
	askErr    error
}

func newHealthy(t *testing.T) *healthy {
	t.Helper()
	home := t.TempDir()
	program := filepath.Join(home, "bin", "vault")
	write(t, program, "#!/bin/sh\n", 0o700)
	write(t, filepath.Join(home, ".bashrc"), "# mine\neval \"$('"+program+"' hook bash)\"\n", 0o600)
	h := &healthy{
		keystores: &keystores{
			findings:   []store.Finding{{Backend: "file", Chosen: true, Keys: 1}},
			comparison: store.Comparison{Names: []string{"plain"}, Known: 1},
		},
		signIns: &signedIn{until: noon.Add(time.Hour)},
		clock:   noon,
	}
	h.Facts = Facts{
		Version: "1.0", GOOS: "linux", GOARCH: "amd64", User: 1000, Host: "orbit", Proc: fstest.MapFS{},
		Environ: env.Vars{"PATH": filepath.Dir(program)},
		Now:     func() time.Time { return noon },
		Tilde: func(path string) string {
			if rest, ok := strings.CutPrefix(path, home); ok {
				return "~" + rest
			}
			return path
		},
		Expiry: func(t time.Time) string { return "expires " + t.Format("15:04") },
		Shell: Shell{
			Hook: Hook{Shell: "bash", Version: "1.0"}, Name: "bash", SetUp: "SET UP", Rename: "RENAME",
			Program: program, Startup: startup.Places{GOOS: "linux", Home: home},
		},
		Places:    Places{Home: home},
		Keystores: h.keystores, SignIns: h.signIns,
		Look:    func(name string) (string, error) { return "/usr/bin/" + name, nil },
		Browser: browser.World{GOOS: "darwin", Getenv: func(string) string { return "" }, Look: func(name string) (string, error) { return "/usr/bin/" + name, nil }},
	}
	h.Ask = func(*resolve.Plan) (func(context.Context) (time.Time, error), error) {
		return func(context.Context) (time.Time, error) { return h.clock, h.askErr }, nil
	}
	h.files("[profile plain]\nregion = eu-west-1\n", "")
	return h
}

// aged is a keystore with keys that AWS made so many days ago.
func aged(days map[string]int) store.Comparison {
	c := store.Comparison{Names: slices.Sorted(maps.Keys(days)), Known: len(days), Ages: map[string]keyage.Since{}}
	for name, n := range days {
		c.Ages[name] = keyage.Since{Created: noon.AddDate(0, 0, -n)}
	}
	return c
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// files sets the texts of the AWS files.
func (h *healthy) files(config, credentials string) {
	h.Config = func() (*awsconf.Config, error) {
		c, err := awsconf.Parse("config", awsconf.ConfigFile, config)
		if err != nil {
			return nil, err
		}
		k, err := awsconf.Parse("credentials", awsconf.CredentialsFile, credentials)
		if err != nil {
			return nil, err
		}
		return awsconf.Merge(c, k), nil
	}
}

func (h *healthy) active(profile string) {
	h.Active = env.State{Profile: profile}
	h.Expires = noon.Add(time.Hour)
}

// before adds a keystore that precedes the chosen one.
func (h *healthy) before(f store.Finding) {
	h.keystores.findings = slices.Insert(h.keystores.findings, 0, f)
}

// lines returns the findings of all checks as they are shown, except the good ones.
func (h *healthy) lines(t *testing.T) (lines []string) {
	t.Helper()
	for _, r := range Run(t.Context(), New(t.Context(), h.Facts).Checks(), Limit) {
		for _, f := range r.Findings {
			if f.State != OK {
				lines = append(lines, strings.TrimSuffix(fmt.Sprintf("%s %s: %s | %s", f.State, r.Check, f.Text, f.Hint), " | "))
			}
		}
	}
	return lines
}

func TestEachFaultIsFoundAndNothingElse(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths are others there")
	}
	const keys = "[ana]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
	for _, test := range []struct {
		name  string
		plant func(t *testing.T, h *healthy)
		want  []string
	}{
		{"nothing is wrong", func(*testing.T, *healthy) {}, nil},

		{"the path of the program is not known", func(_ *testing.T, h *healthy) { h.Shell.ProgramError = errors.New("lost") },
			[]string{"! program: lost"}},
		{"the shell has no hook", func(_ *testing.T, h *healthy) { h.Shell.Hook = Hook{} },
			[]string{"! hook: this shell has no hook, so use, off and refresh do not work in it | SET UP"}},
		{"the hook is displaced", func(_ *testing.T, h *healthy) { h.Shell.Hook.Displaced = true },
			[]string{"x hook: this bash does not run the hook at prompts: vault cannot renew credentials or follow directories | something loaded later replaced it; load the hook last in the start-up file"}},
		{"the hook is of another version", func(_ *testing.T, h *healthy) { h.Shell.Hook.Version = "0.9" },
			[]string{"! hook: this bash has the hook of version 0.9, and the program has version 1.0 | open a new shell"}},
		{"the hook says no version", func(_ *testing.T, h *healthy) { h.Shell.Hook.Version = "" },
			[]string{"! hook: this bash has the hook of version an older one, and the program has version 1.0 | open a new shell"}},
		{"prompts do not run the hook", func(_ *testing.T, h *healthy) { h.Shell.Hook.Manual = true },
			[]string{"- hook: this bash has the hook, but does not run it at prompts: --no-auto, or a shell without prompts"}},
		{"the shell has no hook in this program", func(_ *testing.T, h *healthy) { h.Shell.Name = "tcsh" },
			[]string{"- start-up file: there is no hook for tcsh"}},
		{"the start-up file does not load the hook", func(t *testing.T, h *healthy) {
			write(t, filepath.Join(h.Places.Home, ".bashrc"), "# vault hook bash\n", 0o600)
		},
			[]string{"! start-up file: ~/.bashrc does not load the hook, so new shells will not have it | SET UP"}},
		{"the start-up file loads it twice", func(t *testing.T, h *healthy) {
			write(t, filepath.Join(h.Places.Home, ".bashrc"), "\nvault hook bash\nvault hook bash\n", 0o600)
		}, []string{"! start-up file: ~/.bashrc loads the hook 2 times, first in line 2 | keep only the last of these lines"}},
		{"the start-up file calls a program that is gone", func(t *testing.T, h *healthy) {
			write(t, filepath.Join(h.Places.Home, ".bashrc"), "eval \"$('/opt/gone/vault' hook bash)\"\n", 0o600)
		}, []string{"x start-up file: ~/.bashrc:1 calls /opt/gone/vault, which does not exist | vault init bash --undo, then vault init bash"}},
		{"the start-up file is no text", func(t *testing.T, h *healthy) {
			write(t, filepath.Join(h.Places.Home, ".bashrc"), "a\x00b\x00", 0o600)
		}, []string{"! start-up file: HOME/.bashrc is not UTF-8 text, so vault leaves it alone"}},
		{"another program of this name comes first on PATH", func(t *testing.T, h *healthy) {
			write(t, filepath.Join(h.Places.Home, "first", "vault"), "#!/bin/sh\n", 0o700)
			h.Environ["PATH"] = filepath.Join(h.Places.Home, "first") + ":" + h.Environ["PATH"]
		}, []string{"x path: vault on PATH is also another program: ~/first/vault | RENAME   gives this tool the name av"}},
		{"another program of this name comes last on PATH", func(t *testing.T, h *healthy) {
			write(t, filepath.Join(h.Places.Home, "last", "vault"), "#!/bin/sh\n", 0o700)
			h.Environ["PATH"] += ":" + filepath.Join(h.Places.Home, "last")
		}, []string{"! path: vault on PATH is also another program: ~/last/vault | RENAME   gives this tool the name av"}},
		{"the program is not on PATH", func(_ *testing.T, h *healthy) { h.Environ["PATH"] = "/proc/nonexistent" },
			[]string{"- path: vault is not on PATH; the hook calls it by its full path"}},

		{"a passphrase each time", func(_ *testing.T, h *healthy) {
			h.keystores.asking = store.Asking{Backend: "file", Person: true, Each: "the kernel does not let this process use a keyring"}
		},
			[]string{"- passphrase: keystore file asks for a passphrase for each new session: the kernel does not let this process use a keyring"}},
		{"a variable with the passphrase", func(_ *testing.T, h *healthy) {
			h.keystores.asking = store.Asking{Backend: "file", Each: "the kernel does not let this process use a keyring"}
		}, nil},
		{"a passphrase once in a day", func(_ *testing.T, h *healthy) { h.keystores.asking = store.Asking{Backend: "file", Person: true} }, nil},
		{"a passphrase each time, by the variable", func(_ *testing.T, h *healthy) {
			h.keystores.asking, h.Environ["AWS_VAULT_PRIME"] = store.Asking{Backend: "file", Person: true}, "never"
		}, nil},
		{"a log that is another user's to write", func(t *testing.T, h *healthy) {
			h.Places.State = filepath.Join(h.Places.Home, "state")
			write(t, filepath.Join(h.Places.State, "log"), "", 0o666)
		}, []string{"x modes: ~/state/log has mode 666: others can see or change what vault remembers | chmod 600 ~/state/log",
			"! log: no session is logged: ~/state/log can be written by everybody | rm ~/state/log   the next session creates it"}},
		{"a log that is there", func(t *testing.T, h *healthy) {
			h.Places.State = filepath.Join(h.Places.Home, "state")
			write(t, filepath.Join(h.Places.State, "log"), "", 0o600)
		}, nil},
		{"no log is wanted", func(t *testing.T, h *healthy) {
			h.Places.State, h.Environ["AWS_VAULT_LOG"] = filepath.Join(h.Places.Home, "state"), "off"
		}, nil},
		{"keys that are old", func(_ *testing.T, h *healthy) {
			h.keystores.comparison = aged(map[string]int{"old": 91, "plain": 90, "older": 1000, "odd": -300})
		}, []string{"! key ages: 2 stored keys are older than 90d: old (91d), older (1000d) | vault rotate --due 90d   replaces each with a new one"}},
		{"one key that is old", func(_ *testing.T, h *healthy) { h.keystores.comparison = aged(map[string]int{"old": 91, "plain": 1}) },
			[]string{"! key ages: 1 stored key is older than 90d: old (91d) | vault rotate --due 90d   replaces each with a new one"}},
		{"very many keys that are old", func(_ *testing.T, h *healthy) {
			h.keystores.comparison = aged(map[string]int{"a": 91, "b": 91, "c": 91, "d": 91, "e": 91, "f": 91, "g": 91, "plain": 1})
		}, []string{"! key ages: 7 stored keys are older than 90d: a (91d), b (91d), c (91d), d (91d), e (91d), and 2 more | vault rotate --due 90d   replaces each with a new one"}},
		{"keys that are young enough", func(_ *testing.T, h *healthy) { h.keystores.comparison = aged(map[string]int{"plain": 90}) }, nil},
		{"a limit of one's own", func(_ *testing.T, h *healthy) {
			h.keystores.comparison, h.Environ["AWS_VAULT_KEY_MAX_AGE"] = aged(map[string]int{"plain": 31}), "30d"
		}, []string{"! key ages: 1 stored key is older than 30d: plain (31d) | vault rotate --due 30d   replaces each with a new one"}},
		{"old keys that no one wants to hear of", func(_ *testing.T, h *healthy) {
			h.keystores.comparison, h.Environ["AWS_VAULT_KEY_MAX_AGE"] = aged(map[string]int{"old": 91, "plain": 1}), "off"
		}, nil},
		{"a limit that is none", func(_ *testing.T, h *healthy) { h.Environ["AWS_VAULT_KEY_MAX_AGE"] = "soon" },
			[]string{`! key ages: AWS_VAULT_KEY_MAX_AGE: "soon" is neither a duration nor off | AWS_VAULT_KEY_MAX_AGE=90d`}},
		{"items of before", func(_ *testing.T, h *healthy) {
			h.keystores.asking = store.Asking{Backend: "file", Weak: []string{"dev", "ana", "sts.AssumeRole,ZGV2,aGFzaA,1790000000"}}
		},
			[]string{"- passphrase: 3 items (ana, dev) of the file keystore: a passphrase is easier to guess with fewer than 600,000 rounds of PBKDF2 | vault passphrase   rewrites all items; you may choose the same passphrase again"}},

		{"the state is not ours", func(_ *testing.T, h *healthy) { h.Environ[env.StateName] = "garbage" },
			[]string{"x activation: AWS_VAULT_SHELL_STATE is set, but vault did not write it | unset AWS_VAULT_SHELL_STATE"}},
		{"a shell of aws-vault", func(_ *testing.T, h *healthy) { h.Environ["AWS_VAULT"] = "jon" },
			[]string{`! activation: AWS_VAULT is "jon", and vault did not set it: this shell runs inside aws-vault exec | exit leaves it; until then, directories activate no profile`}},
		{"the credentials have expired", func(_ *testing.T, h *healthy) { h.active("dev"); h.Expires = noon },
			[]string{"! activation: the credentials of dev in this shell have expired | vault refresh, or vault off"}},
		{"another shell activated, and this one has no hook", func(_ *testing.T, h *healthy) { h.active("dev"); h.Shell.Hook = Hook{} },
			[]string{"! hook: this shell has no hook, so use, off and refresh do not work in it | SET UP",
				"! activation: dev was activated by another shell, and this one has no hook to renew or remove it | SET UP"}},
		{"the command of exec needs no hook", func(_ *testing.T, h *healthy) {
			h.active("dev")
			h.Active.About.Exec = true
		}, nil},

		{"keys in the variables", func(_ *testing.T, h *healthy) { h.Environ["AWS_ACCESS_KEY_ID"] = "AKIAIOSFODNN7EXAMPLE" },
			[]string{"! variables: AWS_ACCESS_KEY_ID is set, but not by vault: AWS tools use it before any profile | unset AWS_ACCESS_KEY_ID"}},
		{"AWS_PROFILE names a profile", func(_ *testing.T, h *healthy) { h.Environ["AWS_PROFILE"] = "plain" },
			[]string{`! variables: AWS_PROFILE is "plain": AWS tools use that profile while vault has activated none | unset AWS_PROFILE`}},
		{"AWS_PROFILE names no profile", func(_ *testing.T, h *healthy) { h.Environ["AWS_PROFILE"] = "gone" },
			[]string{`x variables: AWS_PROFILE is "gone", and there is no such profile: the AWS CLI refuses to run | unset AWS_PROFILE`}},
		{"an end of credentials that are gone", func(_ *testing.T, h *healthy) {
			h.Environ["AWS_CREDENTIAL_EXPIRATION"] = "2020-01-01T00:00:00Z"
			h.Expires = noon.AddDate(-6, 0, 0)
		}, []string{"! variables: AWS_CREDENTIAL_EXPIRATION is in the past, and no credentials in this shell belong to it | unset AWS_CREDENTIAL_EXPIRATION"}},
		{"an old SDK's variable", func(_ *testing.T, h *healthy) { h.Environ["AWS_SDK_LOAD_CONFIG"] = "1" },
			[]string{"! variables: AWS_SDK_LOAD_CONFIG is set: it makes old SDKs read both AWS files, and newer ones ignore it | unset AWS_SDK_LOAD_CONFIG"}},
		{"the passphrase is in the environment", func(_ *testing.T, h *healthy) { h.Environ["AWS_VAULT_FILE_PASSPHRASE"] = "hunter" },
			[]string{"! variables: AWS_VAULT_FILE_PASSPHRASE is exported: every program that you start can read it | AWS_VAULT_FILE_PASSPHRASE_COMMAND names a program that prints it"}},
		{"a universal variable of fish", func(t *testing.T, h *healthy) {
			write(t, filepath.Join(h.Places.Home, ".config", "fish", "fish_variables"), "# x\nSETUVAR fish_color:a\nSETUVAR --export AWS_PROFILE:old\nSETUVAR\n", 0o600)
		}, []string{"! variables: fish keeps AWS_PROFILE as a universal variable: it comes back when a profile is left | set -eU AWS_PROFILE"}},

		{"no keystore opens", func(_ *testing.T, h *healthy) { h.keystores.findings = nil },
			[]string{"x keystores: no keystore can be used, so no key can be stored | --backend=file needs only a writable directory"}},
		{"the chosen keystore does not open", func(_ *testing.T, h *healthy) {
			h.Backend = "file"
			h.keystores.findings[0] = store.Finding{Backend: "file", Chosen: true, Err: errors.New("broken")}
		}, []string{"x keystores: keystore file: broken"}},
		{"the chosen keystore is locked", func(_ *testing.T, h *healthy) {
			h.Backend = "file"
			h.keystores.findings[0] = store.Finding{Backend: "file", Chosen: true, Locked: true, Err: errors.New("locked")}
		}, []string{"! keystores: keystore file: locked"}},
		{"there are keys in another keystore", func(_ *testing.T, h *healthy) {
			h.keystores.findings = append(h.keystores.findings, store.Finding{Backend: "pass", Keys: 2, Took: 3 * time.Millisecond})
		}, []string{"- keystores: keystore pass: 2 keys, not used; answers in 3ms | --backend=pass uses it; vault migrate-backend --from=pass copies what is in it"}},
		{"a keystore was passed over", func(_ *testing.T, h *healthy) {
			h.before(store.Finding{Backend: "pass", Err: errors.New("not installed")})
		},
			[]string{"- keystores: keystore pass was skipped: not installed"}},
		{"a keystore is not used because another was chosen", func(_ *testing.T, h *healthy) {
			h.Backend = "file"
			h.before(store.Finding{Backend: "pass", Err: errors.New("not installed"), Took: KeystoreLimit})
		}, []string{"- keystores: keystore pass: not installed"}},
		{"a keystore makes every command wait", func(_ *testing.T, h *healthy) {
			h.before(store.Finding{Backend: "pass", Err: errors.New("no answer"), Took: KeystoreLimit})
		},
			[]string{"! keystores: keystore pass was skipped: no answer | AWS_VAULT_BACKEND=file avoids the wait"}},
		{"the sessions' keystore does not exist", func(_ *testing.T, h *healthy) { h.SessionBackend = "nope" },
			[]string{`x keystores: AWS_VAULT_SESSION_BACKEND: there is no keystore "nope" | one of ` + strings.Join(store.Backends(), ", ")}},
		{"what is remembered is wrong", func(_ *testing.T, h *healthy) { h.keystores.comparison.Wrong = []string{"plain"} },
			[]string{"- keystores: another program added or removed stored keys: vault corrected 1 name in its list"}},
		{"message buses were left behind", func(_ *testing.T, h *healthy) {
			proc := fstest.MapFS{}
			for _, pid := range []string{"10", "11"} {
				proc[pid+"/status"] = &fstest.MapFile{Data: []byte("Name:\tdbus-daemon\nUid:\t1000\t1000\n")}
				proc[pid+"/cmdline"] = &fstest.MapFile{Data: []byte("dbus-daemon\x00--fork\x00--print-pid\x005\x00--session")}
			}
			h.Proc = proc
		}, []string{"! message bus: 2 leftover dbus-daemon processes: without a session bus, aws-vault leaves one behind on each run | ps -fC dbus-daemon   lists them; end those that nothing uses. vault starts none"}},
		{"the kernel has no room for keys", func(_ *testing.T, h *healthy) {
			h.Proc = fstest.MapFS{"key-users": {Data: []byte(" 1000: 190 190/190 185/200 9148/20000\n")}}
		}, []string{"x kernel keyring: the kernel holds 185 keys of at most 200, 9148 bytes of 20000 | vault clear   removes its sessions; or AWS_VAULT_SESSION_BACKEND=file, or raise kernel.keys.maxkeys and maxbytes"}},

		{"the config file cannot be read", func(_ *testing.T, h *healthy) {
			h.Config = func() (*awsconf.Config, error) { return nil, errors.New("read ~/.aws/config: permission denied") }
		}, []string{"x config: read ~/.aws/config: permission denied", "- profiles: no profiles yet | vault add NAME, or vault sso sync"}},
		{"tools read the config file differently", func(_ *testing.T, h *healthy) {
			h.files("[profile plain]\nregion = eu-west-1\n[typo]\nregion = x\n", "")
		},
			[]string{"! config: config:3: no AWS tool reads [typo] | a profile would be [profile typo]"}},
		{"[default] has an identity", func(_ *testing.T, h *healthy) {
			h.files("[default]\nsource_profile = plain\nrole_arn = arn:aws:iam::111122223333:role/x\nvault_protected = true\n[profile plain]\nregion = eu-west-1\n", "")
		}, []string{"! default profile: config:2: source_profile of [default] applies only to the default profile here; in aws-vault every profile inherits it | move it into a profile of its own, if both tools are used",
			"! default profile: config:3: role_arn of [default] applies only to the default profile here; in aws-vault every profile inherits it | move it into a profile of its own, if both tools are used"}},
		{"a profile leads nowhere", func(_ *testing.T, h *healthy) {
			h.files("[profile plain]\nregion = eu-west-1\n[profile orphan]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = gone\n", "")
		}, []string{`x profiles: profile "orphan": config:5: `}},
		{"a profile without a source may be for others", func(_ *testing.T, h *healthy) { h.files("[profile plain]\n[profile bare]\nregion = eu-west-1\n", "") },
			[]string{`! profiles: config:2: profile "bare" has no credentials`}},
		{"settings that others include are no profile", func(_ *testing.T, h *healthy) {
			h.files("[profile plain]\ninclude_profile = shared\n[profile shared]\nregion = eu-west-1\n", "")
		}, nil},
		{"there are no profiles", func(_ *testing.T, h *healthy) { h.files("", "") },
			[]string{"- profiles: no profiles yet | vault add NAME, or vault sso sync"}},
		{"a key in plain text", func(_ *testing.T, h *healthy) { h.files("", keys) },
			[]string{`! plaintext keys: credentials:3: the key of profile "ana" is in plain text | vault import credentials ana   stores it, and removes it from the file`}},
		{"a name that has to be quoted is not in the hint", func(_ *testing.T, h *healthy) { h.files("", strings.Replace(keys, "ana", "a b", 1)) },
			[]string{`! plaintext keys: credentials:3: the key of profile "a b" is in plain text | vault import credentials NAME   stores it, and removes it from the file`}},
		{"a key without its id", func(_ *testing.T, h *healthy) {
			h.files("", "[ana]\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n")
		}, []string{`x profiles: profile "ana": credentials:2: aws_secret_access_key without aws_access_key_id`, `x plaintext keys: credentials:2: profile "ana": a secret key without aws_access_key_id | copy the key again from its source`}},

		{"others can write the config file", func(t *testing.T, h *healthy) {
			h.Places.Config = filepath.Join(h.Places.Home, "config")
			write(t, h.Places.Config, "", 0o666)
		}, []string{"x modes: ~/config has mode 666: others can change it, and so run commands as you | chmod 644 ~/config"}},
		{"others can read a credentials file without keys", func(t *testing.T, h *healthy) {
			h.Places.Credentials = filepath.Join(h.Places.Home, "credentials")
			write(t, h.Places.Credentials, "", 0o644)
		}, []string{"! modes: ~/credentials has mode 644: others can read what is in it | chmod 600 ~/credentials"}},
		{"others can read a sign-in", func(t *testing.T, h *healthy) {
			h.Places.SignIns = []string{filepath.Join(h.Places.Home, "cache[1]")}
			write(t, filepath.Join(h.Places.SignIns[0], "a.json"), "", 0o644)
			write(t, filepath.Join(h.Places.SignIns[0], "a.txt"), "", 0o644)
		}, []string{"x modes: ~/cache[1]/a.json has mode 644: others can use the sign-in"}},
		{"others can read the state", func(t *testing.T, h *healthy) {
			h.Places.State = filepath.Join(h.Places.Home, "state")
			write(t, filepath.Join(h.Places.State, "recent"), "", 0o644)
		}, []string{"x modes: ~/state/recent has mode 644: others can see or change what vault remembers"}},
		{"others can put another state in its place", func(t *testing.T, h *healthy) {
			h.Places.State = filepath.Join(h.Places.Home, "share", "state")
			write(t, filepath.Join(h.Places.State, "recent"), "", 0o600)
			if err := os.Chmod(filepath.Join(h.Places.Home, "share"), 0o777); err != nil {
				t.Fatal(err)
			}
		}, []string{"x modes: ~/share has mode 777: others can see or change what vault remembers | chmod 775 ~/share"}},
		{"a killed run left a file beside a start-up file", func(t *testing.T, h *healthy) {
			path := filepath.Join(h.Places.Home, ".config", "fish", ".vault-1.tmp")
			write(t, path, "", 0o600)
			if err := os.Chtimes(path, noon.AddDate(0, 0, -1), noon.AddDate(0, 0, -1)); err != nil {
				t.Fatal(err)
			}
		}, []string{"! leftovers: ~/.config/fish/.vault-1.tmp was left behind by a vault that was killed | vault doctor --fix removes it"}},

		{"the clock is wrong", func(_ *testing.T, h *healthy) { h.clock = noon.Add(-10 * time.Minute) },
			[]string{"x clock: clock is 10m"}},
		{"AWS is not reached", func(_ *testing.T, h *healthy) { h.askErr = errors.New("no route") },
			[]string{"x clock: AWS cannot be reached: sts.us-east-1.amazonaws.com: no route; the clock was not checked"}},
		{"a proxy is set", func(_ *testing.T, h *healthy) { h.Environ["HTTPS_PROXY"] = "http://ana:secret@proxy" },
			[]string{"- proxy: the connection to AWS is set by HTTPS_PROXY (values not shown)"}},
		{"certificates that only some tools trust", func(_ *testing.T, h *healthy) { h.Environ["CURL_CA_BUNDLE"] = "/x" },
			[]string{"- proxy: not all AWS tools read these certificate settings: CURL_CA_BUNDLE | AWS_CA_BUNDLE, or ca_bundle in the profile, works for all of them"}},
		{"a variable redirects calls", func(_ *testing.T, h *healthy) { h.Environ["AWS_ENDPOINT_URL_S3"] = "http://localhost" },
			[]string{"! endpoints: AWS_ENDPOINT_URL_S3 redirects calls away from AWS | unset AWS_ENDPOINT_URL_S3"}},
		{"a profile redirects calls", func(_ *testing.T, h *healthy) { h.files("[profile plain]\nendpoint_url = http://localhost\n", "") },
			[]string{`- endpoints: config:2: endpoint_url of profile "plain": its calls may not go to AWS`}},

		{"no one is signed in", func(_ *testing.T, h *healthy) { h.sso(); h.signIns.until = time.Time{} },
			[]string{"- sign-ins: not signed in to corp | vault sso login corp"}},
		{"a sign-in that can renew itself is good", func(_ *testing.T, h *healthy) { h.sso(); h.signIns.until, h.signIns.renewable = noon, true }, nil},
		{"a sign-in cannot be read", func(_ *testing.T, h *healthy) { h.sso(); h.signIns.err = errors.New("broken") },
			[]string{"x sign-ins: sign-in to corp: broken"}},

		{"the source of MFA codes does not exist", func(_ *testing.T, h *healthy) { h.Prompt = "pigeon" },
			[]string{"x mfa: "}},
		{"the source of MFA codes is there", func(_ *testing.T, h *healthy) { h.Prompt = "terminal" }, nil},
		{"no browser opens", func(_ *testing.T, h *healthy) { h.Browser.GOOS = "linux" },
			[]string{"- browser: no browser can be opened here: vault shows the address of a sign-in, and a code to type"}},
		{"BROWSER names nothing", func(_ *testing.T, h *healthy) {
			h.Environ["BROWSER"] = "gone"
			h.Browser.Getenv = func(name string) string { return h.Environ[name] }
			h.Browser.Look = func(string) (string, error) { return "", os.ErrNotExist }
		}, []string{"! browser: BROWSER names a program that is not installed | without a browser, vault shows the address of the sign-in, and a code to type"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newHealthy(t)
			test.plant(t, h)
			got := h.lines(t)
			if len(got) != len(test.want) {
				t.Fatalf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
			for i, want := range test.want {
				want = strings.ReplaceAll(want, "HOME", h.Places.Home)
				if !strings.Contains(got[i], want) {
					t.Errorf("found %q, want %q", got[i], want)
				}
			}
		})
	}
}

// sso declares a session of IAM Identity Center, and two profiles that share it.
func (h *healthy) sso() {
	const profile = "[profile %s]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = x\n"
	h.files("[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n"+fmt.Sprintf(profile, "a")+fmt.Sprintf(profile, "b"), "")
}

func TestASignInIsLookedAtOnce(t *testing.T) {
	h := newHealthy(t)
	h.sso()
	h.lines(t)
	if got := strings.Join(h.signIns.asked, " "); got != "corp" {
		t.Errorf("looked at %q", got)
	}
}

func TestAReportHidesTheNamesOfEverything(t *testing.T) {
	h := newHealthy(t)
	h.sso()
	h.active("dev")
	h.Active.Previous = "before"
	h.keystores.comparison.Names = []string{"stored"}
	h.Environ["USER"] = "ana"
	got := New(t.Context(), h.Facts).Names()
	for _, name := range []string{"a", "b", "corp", "dev", "before", "stored", "ana", "orbit"} {
		if !slices.Contains(got, name) {
			t.Errorf("%q is not in %q", name, got)
		}
	}
}

func TestMend(t *testing.T) {
	for _, test := range []struct {
		name   string
		before Finding
		wanted bool
		after  Finding
		fixed  bool
	}{
		{"what cannot be fixed stays", Finding{State: Problem, Text: "bad", Hint: "do it"}, true, Finding{State: Problem, Text: "bad", Hint: "do it"}, false},
		{"what is not wanted says how", Finding{State: Problem, Text: "bad", Hint: "do it", Fix: func() error { panic("not wanted") }}, false,
			Finding{State: Problem, Text: "bad", Hint: "do it   or: vault doctor --fix"}, false},
		{"what says how already does not say it twice", Finding{State: Problem, Text: "bad", Hint: "vault doctor --fix mends it", Fix: func() error { panic("not wanted") }}, false,
			Finding{State: Problem, Text: "bad", Hint: "vault doctor --fix mends it"}, false},
		{"what is fixed is good", Finding{State: Problem, Text: "bad", Hint: "do it", Fix: func() error { return nil }}, true, Finding{Text: "fixed: bad"}, true},
		{"what cannot be fixed says why", Finding{State: Problem, Text: "bad", Hint: "do it", Fix: func() error { return errors.New("read-only") }}, true,
			Finding{State: Problem, Text: "bad", Hint: "not fixed: read-only; do it"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, fixed := test.before.Mend(test.wanted)
			if got.State != test.after.State || got.Text != test.after.Text || got.Hint != test.after.Hint || fixed != test.fixed {
				t.Errorf("got %+v, %v", got, fixed)
			}
		})
	}
}

func TestReadHook(t *testing.T) {
	for text, want := range map[string]Hook{
		"":                          {},
		"tcsh 1.0 auto":             {},
		"bash":                      {Shell: "bash", Manual: true},
		"zsh 1.2.0 auto displaced":  {Shell: "zsh", Version: "1.2.0", Displaced: true},
		"fish 1.2.0 manual":         {Shell: "fish", Version: "1.2.0", Manual: true},
		"powershell 1.2.0-dev auto": {Shell: "powershell", Version: "1.2.0-dev"},
	} {
		if got := ReadHook(text); got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}

func TestReport(t *testing.T) {
	results := []Result{
		{"clock", []Finding{{Text: "fine"}, {State: Note, Text: "known"}}},
		{"keystores", []Finding{{State: Note, Text: "unused", Aside: true}}},
		{"hook", []Finding{{State: Warning, Text: "odd", Hint: "look"}, {State: Problem, Text: "bad", Hint: "do it", Fix: func() error { return nil }}}},
	}
	upper := func(text string) string { return strings.ToUpper(text) }
	r := NewReport("1.0", results, false, upper)
	text := func(all bool) string {
		return r.Text(all, 0, func(s State) string { return (s.String() + " ")[:2] }, strings.ToUpper)
	}
	const want = "THIS SHELL\n  !  ODD\n       hint: LOOK\n  x  BAD\n       hint: DO IT   OR: VAULT DOCTOR --FIX\nAWS\n  ok FINE\n  -  KNOWN\n1 ok, 1 warning, 1 problem; 1 more with --verbose\n"
	if all := text(true); !strings.Contains(all, "KEYSTORES\n  -  UNUSED\nAWS\n") || !strings.HasSuffix(all, "1 problem\n") {
		t.Errorf("all:\n%s", all)
	}
	if text(false) != want || r.OK != 1 || r.Warnings != 1 || r.Problems != 1 {
		t.Errorf("%+v:\n%s", r, text(false))
	}
	narrow := r.Text(false, 24, func(s State) string {
		return "\x1b[1m" + s.String() + "\x1b[m" + strings.Repeat(" ", 2-len(s.String()))
	}, strings.ToUpper)
	if want := "  \x1b[1mx\x1b[m  BAD\n       hint: DO IT   OR:\n             VAULT\n             DOCTOR\n             --FIX\n"; !strings.Contains(narrow, want) {
		t.Errorf("at 24 columns:\n%s", narrow)
	}
	if last := r.Findings[4]; !last.Fixable || last.Fixed || r.Findings[0].Hint != nil || r.Findings[0].Check != "clock" {
		t.Errorf("%+v", r.Findings)
	}
	r = NewReport("1.0", results, true, upper)
	if r.Problems != 0 || r.OK != 2 || !strings.Contains(text(false), "  ok FIXED: BAD\n") || !r.Findings[4].Fixed {
		t.Errorf("fixed: %+v\n%s", r, text(false))
	}
}
