# shellcheck shell=bash
# vault: completions for bash, 3.2 and later, with bash-completion and without.
#
# Defines __vault_complete* functions. The binary finds the candidates. The functions divide
# the line into words again, because bash also divides it at each = and :.
__vault_complete() {
  builtin local IFS 2>/dev/null || builtin return 0 # readonly: nothing could be divided
  IFS=$' \t\n'
  builtin local "__vault_rest=${COMP_LINE:0:COMP_POINT}" __vault_words __vault_starts __vault_from
  builtin local __vault_i "__vault_n=-1" __vault_word __vault_gap "__vault_joined=" __vault_out __vault_line
  COMPREPLY=() __vault_words=() __vault_starts=() __vault_from=()
  for ((__vault_i = 0; __vault_i <= COMP_CWORD; __vault_i++)); do
    __vault_word=${COMP_WORDS[__vault_i]}
    __vault_gap=${__vault_rest%%[![:blank:]]*}
    __vault_rest=${__vault_rest#"$__vault_gap"}
    [[ $__vault_i -lt $COMP_CWORD && $__vault_rest == "$__vault_word"* ]] || __vault_word=$__vault_rest
    if [[ $__vault_i -eq 0 || -n $__vault_gap ]]; then
      __vault_n=$((__vault_n + 1)) __vault_joined=''
      __vault_starts[__vault_n]=$((COMP_POINT - ${#__vault_rest}))
      __vault_from[__vault_n]=$__vault_i
      __vault_words[__vault_n]=$__vault_word
    else
      __vault_joined=${__vault_words[__vault_n]}
      __vault_words[__vault_n]=$__vault_joined$__vault_word
    fi
    __vault_rest=${__vault_rest#"$__vault_word"}
  done
  # bash keeps a = or : at the cursor, and does not replace it.
  [[ $__vault_word != [=:] ]] || __vault_joined=${__vault_words[__vault_n]}
  __vault_word=${__vault_words[__vault_n]}
  __vault_out=$('@VAULT@' __complete bash "${__vault_words[@]:1}" 2>/dev/null) || builtin return 0
  case $__vault_out in
  :files)
    builtin compopt -o filenames 2>/dev/null
    __vault_complete_reply -f "$__vault_word"
    ;;
  ':command '*[!0-9]*) ;; # what is evaluated as a number has to be one
  ':command '*)
    __vault_n=$((${__vault_out#:command } + 1))
    if [[ -n ${__vault_starts[__vault_n]-} ]]; then
      __vault_complete_command "${__vault_from[__vault_n]}" "${__vault_starts[__vault_n]}"
    fi
    ;;
  *)
    while IFS= builtin read -r __vault_line; do
      [[ -z $__vault_line ]] || COMPREPLY+=("${__vault_line#"$__vault_joined"}")
    done <<<"$__vault_out"
    ;;
  esac
}

__vault_complete_reply() {
  builtin local __vault_line
  while IFS= builtin read -r __vault_line; do
    [[ -z $__vault_line ]] || COMPREPLY+=("$__vault_line")
  done <<<"$(builtin compgen "$1" -- "$2")"
}

# __vault_complete_command WORD OFFSET: completes the new command line that begins there.
__vault_complete_command() {
  builtin local __vault_name
  for __vault_name in _comp_command_offset _command_offset; do
    if builtin declare -F "$__vault_name" >/dev/null; then
      "$__vault_name" "$1"
      builtin return
    fi
  done
  builtin local __vault_tail __vault_spec __vault_line "__vault_do=" "__vault_how="
  __vault_tail=("${COMP_WORDS[@]:$1}")
  builtin local "COMP_LINE=${COMP_LINE:$2}" "COMP_POINT=$((COMP_POINT - $2))" "COMP_CWORD=$((COMP_CWORD - $1))" COMP_WORDS
  COMP_WORDS=("${__vault_tail[@]}")
  builtin local "__vault_word=${COMP_WORDS[COMP_CWORD]}" "__vault_before="
  if [[ $COMP_CWORD -eq 0 ]]; then
    builtin compopt -o filenames 2>/dev/null
    if [[ $__vault_word == */* ]]; then __vault_complete_reply -f "$__vault_word"; else __vault_complete_reply -c "$__vault_word"; fi
    builtin return
  fi
  __vault_before=${COMP_WORDS[COMP_CWORD - 1]}
  __vault_name=${COMP_WORDS[0]##*/}
  __vault_spec=$(builtin complete -p -- "$__vault_name" 2>/dev/null)
  __vault_line=$__vault_spec
  if [[ -n $__vault_spec ]]; then # quoted by bash itself
    builtin eval "builtin set -- $__vault_spec"
    while [[ $# -gt 1 ]]; do
      case $1 in
      -F | -C) __vault_how=$1 __vault_do=$2 ;;
      -o) builtin compopt -o "$2" 2>/dev/null ;;
      esac
      builtin shift
    done
  fi
  case $__vault_how in
  -F) "$__vault_do" "${COMP_WORDS[0]}" "$__vault_word" "$__vault_before" ;;
  -C)
    builtin export COMP_LINE COMP_POINT
    while IFS= builtin read -r __vault_spec; do
      [[ -z $__vault_spec ]] || COMPREPLY+=("$__vault_spec")
    done <<<"$(builtin eval "$__vault_do"' "${COMP_WORDS[0]}" "$__vault_word" "$__vault_before"')"
    ;;
  *)
    if [[ -n $__vault_line ]]; then # words, variables, users and the like
      __vault_line=${__vault_line#complete}
      while IFS= builtin read -r __vault_spec; do
        [[ -z $__vault_spec ]] || COMPREPLY+=("$__vault_spec")
      done <<<"$(builtin eval "builtin compgen ${__vault_line% *} -- \"\$__vault_word\"")"
    else
      builtin compopt -o filenames 2>/dev/null
      __vault_complete_reply -f "$__vault_word"
    fi
    ;;
  esac
}

__vault_complete_install() {
  builtin complete -F __vault_complete "$1"
}
