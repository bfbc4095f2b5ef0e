# shellcheck shell=bash
# vault: the hook for bash, 3.2 and later.
#
# Defines __vault_* functions and, by the call of __vault_install that follows
# this text, the function that a person types. Touches no option, trap or
# variable of the user's, and no alias but one of that function's name.
#
# Builtins are called through `builtin`: a function of the user's called `local`
# or `export` must not get between. Aliases are expanded when a function is read,
# and `set -a` exports functions, hence these lines; __vault_install undoes them.
__vault_opts=$-
\shopt -q expand_aliases && __vault_opts=${__vault_opts}A
\shopt -u expand_aliases
\set +a

__vault_bin='@VAULT@'

# Copies a variable before it is replaced: shell to shell, never exported.
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

# The AWS_ variables that cannot be changed, into the caller's __vault_ro. `local`
# on a readonly name fails: no process, no parsing, in every bash.
__vault_find_readonly() {
  builtin local __vault_name
  for __vault_name in "${!AWS_@}"; do
    builtin local "$__vault_name" 2>/dev/null || __vault_ro=$__vault_ro,$__vault_name
  done
}

# Runs the binary and evaluates what it prints, if that is whole.
__vault_answer() {
  builtin local IFS=$' \t\n' __vault_nl=$'\n' __vault_ro='' __vault_rc=0 __vault_out=''
  __vault_find_readonly
  __vault_out=$("$__vault_bin" __shell bash "--readonly=$__vault_ro" \
    "--kept=${!__vault_kept_*}" "--previous=${__vault_previous-}" -- "$@") || __vault_rc=$?
  if [[ $__vault_rc -ne 0 ]]; then
    builtin :
  elif [[ ${__vault_out##*"$__vault_nl"} == ':vault:end:' ]]; then
    builtin eval "${__vault_out%"$__vault_nl"*}"
    builtin export -n __vault_previous
  else
    builtin printf '%s\n' 'vault: error: the answer was cut short; nothing was changed' >&2
    __vault_rc=1
  fi
  builtin return "$__vault_rc"
}

# Switches off, while secrets are around, xtrace, verbose, allexport and functrace
# (a DEBUG trap is told each command; whether one is inherited is decided when a
# function is called, hence two functions). `local -` (4.4) brings them back by
# itself, after Ctrl-C too.
__vault_apply() {
  builtin local __vault_set=$- __vault_local=1 __vault_rc=0 __vault_opt
  builtin local - 2>/dev/null || __vault_local=
  { builtin set +xvaT; } 2>/dev/null
  __vault_answer "$@" || __vault_rc=$?
  if [[ -z $__vault_local ]]; then
    for __vault_opt in x v a T; do
      [[ $__vault_set != *"$__vault_opt"* ]] || builtin set "-$__vault_opt"
    done
  fi
  builtin return "$__vault_rc"
}

# What a person types. Only a change to this shell goes through __vault_apply;
# everything else, and every question for help, goes to the binary untouched.
__vault_main() {
  builtin local __vault_arg __vault_skip='' __vault_change=''
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
    --backend | --prompt | --keychain | --secret-service-collection | --pass-dir | --pass-cmd | --pass-prefix | --file-dir | --session-backend)
      __vault_skip=1
      ;;
    -*) ;;
    *)
      [[ -z $__vault_change ]] || builtin continue
      case $__vault_arg in
      use | off | refresh) __vault_change=1 ;;
      *) builtin break ;;
      esac
      ;;
    esac
  done
  if [[ -n $__vault_change ]]; then
    __vault_apply "$@"
  else
    "$__vault_bin" "$@"
  fi
}

__vault_install() {
  builtin unalias "$1" 2>/dev/null || builtin :
  builtin eval "function $1 { __vault_main \"\$@\"; }"
  [[ $__vault_opts != *A* ]] || builtin shopt -s expand_aliases
  [[ $__vault_opts != *a* ]] || builtin set -a
  builtin unset -v __vault_opts
}
