# vault: the hook for zsh, 5.0 and later.
#
# Defines __vault_* functions and, by the call of __vault_install that follows
# this text, the function that a person types. The rendered text reads all of it
# under `emulate zsh -o no_aliases -c`: the user's aliases stay out, and each
# function runs with zsh's own options whatever is set at the prompt (ksh_arrays,
# sh_word_split, err_exit, all_export ...), which come back when it returns.
# Touches no option, trap or variable of the user's, and no alias but one of that
# function's name.
builtin typeset -g __vault_bin='@VAULT@'

# Copies a variable before it is replaced: shell to shell, never exported.
__vault_keep() {
  builtin typeset -g "__vault_kept_$1=${(P)1}"
  builtin typeset -g +x "__vault_kept_$1"
}

__vault_restore() {
  builtin local __vault_name=__vault_kept_$1
  builtin unset -v "$1"
  builtin export "$1=${(P)__vault_name}"
  builtin unset -v "$__vault_name"
}

__vault_drop() {
  builtin unset -v "__vault_kept_$1"
}

# Runs the binary and evaluates what it prints, if that is whole.
__vault_apply() {
  # A trace would show secrets. `emulate -c` brings the options back at the end.
  builtin setopt local_options no_xtrace no_verbose
  builtin local IFS=$' \t\n' __vault_ro='' __vault_out='' __vault_rc=0 __vault_name
  # The names of a set of variables: `typeset +m`, whose last word is the name.
  for __vault_name in ${${(f)"$(builtin typeset +m 'AWS_*')"}##* }; do
    [[ ${(Pt)__vault_name} != *readonly* ]] || __vault_ro+=,$__vault_name
  done
  __vault_out=$("$__vault_bin" __shell zsh "--readonly=$__vault_ro" \
    "--kept=$(builtin typeset +m '__vault_kept_*')" \
    "--previous=${__vault_previous-}" -- "$@") || __vault_rc=$?
  if (( __vault_rc != 0 )); then
    :
  elif [[ ${__vault_out##*$'\n'} == ':vault:end:' ]]; then
    builtin eval "${__vault_out%$'\n'*}"
    builtin typeset -g +x __vault_previous
  else
    builtin print -ru2 -- 'vault: error: the answer was cut short; nothing was changed'
    __vault_rc=1
  fi
  __vault_out=
  builtin return $__vault_rc
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
  builtin unalias "$1" 2>/dev/null
  builtin eval "function $1 { __vault_main \"\$@\" }"
}
