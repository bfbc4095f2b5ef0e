package many

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/fault"
	"awsvault/internal/say"
)

func example() Config {
	profiles := map[string]Profile{
		"dev": {Name: "dev", Account: "111111111111", Tags: "team=a, stage = dev"}, "prod-a": {Name: "prod-a", Account: "222222222222", Tags: "team=a"},
		"prod-b": {Name: "prod-b", Account: "222222222222", Protected: true}, "prod-c": {Name: "prod-c", Problem: errors.New("it is broken")},
		"pay/prod": {Name: "pay/prod", Account: "333333333333"}, "a,b": {Name: "a,b"},
	}
	return Config{
		Names:    []string{"dev", "prod-a", "prod-b", "prod-c", "pay/prod", "a,b"},
		Describe: func(name string) Profile { return profiles[name] },
		Near:     func(string) []string { return []string{"dev"} },
	}
}

func TestChoose(t *testing.T) {
	for _, test := range []struct {
		name string
		wish Wish
		want string // the names, or the error
	}{
		{"a pattern leaves out what is protected or broken", Wish{Names: "prod-*"}, "prod-a"},
		{"a full name takes them", Wish{Names: "prod-*,prod-b,prod-c"}, "prod-a prod-b prod-c"},
		{"each once, in the order of the config", Wish{Names: "pay/prod, dev,d*"}, "dev pay/prod"},
		{"a star stands for a slash too", Wish{Names: "*prod"}, "pay/prod"},
		{"an exact name wins over a list", Wish{Names: "a,b"}, "a,b"},
		{"all", Wish{}, "dev prod-a pay/prod a,b"},
		{"accounts", Wish{Accounts: []string{"111111111111,222222222222"}}, "dev prod-a"},
		{"accounts of a pattern", Wish{Names: "prod-*", Accounts: []string{"111111111111"}}, "no chosen profile is in account 111111111111"},
		{"tags are all needed", Wish{Tags: []string{"team=a", "stage=dev"}}, "dev"},
		{"a name that is not there", Wish{Names: "prod-*,dve"}, `profile "dve" not found`},
		{"a pattern that fits nothing", Wish{Names: "q*"}, `no profile matches "q*"`},
		{"a pattern that is none", Wish{Names: "[a"}, `"[a" is not a pattern`},
		{"an empty name", Wish{Names: "dev,"}, `"dev," has an empty name`},
		{"an account that is none", Wish{Accounts: []string{"12"}}, `--accounts: "12" is not an account id`},
		{"a tag without a value", Wish{Tags: []string{"team"}}, `--tag: "team" is not a tag`},
		{"only protected ones", Wish{Names: "prod-b*"}, "only protected profiles match: prod-b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var names []string
			got, err := Choose(test.wish, example())
			for _, p := range got.Profiles {
				names = append(names, p.Name)
			}
			text := strings.Join(names, " ")
			if err != nil {
				text = err.Error()
			}
			if text != test.want {
				t.Errorf("got %q, want %q", text, test.want)
			}
		})
	}
}

// However a program's output is split into writes, the result has the same complete lines.
func TestLinesDoNotDependOnWrites(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var text bytes.Buffer
		for range random.IntN(200) {
			text.WriteString([]string{"a", "é", "\n", "\r\n", "\t", "\x1b[1m", "\xff", "日"}[random.IntN(8)])
		}
		var out bytes.Buffer
		l := (&Output{To: &out, mu: &sync.Mutex{}}).Prefixed("p | ")
		for rest := text.Bytes(); len(rest) > 0; {
			n := 1 + random.IntN(len(rest))
			if _, err := l.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		l.Close()
		want := ""
		for line := range strings.Lines(text.String()) {
			line, ended := strings.CutSuffix(line, "\n")
			if ended {
				line = strings.TrimSuffix(line, "\r")
			}
			want += "p | " + line + "\n"
		}
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestALineWithoutAnEndIsPrintedInPieces(t *testing.T) {
	var out bytes.Buffer
	l := (&Output{To: &out, mu: &sync.Mutex{}}).Prefixed("")
	text := "x" + strings.Repeat("é", 3*longest)
	if _, err := io.WriteString(l, text); err != nil || len(l.held) > longest {
		t.Fatalf("%d bytes are held back, %v", len(l.held), err)
	}
	l.Close()
	for piece := range strings.Lines(out.String()) {
		if len(piece) > longest+1 || strings.ContainsRune(piece, '\uFFFD') {
			t.Fatalf("a piece of %d bytes, or a character is divided", len(piece))
		}
	}
	if got := strings.ReplaceAll(out.String(), "\n", ""); got != text {
		t.Error("the pieces are not the line")
	}
}

func TestSafeOnAScreen(t *testing.T) {
	for text, want := range map[string]string{
		"plain":                      "plain",
		"a\tb ":                      "a\tb ",
		"\x1b[31mred":                "\x1b[31mred\x1b[0m",
		"\x1b[2Jcleared":             "?[2Jcleared",
		"up\x1b[1A\rover":            "up?[1A over",
		"\x1b]0;title\x07x":          "?]0;title?x",
		"\x1b[38;5;1mx\x1b[0m\u202e": "\x1b[38;5;1mx\x1b[0m?\x1b[0m",
	} {
		if got := string(safe([]byte(text))); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

func TestJSONLinesAreObjects(t *testing.T) {
	var out bytes.Buffer
	o := &Output{To: &out, mu: &sync.Mutex{}}
	l := o.JSON(Profile{Name: "a\"b", Account: "111122223333"}, "stdout")
	io.WriteString(l, "x\x1b[1m\n\nhalf")
	l.Close()
	const want = `{"profile":"a\"b","account":"111122223333","stream":"stdout","line":"x\u001b[1m"}
{"profile":"a\"b","account":"111122223333","stream":"stdout","line":""}
{"profile":"a\"b","account":"111122223333","stream":"stdout","line":"half"}
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

// With 1,000 profiles, each runs once, and never more than the limit run at once.
func TestNoMoreThanTheLimitRunAtOnce(t *testing.T) {
	for _, most := range []int{1, 3, 64} {
		var now, peak atomic.Int64
		times := make([]int, 1000)
		begun := each(len(times), most, func(i int) bool {
			n := now.Add(1)
			for p := peak.Load(); n > p && !peak.CompareAndSwap(p, n); p = peak.Load() {
			}
			times[i]++
			now.Add(-1)
			return true
		})
		if begun != len(times) || peak.Load() > int64(most) {
			t.Errorf("limit %d: %d begun, %d at once", most, begun, peak.Load())
		}
		for i, n := range times {
			if n != 1 {
				t.Fatalf("limit %d: number %d ran %d times", most, i, n)
			}
		}
	}
	if begun := each(1000, 1, func(i int) bool { return i < 4 }); begun != 5 {
		t.Errorf("%d begun after the first failure, want 5", begun)
	}
}

// runOf returns a run whose credentials and commands come from functions.
func runOf(profiles []Profile, obtain func(p Profile, asks bool) (int, error)) (*Run, *bytes.Buffer) {
	var said bytes.Buffer
	r := &Run{
		Say:    func(text string) { fmt.Fprintln(&said, text) },
		Report: func(err error) { fmt.Fprintln(&said, err) },
		stdout: &Output{To: io.Discard, mu: &sync.Mutex{}}, stderr: &Output{To: io.Discard, mu: &sync.Mutex{}},
		inks: [2]say.Ink{}, profiles: profiles,
	}
	r.obtain = func(_ context.Context, p Profile, asks bool) (Command, error) {
		status, err := obtain(p, asks)
		return func(context.Context, io.Writer, io.Writer) (int, error) { return status, nil }, err
	}
	return r, &said
}

// All profiles that share an answer get one question, before vault gets credentials for the
// others. A question without an answer is not repeated.
func TestOneQuestionForAll(t *testing.T) {
	var profiles []Profile
	for i := range 200 {
		profiles = append(profiles, Profile{Name: fmt.Sprint("p", i), Question: "mfa"})
	}
	answers, first := 0, true
	var mu sync.Mutex
	r, said := runOf(profiles, func(p Profile, asks bool) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		if first != (p.Name == "p0") {
			t.Errorf("%s is obtained at the wrong time", p.Name)
		}
		first = false
		return 0, nil
	})
	if err := r.do(t.Context(), 8); err != nil || said.String() != "vault: note: 200 profiles: 200 succeeded\n" {
		t.Errorf("%v, %q", err, said.String())
	}
	r, said = runOf(profiles, func(p Profile, asks bool) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		if asks {
			answers++
			return 0, errors.New("the code was refused")
		}
		return 0, fault.NewPerson("a code is needed", "")
	})
	err := r.do(t.Context(), 8)
	if answers != 1 || fault.KindOf(err) != fault.Person || !fault.IsSilent(err) || strings.Count(said.String(), "\n") != 2 {
		t.Errorf("asked %d times, %v, %q", answers, err, said.String())
	}
}

func TestTheWorstStatus(t *testing.T) {
	statuses := map[string]int{"a": 0, "b": 7, "c": 3}
	profiles := []Profile{{Name: "a"}, {Name: "b"}, {Name: "c"}}
	r, said := runOf(profiles, func(p Profile, _ bool) (int, error) { return statuses[p.Name], nil })
	if err := r.do(t.Context(), 1); fault.KindOf(err) != 7 || said.String() != "vault: 3 profiles: 1 succeeded, 2 failed: b (7), c (3)\n" {
		t.Errorf("%v, %q", err, said.String())
	}
	r, said = runOf(profiles, func(p Profile, _ bool) (int, error) { return statuses[p.Name], nil })
	r.FailFast = true
	if err := r.do(t.Context(), 1); fault.KindOf(err) != 7 || said.String() != "vault: 3 profiles: 1 succeeded, 1 failed: b (7); 1 not run\n" {
		t.Errorf("%v, %q", err, said.String())
	}
	ctx, cancel := context.WithCancel(t.Context())
	r, _ = runOf(profiles, func(p Profile, _ bool) (int, error) { cancel(); return 0, ctx.Err() })
	if err := r.do(ctx, 1); fault.KindOf(err) != fault.Interrupted {
		t.Errorf("interrupted: %v", err)
	}
}
