# shellcheck shell=bash
# vault: the hook for bash, 3.2 and later.
#
# Defines __vault_* functions. The call of __vault_install after this text defines the
# function that you type. __vault_prompt goes in front of PROMPT_COMMAND, so that themes
# see what it sets. __vault_show goes behind PROMPT_COMMAND: it puts the indicator in front
# of the PS1 that the theme made.
# The hook changes none of your options, traps and other variables, and no alias except
# one with the name of that function.
#
# The binary's answers set __vault_deadline (when to call the binary), __vault_expires,
# __vault_shown (the profile's name, safe in a prompt), __vault_mark (! if vault needs
# you), __vault_protected and __vault_tries. __vault_next is when to look at these
# variables again; empty: the clock does not matter. __vault_alive is a path that is there
# as long as the credential server of `use --via server`. vault_indicator is the indicator's
# text, for your own prompt.
#
# The hook calls each builtin through `builtin`, because you may have a function called
# `local` or `export`. The arguments of `builtin local` stand in quotes: bash splits and
# expands them, and with `set -k` it takes an assignment for a part of the environment.
# The hook does not call `test`, which can be disabled. bash expands aliases when it reads
# a function, and `set -a` exports functions. The next lines prevent both;
# __vault_install restores the options.
#
# First the hook finds out whether you disabled a builtin that it needs (`enable -n`), or made
# one of its variables readonly. Then it prints one line, and defines no function that you
# type. (`[[` and `case` cannot be disabled. Without `builtin` the status is 127.)
__vault_lacks=''
if [[ $- == *r* ]]; then
  __vault_lacks='' # no redirection is allowed, so this cannot be found out
elif \builtin compgen -A disabled >/dev/null 2>&1; then
  for __vault_name in $(\builtin compgen -A disabled); do
    case $__vault_name in
    : | break | command | complete | continue | declare | eval | export | local | printf | read | return | set | shift | shopt | unalias | unset)
      __vault_lacks="$__vault_lacks $__vault_name"
      ;;
    esac
  done
  __vault_lacks=${__vault_lacks:+"these builtins are disabled:$__vault_lacks. Run: enable$__vault_lacks"}
elif [[ $? -eq 127 ]]; then
  __vault_lacks='the builtin called builtin is disabled. Run: enable builtin'
fi
__vault_fixed() {
  for __vault_name in vault_indicator __vault_bin __vault_next "${!__vault_@}"; do
    case $__vault_name in
    __vault_name | __vault_lacks) ;;
    *) \builtin local "$__vault_name" 2>/dev/null || __vault_lacks="these variables are readonly: $__vault_name" ;;
    esac
  done
}
if [[ -z $__vault_lacks && $- != *r* ]]; then
  __vault_fixed
fi
if [[ -n $__vault_lacks ]]; then
  \printf '%s\n' "vault: the hook is not loaded: $__vault_lacks" >&2
else
  __vault_opts=$-
  \builtin shopt -q expand_aliases && __vault_opts=${__vault_opts}+
  \builtin shopt -u expand_aliases
  \builtin set +a
fi

if [[ -z $__vault_lacks ]]; then
  __vault_bin='@VAULT@'
  # Directories that an automounter serves. Looking for a file there would make it ask the
  # network for a host, or a share, of that name.
  __vault_automounts='@AUTOMOUNTS@'
  # The values that a shell inherits belong to another shell. If it inherits an active
  # profile, the first prompt calls the binary.
  builtin unset -v __vault_deadline __vault_expires __vault_shown __vault_mark __vault_protected __vault_tries __vault_seen __vault_next __vault_ps1 __vault_at __vault_due __vault_now __vault_all __vault_style __vault_drawn __vault_made __vault_themes __vault_loader __vault_diff __vault_alive __vault_env __vault_envs __vault_ours __vault_given __vault_left __vault_load_was __vault_load_now __vault_load_dir __vault_from __vault_clear vault_indicator
  __vault_deadline=${AWS_VAULT_SHELL_STATE:+0} __vault_next=$__vault_deadline __vault_seen=0
  # Expands to the number of the command; empty before bash 4.4.
  __vault_hash=''
  if ((BASH_VERSINFO[0] > 4 || BASH_VERSINFO[0] == 4 && BASH_VERSINFO[1] >= 4)); then __vault_hash='\#'; fi
  # For directories: __vault_pwd is the current directory, and __vault_files lists the
  # candidates. __vault_found is the nearest file, and __vault_stamp a file with the same
  # time. __vault_hand is the file in whose tree you chose a profile by hand. A link has //
  # before its name: the hook never follows it, and does not treat it as a file of that name.
  __vault_pwd='' __vault_files=() __vault_found='' __vault_hand='' __vault_stamp=''
  # Messages that were already printed: the binary is missing; prompts do not run the hook.
  __vault_gone='' __vault_told=''
fi

# Copies a variable before it is replaced. The copy stays in this shell: it is not exported.
__vault_keep() {
  builtin eval "__vault_kept_$1=\${$1-}"
  builtin export -n "__vault_kept_$1"
}

__vault_restore() {
  builtin unset -v "$1"
  builtin eval "\\builtin export $1=\"\${__vault_kept_$1-}\""
  builtin unset -v "__vault_kept_$1"
}

__vault_drop() {
  builtin unset -v "__vault_kept_$1"
}

# Puts the AWS_ variables that cannot be changed into the caller's __vault_ro. `local` on a
# readonly name fails: no process, no parsing, in every bash. The names in the list are those
# that vault sets: bash does not list a readonly name that has no value.
__vault_find_readonly() {
  builtin local __vault_name
  for __vault_name in AWS_ACCESS_KEY_ID AWS_ACCOUNT_ID AWS_CONTAINER_AUTHORIZATION_TOKEN AWS_CONTAINER_CREDENTIALS_FULL_URI \
    AWS_CREDENTIAL_EXPIRATION AWS_DEFAULT_REGION AWS_ENDPOINT_URL AWS_PROFILE AWS_REGION AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN \
    AWS_VAULT AWS_VAULT_SHELL_STATE "${!AWS_@}"; do
    builtin local "$__vault_name" 2>/dev/null || __vault_ro=$__vault_ro,$__vault_name
  done
}

# Runs the binary and evaluates its output, if the output is complete.
__vault_answer() {
  builtin local IFS 2>/dev/null && IFS=$' \t\n' # unless it is readonly
  builtin local "__vault_nl="$'\n' "__vault_near=" "__vault_ro=" "__vault_rc=0" "__vault_out=" "__vault_pid=" "__vault_aside="
  [[ -z ${__vault_as-} ]] || builtin local -x "AWS_VAULT_CALLED=$__vault_as" 2>/dev/null || builtin :
  [[ ${BASH_SUBSHELL-} != 0 ]] || __vault_pid=$$
  __vault_find_readonly
  __vault_put_aside "$@"
  __vault_out=$("${__vault_bin-}" __shell bash "--readonly=$__vault_ro" \
    "--kept=${!__vault_kept_*}" "--previous=${__vault_previous-}" \
    "--tries=${__vault_tries-}" "--person=${__vault_mark-}" "--dir=${PWD-}" \
    "--hand=${__vault_hand-}" "--stamp=${__vault_stamp-}" "--pid=$__vault_pid" ${__vault_loader:+"--loader=1"} -- "$@") || __vault_rc=$?
  if [[ $__vault_rc -ne 0 ]]; then
    builtin :
  elif [[ ${__vault_out##*"$__vault_nl"} == ':vault:end:' ]]; then
    builtin eval "${__vault_out%"$__vault_nl"*}"
    __vault_base=$((${__vault_time-0} - SECONDS))
    __vault_next=0
    if [[ ${__vault_change-} == use || ${__vault_change-} == off ]]; then
      # A profile that you choose in a directory stays until you leave the directory.
      __vault_look
      __vault_found=$__vault_near __vault_hand=$__vault_near
      [[ -z ${__vault_indicate-} ]] || __vault_last # before the prompt that shows it
    fi
    __vault_watch
    __vault_diff=${DIRENV_DIFF-}${__MISE_DIFF-}
    builtin export -n __vault_previous
  else
    builtin printf '%s\n' 'vault: the answer was cut short; nothing was changed' >&2
    __vault_rc=1
  fi
  [[ -z $__vault_aside || -n ${__vault_shown-} ]] || __vault_put_back "$__vault_aside"
  __vault_remember
  builtin return "$__vault_rc"
}

# A loader of `.env` files leaves no record that vault could read. So each prompt remembers
# which profile and region the environment names. If they change together with the directory
# and you did not type the change, or between the two parts of one prompt, a loader changed
# them. While a profile is active, the hook sets the profile's values again. Before it
# activates a profile, it restores the values from before the loader, so that `off` restores
# them too. __vault_load_was has the values from before the loader, __vault_load_now the
# loaded ones, and __vault_load_dir the loader's directory. __vault_left has the values from
# before the loader of the previous directory. A loader restores the values that it has
# seen. These can be values that a profile had set: __vault_ours (until `off`) or
# __vault_given (until now).
__vault_remember() {
  __vault_env="${AWS_PROFILE+=$AWS_PROFILE}|${AWS_DEFAULT_PROFILE+=$AWS_DEFAULT_PROFILE}|${AWS_REGION+=$AWS_REGION}|${AWS_DEFAULT_REGION+=$AWS_DEFAULT_REGION}"
  __vault_envs=${DIRENV_DIFF-}${__MISE_DIFF-} # these do keep a record
}

# Called if the environment has changed: at the beginning of a prompt, because the directory
# is another one, or between the parts of a prompt ($1).
__vault_loads() {
  builtin local "__vault_was=${__vault_env-}" "__vault_line=" "__vault_mine=${__vault_ours-}" __vault_known
  __vault_known=${__vault_envs-}
  __vault_remember
  if [[ -n ${1-} ]]; then
    __vault_mine=${__vault_given-}
  else
    __vault_given=$__vault_mine __vault_ours='' __vault_left=''
    if [[ -n ${__vault_load_dir-} && ${PWD-}/ != "${__vault_load_dir%/}"/* ]]; then
      __vault_left=$__vault_load_was __vault_load_dir=''
    fi
  fi
  [[ -n $__vault_was && $__vault_env != "$__vault_was" && $__vault_envs == "$__vault_known" ]] || builtin return 0
  [[ -n ${1-} ]] || __vault_line=$(builtin history 1 2>/dev/null) || builtin :
  case $__vault_line in
  *AWS_* | *[[:blank:]\;\&\|]'. '* | *export* | *source* | *eval* | *declare* | *typeset*) ;;
  *)
    if [[ -n ${__vault_shown-} || "${AWS_PROFILE+=$AWS_PROFILE}|${AWS_REGION+=$AWS_REGION}" == "$__vault_mine" ]]; then
      __vault_put_back "$__vault_was"
    elif [[ $__vault_env != "${__vault_left-}" ]]; then
      [[ -n ${__vault_load_dir-} ]] || __vault_load_was=${__vault_left:-$__vault_was}
      __vault_load_now=$__vault_env __vault_load_dir=${PWD-}
    fi
    ;;
  esac
}

# Restores these variables.
__vault_put_back() {
  builtin local "__vault_rest=$1|" __vault_name
  for __vault_name in AWS_PROFILE AWS_DEFAULT_PROFILE AWS_REGION AWS_DEFAULT_REGION; do
    if [[ $__vault_rest == '='* ]]; then
      __vault_rest=${__vault_rest#=}
      builtin export "$__vault_name=${__vault_rest%%|*}" 2>/dev/null || builtin :
    else
      builtin unset -v "$__vault_name" 2>/dev/null || builtin :
    fi
    __vault_rest=${__vault_rest#*|}
  done
  __vault_remember
}

# Called before the binary. If no profile is active, puts the loaded values aside, into the
# caller's __vault_aside.
__vault_put_aside() {
  __vault_remember
  if [[ -n ${__vault_shown-} ]]; then
    __vault_given="${AWS_PROFILE+=$AWS_PROFILE}|${AWS_REGION+=$AWS_REGION}"
    [[ ${__vault_change-} != off ]] || __vault_ours=$__vault_given
  elif [[ -n ${__vault_load_dir-} && $__vault_env == "${__vault_load_now-}" && ${PWD-}/ == "${__vault_load_dir%/}"/* ]]; then
    __vault_aside=$__vault_env
    __vault_put_back "$__vault_load_was"
  fi
}

# Switches xtrace, verbose, allexport and functrace off while secrets are in use. A DEBUG
# trap sees each command. bash decides at the call whether a function inherits the trap, so
# there are two functions. `local -` (bash 4.4) restores the options, even after Ctrl-C.
__vault_apply() {
  builtin local __vault_set "__vault_local=1" "__vault_rc=0" __vault_opt
  __vault_set=$-
  builtin local - 2>/dev/null || __vault_local=
  { builtin set +xvaTk; } 2>/dev/null
  # bash always traces a function that you marked with `declare -ft`.
  builtin declare -f +t __vault_answer __vault_keep __vault_restore __vault_drop >/dev/null
  __vault_answer "$@" || __vault_rc=$?
  if [[ -z $__vault_local ]]; then
    for __vault_opt in x v a T k; do
      [[ $__vault_set != *"$__vault_opt"* ]] || builtin set "-$__vault_opt"
    done
  fi
  builtin return "$__vault_rc"
}

# The function that you type. A command that changes this shell goes through
# __vault_apply. All others, and every --help, go to the binary unchanged.
__vault_main() {
  builtin local __vault_arg "__vault_skip=" "__vault_change="
  if [[ $- == *r* ]]; then
    builtin printf '%s\n' 'vault: a restricted shell cannot run vault' >&2
    builtin return 126
  fi
  # The name of this function if it is not the program's. Messages use it in the commands
  # that they tell you to type.
  [[ -z ${__vault_as-} ]] || builtin local -x "AWS_VAULT_CALLED=$__vault_as" 2>/dev/null || builtin :
  [[ -z ${__vault_auto-} || -n ${__vault_told-} || ${BASH_SUBSHELL-} != 0 ]] || __vault_displaced
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
        builtin export -n __vault_found __vault_pwd
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
    "${__vault_bin-}" "$@" "--hook=bash ${__vault_version-} ${__vault_auto:+auto} ${__vault_told:+displaced}"
  elif [[ -n $__vault_change ]]; then
    __vault_apply "$@"
  else
    "${__vault_bin-}" "$@"
  fi
}

# Sets the caller's __vault_now to the seconds since 1970, without a process. Before
# bash 4.2 it adds the seconds since the binary's last answer to the time in that answer.
__vault_clock() {
  if [[ -n ${EPOCHSECONDS-} && ${EPOCHSECONDS-} != *[!0-9]* ]]; then
    __vault_now=$EPOCHSECONDS
  elif ! builtin printf -v __vault_now '%(%s)T' -1 2>/dev/null; then
    __vault_now=$((${__vault_base-0} + SECONDS))
  fi
}

# Says once that prompts do not run the hook. Another tool may have moved the hook and still
# run it. In that case the command number at the last prompt is one less.
__vault_displaced() {
  builtin local "__vault_number=${__vault_hash-}"
  if [[ -n $__vault_number ]]; then
    __vault_number=${__vault_number@P}
    ((__vault_number - ${__vault_ran:-$__vault_number} > 1)) || builtin return 0
  elif [[ -n ${__vault_ran-} || ${PROMPT_COMMAND[*]-} == *__vault_prompt* ]]; then
    builtin return 0
  fi
  __vault_told=1
  builtin export -n __vault_told
  builtin printf '%s\n' 'vault: PROMPT_COMMAND does not run the hook here, so nothing is renewed and no directory is noticed; load it last in the start-up file' >&2
}

# Sets __vault_near to the nearest .awsprofile. The list of places changes only with the
# directory; the search starts no process. Links are checked first and never followed,
# because a link may point to a server that does not answer. (Two texts are equal if each
# begins with the other: with nocasematch, [[ a == A ]] is true.)
__vault_look() {
  builtin local __vault_file "__vault_at=${PWD-}"
  __vault_pwd=${__vault_pwd-}
  if [[ -n ${__vault_at#"$__vault_pwd"}${__vault_pwd#"$__vault_at"} ]]; then
    __vault_pwd=$__vault_at
    __vault_files=()
    while [[ $__vault_at == /* && ${#__vault_files[@]} -lt 256 && :${__vault_automounts-}: != *":$__vault_at:"* ]]; do
      __vault_files+=("${__vault_at%/}/.awsprofile")
      if [[ $__vault_at == / || $__vault_at == "${HOME-}" || :${AWS_VAULT_CEILING_DIRECTORIES-}: == *":$__vault_at:"* ]]; then
        builtin break
      fi
      __vault_at=${__vault_at%/*}
      __vault_at=${__vault_at:-/}
    done
  fi
  __vault_near=
  for __vault_file in ${__vault_files[@]+"${__vault_files[@]}"}; do
    if [[ -L $__vault_file ]]; then
      __vault_near=${__vault_file%/*}//.awsprofile
      builtin break
    elif [[ -e $__vault_file ]]; then
      __vault_near=$__vault_file
      builtin break
    fi
  done
}

# Makes __vault_moved, a condition that is true if the nearest file is no longer
# __vault_found, or has changed. It is a single condition with one variable per file: a loop
# over an array would take twice as long at each prompt. A stamp that ends in .fixed belongs
# to a file whose time does not matter.
# shellcheck disable=SC2016 # it is expanded there
__vault_watch() {
  builtin local "__vault_file=" "__vault_name=" "__vault_test=" "__vault_i=0"
  for __vault_file in ${__vault_files[@]+"${__vault_files[@]}"}; do
    __vault_name=__vault_file$__vault_i
    builtin eval "$__vault_name=\$__vault_file"
    __vault_name=\$$__vault_name
    if [[ $__vault_file == "${__vault_found-}" ]]; then
      __vault_test+=" || -L $__vault_name || ! -e $__vault_name"
      if [[ ${__vault_stamp-} == *.fixed ]]; then
        __vault_test+=' || ! -e $__vault_stamp'
      elif [[ -n ${__vault_stamp-} ]]; then
        __vault_test+=" || $__vault_name -nt \$__vault_stamp || $__vault_name -ot \$__vault_stamp"
      fi
      builtin break
    elif [[ ${__vault_file%/*}//.awsprofile == "${__vault_found-}" ]]; then
      __vault_test+=" || ! -L $__vault_name"
      [[ -z ${__vault_stamp-} ]] || __vault_test+=' || ! -e $__vault_stamp'
      builtin break
    fi
    __vault_test+=" || -L $__vault_name || -e $__vault_name"
    __vault_i=$((__vault_i + 1))
  done
  builtin eval "function __vault_moved { [[ -z a$__vault_test ]]; }"
}

# Runs at each prompt. Usually it only looks for files and compares numbers. It avoids
# function calls and local variables, because each costs as much as all the rest. If
# something is due, or the clock was set back, it calls the binary. The answer sets the next
# deadline, and so does a failed call. (With nocasematch, a equals A, and directories are
# compared in another way.)
__vault_prompt() {
  __vault_status=$?
  [[ $- != *a* ]] || __vault_hide
  __vault_due=''
  if [[ -n ${__vault_hash-} ]]; then __vault_ran=${__vault_hash@P}; else __vault_ran=1; fi
  # A theme that sets PS1 after __vault_show removes the indicator.
  [[ -z ${__vault_put-} || ${PS1-} == *"$__vault_put"* ]] || __vault_last
  # shellcheck disable=SC2050 # a is A, or is not
  if [[ ${PWD-} != "${__vault_pwd-}" || -z ${PWD-} || a == A && -n ${PWD#"${__vault_pwd-}"} ]] || __vault_moved; then
    __vault_changed
  fi
  [[ -z ${__vault_shown-} || ${DIRENV_DIFF-}${__MISE_DIFF-} == "${__vault_diff-}" ]] || __vault_loaded
  if [[ -n $__vault_due${__vault_next-} ]]; then
    __vault_now=${EPOCHSECONDS-}
    [[ -n $__vault_now && $__vault_now != *[!0-9]* ]] || __vault_clock
    if ((__vault_now >= ${__vault_next:-0} || __vault_now + 60 < ${__vault_seen:-0})); then
      __vault_tick
    fi
    [[ -z ${__vault_alive-} || -e $__vault_alive ]] || __vault_due=1 __vault_alive=''
    [[ -z $__vault_due ]] || __vault_call
    __vault_seen=$__vault_now
  fi
  # Does the same as __vault_remember.
  __vault_env="${AWS_PROFILE+=$AWS_PROFILE}|${AWS_DEFAULT_PROFILE+=$AWS_DEFAULT_PROFILE}|${AWS_REGION+=$AWS_REGION}|${AWS_DEFAULT_REGION+=$AWS_DEFAULT_REGION}" __vault_envs=${DIRENV_DIFF-}${__MISE_DIFF-}
  [[ -z ${__vault_all-} ]] || __vault_export
  # The next element of an array does not see this one's status. In a string it would, and
  # with `set -e` the status would end the shell.
  [[ $__vault_status == 0 || ${PROMPT_COMMAND[0]-} == __vault_prompt || $- == *e* ]] || builtin return "$__vault_status"
}

# Sets the caller's __vault_due if direnv or mise has loaded or unloaded something while a
# profile is active.
__vault_loaded() {
  __vault_due=1 __vault_loader=1
}

# Switches allexport off and on again: otherwise bash would export every variable set here.
__vault_hide() {
  builtin set +a
  builtin export -n __vault_status
  __vault_all=1
}

__vault_export() {
  __vault_all=''
  builtin set -a
}

# Called if the directory or its file changed. Sets the caller's __vault_due.
__vault_changed() {
  builtin local "__vault_near="
  __vault_pwd=${__vault_pwd-}
  [[ -z ${PWD#"$__vault_pwd"}${__vault_pwd#"${PWD-}"} ]] || __vault_loads
  __vault_look
  __vault_found=${__vault_found-} __vault_hand=${__vault_hand-}
  if [[ -n ${__vault_near#"$__vault_found"}${__vault_found#"$__vault_near"} ]]; then
    __vault_due=1
    __vault_found=$__vault_near
    [[ -z ${__vault_near#"$__vault_hand"}${__vault_hand#"$__vault_near"} ]] || __vault_hand=
  elif __vault_watch; __vault_moved; then
    __vault_due=1
  fi
}

# Works out what has changed at the time __vault_now. Sets the caller's __vault_due if the
# binary is due, vault_indicator to the indicator's text, and __vault_next to the time of
# the next check.
__vault_tick() {
  builtin local __vault_left "__vault_text=${__vault_shown-}"
  __vault_next=
  if [[ -n $__vault_text && -n ${__vault_expires-} ]]; then
    __vault_left=$((__vault_expires - __vault_now))
    __vault_next=$((__vault_now + (__vault_left + 30) % 60 + 1))
    if ((__vault_left <= 0)); then
      __vault_text+=' expired'
      __vault_next=$((__vault_now + 60))
    else
      ((__vault_left >= 30)) || __vault_next=$((__vault_now + __vault_left))
      __vault_left=$(((__vault_left + 30) / 60))
      if ((__vault_left < 1)); then
        __vault_text+=' 1m'
      elif ((__vault_left < 60)); then
        __vault_text+=" ${__vault_left}m"
      else
        __vault_text+=" $(((__vault_left + 30) / 60))h"
      fi
      __vault_text+=${__vault_mark-}
    fi
  fi
  # shellcheck disable=SC2034 # for the person's own prompt
  vault_indicator=$__vault_text
  __vault_drawn=''
  if [[ -n ${__vault_deadline-} ]]; then
    if ((__vault_now >= __vault_deadline || __vault_now + 60 < ${__vault_seen:-0})); then
      __vault_due=1
    fi
    [[ -n $__vault_next ]] && ((__vault_next < __vault_deadline)) || __vault_next=$__vault_deadline
  fi
}

# Calls the binary. If the binary is missing (during an upgrade, or on a drive that is not
# mounted), each prompt checks whether it is back, without starting a process. A restricted
# shell never runs the binary.
__vault_call() {
  if [[ -x ${__vault_bin-} && $- != *r* ]]; then
    __vault_gone=
    __vault_deadline=$((__vault_now + 600)) __vault_next=0
    if ! __vault_apply prompt; then
      __vault_stamp='' __vault_diff=${DIRENV_DIFF-}${__MISE_DIFF-} # or it would be due again at once
      __vault_watch
    fi
    __vault_loader=''
    builtin local "__vault_due="
    __vault_clock
    __vault_tick
    builtin return 0
  fi
  __vault_deadline=0 __vault_next=0
  [[ -n ${__vault_gone-} || $- == *r* ]] || builtin printf 'vault: %q is gone; nothing is renewed until it is back\n' "${__vault_bin-}" >&2
  __vault_gone=1
}

# Shows the indicator. __vault_tick alone changes its text. __vault_style is one text for
# comparison: it contains everything else that matters here, and what __vault_mine checks.
__vault_show() {
  __vault_status=$?
  if [[ $- == *a* || ${__vault_next-} == 0 || "${AWS_PROFILE+=$AWS_PROFILE}|${AWS_DEFAULT_PROFILE+=$AWS_DEFAULT_PROFILE}|${AWS_REGION+=$AWS_REGION}|${AWS_DEFAULT_REGION+=$AWS_DEFAULT_REGION}" != "${__vault_env-}" || -n ${__vault_shown-} && ${DIRENV_DIFF-}${__MISE_DIFF-} != "${__vault_diff-}" ]]; then
    __vault_draw
  elif [[ -n ${vault_indicator-}${__vault_put-} ]]; then
    __vault_style=${AWS_VAULT_INDICATOR-}:${NO_COLOR-}:${TERM-}
    [[ ! -o emacs ]] || __vault_style+=e
    builtin shopt -q promptvars || __vault_style+=p
    [[ ${__vault_drawn-} == "$__vault_style" && ${PS1-} == "${__vault_made-}" ]] || __vault_draw
  fi
  [[ $__vault_status == 0 || ${PROMPT_COMMAND[0]-} != *__vault_show* || $- == *e* ]] || builtin return "$__vault_status"
}

# Puts a reference to the indicator's text before PS1. The reference never changes, because
# other tools keep and wrap PS1. Without promptvars it is the text itself; the name contains
# no character that a prompt would interpret.
__vault_draw() {
  builtin local "__vault_due=" "__vault_now=" "__vault_want=" "__vault_on=" "__vault_off="
  [[ $- != *a* ]] || __vault_hide
  __vault_loads 1
  if [[ ${__vault_next-} == 0 ]]; then # the prompt's part is not run here
    __vault_clock
    __vault_tick
    __vault_next=0
  elif [[ -n ${__vault_shown-} && ${DIRENV_DIFF-}${__MISE_DIFF-} != "${__vault_diff-}" ]]; then # they come after the prompt's part
    __vault_loaded
    __vault_clock
    __vault_call
  fi
  __vault_drawn=${__vault_style-}
  __vault_ps1=
  if [[ -n ${vault_indicator-} ]] && __vault_mine; then
    if builtin shopt -q promptvars; then
      # shellcheck disable=SC2016 # for the prompt to expand
      __vault_want='${__vault_ps1-}'
      if [[ -n ${__vault_protected-} && -z ${NO_COLOR-} && ${TERM-} != dumb ]]; then
        __vault_on=$'\e[7m' __vault_off=$'\e[0m'
        if [[ :$SHELLOPTS: == *:emacs:* || :$SHELLOPTS: == *:vi:* ]]; then
          __vault_on=$'\001\e[7m\002' __vault_off=$'\001\e[0m\002' # what readline does not count
        fi
      fi
      __vault_ps1="$__vault_on($vault_indicator)$__vault_off "
    else
      if [[ -n ${__vault_protected-} && -z ${NO_COLOR-} && ${TERM-} != dumb ]]; then
        __vault_on='\[\e[7m\]' __vault_off='\[\e[0m\]'
      fi
      __vault_want="$__vault_on(${vault_indicator%!}"
      [[ $vault_indicator != *! ]] || __vault_want+='\041' # in posix mode, ! is a number
      __vault_want+=")$__vault_off "
    fi
  fi
  if [[ ${__vault_put-} != "$__vault_want" || ${PS1-} != *"$__vault_want"* ]] && __vault_changeable PS1; then
    if [[ -n ${__vault_put-} && $__vault_put != "$__vault_want" ]]; then
      # A reference in the middle belongs to a prompt that another tool has wrapped. It is
      # empty now.
      # shellcheck disable=SC2016
      if [[ $__vault_put == '${'* ]]; then
        PS1=${PS1#"$__vault_put"}
      else
        PS1=${PS1/"$__vault_put"/}
      fi
    fi
    [[ -z $__vault_want || ${PS1-} == *"$__vault_want"* ]] || PS1=$__vault_want${PS1-}
  fi
  __vault_put=$__vault_want __vault_made=${PS1-}
  [[ -z ${__vault_all-} ]] || __vault_export
}

# Adds the hook to PROMPT_COMMAND, unless it is there or PROMPT_COMMAND is readonly.
__vault_register() {
  builtin local "__vault_number=${__vault_hash-}"
  [[ -z $__vault_number ]] || __vault_number=${__vault_number@P}
  __vault_auto=1 __vault_ran=${__vault_number:+$((__vault_number - 1))}
  __vault_changeable PROMPT_COMMAND || builtin return 0
  builtin export -n PROMPT_COMMAND
  if ((BASH_VERSINFO[0] > 5 || BASH_VERSINFO[0] == 5 && BASH_VERSINFO[1] >= 1)); then
    # In an array, each element sees the command's status and PIPESTATUS.
    if [[ ${PROMPT_COMMAND[*]-} == *__vault_prompt* ]]; then
      builtin :
    elif [[ ${PROMPT_COMMAND[0]-} == *__bp_install* ]]; then
      # bash-preexec: at the first prompt it removes itself, but only from this element.
      PROMPT_COMMAND[0]=__vault_prompt$'\n'${PROMPT_COMMAND[0]}
    else
      PROMPT_COMMAND=(__vault_prompt ${PROMPT_COMMAND[@]+"${PROMPT_COMMAND[@]}"})
    fi
    if [[ -n ${__vault_indicate-} && ${PROMPT_COMMAND[*]} != *__vault_show* ]]; then
      PROMPT_COMMAND+=(__vault_show)
      __vault_last
    fi
    builtin return 0
  fi
  # A string, before bash 5.1. A part that ends in `;` may be followed by a newline.
  # shellcheck disable=SC2178,SC2128
  if [[ ${PROMPT_COMMAND-} != *__vault_prompt* ]]; then
    PROMPT_COMMAND=__vault_prompt${PROMPT_COMMAND:+$'\n'$PROMPT_COMMAND}
  fi
  # shellcheck disable=SC2178,SC2128,SC2179
  if [[ -z ${__vault_indicate-} || $PROMPT_COMMAND == *__vault_show* ]]; then
    builtin return 0
  elif [[ $PROMPT_COMMAND == *__bp_interactive_mode ]]; then
    PROMPT_COMMAND=${PROMPT_COMMAND%__bp_interactive_mode}__vault_show$'\n'__bp_interactive_mode
  else
    # shellcheck disable=SC2179
    PROMPT_COMMAND+=$'\n'__vault_show
  fi
}

# Moves __vault_show to the end of the array, before the part that bash-preexec needs last.
__vault_last() {
  builtin local __vault_part __vault_parts __vault_end
  __vault_parts=() __vault_end=()
  __vault_changeable PROMPT_COMMAND || builtin return 0
  for __vault_part in ${PROMPT_COMMAND[@]+"${PROMPT_COMMAND[@]}"}; do
    case $__vault_part in
    __vault_show) __vault_end=("$__vault_part" ${__vault_end[@]+"${__vault_end[@]}"}) ;;
    __bp_interactive_mode) __vault_end+=("$__vault_part") ;;
    *) __vault_parts+=("$__vault_part") ;;
    esac
  done
  if [[ ${__vault_end[0]-} == __vault_show ]]; then
    PROMPT_COMMAND=(${__vault_parts[@]+"${__vault_parts[@]}"} "${__vault_end[@]}")
  fi
}

__vault_changeable() {
  builtin local "$1" 2>/dev/null
}

# Guards programs. For each, it defines a function of the program's name, which asks before
# it runs the program if the profile is protected, is not the directory's, or expires within
# that many seconds. If you have a function of that name, the guard runs it.
__vault_guard_on() {
  builtin local "__vault_name=" "__vault_text="
  __vault_least=$1
  builtin shift
  for __vault_name in "$@"; do
    [[ " ${__vault_guards-} " != *" $__vault_name "* ]] || builtin continue
    if builtin declare -F "$__vault_name" >/dev/null; then
      __vault_text=$(builtin declare -f "$__vault_name")
      builtin eval "function __vault_theirs_$__vault_name ${__vault_text#*"$__vault_name "}"
    fi
    builtin eval "function $__vault_name { __vault_guarded $__vault_name \"\$@\"; }"
    __vault_guards="${__vault_guards-}${__vault_guards:+ }$__vault_name"
  done
}

# Removes the named guards, or all.
__vault_guard_off() {
  builtin local "__vault_name=" "__vault_rest=" "__vault_text="
  builtin local IFS 2>/dev/null && IFS=$' \t\n'
  for __vault_name in ${__vault_guards-}; do
    if [[ $# -gt 0 && " $* " != *" $__vault_name "* ]]; then
      __vault_rest+="${__vault_rest:+ }$__vault_name"
      builtin continue
    fi
    builtin unset -f "$__vault_name"
    if builtin declare -F "__vault_theirs_$__vault_name" >/dev/null; then
      __vault_text=$(builtin declare -f "__vault_theirs_$__vault_name")
      builtin eval "function $__vault_name ${__vault_text#*"__vault_theirs_$__vault_name "}"
      builtin unset -f "__vault_theirs_$__vault_name"
    fi
  done
  __vault_guards=$__vault_rest
}

__vault_guard_list() {
  builtin printf '%s\n' "${__vault_guards:-(no program is guarded in this shell)}"
}

# Runs for a guarded name. While the program runs, no variable of the hook is set.
__vault_guarded() {
  __vault_guard_passes "$1" || builtin return
  if builtin declare -F "__vault_theirs_$1" >/dev/null; then
    "__vault_theirs_$1" "${@:2}"
  else
    builtin command -- "$@"
  fi
}

# Decides whether the program may run; asks if there is a reason to.
__vault_guard_passes() {
  builtin local "__vault_why=" "__vault_now=0" "__vault_near=" "__vault_typed=" "__vault_word=${AWS_VAULT:-$1}"
  # Text that could show something false on the screen is not shown.
  [[ $__vault_word != *[!A-Za-z0-9._@/+=:-]* ]] || __vault_word=$1
  if [[ -n ${__vault_protected-} ]]; then
    __vault_why="$__vault_word is protected"
  else
    __vault_look
    __vault_from=${__vault_from-}
    __vault_typed=$__vault_near:${__vault_found-}:${__vault_stamp-}:${AWS_VAULT_SHELL_STATE-}
    # Starts no process if there is no file nearby, or if the profile is the directory's
    # own. An answer stays valid until something changes.
    if [[ -n ${__vault_near#"$__vault_from"}${__vault_from#"$__vault_near"} && $__vault_typed != "${__vault_clear-}" ]]; then
      if __vault_why=$("$__vault_bin" guard --check "--dir=${PWD-}" 2>&1); then
        __vault_clear=$__vault_typed
      else
        __vault_why=${__vault_why:-the guard cannot look at this directory}
      fi
    fi
    if [[ -z $__vault_why && -n ${__vault_shown-} && -n ${__vault_expires-} ]]; then
      __vault_clock
      ((__vault_expires - __vault_now >= ${__vault_least:-0})) || __vault_why="$__vault_word ends in less than $(((${__vault_least:-0} + 59) / 60))m"
    fi
  fi
  [[ -n $__vault_why ]] || builtin return 0
  __vault_typed=
  if ! { builtin printf 'vault: %s. Type %s to run %s: ' "$__vault_why" "$__vault_word" "$1" >/dev/tty; } 2>/dev/null; then
    builtin printf 'vault: %s was not run: %s, and there is no terminal to ask on\n' "$1" "$__vault_why" >&2
    builtin return 3
  fi
  builtin read -r __vault_typed </dev/tty || builtin printf '\n' >/dev/tty
  [[ $__vault_typed != "$__vault_word" ]] || builtin return 0
  builtin printf 'vault: %s was not run\n' "$1" >&2
  builtin return 1
}

# __vault_install NAME [auto [indicator]]
__vault_install() {
  builtin unalias "$1" 2>/dev/null || builtin :
  builtin eval "function $1 { __vault_main \"\$@\"; }"
  __vault_indicate=${3-}
  if [[ -n ${2-} && $- == *i* ]]; then
    __vault_register
  fi
  [[ $__vault_opts != *+* ]] || builtin shopt -s expand_aliases
  [[ $__vault_opts != *a* ]] || builtin set -a
  builtin unset -v __vault_opts __vault_lacks __vault_name
}
