package env

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"awsvault/internal/aws"
)

var direnv, mise = loaderFormats()[0], loaderFormats()[1]

// load and unload act like direnv and mise: such a loader remembers its changes, and undoes
// them whatever the variables are by then. One of its variables holds the time of the file's
// change.
func (s *shell) load(f loaderFormat, file Vars, when string) {
	file = clone(file)
	file["DIRENV_WATCHES"] = when
	l := loader{Before: map[string]string{}, Loaded: map[string]string{}, format: f, paths: []string{"/h/bin", "/h/" + strings.Repeat("x", 40)}}
	for name, value := range file {
		if before, ok := s.vars[name]; ok {
			if before == value {
				continue
			}
			l.Before[name] = before
		}
		s.vars[name], l.Loaded[name] = value, value
	}
	text, err := l.pack()
	if err != nil {
		panic(err)
	}
	s.vars[f.name] = text
}

func (s *shell) unload(f loaderFormat) {
	l := loaded(s.vars)[0]
	for name := range l.Loaded {
		delete(s.vars, name)
	}
	for name, value := range l.Before {
		s.vars[name] = value
	}
	delete(s.vars, f.name)
}

func packed(l any) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if err := json.NewEncoder(w).Encode(l); err != nil {
		panic(err)
	}
	w.Close()
	return base64.URLEncoding.EncodeToString(b.Bytes())
}

// In any order of load, unload, use and off, the variables have the profile's values while a
// profile is active, the loader's while a file is loaded, and otherwise the original ones.
func TestAnyOrderBesideALoader(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := Vars{"HOME": "/h"}
		for _, name := range []string{"AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ROLE_ARN", "AWS_SECRET_ACCESS_KEY"} {
			if rapid.Bool().Draw(t, "has "+name) {
				base[name] = rapid.SampledFrom([]string{"", "mine", strings.Repeat("m", maxValue)}).Draw(t, name)
			}
		}
		files := []Vars{
			{"AWS_PROFILE": "app", "AWS_REGION": "us-west-2", "OTHER": "x"},
			{"AWS_DEFAULT_REGION": "ap-east-1", "AWS_PROFILE": "", "AWS_DEFAULT_PROFILE": "p", "AWS_ROLE_ARN": "arn"},
			{"OTHER": "y"},
		}
		s := &shell{vars: clone(base), kept: Vars{}}
		f := rapid.SampledFrom([]loaderFormat{direnv, mise}).Draw(t, "loader")
		var active *Target
		var file Vars
		for n := range rapid.IntRange(1, 14).Draw(t, "steps") {
			step := rapid.SampledFrom([]string{"use", "off", "load", "unload", "reload"}).Draw(t, "step")
			before := s.vars[f.name]
			switch step {
			case "use":
				name := rapid.SampledFrom([]string{"dev", "prod"}).Draw(t, "profile")
				active = &Target{Profile: name, Region: "eu-" + name, Credentials: aws.Credentials{AccessKeyID: "A" + name, SecretAccessKey: "s" + name, SessionToken: "t" + name, Expires: time.Unix(1, 0)}}
				s.use(t, *active)
			case "off":
				active = nil
				s.off()
			default:
				if file != nil {
					s.unload(f)
					file = nil
				}
				if step != "unload" {
					file = rapid.SampledFrom(files).Draw(t, "file")
					s.load(f, file, fmt.Sprint(n))
				}
			}
			// The prompt: the hook knows when direnv has done something.
			if active != nil && s.vars[f.name] != before && Overlaid(s.vars, s.state()) {
				s.use(t, *active)
			}
			want := clone(base)
			for name, value := range file {
				want[name] = value
			}
			got := clone(s.vars)
			delete(got, f.name)
			delete(got, "DIRENV_WATCHES")
			if active != nil {
				for _, name := range []string{"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN"} {
					delete(want, name)
				}
				want["AWS_REGION"], want["AWS_DEFAULT_REGION"], want["AWS_VAULT"] = active.Region, active.Region, active.Profile
				for _, vars := range []Vars{want, got} {
					for _, name := range []string{StateName, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION"} {
						delete(vars, name)
					}
				}
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("after %s (-want +got):\n%s", step, d)
			}
		}
	})
}

// direnv's variable comes from the environment. If it does not have direnv's own form, nothing
// has been loaded.
func TestWhatIsNoLoadersWord(t *testing.T) {
	bomb := packed(map[string]any{"p": map[string]string{}, "n": map[string]string{"AWS_REGION": strings.Repeat("x", maxLoaderText)}})
	for name, text := range map[string]string{
		"empty": "", "no base64": "!!", "no zlib": base64.URLEncoding.EncodeToString([]byte("x")), "no object": packed([]int{1}),
		"values that are no text": packed(map[string]any{"n": map[string]any{"AWS_REGION": 1}}),
		"more than it could be":   bomb, "too long": strings.Repeat("A", maxLoader+4),
	} {
		if l := loaded(Vars{direnv.name: text}); l.touches("AWS_REGION") {
			t.Errorf("%s: it has loaded %v", name, l)
		}
	}
	if l := loaded(Vars{direnv.name: packed(loader{Loaded: map[string]string{"AWS_REGION": "r"}})}); !l.shows(Vars{"AWS_REGION": "r"}, "AWS_REGION") {
		t.Error("what is direnv's own form is not read")
	}
	if len(bomb) > maxLoader {
		t.Error("the bomb is not one")
	}
}

// A user's own change does not count as a loader's.
func TestAUsersChangeIsNotOverlaid(t *testing.T) {
	s := &shell{vars: Vars{"AWS_REGION": "before"}, kept: Vars{}}
	c, _, err := Use(s.vars, State{}, nil, Target{Profile: "dev", Region: "eu", Credentials: aws.Credentials{AccessKeyID: "a", SecretAccessKey: "s"}}, testKey)
	if err != nil {
		t.Fatal(err)
	}
	s.apply(c)
	if Overlaid(s.vars, s.state()) {
		t.Error("nothing was changed")
	}
	s.load(direnv, Vars{"OTHER": "x"}, "1")
	s.vars["AWS_REGION"] = "the user's"
	if Overlaid(s.vars, s.state()) {
		t.Error("a region of the user's own would be taken away")
	}
	s.vars["AWS_REGION"] = "before"
	if !Overlaid(s.vars, s.state()) {
		t.Error("what was there before is back, and it is not noticed")
	}
}

// ofMise is the output of mise 2026.9.15, with AWS_REGION set before it, one variable removed
// and a path of its own.
const ofMise = "eAFrXpyfk9K0yjE8OD7I1d3T329VaqluXn5RSYau4WaQaLCLd7yPv6NLvLO/n5un+0LDxXmp5c2rQVIBQf5unj6uixMLCpAMWFlarFueWlyia7TUP8TDNWhZTn5iSmrKkoLEkoyJG/RLcgv00wz1czP0C/STMvMAJlEwKg"

func TestWhatMiseWrites(t *testing.T) {
	l := loaded(Vars{"__MISE_DIFF": ofMise})
	if len(l) != 1 {
		t.Fatal("it is not read")
	}
	l[0].format = loaderFormat{}
	want := loader{
		Before: map[string]string{"AWS_REGION": "eu-north-1", "AWS_SDK_LOAD_CONFIG": "1"},
		Loaded: map[string]string{"AWS_PROFILE": "app", "AWS_REGION": "us-west-2", "OTHER": "loaded"},
		paths:  []string{"/tmp/f1/mh/p/bin"},
	}
	if d := cmp.Diff(want, l[0], cmp.AllowUnexported(loader{}, loaderFormat{})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	// Outside it has loaded nothing, and says so.
	if l := loaded(Vars{"__MISE_DIFF": "eAFrXpyfk9KwOC+1vGFJQWJJxgQASssINA"}); len(l) != 1 || len(l[0].Before)+len(l[0].Loaded)+len(l[0].paths) != 0 {
		t.Errorf("got %+v", l)
	}
}

// Any values survive encoding and decoding, and arbitrary bytes do no harm.
func TestMessagePack(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", strings.Repeat("x", 31), strings.Repeat("x", 32), strings.Repeat("x", 70_000)}))
	rapid.Check(t, func(t *rapid.T) {
		want := loader{Before: rapid.MapOfN(text, text, 0, 20).Draw(t, "old"), Loaded: rapid.MapOfN(text, text, 0, 20).Draw(t, "new"), paths: rapid.SliceOfN(text, 0, 20).Draw(t, "path")}
		b, err := writeMise(want)
		if err != nil {
			return // too long
		}
		got := loader{}
		if err := readMise(b, &got); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got, cmp.AllowUnexported(loader{}), cmpopts.EquateEmpty(), cmpopts.IgnoreFields(loader{}, "format")); d != "" {
			t.Fatalf("(-want +got):\n%s", d)
		}
		if err := readMise(b[:rapid.IntRange(0, len(b)-1).Draw(t, "cut")], &loader{}); err == nil {
			t.Fatal("a part of it is read")
		}
		b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		_ = readMise(b, &loader{})
	})
	for _, b := range [][]byte{nil, {0xc0}, {0x83}, {0x80, 0}, {0x81, 0xa5, 'o', 't', 'h', 'e', 'r', 0x80}, {0xdf, 0xff, 0xff, 0xff, 0xff}, {0x81, 0xdb, 0xff, 0xff, 0xff, 0xff}} {
		if err := readMise(b, &loader{}); err == nil {
			t.Errorf("%x is read", b)
		}
	}
}
