package shells

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"awsvault/tests/need"
	"awsvault/tests/terminal"
	"awsvault/tests/world"
)

// worn is a theme in a shell's start-up file. The stand-ins do what the real ones were
// seen to do: where they keep the prompt, when they make it anew, what they export, and
// what of AWS they show. CONFIG stands for the theme's configuration.
type worn struct {
	name, shell, rc string
	config          string // written to CONFIG
	more            []string
	ours            bool   // the indicator is shown
	shows           string // what the theme shows of the profile, if it does
}

const (
	// Makes PS1 out of what its program prints.
	bashStarship = `export STARSHIP_SHELL=bash
starship_precmd() { PS1="star ${1:-STARSHIP} $ "; }
PROMPT_COMMAND+=(starship_precmd)
`
	bashPosh = `export POSH_SHELL=bash
_omp_hook() { PS1='$(echo posh) POSH $ '; }
PROMPT_COMMAND=("${PROMPT_COMMAND[@]}" _omp_hook)
`
	zshStarship = `export STARSHIP_SHELL=zsh
starship() { echo "star STARSHIP %% "; }
setopt promptsubst
PROMPT='$(starship prompt)'
`
	zshPosh = `export POSH_SHELL=zsh
_omp_precmd() { PS1="posh POSH %% "; }
precmd_functions+=(_omp_precmd)
`
	fishStarship = `set -gx STARSHIP_SHELL fish
function starship; echo -n 'star STARSHIP > '; end
function fish_prompt; starship prompt; end
`
	fishPosh = `set -gx POSH_SHELL fish
function _omp_get_prompt; echo -n 'posh POSH > '; end
function fish_prompt; _omp_get_prompt; end
`
	// Both are the first to run before a prompt and after it, whatever is loaded later,
	// and read the elements once, or after "reload". The text of PROMPT has AWS_VAULT in it.
	powerlevel = `P9K_VERSION=1
setopt prompt_subst
POWERLEVEL9K_LEFT_PROMPT_ELEMENTS=(dir prompt_char) POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS=(status aws)
POWERLEVEL9K_AWS_SHOW_ON_COMMAND='aws|cdk'
prompt_dir() { p10k segment -t 'DIR' }
prompt_aws() { (( $+POWERLEVEL9K_AWS_SHOW_ON_COMMAND )) || p10k segment -t "p10k:$AWS_VAULT" }
p10k() {
  case $1 in
  reload) p9k_elements=() ;;
  segment) p9k_text+="${@[-1]} " ;;
  esac
}
_p9k_precmd() {
  (( $#p9k_elements )) || p9k_elements=($POWERLEVEL9K_LEFT_PROMPT_ELEMENTS $POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS)
  local p9k_text= e
  for e in $p9k_elements; do (( ! $+functions[prompt_$e] )) || prompt_$e; done
  PROMPT='${${AWS_VAULT:-}:+}'"$p9k_text%% "
  precmd_functions=(${precmd_functions:#_p9k_precmd} _p9k_precmd)
}
precmd_functions+=(_p9k_precmd)
`
	// Asks its sections before a prompt, and makes PROMPT once more when a slow one is done.
	spaceship = `setopt prompt_subst
SPACESHIP_PROMPT_ORDER=(dir aws char) SPACESHIP_RPROMPT_ORDER=()
spaceship::section() { echo -n "${@[-1]}" }
spaceship_dir() { spaceship::section --color red DIR }
spaceship_char() { spaceship::section %% }
spaceship_aws() { [[ $SPACESHIP_AWS_SHOW == false || -z $AWS_VAULT || $AWS_VAULT == default ]] || spaceship::section "using $AWS_VAULT" }
prompt_spaceship_precmd() {
  local s
  spaceship_cache=
  for s in $SPACESHIP_PROMPT_ORDER; do spaceship_cache+="$(spaceship_$s) "; done
  PROMPT='$spaceship_cache'
}
spaceship_late() { PROMPT='$spaceship_cache'; zle .reset-prompt }
zle -N zle-line-init spaceship_late
precmd_functions+=(prompt_spaceship_precmd)
`
	omzAWS = `setopt prompt_subst
aws_prompt_info() { local t=; [[ -z $AWS_PROFILE ]] || t="<aws:$AWS_PROFILE>"; [[ -z $AWS_REGION ]] || t+="<region:$AWS_REGION>"; echo "$t" }
RPROMPT='$(aws_prompt_info)'
`
	// Shows the first that is set of three variables.
	liquidprompt = `LP_ENABLE_AWS_PROFILE=1
_lp_aws_profile() { lp_aws_profile=${AWS_PROFILE-${AWS_DEFAULT_PROFILE-${AWS_VAULT-}}}; [ "$LP_ENABLE_AWS_PROFILE" = 1 ] && [ -n "$lp_aws_profile" ]; }
__lp_set_prompt() { if _lp_aws_profile; then PS1="[$lp_aws_profile] SIGN "; else PS1="SIGN "; fi; }
`
)

var bashLiquidprompt = strings.ReplaceAll(liquidprompt, "SIGN", "$") + "PROMPT_COMMAND=(\"${PROMPT_COMMAND[@]}\" __lp_set_prompt)\n"
var zshLiquidprompt = strings.ReplaceAll(liquidprompt, "SIGN", "%%") + "precmd_functions+=(__lp_set_prompt)\n"

var themes = []worn{
	{name: "starship", shell: "bash", rc: strings.ReplaceAll(bashStarship, "${1:-STARSHIP}", "$AWS_VAULT"), shows: "star dev $ "},
	{name: "starship, its module off", shell: "bash", rc: bashStarship, config: "[aws]\ndisabled = true\n", ours: true},
	{name: "starship, a format without it", shell: "bash", rc: bashStarship, config: "format = '$directory$character'\n", ours: true},
	{name: "starship of the shell above", shell: "bash", more: []string{"STARSHIP_SHELL=bash"}, ours: true},
	{name: "starship of a zsh above", shell: "bash", more: []string{"STARSHIP_SHELL=zsh"}, ours: true},
	{name: "oh-my-posh, its own theme", shell: "bash", rc: bashPosh, ours: true},
	{name: "oh-my-posh with the segment", shell: "bash", rc: strings.ReplaceAll(bashPosh, "POSH $", "$AWS_VAULT $"), config: `{"segments":[{"type": "aws"}]}`, shows: "posh dev $ "},
	{name: "oh-my-posh with another segment", shell: "bash", rc: bashPosh, config: `{"segments":[{"type": "path"}]}`, ours: true},
	{name: "oh-my-posh of the shell above", shell: "bash", config: `{"segments":[{"type": "aws"}]}`, more: []string{"POSH_SHELL=fish"}, ours: true},
	{name: "liquidprompt", shell: "bash", rc: bashLiquidprompt, shows: "[dev] $ "},
	{name: "liquidprompt without it", shell: "bash", rc: bashLiquidprompt + "LP_ENABLE_AWS_PROFILE=0\n", ours: true},
	{name: "a prompt of one's own", shell: "bash", rc: `PS1='${AWS_VAULT:+<$AWS_VAULT> }$ '` + "\n", shows: "<dev> $ "},
	{name: "the indicator in one's own prompt", shell: "bash", rc: `PS1='{$vault_indicator} $ '` + "\n", shows: "{dev 1h} $ "},
	{name: "another variable in one's own prompt", shell: "bash", rc: `PS1='${AWS_VAULT_INDICATOR-}$ '` + "\n", ours: true},
	{name: "starship", shell: "zsh", rc: strings.ReplaceAll(zshStarship, "STARSHIP %%", "$AWS_VAULT %%"), shows: "star dev % "},
	{name: "starship, its module off", shell: "zsh", rc: zshStarship, config: "[aws]\ndisabled = true\n", ours: true},
	{name: "starship, and then another theme", shell: "zsh", rc: zshStarship + "PROMPT='second %% '\n", ours: true},
	{name: "starship of the shell above", shell: "zsh", more: []string{"STARSHIP_SHELL=zsh"}, ours: true},
	{name: "oh-my-posh, its own theme", shell: "zsh", rc: zshPosh, ours: true},
	{name: "oh-my-posh with the segment", shell: "zsh", rc: strings.ReplaceAll(zshPosh, "POSH %", "$AWS_VAULT %"), config: "segments:\n  - type: aws\n", shows: "posh dev % "},
	{name: "oh-my-posh of the shell above", shell: "zsh", more: []string{"POSH_SHELL=zsh"}, ours: true},
	{name: "powerlevel10k, the wizard's", shell: "zsh", rc: powerlevel, ours: true},
	{name: "powerlevel10k, always", shell: "zsh", rc: powerlevel + "unset POWERLEVEL9K_AWS_SHOW_ON_COMMAND\n", shows: "p10k:dev % "},
	{name: "powerlevel10k, always, and ours", shell: "zsh", rc: powerlevel, more: []string{"AWS_VAULT_INDICATOR=on"}, ours: true},
	{name: "powerlevel10k without the segment", shell: "zsh", rc: powerlevel + "unset POWERLEVEL9K_AWS_SHOW_ON_COMMAND; POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS=(status)\n", ours: true},
	{name: "spaceship", shell: "zsh", rc: spaceship, shows: "using dev % "},
	{name: "spaceship without it", shell: "zsh", rc: spaceship + "SPACESHIP_AWS_SHOW=false\n", ours: true},
	{name: "spaceship without it, and ours", shell: "zsh", rc: spaceship + "SPACESHIP_PROMPT_ORDER=(dir char)\n", more: []string{"AWS_VAULT_INDICATOR=on"}, ours: true},
	{name: "oh-my-zsh's aws plugin", shell: "zsh", rc: omzAWS, ours: true},
	{name: "liquidprompt", shell: "zsh", rc: zshLiquidprompt, shows: "[dev] % "},
	{name: "a prompt of one's own", shell: "zsh", rc: "setopt prompt_subst; PROMPT='${AWS_VAULT:+<$AWS_VAULT> }%% '\n", shows: "<dev> % "},
	{name: "a right prompt of one's own", shell: "zsh", rc: "setopt prompt_subst; RPROMPT='<$AWS_VAULT>'\n", shows: "<dev>"},
	{name: "the same text where nothing is substituted", shell: "zsh", rc: "PROMPT='$AWS_VAULT %% '\n", ours: true},
	{name: "starship", shell: "fish", rc: strings.ReplaceAll(fishStarship, "'star STARSHIP > '", `"star $AWS_VAULT > "`), shows: "star dev > "},
	{name: "starship, its module off", shell: "fish", rc: fishStarship, config: "[aws]\ndisabled = true\n", ours: true},
	{name: "starship of the shell above", shell: "fish", more: []string{"STARSHIP_SHELL=fish"}, ours: true},
	{name: "oh-my-posh, its own theme", shell: "fish", rc: fishPosh, ours: true},
	{name: "oh-my-posh with the segment", shell: "fish", rc: strings.ReplaceAll(fishPosh, "'posh POSH > '", `"posh $AWS_VAULT > "`), config: "type = 'aws'\n", shows: "posh dev > "},
	{name: "oh-my-posh of the shell above", shell: "fish", more: []string{"POSH_SHELL=bash"}, ours: true},
	{name: "a prompt of one's own", shell: "fish", rc: "function fish_prompt; echo -n \"<$AWS_VAULT> > \"; end\n", shows: "<dev> > "},
	{name: "starship of the shell above", shell: "powershell", more: []string{"STARSHIP_SHELL=bash"}, ours: true},
	{name: "starship of the PowerShell above", shell: "powershell", more: []string{"STARSHIP_SHELL=pwsh"}, ours: true},
	{name: "oh-my-posh, its own theme", shell: "powershell", rc: "$env:POSH_SHELL = 'pwsh'\nfunction global:prompt { Set-PoshContext; 'posh> ' }\nfunction global:Set-PoshContext { }\n", ours: true},
	{name: "a prompt of one's own", shell: "powershell", rc: "function global:prompt { \"<$env:AWS_VAULT> PS> \" }\n", shows: "<dev> PS> "},
}

// The profile is on the screen exactly once, by the theme if it shows it now and else by
// the indicator; a protected one by the indicator in any case.
func TestTheProfileIsOnTheScreenOnce(t *testing.T) {
	for _, c := range themes {
		for _, k := range kinds {
			if k.name != c.shell {
				continue
			}
			for _, order := range []string{"before", "after"} {
				if order == "after" && k.name == "powershell" && c.rc != "" {
					continue // there a later prompt displaces the hook, which says so
				}
				t.Run(k.name+"/"+c.name+" "+order, func(t *testing.T) {
					t.Parallel()
					w := world.New(t)
					rc := c.rc + k.rc(w.Vault)
					if order == "after" {
						rc = k.rc(w.Vault) + c.rc
					}
					more := c.more
					if c.config != "" {
						config := write(t, filepath.Join(w.Dir, "theme"), c.config)
						more = append([]string{"STARSHIP_CONFIG=" + config, "POSH_THEME=" + config}, more...)
					}
					wears(t, startWith(t, k, w, rc, append([]string{"AWS_VAULT_PROTECTED=oth*"}, more...)...), c)
				})
			}
		}
	}
}

func wears(t *testing.T, s *session, c worn) {
	s.ok("vault use dev")
	for range 2 { // at once, and it stays
		if text := s.prompt(); strings.Count(text, "dev") != 1 || strings.Contains(text, "(dev 1h)") != c.ours || !strings.Contains(text, c.shows) {
			t.Errorf("the prompt is %q; by the indicator: %v, by the theme %q", text, c.ours, c.shows)
		}
	}
	s.typed("vault use other\r")
	s.expect("Type its name to continue: ")
	s.typed("other\r")
	s.expect(`role/[a-z]+`)
	s.enters(1)
	if text := s.prompt(); !strings.Contains(text, "(PROD other") {
		t.Errorf("a protected profile: the prompt is %q", text)
	}
	s.ok("vault off")
	if text := s.prompt(); strings.Contains(text, "dev") || strings.Contains(text, "other") || strings.Contains(text, "()") {
		t.Errorf("off: the prompt is %q", text)
	}
}

// prompt is the last prompt that was drawn, once its sign is there.
func (s *session) prompt() string {
	s.t.Helper()
	s.enters(2)
	sign := map[string]string{"bash": "$ ", "zsh": "% ", "fish": "> ", "powershell": "> "}[s.kind.name]
	last := ""
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		text := s.all()
		text = terminal.Plain(text[strings.LastIndex(text, ">>")+2:])
		drawn := ""
		for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
			if tidy := strings.TrimSpace(part); tidy != "" && tidy != "⏎" && tidy != "%" && tidy != "#" || strings.HasPrefix(part, sign) && len(part) < 20 {
				drawn = part
			}
		}
		if strings.Contains(drawn, sign) && drawn == last { // and nothing more has come
			return drawn
		}
		last = drawn
	}
	return last
}

// starship itself, where there is one: Debian has it from trixie on.
func TestTheProfileIsOnceBesideStarshipItself(t *testing.T) {
	starship, err := exec.LookPath("starship")
	if err != nil {
		need.Bonus(t, "apt-get install starship (trixie and later)")
	}
	init := map[string]string{
		"bash": "eval \"$(" + starship + " init bash)\"\n", "zsh": "eval \"$(" + starship + " init zsh)\"\n", "fish": starship + " init fish | source\n",
	}
	inEach(t, func(t *testing.T, k kind) {
		if init[k.name] == "" {
			t.Skip("its prompt needs PSReadLine, which the tests' PowerShell has not")
		}
		for _, c := range []struct {
			config string
			ours   bool
		}{{"add_newline = false\n", false}, {"[aws]\ndisabled = true\n", true}, {"format = '$directory$character'\n", true}} {
			for _, order := range []string{"before", "after"} {
				w := world.New(t)
				rc := init[k.name] + k.rc(w.Vault)
				if order == "after" {
					rc = k.rc(w.Vault) + init[k.name]
				}
				s := startWith(t, k, w, rc, "LANG=C.UTF-8", "STARSHIP_CONFIG="+write(t, filepath.Join(w.Dir, "theme"), c.config), "STARSHIP_CACHE="+w.Dir)
				s.run("vault use dev")
				s.run(":")
				text := ""
				for deadline := time.Now().Add(patience); !strings.Contains(text, "\u276f") && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
					text = s.all()
					text = terminal.Plain(text[strings.LastIndex(text, ">>")+2:])
				}
				if strings.Count(text, "dev") != 1 || strings.Contains(text, "(dev 1h)") != c.ours {
					t.Errorf("%q, %s: the prompt is %q; by the indicator: %v", c.config, order, text, c.ours)
				}
				s.tty.Close()
			}
		}
	})
}

// In zsh that was started as sh, the prompt is PS1 and PROMPT is any variable.
func TestTheIndicatorInZshThatWasStartedAsSh(t *testing.T) {
	inShell("zsh", func(t *testing.T, k kind) {
		k.start = func(t testing.TB, dir, rc string) []string {
			return []string{"ENV=" + write(t, filepath.Join(dir, "env"), "PS1='sh % '\n"+rc), need.Program(t, "zsh", "zsh"), "--emulate", "sh", "-i"}
		}
		s := start(t, k, world.New(t))
		s.ok("vault use dev")
		if text := s.prompt(); text != "(dev 1h) sh % " {
			t.Errorf("the prompt is %q", text)
		}
		s.ok("vault off")
		if text := s.prompt(); text != "sh % " {
			t.Errorf("off: the prompt is %q", text)
		}
	})(t)
}

// iTerm exports PS1. What a child inherits shows nothing of the profile, whether it is
// active or not; a child with the hook shows it once.
func TestAnExportedPromptShowsNothingInAChild(t *testing.T) {
	inShell("bash", func(t *testing.T, k kind) {
		w := world.New(t)
		s := startWith(t, k, w, k.rc(w.Vault)+"export PS1='[mark]$ '\n")
		s.ok("vault use dev")
		s.enters(1)
		child := func(rc string) string {
			// Debian's own start-up file sets PS1 in every bash.
			path := write(t, filepath.Join(w.Dir, "child"), "PS1=$INHERITED\n"+rc)
			s.typed("INHERITED=$PS1 bash --noprofile --rcfile " + path + " -i\r")
			s.expect(`\$ `)
			defer func() { s.typed("exit\r"); s.ok(":") }()
			return s.prompt()
		}
		for _, c := range []struct{ line, rc, want string }{
			{"vault status", "", "[mark]$ "},
			{"vault status", "set -u\n", "[mark]$ "},
			{"vault status", k.rc(w.Vault), "(dev 1h) [mark]$ "},
			{"vault off", "", "[mark]$ "},
			{"vault status", k.rc(w.Vault), "[mark]$ "},
		} {
			s.ok(c.line)
			if got := child(c.rc); got != c.want {
				t.Errorf("after %s, a child with %q shows %q", c.line, c.rc, got)
			}
		}
	})(t)
}

// A person saves their functions, aliases and traps, or looks at them on a screen that
// others see: there is nothing of the credentials or the profile in them.
func TestFunctionsAliasesAndTrapsHoldNothingOfTheProfile(t *testing.T) {
	lists := map[string]string{
		"bash": "declare -f; alias -p; trap -p", "zsh": "functions; alias -L; trap; bindkey -L", "fish": "for f in (functions -an); functions $f; end; alias; abbr",
		"powershell": "Get-ChildItem Function: | ForEach-Object { \"$($_.Definition)\" }; Get-Alias | ForEach-Object { \"$($_.Name) $($_.Definition)\" }",
	}
	inEach(t, func(t *testing.T, k kind) {
		s := start(t, k, world.New(t), theirs...)
		s.ok("vault use other")
		s.enters(2)
		during := s.exported()
		out := s.output(lists[k.name])
		if !strings.Contains(out, "__vault_") {
			t.Fatalf("the list is %q", out)
		}
		for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_VAULT_SHELL_STATE"} {
			if v, ok := value(during, name); !ok || strings.Contains(out, v) {
				t.Errorf("%s is in a function, an alias or a trap", name)
			}
		}
		for _, secret := range []string{"theirs/secret+1", "(other 1h)"} {
			if strings.Contains(out, secret) {
				t.Errorf("%q is in a function, an alias or a trap", secret)
			}
		}
	})
}
