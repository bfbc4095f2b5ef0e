package cmd

import (
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	"awsvault/cmd/front"
	"awsvault/internal/env"
	"awsvault/internal/grammar"
	"awsvault/internal/parser"
	"awsvault/internal/resolve"
)

// What kong makes of a line with the whole grammar is what counts: grammar.Read,
// and kong with the one command, must not differ in any value.
func TestTheReaderReadsAsKongReads(t *testing.T) {
	for _, name := range variables() {
		t.Setenv(name, "") // and brought back at the end
	}
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer nowhere.Close()
	cli := &CLI{}
	noHelp := kong.Help(func(kong.HelpOptions, *kong.Context) error { return nil })
	whole, err := kong.New(cli, append((&App{World: &front.World{Stdout: nowhere}}).parser().Options(), noHelp)...)
	if err != nil {
		t.Fatal(err)
	}
	const environments, lines = 80, 60
	taken := map[string]int{}
	for seed := range uint64(environments) {
		random := rand.New(rand.NewPCG(seed, 11))
		environ := someEnvironment(random)
		for _, name := range variables() {
			os.Unsetenv(name)
		}
		for name, value := range environ {
			if value != "" { // one that has no value is none, and kong does not know that
				os.Setenv(name, value)
			}
		}
		for range lines {
			words := someLine(random)
			if got := compare(t, whole, cli, &App{World: &front.World{Environ: environ, Stdout: nowhere}}, words); got != "" {
				taken[got]++
			}
			if t.Failed() {
				t.Fatalf("seed %d: %q\n%v", seed, words, environ)
			}
		}
	}
	for _, c := range grammar.Commands()[1:] {
		if taken[c.Name] < 3 && len(grammar.Children(c.Name)) == 0 {
			t.Errorf("of the lines that were right, %d were of %s: too few to prove anything", taken[c.Name], c.Name)
		}
	}
}

// compare returns the command of a line that is right.
func compare(t *testing.T, whole *kong.Kong, cli *CLI, app *App, words []string) string {
	t.Helper()
	line := grammar.Read(words, app.Getenv)
	forget(whole.Model.Node)
	ours, program := splitExec(whole.Model, words)
	ctx, wrong := parseWhole(whole, ours)
	one, oneWrong := parse(app, line)
	switch {
	case wrong != nil && strings.Contains(wrong.Error(), "from envar") && oneWrong == nil:
		return "" // a variable of a flag that is given: ours does not look at it
	case wrong != nil && strings.Contains(wrong.Error(), "is not a duration"):
		return "" // what a value means is not the reader's, and of several the last one counts
	case (wrong == nil) != (oneWrong == nil):
		t.Errorf("kong with all commands says %v, with one %v", wrong, oneWrong)
		return ""
	case (wrong != nil) != line.Wrong:
		t.Errorf("kong says %v, the reader that it is wrong: %v", wrong, line.Wrong)
		return ""
	case wrong != nil || line.Help:
		return ""
	}
	name := fullName(ctx)
	if name != line.Command.Name {
		t.Errorf("the command is %s, not %s", name, line.Command.Name)
		return ""
	}
	if diff := cmp.Diff(program, line.Run); diff != "" && len(program)+len(line.Run) > 0 {
		t.Errorf("the program to run (-kong +reader):\n%s", diff)
	}
	if c, ok := cli.command(name).(*ExecCmd); ok {
		c.Command = line.Run
	}
	for _, pair := range [][2]any{{cli.command(name), one}, {&cli.Globals, &app.globals}} {
		if diff := cmp.Diff(pair[0], pair[1], cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
			t.Errorf("the structs (-kong with all +with one):\n%s", diff)
		}
	}
	compareValues(t, ctx, line)
	return name
}

// forget makes kong's model as new, which takes far less time than another one.
func forget(node *kong.Node) {
	for _, v := range node.Values() {
		v.Set = false
	}
	for _, child := range node.Children {
		forget(child)
	}
}

// parseWhole parses; that help was shown is no error.
func parseWhole(whole *kong.Kong, words []string) (ctx *kong.Context, err error) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(parser.HelpShown); !ok {
				panic(r)
			}
		}
	}()
	return whole.Parse(words)
}

func fullName(ctx *kong.Context) string {
	var names []string
	for node := ctx.Selected(); node.Type == kong.CommandNode; node = node.Parent {
		names = append([]string{node.Name}, names...)
	}
	return strings.Join(names, " ")
}

// compareValues compares each value that kong has set with the reader's.
func compareValues(t *testing.T, ctx *kong.Context, line *grammar.Line) {
	t.Helper()
	var args []string
	for _, p := range ctx.Path {
		if p.Positional == nil {
			continue
		}
		if v := p.Positional.Target; v.Kind() == reflect.Slice {
			args = append(args, v.Interface().([]string)...)
		} else {
			args = append(args, v.String())
		}
	}
	if diff := cmp.Diff(args, line.Args); diff != "" && len(args)+len(line.Args) > 0 {
		t.Errorf("arguments (-kong +reader):\n%s", diff)
	}
	for _, f := range ctx.Flags() {
		if f.Name == "help" {
			continue
		}
		var want, got any = f.Target.Interface(), line.Text(f.Name)
		switch v := want.(type) {
		case bool:
			got = line.Switch(f.Name)
		case ec2Server:
			want = string(v)
			if v.on() != line.Switch(f.Name) {
				t.Errorf("--%s is on: %v", f.Name, v.on())
			}
		case *bool:
			want = v != nil && *v
			got = line.Switch(f.Name)
			if (v != nil) != (line.Text(f.Name) != "") {
				t.Errorf("--%s is given: %v", f.Name, v != nil)
			}
		case time.Duration:
			if text := line.Text(f.Name); text != "" {
				got, _ = resolve.ParseDuration(text)
			} else {
				got = time.Duration(0)
			}
		case []string:
			want, got = fmt.Sprintf("%q", v), fmt.Sprintf("%q", line.All(f.Name))
		}
		if want != got {
			t.Errorf("--%s: kong has %#v, the reader %#v", f.Name, want, got)
		}
	}
}

// variables are those of all flags.
func variables() (names []string) {
	for _, c := range grammar.Commands() {
		for _, f := range c.Flags {
			names = append(names, f.Env...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func someEnvironment(random *rand.Rand) env.Vars {
	environ := env.Vars{}
	for _, name := range variables() {
		switch random.IntN(6) {
		case 0:
			environ[name] = "" // set, to nothing
		case 1:
			environ[name] = oneOf(random, "true", "0", "YES", "1h", "maybe", "a b", "-x")
		}
	}
	// Else hardly a line would be right.
	for _, name := range []string{"AWS_VAULT_STDOUT", "AWS_VAULT_AUTO_LOGOUT", "AWS_VAULT_PROFILE_ENV"} {
		if environ[name] != "" && random.IntN(4) > 0 {
			environ[name] = oneOf(random, "true", "false", "0", "Yes")
		}
	}
	if environ["AWS_VAULT_DURATION"] != "" && random.IntN(4) > 0 {
		environ["AWS_VAULT_DURATION"] = "90m"
	}
	return environ
}

func oneOf(random *rand.Rand, from ...string) string { return from[random.IntN(len(from))] }

// someLine is a line that a person or a script could type, with a slip now and then.
func someLine(random *rand.Rand) (words []string) {
	commands := grammar.Commands()[1:]
	c := commands[random.IntN(len(commands))]
	for random.IntN(4) == 0 {
		words = append(words, someFlag(random, grammar.Globals())...)
	}
	if random.IntN(25) == 0 && c.Name != "exec" {
		words = append(words, "--")
	}
	name := c.Name
	if len(c.Aliases) > 0 && random.IntN(2) == 0 {
		name = c.Aliases[0]
	}
	for i, word := range strings.Fields(name) {
		if i > 0 && random.IntN(6) == 0 {
			words = append(words, someFlag(random, grammar.Globals())...)
		}
		words = append(words, word)
	}
	for _, f := range c.Flags {
		if f.Required && random.IntN(8) > 0 {
			words = append(words, "--"+f.Name, "x")
		}
	}
	arguments := len(c.Args)
	if random.IntN(5) == 0 {
		arguments += random.IntN(4) - 1
	}
	for random.IntN(3) > 0 || arguments > 0 {
		switch n := random.IntN(20); {
		case n < 9:
			words = append(words, someFlag(random, append(slices.Clone(c.Flags), grammar.Globals()...))...)
		case n < 18 && arguments > 0:
			words = append(words, oneOf(random, "dev", "my prod", "", "-", "a=b", "é", "caf\xe9", "use", "exec"))
			arguments--
		case n == 18 && random.IntN(3) == 0:
			words = append(words, "--")
		case n == 19 && random.IntN(4) == 0:
			words = append(words, oneOf(random, "-x", "--nope", "--no-fresh", "-", "--=x", "---x", "-é", "--help", "-h", "--help=no", "--no-help"))
		}
	}
	return words
}

// someFlag is one of the flags, in one of the ways to write it.
func someFlag(random *rand.Rand, flags []grammar.Flag) []string {
	f := flags[random.IntN(len(flags))]
	if len(f.Env) == 0 && f.Hidden && random.IntN(2) == 0 {
		f = flags[random.IntN(len(flags))]
	}
	value := oneOf(random, "x", "1h", "eu-west-1", "a b", "", "-", "é")
	if f.Value == "DURATION" {
		value = oneOf(random, "1h", "90m", "1d", "2h30m", "1h", "soon")
	}
	switch {
	case f.Value == "" && f.Short != "" && random.IntN(2) == 0:
		bundle := "-" + f.Short
		for _, other := range flags {
			if other.Short != "" && other.Value == "" && random.IntN(2) == 0 {
				bundle += other.Short
			}
		}
		if last := flags[random.IntN(len(flags))]; last.Short != "" && last.Value != "" {
			return []string{bundle + last.Short, "1h"}
		}
		return []string{bundle}
	case f.Value == "" && f.Negatable && random.IntN(2) == 0:
		return []string{"--no-" + f.Name + oneOf(random, "", "", "=true", "=0")}
	case f.Value == "" && random.IntN(4) == 0:
		return []string{"--" + f.Name + oneOf(random, "=true", "=FALSE", "=yes", "=0", "=1", "=maybe", "=")}
	case f.Value == "":
		return []string{"--" + f.Name}
	case f.Short != "" && random.IntN(3) == 0:
		return []string{"-" + f.Short + value}
	case f.Short != "" && random.IntN(2) == 0:
		return []string{"-" + f.Short, value}
	case random.IntN(2) == 0:
		return []string{"--" + f.Name + "=" + value}
	case random.IntN(30) == 0:
		return []string{"--" + f.Name, "-x"}
	}
	return []string{"--" + f.Name, value}
}

// splitExec divides the words of an `exec` by kong's model, word by word: the
// reader's way must not differ.
func splitExec(app *kong.Application, args []string) (ours, command []string) {
	flags := slices.Clone(app.Flags)
	at := skipFlags(flags, args, 0)
	if at == len(args) || args[at] != "exec" {
		return args, nil
	}
	for _, c := range app.Children {
		if c.Name == "exec" {
			flags = append(flags, c.Flags...)
		}
	}
	at = skipFlags(flags, args, at+1)
	if at < len(args) && args[at] != "--" { // else the profile is AWS_PROFILE's
		at = skipFlags(flags, args, at+1)
	}
	if at == len(args) {
		return args, nil
	}
	ours, command = args[:at], args[at:]
	if command[0] == "--" {
		command = command[1:]
	}
	return ours, command
}

// skipFlags returns where the first word at or after i is that is neither a flag
// nor a flag's value; "--" is one.
func skipFlags(flags []*kong.Flag, args []string, i int) int {
	for ; i < len(args); i++ {
		arg := args[i]
		if arg == "--" || arg == "-" || !strings.HasPrefix(arg, "-") {
			return i
		}
		if name, ok := strings.CutPrefix(arg, "--"); ok {
			if slices.ContainsFunc(flags, func(f *kong.Flag) bool { return f.Name == name && !f.IsBool() }) {
				i++
			}
			continue
		}
		for j, short := range arg[1:] {
			if slices.ContainsFunc(flags, func(f *kong.Flag) bool { return f.Short == short && !f.IsBool() }) {
				if j+len(string(short)) == len(arg)-1 {
					i++
				}
				break
			}
		}
	}
	return min(i, len(args))
}
