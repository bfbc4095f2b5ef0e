package tests

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// source is a parsed file of the program. Tests do not belong to it.
type source struct {
	path string // from the root of the tree
	fset *token.FileSet
	file *ast.File
}

// program parses the program's files for all systems.
func program(t *testing.T) (all []source) {
	t.Helper()
	for _, root := range []string{"../main.go", "../cmd", "../internal", "../hooks"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && d.Name() == "testdata" {
				return filepath.SkipDir
			}
			if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution|parser.ParseComments)
			if err != nil {
				return err
			}
			all = append(all, source{strings.TrimPrefix(filepath.ToSlash(path), "../"), fset, file})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(all) < 100 {
		t.Fatalf("only %d files: they are somewhere else", len(all))
	}
	return all
}

func (s source) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", s.path, s.fset.Position(n.Pos()).Line)
}

// selects reports whether an expression is package.name.
func selects(e ast.Expr, pkg string, names ...string) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	for _, name := range names {
		if ok && x.Name == pkg && s.Sel.Name == name {
			return true
		}
	}
	return false
}

// only reports findings outside their allowed places, and allowed places without findings.
func only(t *testing.T, found map[string][]string, allowed map[string]string, why string) {
	t.Helper()
	for path, places := range found {
		if allowed[path] == "" {
			t.Errorf("%s: %s", strings.Join(places, ", "), why)
		}
	}
	for path := range allowed {
		if found[path] == nil {
			t.Errorf("%s is clean: take it off the list, in this file", path)
		}
	}
}

// Only one type contains keys, and printing it never shows them. Types for AWS's answers and
// for files are local to the function that decodes them.
func TestOneTypeHasASecretAccessKey(t *testing.T) {
	allowed := map[string]string{
		"internal/aws/credentials.go": "Credentials",
	}
	found := map[string][]string{}
	for _, s := range program(t) {
		for _, d := range s.file.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			ast.Inspect(decl, func(n ast.Node) bool {
				field, ok := n.(*ast.Field)
				if !ok {
					return true
				}
				text := ""
				for _, name := range field.Names {
					text += name.Name + " "
				}
				if field.Tag != nil {
					tag := reflect.StructTag(strings.Trim(field.Tag.Value, "`"))
					text += tag.Get("json") + " " + tag.Get("xml")
				}
				text = strings.ToLower(strings.ReplaceAll(text, "_", ""))
				if strings.Contains(text, "secretaccesskey") || strings.Contains(text, "secretkey") {
					found[s.path] = append(found[s.path], s.at(field))
				}
				return true
			})
		}
	}
	only(t, found, allowed, "a type of the package has a secret access key, and only internal/aws.Credentials is redacted in every way; declare the shape in the function that decodes it")
}

func TestOnePlaceRenamesFiles(t *testing.T) {
	allowed := map[string]string{
		"internal/disk/disk_unix.go":    "the one place",
		"internal/disk/disk_windows.go": "the one place",
	}
	found := map[string][]string{}
	for _, s := range program(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			if e, ok := n.(ast.Expr); ok && selects(e, "os", "Rename") {
				found[s.path] = append(found[s.path], s.at(n))
			}
			return true
		})
	}
	only(t, found, allowed, "renames a file itself; internal/disk does it with fsync, mode, retries and ReplaceFile")
}

func TestOnePlaceRunsPrograms(t *testing.T) {
	allowed := map[string]string{
		"internal/process/process.go":        "the one place",
		"cmd/front/become_unix.go":           "exec: the program takes the place of this one",
		"internal/process/attend_unix.go":    "exec with a server: the program is this one's only child",
		"internal/process/attend_windows.go": "exec: the program takes the place of this one, as far as Windows can",
		"internal/broker/keeper_unix.go":     "a server is kept running, and gets what it inherits",
		"internal/broker/start_unix.go":      "the credential server of the user's shells goes on when this process has ended",
		"cmd/broker_unix.go":                 "the credential server of the user's shells goes on when this process has ended",
		"cmd/renew.go":                       "a renewal goes on when this process has ended",
		"internal/proxy/own_unix.go":         "a proxy runs as root, for as long as this process lives",
		"internal/browser/launch.go":         "a browser goes on when this process has ended",
	}
	found := map[string][]string{}
	for _, s := range program(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			e, ok := n.(ast.Expr)
			if c, literal := n.(*ast.CompositeLit); literal {
				e = c.Type
				ok = selects(e, "exec", "Cmd")
			} else {
				ok = ok && (selects(e, "exec", "Command", "CommandContext") || selects(e, "syscall", "Exec", "ForkExec", "StartProcess") || selects(e, "os", "StartProcess"))
			}
			if ok {
				found[s.path] = append(found[s.path], s.at(n))
			}
			return true
		})
	}
	only(t, found, allowed, "runs a program itself; internal/process bounds its time and output, and ends what it has started")
}

// A path may lead to a pipe, or to an endless device. Code that opens it without checking can
// wait forever.
func TestOnePlaceOpensFiles(t *testing.T) {
	allowed := map[string]string{
		"internal/disk/replace.go":          "the one place: it makes files, and opens what this program has made",
		"internal/disk/move.go":             "puts in place what this program has made",
		"internal/disk/disk_unix.go":        "the one place, for internal/disk/read.go; and a directory that was written to",
		"internal/disk/disk_windows.go":     "the one place, for internal/disk/read.go",
		"internal/sealed/system_linux.go":   "the same in three system calls",
		"internal/process/parents_linux.go": "the kernel's list of processes; the package is on the floor of internal/disk",
		"internal/process/attend_unix.go":   "the terminal, to learn whose it is now",
		"internal/store/file.go":            "a directory, after a look",
		"internal/tty/tty_unix.go":          "the terminal",
		"internal/tty/tty_windows.go":       "the terminal",
		"internal/doctor/files.go":          "a file or a directory that it has looked at, and compares",
		"cmd/doctor_facts.go":               "the kernel's list of processes",
	}
	found := map[string][]string{}
	for _, s := range program(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			if e, ok := n.(ast.Expr); ok && (selects(e, "os", "Open", "OpenFile", "ReadFile", "Create", "OpenRoot", "OpenInRoot", "DirFS", "CopyFS") ||
				selects(e, "unix", "Open", "Openat", "Openat2") || selects(e, "syscall", "Open", "Openat") || selects(e, "ioutil", "ReadFile") || selects(e, "tls", "LoadX509KeyPair")) {
				found[s.path] = append(found[s.path], s.at(n))
			}
			return true
		})
	}
	only(t, found, allowed, "opens a file itself; internal/disk opens regular files only, waits for none, and bounds what is read")
}

func TestOneDoorToAWS(t *testing.T) {
	allowed := map[string]string{
		"internal/awsapi/awsapi.go":   "the one door",
		"internal/awsapi/http.go":     "the one door",
		"internal/awsapi/sts.go":      "the one door: it builds the SDK's client",
		"internal/store/opconnect.go": "a server of 1Password's, which is not AWS",
		"internal/serve/remote.go":    "a server of this program's, which is not AWS",
	}
	found := map[string][]string{}
	for _, s := range program(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			var e ast.Expr
			switch n := n.(type) {
			case *ast.CallExpr:
				e = n.Fun
			case *ast.CompositeLit:
				e = n.Type
			case *ast.SelectorExpr:
				if selects(n, "http", "DefaultClient", "DefaultTransport") {
					e = n
				}
			}
			if e != nil && (selects(e, "http", "NewRequest", "NewRequestWithContext", "Get", "Head", "Post", "PostForm", "Client", "Transport", "DefaultClient", "DefaultTransport") ||
				selects(e, "sts", "New", "NewFromConfig")) {
				found[s.path] = append(found[s.path], s.at(n))
			}
			return true
		})
	}
	only(t, found, allowed, "calls a server itself; internal/awsapi signs, bounds and repeats calls, and has one error for them")
}

func TestOnePlaceMakesTextPrintable(t *testing.T) {
	allowed := map[string]string{
		"internal/line/line.go": "the one place",
	}
	found := map[string][]string{}
	for _, s := range program(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !selects(call.Fun, "strings", "Map") {
				return true
			}
			ast.Inspect(call.Args[0], func(n ast.Node) bool {
				if x, ok := n.(*ast.SelectorExpr); ok && selects(x, "unicode", "IsControl", "IsPrint", "IsGraphic", "Is") {
					found[s.path] = append(found[s.path], s.at(call))
					return false
				}
				return true
			})
			return true
		})
	}
	only(t, found, allowed, "makes a text printable by a rule of its own; internal/line.Printable is the strictest of nine that there were")
}

// The maximum length of files and functions. A file of cmd is one command. A longer file
// contains decisions that belong to a package below cmd.
const (
	longestFile     = 400
	longestCommand  = 300
	longestFunction = 60
)

// tooLong lists what was longer when the limit was introduced, with its own maximum. The list
// may only get shorter.
var tooLong = map[string]int{}

func TestFilesAndFunctionsAreShort(t *testing.T) {
	sizes := map[string]int{}
	for _, s := range program(t) {
		limit := longestFile
		if strings.HasPrefix(s.path, "cmd/") {
			limit = longestCommand
		}
		if n := s.fset.File(s.file.Pos()).LineCount(); n > limit {
			sizes[s.path] = n
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := s.fset.Position(f.End()).Line - s.fset.Position(f.Pos()).Line + 1; n > longestFunction {
				sizes[s.path+" "+f.Name.Name] = n
			}
		}
	}
	for name, n := range sizes {
		if n > tooLong[name] {
			t.Errorf("%s has %d lines: at most %d in a file, %d in one of cmd, %d in a function", name, n, max(longestFile, tooLong[name]), longestCommand, longestFunction)
		}
	}
	for name := range tooLong {
		if sizes[name] == 0 {
			t.Errorf("%s is short now: take it off tooLong, in this file", name)
		}
	}
}

// Users type a hint as it is, so a name in it must be one word for the shell.
func TestANameInACommandToTypeIsQuoted(t *testing.T) {
	command := regexp.MustCompile(`\b(vault|aws) [a-z -]+ $`)
	for _, s := range program(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			sum, ok := n.(*ast.BinaryExpr)
			if !ok || sum.Op != token.ADD {
				return true
			}
			left := sum.X
			if deeper, ok := left.(*ast.BinaryExpr); ok {
				left = deeper.Y // a + "vault use " + name
			}
			text, ok := left.(*ast.BasicLit)
			if !ok || text.Kind != token.STRING || !command.MatchString(strings.Trim(text.Value, "\"`")) {
				return true
			}
			switch y := sum.Y.(type) {
			case *ast.CallExpr:
				if f, ok := y.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Printable" {
					t.Errorf("%s: %s is quoted with line.Word", s.fset.Position(y.Pos()), f.Sel.Name)
				}
			case *ast.SelectorExpr:
				if y.Sel.Name == "Profile" || y.Sel.Name == "Name" {
					t.Errorf("%s: a profile's name is quoted with line.Word", s.fset.Position(y.Pos()))
				}
			}
			return true
		})
	}
}

// mostOfCmd limits the lines of cmd and cmd/front together. They contain the grammar, the
// words and the exit status of all commands, the facts that commands gather, and the process
// with its files and streams. They had 8,800 lines, and decided everything. Code in them can
// only be tested from outside, and only one user at one terminal can use it. cmd/instant, which
// answers before the rest is initialised, does not count.
const mostOfCmd = 5000

func TestTheCommandLineDecidesNothing(t *testing.T) {
	lines := map[string]int{}
	for _, s := range program(t) {
		lines[filepath.ToSlash(filepath.Dir(s.path))] += s.fset.File(s.file.Pos()).LineCount()
	}
	cmd, front := lines["cmd"], lines["cmd/front"]
	if cmd < 1000 || front < 200 {
		t.Fatalf("cmd has %d lines and cmd/front %d: they are somewhere else", cmd, front)
	}
	if n := cmd + front; n >= mostOfCmd {
		t.Errorf("cmd and cmd/front have %d lines: under %d are wanted; what decides something is moved to a package below them (docs/architecture.md says which)", n, mostOfCmd)
	}
}

// A run's inputs are fixed before its command begins: a command that changed them would affect
// other parts of the run.
func TestTheFieldsOfAppAreSetOnce(t *testing.T) {
	where := map[string]string{"ctx": "cmd/app.go", "cancel": "cmd/app.go", "globals": "cmd/parse.go", "flags": "cmd/parse.go cmd/main.go", "term": "cmd/app.go", "advised": "cmd/app.go", "main": "cmd/session.go"}
	found := map[string]bool{}
	for _, s := range program(t) {
		if filepath.ToSlash(filepath.Dir(s.path)) != "cmd" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			assign, ok := n.(*ast.AssignStmt)
			if !ok {
				return true
			}
			for _, left := range assign.Lhs {
				field, ok := left.(*ast.SelectorExpr)
				if !ok {
					continue
				}
				of, ok := field.X.(*ast.Ident)
				if places := where[field.Sel.Name]; ok && (of.Name == "a" || of.Name == "app") && places != "" {
					found[field.Sel.Name] = true
					if !strings.Contains(places, s.path) {
						t.Errorf("%s: App.%s is set here too", s.at(n), field.Sel.Name)
					}
				}
			}
			return true
		})
	}
	if len(found) != len(where) {
		t.Errorf("of the fields %v only %v are set: they have other names now", where, found)
	}
}

// Comments and messages are plain English. These words are typical of translated sentences.
// Nobody, with a capital, is a type.
func TestWordsArePlain(t *testing.T) {
	foreign := regexp.MustCompile(`(?i)\b(nobody|somebody|whoever|whereof|thereof)\b|\bha(s|ve) (it|them) not\b`)
	look := func(at, text string) {
		for _, line := range strings.Split(text, "\n") {
			if m := foreign.FindString(strings.ReplaceAll(line, "Nobody", "")); m != "" {
				t.Errorf("%s: %q reads as translated: %s", at, m, strings.TrimSpace(line))
			}
		}
	}
	for _, s := range program(t) {
		for _, c := range s.file.Comments {
			look(s.at(c), c.Text())
		}
	}
	said(t, look)
}

// said calls look for all texts of the program: its strings, and the help pages in files.
func said(t *testing.T, look func(at, text string)) {
	t.Helper()
	for _, s := range program(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				text, err := strconv.Unquote(l.Value)
				if err != nil {
					t.Fatal(err)
				}
				look(s.at(l), text)
			}
			return true
		})
	}
	pages, err := filepath.Glob("../internal/handbook/commands/*.txt")
	if err != nil || len(pages) < 20 {
		t.Fatalf("%d pages of help, %v", len(pages), err)
	}
	for _, path := range pages {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		look(path, string(text))
	}
}

// worst matches phrases that users had to read twice, and similar ones. No message, help text
// or page may contain them.
var worst = regexp.MustCompile(`(?i)\b(leads? elsewhere|whatever it (says|will say)|nobody is asked|a person is needed|for the sake of|calls? of AWS|overruled|` +
	`is obtained in|by hand\)|They differ; again|did not take that code|keeps them off it|asked too often|how to mend|mends? what is|a new shell has it not|` +
	`go elsewhere than|as far as that is known|go by the portal|is left where it is|instead of being asked|takes away, because|named? no vault of|key by a new one|in file with|` +
	`for us to say|is no socket|in each other's place|closes a loop|which no file has|source_profile goes first|not by this program|written? anew|behind the =|something else than|` +
	`an endpoint of one's own|is not to be had|in a circle|as AWS wants it$|all of it for the name|is of no session|spares the (passphrase|waiting))`)

// translated matches phrases that often occurred in pages and strings that read as translated.
// Each has a plain equivalent: "vault asks for", "is in", "again", "restores", "overrides", "a
// vulnerability", "to another place", "gets a session", "the user".
var translated = regexp.MustCompile(`(?i)\b((is|are) asked for|stands? (in|under|behind|there|in front)|anew|has you type|goes? past|said to be|no person is|a hole|(was|were|is) got (with|by)|` +
	`slip of the finger|can(not)? be told|told apart|is no (socket|border|link|sign-in|file)|buys? a session|session is bought|in the clear|what that is|to be had|for us to|(is|are) wanted|` +
	`comes? about|brings? back what|gives back what|puts? it aside and|a person|the person|goes on with it|unless given|does as aws-vault|is led|leads it on|makes of (it|them)|` +
	`is of no use|served instead of|because of AWS_ENDPOINT|what (is|was|has been) (there|delivered|obtained|stored) (is|are|ends|has)|(is|are) not looked at|only ever|as (they|you) have it)\b`)

// Users read the strings of the program, and the pages.
func TestNoPhraseHasToBeReadTwice(t *testing.T) {
	said(t, func(at, text string) {
		for _, phrases := range []*regexp.Regexp{worst, translated} {
			if m := phrases.FindString(text); m != "" {
				t.Errorf("%s: %q has a plainer word: %s", at, m, text)
			}
		}
	})
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil || len(pages) < 20 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, path := range append(pages, "../README.md", "../SECURITY.md", "../CONTRIBUTING.md") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			for _, phrases := range []*regexp.Regexp{worst, translated} {
				if m := phrases.FindString(line); m != "" && path != "../docs/architecture.md" {
					t.Errorf("%s:%d: %q has a plainer word", path, i+1, m)
				}
			}
		}
	}
}
