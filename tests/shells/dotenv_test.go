package shells

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"awsvault/tests/world"
)

// A function that reads .env leaves no record. It is called when the directory changes,
// or at prompts; and it takes away what it has loaded, or does not.
var dotenvs = map[string]map[string]string{
	"bash": {
		"cd":     "cd() { builtin cd \"$@\" && dotenv; }\n",
		"prompt": "PROMPT_COMMAND=\"${PROMPT_COMMAND:+$PROMPT_COMMAND; }[[ \\$PWD == \\\"\\$_env_at\\\" ]] || dotenv; _env_at=\\$PWD\"\n",
		"loads":  "dotenv() { if [[ -f .env ]]; then set -a; . ./.env; set +a; fi; }\n",
		"unloads": `dotenv() {
  local n
  if [[ -n ${_env_in-} && $PWD/ != "$_env_in"/* ]]; then
    for n in AWS_PROFILE AWS_REGION OTHER; do
      unset "$n"
      local had=_env_had_$n was=_env_was_$n
      [[ -z ${!had} ]] || export "$n=${!was}"
    done
    _env_in=
  fi
  if [[ -z ${_env_in-} && -f .env ]]; then
    for n in AWS_PROFILE AWS_REGION OTHER; do
      eval "_env_had_$n=\${$n+1} _env_was_$n=\${$n-}"
    done
    _env_in=$PWD
    set -a; . ./.env; set +a
  fi
}
`,
	},
	"zsh": {
		"cd":     "chpwd_functions+=(dotenv)\n",
		"prompt": "_dotenv_at() { [[ $PWD == ${_env_at-} ]] || dotenv; _env_at=$PWD }; precmd_functions+=(_dotenv_at)\n",
		"loads":  "dotenv() { if [[ -f .env ]]; then set -a; . ./.env; set +a; fi; }\n",
		"unloads": `dotenv() {
  local n
  if [[ -n ${_env_in-} && $PWD/ != $_env_in/* ]]; then
    for n in AWS_PROFILE AWS_REGION OTHER; do
      unset $n
      (( ! ${+_env_was[$n]} )) || export "$n=${_env_was[$n]}"
    done
    _env_in=
  fi
  if [[ -z ${_env_in-} && -f .env ]]; then
    typeset -gA _env_was; _env_was=()
    for n in AWS_PROFILE AWS_REGION OTHER; do
      (( ! ${(P)+n} )) || _env_was[$n]=${(P)n}
    done
    _env_in=$PWD
    set -a; . ./.env; set +a
  fi
}
`,
	},
	"fish": {
		"cd":     "function dotenv_at --on-variable PWD; dotenv; end\n",
		"prompt": "function dotenv_at --on-event fish_prompt; test \"$PWD\" = \"$_env_at\"; or dotenv; set -g _env_at $PWD; end\n",
		"loads":  "function dotenv; test -f .env; or return; while read -l l; set -gx (string split -m 1 = -- $l); end <.env; end\n",
		"unloads": `function dotenv
  if test -n "$_env_in"; and not string match -q -- "$_env_in/*" $PWD/
    for n in AWS_PROFILE AWS_REGION OTHER
      set -e $n
      set -q _env_was_$n; and eval "set -gx $n \$_env_was_$n"
    end
    set -g _env_in
  end
  if test -z "$_env_in" -a -f .env
    for n in AWS_PROFILE AWS_REGION OTHER
      set -e _env_was_$n
      set -q $n; and set -g _env_was_$n $$n
    end
    set -g _env_in $PWD
    while read -l l; set -gx (string split -m 1 = -- $l); end <.env
  end
end
`,
	},
}

// A function of one's own that reads .env, in the directory that a profile is active in, or
// in another: while a profile is active there is exactly what the profile says, and
// afterwards what was there before both.
func TestDotenvInTheSameDirectory(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		parts := dotenvs[k.name]
		if parts == nil {
			t.Skip("there are none for this shell")
		}
		for _, when := range []string{"cd", "prompt"} {
			for _, how := range []string{"loads", "unloads"} {
				for _, order := range []string{"before", "after"} {
					for what, own := range map[string][]string{"nothing": nil, "own": {"AWS_PROFILE=mine", "AWS_REGION=eu-north-1", "OTHER=mine"}} {
						t.Run(strings.Join([]string{when, how, order, what}, " "), func(t *testing.T) {
							t.Parallel()
							w := world.New(t)
							rc := parts[how] + parts[when] + k.rc(w.Vault)
							if order == "after" {
								rc = k.rc(w.Vault) + parts[how] + parts[when]
							}
							besideDotenv(t, startWith(t, k, w, rc, own...))
						})
					}
				}
			}
		}
	})
}

func besideDotenv(t *testing.T, s *session) {
	w := s.world
	both, only := project(t, w, "both", "dev\n"), project(t, w, "only", "")
	for _, dir := range []string{both, only} {
		write(t, filepath.Join(dir, ".env"), "AWS_PROFILE=app\nAWS_REGION=us-west-2\nOTHER=loaded\n")
	}
	s.ok("vault allow " + quoted(s.kind.name, both))
	s.cd(w.Home)
	// What is not AWS's is the loader's, and some take nothing away.
	environ := func() (vars []string) {
		for _, v := range environs(s) {
			if !strings.HasPrefix(v, "OTHER=") {
				vars = append(vars, v)
			}
		}
		return vars
	}
	before := environ()
	to := func(dir string) { t.Helper(); s.ok("cd " + quoted(s.kind.name, dir)) }
	inside := func(when string) {
		t.Helper()
		vars := s.exported()
		for name, want := range map[string]string{"AWS_PROFILE": "", "AWS_REGION": "eu-central-1", "AWS_VAULT": "dev"} {
			if got, _ := value(vars, name); got != want {
				t.Errorf("%s: %s is %q, want %q", when, name, got, want)
			}
		}
		if got, _ := value(vars, "OTHER"); strings.HasPrefix(when, "loaded") && got != "loaded" {
			t.Errorf("%s: OTHER is %q", when, got)
		}
	}
	none := func(when string) {
		t.Helper()
		if d := cmp.Diff(before, environ()); d != "" {
			t.Errorf("%s (-before +after):\n%s", when, d)
		}
	}
	for _, entry := range []string{"first", "second", "third"} {
		to(both)
		inside("loaded, by directory, " + entry + " entry")
		s.enters(2)
		inside("loaded, by directory, " + entry + " entry, later")
		to(w.Home)
		none("by directory, out of the " + entry)
	}
	to(both)
	s.ok("vault off")
	none("by directory, off")
	to(w.Home)
	none("by directory, off, and out")

	for _, entry := range []string{"first", "second"} {
		to(only)
		if got, _ := value(s.exported(), "AWS_PROFILE"); got != "app" {
			t.Fatalf("%s: the loader has loaded %q\n%s", entry, got, s.all())
		}
		s.ok("vault use dev")
		inside("loaded, by hand, " + entry)
		to(w.Home)
		inside("by hand, out, " + entry)
		s.ok("vault off")
		none("by hand, out and off, " + entry)
	}
	to(only)
	s.ok("vault use dev")
	s.ok("vault off")
	none("by hand, off")
	to(w.Home)
	none("by hand, off and out")

	s.ok("vault use dev")
	to(only)
	inside("loaded, by hand from outside")
	s.enters(1)
	inside("loaded, by hand from outside, later")
	s.ok("vault off")
	none("by hand from outside, off inside")
	to(w.Home)
	none("by hand from outside, off inside, and out")

	s.ok("vault use dev")
	to(both)
	inside("loaded, by hand, then by directory")
	to(w.Home)
	inside("by hand, then by directory, and out")
	s.ok("vault off")
	none("by hand, then by directory, out and off")

	// What is typed on the line that changes the directory is the person's.
	s.ok("vault use dev")
	s.ok(s.kind.set("AWS_REGION", "eu-west-3") + "; cd " + quoted(s.kind.name, project(t, w, "empty", "")))
	s.ok("vault off")
	if got, _ := value(s.exported(), "AWS_REGION"); got != "eu-west-3" {
		t.Errorf("typed: AWS_REGION is %q", got)
	}
	if out := s.all(); strings.Contains(out, "vault: error") {
		t.Errorf("an error is said:\n%s", out)
	}
}
