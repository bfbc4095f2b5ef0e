// Package tests checks the tree as a whole.
package tests

import (
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

// floors lists the program's packages from the bottom up. Imports may only go down. A package in
// the directory of a listed package is on its floor, unless it is listed itself. Some packages
// are listed before they exist.
var floors = []struct {
	packages, what string
}{
	{"hooks internal/nodbus internal/aws internal/fault internal/disk internal/line internal/near internal/process internal/peer internal/unixsock internal/jsonout",
		"the ground: types and tools that any package may use, and that know nothing of vault"},
	{"internal/awsapi internal/clicache internal/agent",
		"what sources share: the one door to AWS, and the AWS CLI's files. They know requests and objects, not profiles or keystores. And what an agent gets, which plans and commands ask"},
	{"internal/resolve internal/env internal/renew internal/pick internal/manual internal/store internal/sealed internal/items internal/awsconf internal/awsfile internal/sso internal/signin internal/iam internal/console internal/services " +
		"internal/mfa internal/browser internal/tty internal/dirprofile internal/recent internal/keyage internal/journal internal/startup internal/statekey internal/theme internal/proxy internal/grammar internal/ending internal/editor internal/pager internal/regions internal/lease",
		"either decides (pure) or deals with one outside thing: it can be understood and tested without the others"},
	{"internal/vault internal/serve internal/broker internal/doctor internal/choose",
		"the use cases: all that the program does, without a terminal or a command line"},
	{"internal/say",
		"the form of what is said to a person or a program: lines, rows, times, colours, JSON"},
	{"internal/bind internal/misuse internal/person internal/handout internal/visit internal/lead internal/handbook internal/call internal/program internal/status internal/listing internal/board",
		"what commands share once their words are read: no parser, no environment, no streams of its own"},
	{"internal/parser",
		"has kong read the lines that are wrong or ask for help, with the words of misuse"},
	{"internal/many internal/follow",
		"what commands share that run a program for several profiles, or change what is active in a shell"},
	{"cmd/front",
		"what every run has: the process, the hook's call, the AWS files, what is said; and the commands that need no more"},
	{"internal/source",
		"the sources of credentials, which are handed to a session of internal/vault: that depends on none of them, so that it is initialised in no time"},
	{"cmd/instant",
		"what is answered before the rest of the program is initialised"},
	{"cmd",
		"the command line: grammar, words, exit status, and the only reader of environment, clock, directory and streams"},
	{"awsvault",
		"main: os.Exit(cmd.Main(...)), and nothing that would need a test"},
}

// sideways lists the allowed imports within one floor.
var sideways = map[string]string{
	"internal/resolve -> internal/awsconf": "a plan says from which file and line each of its settings is",
	"internal/awsfile -> internal/awsconf": "it replaces the files whose text awsconf knows how to change",
	"internal/store -> internal/sealed":    "on Linux the store keeps sessions there; apart, because instant reads them before the keystore library is initialised",
	"internal/broker -> internal/serve":    "it decides how long a server lives, and the server how a program is answered",
	"internal/peer -> internal/disk":       "the kernel's table is a file",
	"internal/store -> internal/items":     "the names of items, and listing them; apart, because instant reads them before the keystore library is initialised",
	"internal/store -> internal/keyage":    "it notes when a key was stored, as it stores it; apart, because instant reads the ages before the keystore library is initialised",
	"internal/process -> internal/line":    "what a program says is made printable where it is read",
}

// unknown lists what a package and all of its dependencies must not import.
var unknown = []struct {
	packages, deps, why string
}{
	{"internal/vault internal/resolve internal/env internal/renew internal/pick internal/awsconf internal/sealed internal/items internal/say internal/call internal/program internal/status internal/listing cmd/front cmd/instant",
		"github.com/aws/aws-sdk-go-v2/... github.com/alecthomas/kong github.com/99designs/keyring net/http",
		"a cached session is delivered by this code before the SDK, kong, the keystore library and net/http are initialised (design.md, 10)"},
	{"internal/agent internal/resolve internal/env internal/renew internal/pick internal/theme",
		"os/exec golang.org/x/term",
		"it is pure: the same inputs give the same plan, and a test needs no machine"},
	{"internal/lease internal/lead internal/unixsock",
		"net",
		"instant takes a lease of the credential server with this code, before package net is initialised"},
	{"internal/awsconf",
		"net os/exec path/filepath github.com/gofrs/flock",
		"it is the text of the AWS files, which instant reads names with; its own test is stricter"},
	{"internal/awsfile",
		"net os/exec github.com/alecthomas/kong",
		"it reads and replaces two files"},
	{"internal/aws internal/fault internal/line hooks",
		"os/exec net golang.org/x/term",
		"every other package depends on it, those that are initialised first included"},
	{"internal/disk",
		"os/exec net golang.org/x/term",
		"every other package that writes a file depends on it"},
	{"internal/grammar internal/near",
		"os fmt reflect",
		"instant reads a command line before anything else is initialised, and awsconf finds names before that"},
	{"internal/sso internal/signin",
		"os/exec github.com/alecthomas/kong golang.org/x/term",
		"a browser and a terminal are for its caller to open: a server uses the same sign-in"},
	{"internal/store",
		"github.com/alecthomas/kong github.com/aws/aws-sdk-go-v2/...",
		"a keystore keeps what it is given and calls nobody"},
	{"internal/proxy",
		"net/http github.com/alecthomas/kong github.com/aws/aws-sdk-go-v2/... github.com/99designs/keyring",
		"it runs as root: what is not in it cannot go wrong there"},
	{"internal/process",
		"net github.com/alecthomas/kong",
		"it runs programs, and what they are for is its caller's to know"},
	{"awsvault",
		"github.com/aws/aws-sdk-go-v2/config github.com/aws/aws-sdk-go-v2/service/iam testing awsvault/tests/...",
		"tests read the AWS files as the SDK does; the program must not carry what only they need"},
}

// moving lists forbidden dependencies that still exist while code moves to its floor (issue 11).
// The list may only get shorter: an entry that is no longer needed is an error too.
var moving = map[string]string{}

// Imports go down the floors (design.md, 9).
func TestImportsGoOneWay(t *testing.T) {
	for _, p := range list(t, "./...") {
		name := short(p.ImportPath)
		if strings.HasPrefix(name, "tests") {
			continue
		}
		own, ok := floorOf(name)
		if !ok {
			t.Errorf("%s is on no floor: give it one in floors, in this file", name)
			continue
		}
		for _, imp := range p.Imports {
			imported := short(imp)
			below, ok := floorOf(imported)
			if !strings.HasPrefix(imp, "awsvault") || !ok {
				continue
			}
			switch {
			case below < own, sideways[name+" -> "+imported] != "", strings.HasPrefix(imported, name+"/"):
			case below == own:
				t.Errorf("%s imports %s, and both are on one floor: %s", name, imported, floors[own].what)
			default:
				t.Errorf("%s imports %s, which is on a floor above it: %s", name, imported, floors[own].what)
			}
		}
	}
}

// The test looks for forbidden imports in all dependencies of a package.
func TestImportsThatAreForbidden(t *testing.T) {
	needed := map[string]bool{}
	for _, p := range list(t, "./...") {
		name := short(p.ImportPath)
		for _, rule := range unknown {
			if !slices.Contains(strings.Fields(rule.packages), name) {
				continue
			}
			for _, dep := range p.Deps {
				switch {
				case !fits(dep, strings.Fields(rule.deps)):
				case fits(dep, strings.Fields(moving[name])):
					needed[name] = true
				default:
					t.Errorf("%s depends on %s, which it must not know: %s", name, dep, rule.why)
				}
			}
		}
	}
	for name := range moving {
		if !needed[name] {
			t.Errorf("%s is clean now: take it out of moving, in this file", name)
		}
	}
}

// short returns one of our packages without the module's name. main keeps its name.
func short(path string) string { return strings.TrimPrefix(path, "awsvault/") }

func floorOf(name string) (int, bool) {
	for ; name != "."; name = filepath.ToSlash(filepath.Dir(name)) {
		for i, f := range floors {
			if slices.Contains(strings.Fields(f.packages), name) {
				return i, true
			}
		}
	}
	return 0, false
}

func fits(path string, patterns []string) bool {
	for _, p := range patterns {
		if prefix, ok := strings.CutSuffix(p, "..."); p == path || ok && strings.HasPrefix(path+"/", prefix) {
			return true
		}
	}
	return false
}

func list(t *testing.T, pattern string) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", pattern)
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	d := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if err := d.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// main only calls cmd, because code in main cannot be tested.
func TestMainIsShort(t *testing.T) {
	text, err := os.ReadFile("../main.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n > 15 {
		t.Errorf("main.go has %d lines", n)
	}
}

// Only cmd reads the environment, the clock, the working directory and the streams. Only main
// ends the process (conventions 6 and 7).
func TestOnlyCmdReadsTheProcess(t *testing.T) {
	forbidden := regexp.MustCompile(`\bos\.(Getenv|LookupEnv|Environ|Exit|Getwd|Args|Stdin|Stdout|Stderr)\b|\btime\.(Now|Since|Until)\(|\bcontext\.TODO\b`)
	for _, dir := range []string{"../internal", "../hooks"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "nodbus") || strings.Contains(path, "testdata") {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for i, line := range strings.Split(string(text), "\n") {
				code, _, _ := strings.Cut(line, "//")
				if m := forbidden.FindString(code); m != "" {
					t.Errorf("%s:%d: %s", path, i+1, m)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Every prompt and every `use` pays for the initialisation of packages. So an expression is
// compiled where it is used, or by sync.OnceValue.
func TestNoExpressionIsCompiledAtEveryStart(t *testing.T) {
	eager := regexp.MustCompile(`^(var |\t)\w+\s*= regexp\.MustCompile`)
	for _, dir := range []string{"../internal", "../hooks", "../cmd"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for i, line := range strings.Split(string(text), "\n") {
				if eager.MatchString(line) {
					t.Errorf("%s:%d: %s", path, i+1, line)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
