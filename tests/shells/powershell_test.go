package shells

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// pwsh runs lines in a PowerShell with the hook, which takes printf for vault, and
// returns what they print.
func pwsh(t *testing.T, w *world.World, lines ...string) string {
	t.Helper()
	dir := t.TempDir()
	text := pwshKind().rc(w.Vault) + "\n$global:__vault_bin = '" + need.Program(t, "printf", "coreutils") + "'\n" + strings.Join(lines, "\n") + "\n"
	cmd := exec.Command(need.Pwsh(t), "-NoProfile", "-NonInteractive", "-File", write(t, filepath.Join(dir, "lines.ps1"), text))
	cmd.Env, cmd.Dir = w.Environ(), dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

func pwshKind() kind {
	for _, k := range kinds {
		if k.name == "powershell" {
			return k
		}
	}
	panic("no PowerShell")
}

// asDirect runs each list of arguments through vault and directly, and compares.
func asDirect(t *testing.T, w *world.World, before string, lists []string) {
	t.Helper()
	lines := []string{before}
	for i, list := range lists {
		for _, how := range []string{"vault", "& $__vault_bin"} {
			lines = append(lines, fmt.Sprintf("\"ANSWER%d\"; %s '<%%s>' %s", i, how, list))
		}
	}
	parts := strings.Split(pwsh(t, w, lines...), "ANSWER")[1:]
	if len(parts) != 2*len(lists) {
		t.Fatalf("%d answers for %d lists", len(parts), len(lists))
	}
	for i, list := range lists {
		if parts[2*i] != parts[2*i+1] {
			t.Errorf("%s\nthrough vault: %s\n     directly: %s", list, parts[2*i], parts[2*i+1])
		}
	}
}

// What stands on the line is the program's: so it would be if it were called itself.
var pwshArguments = []string{
	"--filters Name=tag:Env,Values=prod --instance-ids i-1,i-2 --tags Key=a,Value=b",
	"-p:Configuration=Release -p:X=Y -p: X -x:$l -y:(1,2) -z:a,b -q:'' -Verbose -Debug -d x",
	"007 0x10 1e3 1.50 1kb -1 -1.5 +3 (1+1)",
	"-- c -- d", "x -- -- --", "'--' x", "-- -n -t 1",
	"'' 'a b' '\"' \"it's\" 'a''b' a`,b \"$l x\" x$($l)y $($l)",
	"$l $n $e $true @l", "@l x", "@l -- x @l a,'b c'", "@none -- @none", "x @l -y", "@none x", "@(1,2) 'a b',c a, b 1,2 'q',$l",
	"--% a \"b c\" %HOMEX% x,y", "x --% -p:a b",
	"*.none ~ '~' x*y [int] a;", "-p=x --filter=x:y,z --p:x --p=a,b", "$h.a $h['a'] ${l} $env:HOME",
	"a `\n  b,c `\n  -p:q", "@'\nhere\nthere\n'@ x", "> $null x", "x 2>&1", "(Get-Item /).FullName", "{ $l }.ToString()", "\u2018curly\u2019 x",
	"a=b;", "--a=$l", "--a=\"$l\"", "$(\"a b\") \"$(\"c\")\"", "#comment", "x#y", "a\\b \\", "''''", "\"`n\"", "é 日本",
}

// 10,000 one by one take four minutes; 20 at a time they go through always.
var vectors = flag.Int("vectors", 150, "how many random lists of arguments go through PowerShell one by one")

func TestPowerShellPassesArgumentsOn(t *testing.T) {
	w := world.New(t)
	const before = "$l = 'p','q'; $n = $null; $e = ''; $h = @{ a = 'h' }; $none = @()"
	asDirect(t, w, before, pwshArguments)
	random := rand.New(rand.NewPCG(15, 1))
	vector := func() string {
		var words []string
		for range 1 + random.IntN(6) {
			words = append(words, pwshWord(random))
			if last := words[len(words)-1]; strings.HasSuffix(last, ":") {
				words = append(words, "end") // PowerShell wants something after it
			}
		}
		return strings.Join(words, " ")
	}
	var lists []string
	for range *vectors {
		lists = append(lists, vector())
	}
	asDirect(t, w, before, lists)
	// Many on one line: starting a program takes longer than all that is tested.
	lists = nil
	for range 10_000 / 20 {
		var line []string
		for range 20 {
			line = append(line, vector())
		}
		lists = append(lists, strings.Join(line, " next "))
	}
	asDirect(t, w, before, lists)
}

// pwshWord is a word that PowerShell can read, in one of its ways to write one.
func pwshWord(random *rand.Rand) string {
	one := func(from ...string) string { return from[random.IntN(len(from))] }
	text := ""
	for range random.IntN(5) {
		text += one("a", "B", "7", ",", ":", "=", "-", "--", ".", "/", "%", "é", "x y", "'", "\"", "*z", "~", "[", "]", "&", "|", "<", "\\", "\u2019", "!", "{", "#", "@")
	}
	switch random.IntN(4) {
	case 0:
		return "'" + strings.NewReplacer("'", "''", "\u2019", "\u2019\u2019").Replace(text) + "'"
	case 1:
		return one("-", "--") + one("a", "name") + one("", ":", "=", ":x", "=x", ":'y z'", ":$l", ":1,2", "=$e")
	case 2:
		return one("$l", "$e", "$h.a", "(1+1)", "\"$l\"", "1", "007", "a,b", "a,'b c'", "--", "-1", "@l", "x$e")
	}
	return one("a", "Key=a,Value=b", "i-1,i-2", "tag:Env", "a:b,c:d", "/x/y", "a.b", "-x:y", "--x=y", "é")
}

// After vault, && and || and if ($?) go where they go after any program.
func TestPowerShellKnowsHowItEnded(t *testing.T) {
	inPwsh(func(t *testing.T, k kind) {
		s := start(t, k, world.New(t))
		for line, want := range map[string]string{
			"vault use nosuch && 'went on' || 'stopped'":                                  "stopped",
			"vault use dev && 'went on' || 'stopped'":                                     "went on",
			"vault exec dev -- false || 'or'":                                             "or",
			"vault exec dev -- sh -c 'exit 3'; \"$? $LASTEXITCODE\"":                      "False 3",
			"vault exec dev -- true; \"$? $LASTEXITCODE\"":                                "True 0",
			"vault use dev; vault status --check; if ($?) { 'active' } else { 'none' }":   "active",
			"vault list --nope; \"$? $LASTEXITCODE\"":                                     "False 2",
			"vault off; vault status --check || vault use dev; $env:AWS_VAULT":            "dev",
			"$x = vault exec dev -- echo 'a b'; \"$? [$x]\"":                              "True [a b]",
			"if (-not (vault exec dev -- false)) { \"$LASTEXITCODE\" }":                   "1",
			"foreach ($i in 1, 2) { vault exec dev -- sh -c \"exit $i\"; $LASTEXITCODE }": "1\n2",
		} {
			if got := strings.TrimSpace(s.output(line + "; $global:LASTEXITCODE = 0")); !strings.HasSuffix(got, want) {
				t.Errorf("%s\ngot %q, want %q", line, got, want)
			}
		}
	})(t)
}

func TestPowerShellPassesThePipelineOn(t *testing.T) {
	inPwsh(func(t *testing.T, k kind) {
		s := start(t, k, world.New(t))
		for line, want := range map[string]string{
			"'hello' | vault exec dev -- cat":                            "hello\n",
			"1..3 | vault exec dev -- cat | ForEach-Object { \"<$_>\" }": "<1>\n<2>\n<3>\n",
			"\"$([char]233)\", 'b' | vault exec dev -- tr b c":           "é\nc\n",
			"vault exec dev -- printf 'a\\nb' | vault exec dev -- wc -l": "2\n",
			"'x' | vault exec dev -- sh -c 'cat; exit 4'; $LASTEXITCODE": "x\n4\n",
			"vault exec dev -- sh -c 'echo out; echo err >&2' 2>$null":   "out\n",
			"(vault exec dev -- sh -c 'echo err >&2' 2>&1) -join ''":     "err\n",
		} {
			if got := s.output(line + "; $global:LASTEXITCODE = 0"); got != want {
				t.Errorf("%s\ngot %q, want %q", line, got, want)
			}
		}
	})(t)
}

// Where the script cannot be kept, or may not run, the word is a function: it does
// the same but for $?, and $LASTEXITCODE is right.
func TestPowerShellWithoutTheScript(t *testing.T) {
	inPwsh(func(t *testing.T, k kind) {
		for name, prepare := range map[string]func(w *world.World) string{
			"the state directory cannot be written": func(w *world.World) string {
				if err := os.WriteFile(filepath.Join(w.Home, ".local", "state", "awsvault", "powershell"), nil, 0o600); err != nil {
					t.Fatal(err)
				}
				return ""
			},
			"scripts may not run": func(*world.World) string {
				return "$global:__vault_script = '/proc/nonexistent/call.ps1'; __vault_install vault auto indicator"
			},
		} {
			w := world.New(t)
			line := prepare(w)
			s := startWith(t, k, w, k.rc(w.Vault)+line+"\n")
			if got := s.output("(Get-Command vault).CommandType"); got != "Function\n" {
				t.Errorf("%s: it is %q", name, got)
			}
			if got := s.output("vault exec dev '--' printf '<%s>' Name=a,Values=b -p:x=y; $LASTEXITCODE"); got != "<Name=a,Values=b><-p:x=y>\n0\n" {
				t.Errorf("%s: %q", name, got)
			}
			if got := s.output("'in' | vault exec dev -- sh -c 'cat; exit 3'; $LASTEXITCODE; $global:LASTEXITCODE = 0"); got != "in\n3\n" {
				t.Errorf("%s: %q", name, got)
			}
			s.tty.Close()
		}
	})(t)
}

// The script is ours alone, and written anew if it is not what it was.
func TestPowerShellsScriptIsKept(t *testing.T) {
	inPwsh(func(t *testing.T, k kind) {
		w := world.New(t)
		s := start(t, k, w)
		path := strings.TrimSpace(s.output("(Get-Alias vault).Definition"))
		info, err := os.Stat(path)
		if err != nil || info.Mode() != 0o600 || !strings.HasPrefix(path, w.Home) {
			t.Fatalf("%s: %v %v", path, info, err)
		}
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("'spoiled'\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		w.Run(nil, "hook", "pwsh")
		if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
			t.Errorf("%v: %q", err, after)
		}
	})(t)
}

// The constrained language has no way to read the line again: what has commas and
// colons is put together from the values.
func TestPowerShellsConstrainedLanguagePassesArgumentsOn(t *testing.T) {
	inPwsh(func(t *testing.T, k kind) {
		s := start(t, k.with("$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'"), world.New(t))
		for line, want := range map[string]string{
			"vault exec dev '--' printf '<%s>' Name=tag:Env,Values=prod -p:X=Y 007 '' -v": "<Name=tag:Env,Values=prod><-p:X=Y><007><><-v>",
			"'in' | vault exec dev '--' cat":                                              "in",
			"vault exec dev '--' false || 'or'":                                           "or",
		} {
			if got := strings.TrimSpace(s.output(line + "; $global:LASTEXITCODE = 0")); got != want {
				t.Errorf("%s: %q", line, got)
			}
		}
	})(t)
}

// PowerShell has no `<`: what is piped in, or sent away, changes nothing about what use and
// off do in this shell.
func TestPowerShellUsesWhereverItsStreamsGo(t *testing.T) {
	inPwsh(func(t *testing.T, k kind) {
		s := start(t, k, world.New(t))
		for _, around := range []string{
			"$null | vault use dev", "'' | vault use dev", "1..3 | vault use dev", "@() | vault use dev", "Get-Content /dev/null | vault use dev", "printf 'x\\ny' | vault use dev",
			"vault use dev > $null", "vault use dev 2> $null", "vault use dev *> $null", "vault use dev 2>&1 | Out-Null", "vault use dev | Out-Null", "$x = vault use dev", "$x = vault use dev 2>&1",
			"if (vault use dev) { }", "[void](vault use dev)", "& { vault use dev }", ". { vault use dev }", "try { vault use dev } finally { }", "1 | ForEach-Object { vault use dev }", "$null = vault use dev && $null",
		} {
			s.run(around)
			if got := s.active(); got != "dev" {
				t.Errorf("%s: %q is active", around, got)
			}
			off := strings.ReplaceAll(around, "use dev", "off")
			s.run(off)
			if got := s.active(); got != "" {
				t.Errorf("%s: %q is active", off, got)
			}
		}
		// Where it fails, nothing is changed, and it is known.
		for _, line := range []string{"$null | vault use nosuch", "vault use nosuch *> $null", "$x = vault use nosuch 2>&1"} {
			if got := strings.TrimSpace(s.output(line + "; \"$? $LASTEXITCODE $env:AWS_VAULT.\"; $global:LASTEXITCODE = 0")); !strings.HasSuffix(got, " 1 .") {
				t.Errorf("%s: %q", line, got)
			}
		}
	})(t)
}
