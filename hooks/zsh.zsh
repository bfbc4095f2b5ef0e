# vault: the hook for zsh, 5.0 and later.
#
# Defines __vault_* functions. The call of __vault_install after this text defines the
# function that you type. __vault_prompt is the first of precmd_functions, so that themes
# see what it sets. __vault_show is the last: it puts the indicator in front of the PS1 that
# the theme made. (PS1 is PROMPT too, except in a zsh that was started as sh.) Elements 77
# and 78 of psvar are the indicator's text. Variables: see bash.sh.
# The shell reads all of this under `emulate zsh -o no_aliases -c`. So your aliases have no
# effect, and each function runs with zsh's own options instead of yours (ksh_arrays,
# sh_word_split, err_exit, all_export ...), which come back when the function returns.
# The hook changes none of your options, traps and other variables, and no alias except
# one with the name of that function.
builtin typeset -g __vault_bin='@VAULT@' __vault_automounts=:'@AUTOMOUNTS@': # see bash.sh
# The values that a shell inherits belong to another shell. If it inherits an active
# profile, the first prompt calls the binary.
builtin unset -v __vault_deadline __vault_expires __vault_shown __vault_mark __vault_protected __vault_tries __vault_seen __vault_next __vault_style __vault_drawn __vault_made __vault_themes __vault_loader __vault_diff __vault_alive __vault_from __vault_clear vault_indicator
builtin typeset -g __vault_deadline=${AWS_VAULT_SHELL_STATE:+0} __vault_expires='' __vault_shown='' __vault_mark='' \
  __vault_protected='' __vault_tries='' __vault_seen=0 __vault_next=${AWS_VAULT_SHELL_STATE:+0} __vault_style='' __vault_drawn='' __vault_made='' __vault_themes='' __vault_loader='' __vault_diff='' __vault_alive='' __vault_from='' __vault_clear='' vault_indicator=''
# For directories: see bash.sh. A quiet prompt compares which candidates are missing, the
# nearest file, whether it is a link, and whether its time matters.
builtin typeset -g __vault_pwd='' __vault_real='' __vault_found='' __vault_hand='' __vault_stamp='' __vault_near='' __vault_there='' __vault_link='' __vault_fixed=''
# Messages that were already printed: the binary is missing; prompts do not run the hook.
builtin typeset -g __vault_gone='' __vault_told='' __vault_put=${__vault_put-} __vault_ps=''
# How the hook treats loaders of .env files: see bash.sh. (With the option auto_name_dirs, a
# variable that contains a directory gives the directory a name, so __vault_load_dir begins
# with a colon.)
builtin typeset -g +x __vault_env='' __vault_envs='' __vault_ours='' __vault_given='' __vault_left='' __vault_load_was='' __vault_load_now='' __vault_load_dir=''
builtin typeset -ga __vault_files __vault_absent
__vault_files=() __vault_absent=()
{ builtin zmodload -F zsh/datetime p:EPOCHSECONDS } 2>/dev/null

# Copies a variable before it is replaced. The copy stays in this shell: it is not exported.
__vault_keep() {
  builtin setopt local_options no_xtrace # a person may trace it: functions -T
  builtin typeset -g "__vault_kept_$1=${(P)1}"
  builtin typeset -g +x "__vault_kept_$1"
}

__vault_restore() {
  builtin setopt local_options no_xtrace
  builtin local __vault_name=__vault_kept_$1
  builtin unset -v "$1"
  builtin export "$1=${(P)__vault_name}"
  builtin unset -v "$__vault_name"
}

__vault_drop() {
  builtin unset -v "__vault_kept_$1"
}

# Runs the binary and evaluates its output, if the output is complete.
__vault_apply() {
  # A trace would show secrets, and traps see each command. `emulate -c` and local_traps
  # restore everything at the end.
  builtin setopt local_options local_traps no_xtrace no_verbose
  builtin trap - DEBUG
  builtin trap - ZERR
  builtin local __vault_ro='' __vault_out='' __vault_rc=0 __vault_pid='' __vault_name __vault_aside=''
  [[ -z ${__vault_as-} ]] || builtin local -x AWS_VAULT_CALLED=$__vault_as
  [[ ${ZSH_SUBSHELL-} != 0 ]] || __vault_pid=$$
  # The names of a set of variables. The last word of each line of `typeset +m` is the name.
  for __vault_name in ${${(f)"$(builtin typeset +m 'AWS_*')"}##* }; do
    [[ ${(Pt)__vault_name} != *readonly* ]] || __vault_ro+=,$__vault_name
  done
  __vault_put_aside
  __vault_out=$("$__vault_bin" __shell zsh "--readonly=$__vault_ro" \
    "--kept=$(builtin typeset +m '__vault_kept_*')" \
    "--previous=${__vault_previous-}" "--tries=$__vault_tries" "--person=$__vault_mark" \
    "--dir=${PWD-}" "--hand=$__vault_hand" "--stamp=$__vault_stamp" "--pid=$__vault_pid" ${__vault_loader:+--loader=1} -- "$@") || __vault_rc=$?
  if (( __vault_rc != 0 )); then
    :
  elif [[ ${__vault_out##*$'\n'} == ':vault:end:' ]]; then
    builtin eval "${__vault_out%$'\n'*}"
    builtin typeset -g +x __vault_previous
    __vault_next=0 __vault_diff=${DIRENV_DIFF-}${__MISE_DIFF-}
    __vault_watch
  else
    builtin print -ru2 -- 'vault: the answer was cut short; nothing was changed'
    __vault_rc=1
  fi
  __vault_out=
  [[ -z $__vault_aside || -n $__vault_shown ]] || __vault_put_back "$__vault_aside"
  __vault_remember
  builtin return $__vault_rc
}

# How the hook treats loaders of .env files: see bash.sh.
__vault_remember() {
  __vault_env="${AWS_PROFILE+=$AWS_PROFILE}|${AWS_DEFAULT_PROFILE+=$AWS_DEFAULT_PROFILE}|${AWS_REGION+=$AWS_REGION}|${AWS_DEFAULT_REGION+=$AWS_DEFAULT_REGION}"
  __vault_envs=${DIRENV_DIFF-}${__MISE_DIFF-}
}

__vault_loads() {
  builtin local __vault_was=$__vault_env __vault_line='' __vault_mine=$__vault_ours __vault_known=$__vault_envs
  __vault_remember
  if [[ -n ${1-} ]]; then
    __vault_mine=$__vault_given
  else
    __vault_given=$__vault_mine __vault_ours= __vault_left=
    if [[ -n $__vault_load_dir && :${PWD-}/ != "${__vault_load_dir%/}"/* ]]; then
      __vault_left=$__vault_load_was __vault_load_dir=
    fi
  fi
  [[ -n $__vault_was && $__vault_env != "$__vault_was" && $__vault_envs == "$__vault_known" ]] || builtin return 0
  [[ -n ${1-} ]] || __vault_line=" $(builtin fc -ln -1 2>/dev/null)"
  case $__vault_line in
  *AWS_* | *[[:blank:]\;\&\|]'. '* | *export* | *source* | *eval* | *declare* | *typeset*) ;;
  *)
    if [[ -n $__vault_shown || "${AWS_PROFILE+=$AWS_PROFILE}|${AWS_REGION+=$AWS_REGION}" == "$__vault_mine" ]]; then
      __vault_put_back "$__vault_was"
    elif [[ $__vault_env != "$__vault_left" ]]; then
      [[ -n $__vault_load_dir ]] || __vault_load_was=${__vault_left:-$__vault_was}
      __vault_load_now=$__vault_env __vault_load_dir=:${PWD-}
    fi
    ;;
  esac
}

__vault_put_back() {
  builtin local __vault_rest="$1|" __vault_name
  for __vault_name in AWS_PROFILE AWS_DEFAULT_PROFILE AWS_REGION AWS_DEFAULT_REGION; do
    if [[ ${(Pt)__vault_name} == *readonly* ]]; then
      :
    elif [[ $__vault_rest == '='* ]]; then
      builtin export "$__vault_name=${${__vault_rest%%|*}#=}"
    else
      builtin unset -v "$__vault_name"
    fi
    __vault_rest=${__vault_rest#*|}
  done
  __vault_remember
}

__vault_put_aside() {
  __vault_remember
  if [[ -n $__vault_shown ]]; then
    __vault_given="${AWS_PROFILE+=$AWS_PROFILE}|${AWS_REGION+=$AWS_REGION}"
    [[ ${__vault_change-} != off ]] || __vault_ours=$__vault_given
  elif [[ -n $__vault_load_dir && $__vault_env == "$__vault_load_now" && :${PWD-}/ == "${__vault_load_dir%/}"/* ]]; then
    __vault_aside=$__vault_env
    __vault_put_back "$__vault_load_was"
  fi
}

# The function that you type. A command that changes this shell goes through
# __vault_apply. All others, and every --help, go to the binary unchanged.
__vault_main() {
  builtin local __vault_arg __vault_skip='' __vault_change=''
  # The name of this function if it is not the program's. Messages use it in the commands
  # that they tell you to type.
  [[ -z ${__vault_as-} ]] || builtin local -x AWS_VAULT_CALLED=$__vault_as
  if [[ -o restricted ]]; then # zsh runs nothing by its path there
    builtin print -ru2 -- 'vault: a restricted shell cannot run vault'
    builtin return 126
  fi
  [[ -z $__vault_auto || -n $__vault_told || ${ZSH_SUBSHELL-} != 0 ]] || __vault_displaced
  for __vault_arg in "$@"; do
    if [[ -n $__vault_skip ]]; then
      __vault_skip=
      builtin continue
    fi
    case $__vault_arg in
    -h | --help)
      __vault_change=
      builtin break
      ;;
    --) builtin break ;;
    '@VALUE_FLAGS@')
      __vault_skip=1
      ;;
    -*) ;;
    *)
      [[ -z $__vault_change ]] || builtin continue
      case $__vault_arg in
      use | off | refresh | region | guard) __vault_change=$__vault_arg ;;
      allow | deny)
        __vault_found='?' __vault_pwd='' # the next prompt asks anew
        builtin break
        ;;
      doctor)
        __vault_change=doctor
        builtin break
        ;;
      *) builtin break ;;
      esac
      ;;
    esac
  done
  if [[ $__vault_change == doctor ]]; then # who wants to know what this shell has
    "$__vault_bin" "$@" "--hook=zsh ${__vault_version-} ${__vault_auto:+auto} ${__vault_told:+displaced}"
  elif [[ -n $__vault_change ]]; then
    __vault_apply "$@" || builtin return
    __vault_last
    if [[ $__vault_change != (refresh|region|guard) ]]; then
      # A profile that you choose in a directory stays until you leave the directory.
      __vault_look
      __vault_found=$__vault_near __vault_hand=$__vault_near
      __vault_watch
    fi
  else
    "$__vault_bin" "$@"
  fi
}

# Sets the caller's __vault_now to the seconds since 1970, without a process; zsh/datetime
# may be missing.
__vault_clock() {
  builtin local __vault_format='%D{%s}'
  __vault_now=${EPOCHSECONDS-}
  [[ $__vault_now == <1-> ]] || __vault_now=${(%)__vault_format}
}

# Says once that prompts do not run the hook: it is not in precmd_functions, and no other
# tool called it at the last prompt.
__vault_displaced() {
  if (( ! ${precmd_functions[(Ie)__vault_prompt]:-0} )) && [[ ${HISTCMD-} != "$__vault_ran" ]]; then
    __vault_told=1
    builtin print -ru2 -- 'vault: precmd_functions does not run the hook here, so nothing is renewed and no directory is noticed; load it last in the start-up file'
  fi
}

# Sets __vault_near to the nearest .awsprofile. The list of places changes only with the
# directory; the search starts no process. Links: see bash.sh.
__vault_look() {
  builtin setopt local_options no_auto_name_dirs # or %~ would show ~__vault_pwd
  builtin local __vault_file __vault_at=${PWD-}
  if [[ $__vault_at != "$__vault_pwd" ]]; then
    __vault_pwd=$__vault_at __vault_real=
    [[ ${__vault_at:A} != "$__vault_at" || ! $__vault_at -ef . ]] || __vault_real=1
    __vault_files=()
    while [[ $__vault_at == /* && ${#__vault_files} -lt 256 && $__vault_automounts != *":$__vault_at:"* ]]; do
      __vault_files+=("${__vault_at%/}/.awsprofile")
      if [[ $__vault_at == / || $__vault_at == "${HOME-}" || :${AWS_VAULT_CEILING_DIRECTORIES-}: == *":$__vault_at:"* ]]; then
        builtin break
      fi
      __vault_at=${__vault_at%/*}
      __vault_at=${__vault_at:-/}
    done
  fi
  __vault_near=
  for __vault_file in $__vault_files; do
    if [[ -L $__vault_file ]]; then
      __vault_near=${__vault_file%/*}//.awsprofile
      builtin break
    elif [[ -e $__vault_file ]]; then
      __vault_near=$__vault_file
      builtin break
    fi
  done
}

# Prepares what the next prompts compare, from __vault_found and its stamp. If the
# directory's name contains no link, it uses shorter paths to the same files, because the
# system takes longer for long paths.
__vault_watch() {
  builtin local __vault_file __vault_up=''
  __vault_absent=() __vault_there= __vault_link= __vault_fixed=
  for __vault_file in $__vault_files; do
    if [[ ${__vault_file%/*}//.awsprofile == "$__vault_found" ]]; then
      __vault_there=$__vault_file __vault_link=1
      builtin break
    elif [[ $__vault_file == "$__vault_found" ]]; then
      __vault_there=$__vault_file
      builtin break
    fi
    if [[ -n $__vault_real ]]; then
      __vault_file=$__vault_up.awsprofile __vault_up+=../
    fi
    __vault_absent+=("$__vault_file")
  done
  [[ -z $__vault_link && $__vault_stamp != *.fixed ]] || __vault_fixed=1
}

# Runs at each prompt: see bash.sh. zsh itself gives each hook the command's status and
# pipestatus.
__vault_prompt() {
  builtin setopt local_options no_xtrace no_verbose
  builtin local __vault_now=0 __vault_due='' __vault_moved='' __vault_file
  __vault_ran=${HISTCMD-}
  [[ -z $__vault_put || ${PS1-} == *"$__vault_put"* ]] || __vault_last
  if [[ ${PWD-} == "$__vault_pwd" ]]; then
    for __vault_file in $__vault_absent; do
      [[ -L $__vault_file || -e $__vault_file ]] && __vault_moved=1 && builtin break
    done
    # Checks first whether it is a link, because a link is never followed.
    [[ -n $__vault_moved || -z $__vault_there || ( -n $__vault_link && -L $__vault_there || -z $__vault_link && ! -L $__vault_there && -e $__vault_there ) &&
      ( -z $__vault_stamp || -e $__vault_stamp && ( -n $__vault_fixed || ! $__vault_there -nt $__vault_stamp && ! $__vault_there -ot $__vault_stamp ) ) ]] || __vault_moved=1
  else
    __vault_moved=1
  fi
  if [[ ${PWD-} != "$__vault_pwd" ]]; then
    __vault_loads
    # Whatever loads at the next prompt must run before the other part of the hook.
    [[ ${precmd_functions[-1]-} == (__vault_show|_p9k_precmd) ]] || __vault_last
  fi
  [[ -z $__vault_moved ]] || __vault_changed
  [[ -z $__vault_shown || ${DIRENV_DIFF-}${__MISE_DIFF-} == "$__vault_diff" ]] || __vault_due=1 __vault_loader=1
  if [[ -n $__vault_due$__vault_next ]]; then
    __vault_now=${EPOCHSECONDS-}
    [[ $__vault_now == <1-> ]] || __vault_clock
    if (( __vault_now >= ${__vault_next:-0} || __vault_now + 60 < __vault_seen )); then
      __vault_tick
    fi
    [[ -z $__vault_alive || -e $__vault_alive ]] || __vault_due=1 __vault_alive=''
    [[ -z $__vault_due ]] || __vault_call
    __vault_seen=$__vault_now
  fi
  # Does the same as __vault_remember.
  __vault_env="${AWS_PROFILE+=$AWS_PROFILE}|${AWS_DEFAULT_PROFILE+=$AWS_DEFAULT_PROFILE}|${AWS_REGION+=$AWS_REGION}|${AWS_DEFAULT_REGION+=$AWS_DEFAULT_REGION}" __vault_envs=${DIRENV_DIFF-}${__MISE_DIFF-}
  builtin return 0
}

# Makes __vault_show the last one: a theme that sets PS1 after it removes the indicator.
__vault_last() {
  (( ! ${precmd_functions[(Ie)__vault_show]:-0} )) || precmd_functions=(${precmd_functions:#__vault_show} __vault_show)
}

# Called if the directory or its file changed. Sets the caller's __vault_due.
__vault_changed() {
  __vault_look
  if [[ $__vault_near != "$__vault_found" ]]; then
    __vault_due=1
    __vault_found=$__vault_near
    [[ $__vault_near == "$__vault_hand" ]] || __vault_hand=
  fi
  __vault_watch
  [[ -z $__vault_there || -z $__vault_stamp || -e $__vault_stamp && ( -n $__vault_fixed || ! $__vault_there -nt $__vault_stamp && ! $__vault_there -ot $__vault_stamp ) ]] || __vault_due=1
}

# Works out what has changed at the time __vault_now. Sets the caller's __vault_due if the
# binary is due, vault_indicator to the indicator's text, and __vault_next to the time of
# the next check.
__vault_tick() {
  builtin local __vault_text=$__vault_shown __vault_left
  __vault_next=
  if [[ -n $__vault_text && -n $__vault_expires ]]; then
    __vault_left=$(( __vault_expires - __vault_now ))
    __vault_next=$(( __vault_now + (__vault_left + 30) % 60 + 1 ))
    if (( __vault_left <= 0 )); then
      __vault_text+=' expired'
      __vault_next=$(( __vault_now + 60 ))
    else
      (( __vault_left >= 30 )) || __vault_next=$(( __vault_now + __vault_left ))
      __vault_left=$(( (__vault_left + 30) / 60 ))
      if (( __vault_left < 1 )); then
        __vault_text+=' 1m'
      elif (( __vault_left < 60 )); then
        __vault_text+=" ${__vault_left}m"
      else
        __vault_text+=" $(( (__vault_left + 30) / 60 ))h"
      fi
      __vault_text+=$__vault_mark
    fi
  fi
  builtin typeset -g vault_indicator=$__vault_text
  __vault_drawn=
  # A segment must exist before the theme makes this prompt.
  [[ -z $__vault_text ]] || ! __vault_mine || __vault_segment || :
  if [[ -n $__vault_deadline ]]; then
    if (( __vault_now >= __vault_deadline || __vault_now + 60 < __vault_seen )); then
      __vault_due=1
    fi
    [[ -n $__vault_next ]] && (( __vault_next < __vault_deadline )) || __vault_next=$__vault_deadline
  fi
}

# Calls the binary. If the binary is missing (during an upgrade, or on a drive that is not
# mounted), each prompt checks whether it is back, without starting a process. A restricted
# shell never runs the binary.
__vault_call() {
  if [[ -x $__vault_bin && ! -o restricted ]]; then
    __vault_gone=
    __vault_deadline=$(( __vault_now + 600 )) __vault_next=0
    if ! __vault_apply prompt; then
      __vault_stamp= __vault_diff=${DIRENV_DIFF-}${__MISE_DIFF-} # or it would be due again at once
    fi
    __vault_loader=
    builtin local __vault_due=
    __vault_clock
    __vault_tick
    builtin return 0
  fi
  __vault_deadline=0 __vault_next=0
  [[ -n $__vault_gone || -o restricted ]] || builtin print -ru2 -- "vault: ${(q)__vault_bin} is gone; nothing is renewed until it is back"
  __vault_gone=1
}

# Shows the indicator. __vault_tick alone changes its text. __vault_style is one text for
# comparison: it contains everything else that matters here, and what __vault_mine checks.
__vault_show() {
  builtin setopt local_options no_xtrace no_verbose
  [[ "${AWS_PROFILE+=$AWS_PROFILE}|${AWS_DEFAULT_PROFILE+=$AWS_DEFAULT_PROFILE}|${AWS_REGION+=$AWS_REGION}|${AWS_DEFAULT_REGION+=$AWS_DEFAULT_REGION}" == "$__vault_env" ]] || __vault_loads 1
  if [[ -n $__vault_shown && ${DIRENV_DIFF-}${__MISE_DIFF-} != "$__vault_diff" ]]; then
    # they come after the prompt's part.
    builtin local __vault_now=0
    __vault_loader=1
    __vault_clock
    __vault_call
  fi
  if [[ -n $vault_indicator$__vault_put || $__vault_next == 0 ]]; then
    __vault_style=${AWS_VAULT_INDICATOR-}:${NO_COLOR-}:${TERM-}:${AWS_PROFILE-}:${RPROMPT-${RPS1-}}:${P9K_VERSION:+${POWERLEVEL9K_LEFT_PROMPT_ELEMENTS-}}
    [[ ! -o prompt_subst ]] || __vault_style+=s
    [[ ! -o prompt_percent ]] || __vault_style+=p
    [[ ! -o prompt_bang ]] || __vault_style+=b
    [[ $__vault_drawn == "$__vault_style" && ${PS1-} == "$__vault_made" && ${psvar[77]-}${psvar[78]-} == "$__vault_ps" ]] || __vault_draw
  fi
  builtin return 0
}

# Puts a reference to the indicator's text before PS1. The reference never changes, because
# other tools keep and wrap PS1. With prompt_percent off it is the text itself; the name
# contains no character with a meaning in a prompt. `emulate zsh` does not change your
# options for prompts.
__vault_draw() {
  builtin local __vault_want='' __vault_now=0 __vault_due='' __vault_plain='' __vault_reverse=''
  if [[ $__vault_next == 0 ]]; then # the prompt's part is not run here
    __vault_clock
    __vault_tick
    __vault_next=0
  fi
  __vault_drawn=$__vault_style
  if [[ -n $vault_indicator ]] && __vault_mine && ! __vault_segment; then
    if [[ ! -o prompt_percent ]]; then
      __vault_want="($vault_indicator) "
      [[ ! -o prompt_bang ]] || __vault_want=${__vault_want/\!/!!}
    else
      __vault_want='%(77V.%S%77v%s .)%(78V.%78v .)'
      if [[ -n $__vault_protected && -z ${NO_COLOR-} && ${TERM-} != dumb ]]; then
        __vault_reverse="($vault_indicator)"
      else
        __vault_plain="($vault_indicator)"
      fi
    fi
  fi
  [[ ${psvar[77]-} == "$__vault_reverse" ]] || psvar[77]=$__vault_reverse
  [[ ${psvar[78]-} == "$__vault_plain" ]] || psvar[78]=$__vault_plain
  if [[ $__vault_put != "$__vault_want" || ${PS1-} != *"$__vault_want"* ]] && [[ ${(t)PS1} != *readonly* ]]; then
    if [[ -n $__vault_put && $__vault_put != "$__vault_want" ]]; then
      # A reference in the middle belongs to a prompt that another tool has wrapped. It is
      # empty now.
      if [[ $__vault_put == %* ]]; then
        PS1=${PS1#"$__vault_put"}
      else
        PS1=${PS1/"$__vault_put"/}
      fi
    fi
    [[ -z $__vault_want || ${PS1-} == *"$__vault_want"* ]] || PS1=$__vault_want${PS1-}
  fi
  __vault_put=$__vault_want __vault_ps=$__vault_reverse$__vault_plain __vault_made=${PS1-}
}

# Guards programs: see bash.sh.
__vault_guard_on() {
  builtin local __vault_name
  builtin typeset -g __vault_least=$1 __vault_guards=${__vault_guards-}
  builtin shift
  for __vault_name in "$@"; do
    [[ " $__vault_guards " != *" $__vault_name "* ]] || builtin continue
    if (( ${+functions[$__vault_name]} )); then
      # With its own options, if zsh can copy it (5.8).
      builtin functions -c "$__vault_name" "__vault_theirs_$__vault_name" 2>/dev/null || functions[__vault_theirs_$__vault_name]=$functions[$__vault_name]
    fi
    builtin eval "function $__vault_name { __vault_guarded $__vault_name \"\$@\" }"
    __vault_guards+=${__vault_guards:+ }$__vault_name
  done
}

__vault_guard_off() {
  builtin local __vault_name __vault_rest=''
  for __vault_name in ${(s: :)__vault_guards-}; do
    if (( $# && ! ${argv[(Ie)$__vault_name]} )); then
      __vault_rest+=${__vault_rest:+ }$__vault_name
      builtin continue
    fi
    builtin unfunction "$__vault_name"
    if (( ${+functions[__vault_theirs_$__vault_name]} )); then
      builtin functions -c "__vault_theirs_$__vault_name" "$__vault_name" 2>/dev/null || functions[$__vault_name]=$functions[__vault_theirs_$__vault_name]
      builtin unfunction "__vault_theirs_$__vault_name"
    fi
  done
  builtin typeset -g __vault_guards=$__vault_rest
}

__vault_guard_list() {
  builtin print -r -- "${__vault_guards:-(no program is guarded in this shell)}"
}

# Runs for a guarded name. While the program runs, no variable of the hook is set.
__vault_guarded() {
  __vault_guard_passes "$1" || builtin return
  if (( ${+functions[__vault_theirs_$1]} )); then
    "__vault_theirs_$1" "${@[2,-1]}"
  else
    builtin command "$@"
  fi
}

# Decides whether the program may run: see bash.sh.
__vault_guard_passes() {
  builtin setopt local_options no_xtrace no_verbose
  builtin local __vault_why='' __vault_now=0 __vault_near='' __vault_typed='' __vault_word=${AWS_VAULT:-$1}
  [[ $__vault_word != *[^A-Za-z0-9._@/+=:-]* ]] || __vault_word=$1
  if [[ -n $__vault_protected ]]; then
    __vault_why="$__vault_word is protected"
  else
    __vault_look
    __vault_typed=$__vault_near:$__vault_found:$__vault_stamp:${AWS_VAULT_SHELL_STATE-}
    if [[ $__vault_near != "$__vault_from" && $__vault_typed != "$__vault_clear" ]]; then
      if __vault_why=$("$__vault_bin" guard --check "--dir=${PWD-}" 2>&1); then
        __vault_clear=$__vault_typed
      else
        __vault_why=${__vault_why:-the guard cannot look at this directory}
      fi
    fi
    if [[ -z $__vault_why && -n $__vault_shown && -n $__vault_expires ]]; then
      __vault_clock
      (( __vault_expires - __vault_now >= __vault_least )) || __vault_why="$__vault_word ends in less than $(( (__vault_least + 59) / 60 ))m"
    fi
  fi
  [[ -n $__vault_why ]] || builtin return 0
  __vault_typed=
  if ! { builtin print -rn -- "vault: $__vault_why. Type $__vault_word to run $1: " >/dev/tty } 2>/dev/null; then
    builtin print -ru2 -- "vault: $1 was not run: $__vault_why, and there is no terminal to ask on"
    builtin return 3
  fi
  builtin read -r __vault_typed </dev/tty || builtin print >/dev/tty
  [[ $__vault_typed != "$__vault_word" ]] || builtin return 0
  builtin print -ru2 -- "vault: $1 was not run"
  builtin return 1
}

# __vault_install NAME [auto [indicator]]
__vault_install() {
  builtin unalias "$1" 2>/dev/null
  builtin eval "function $1 { __vault_main \"\$@\" }"
  builtin typeset -g __vault_indicate=${3-} __vault_auto=${2-} __vault_ran=${HISTCMD-}
  if [[ -n ${2-} && ${(t)precmd_functions} != *readonly* ]]; then
    builtin typeset -ga precmd_functions
    (( ${precmd_functions[(Ie)__vault_prompt]:-0} )) || precmd_functions=(__vault_prompt $precmd_functions)
    [[ -z ${3-} ]] || (( ${precmd_functions[(Ie)__vault_show]:-0} )) || precmd_functions+=(__vault_show)
  fi
  builtin unset -v __vault_lacks __vault_name
}
