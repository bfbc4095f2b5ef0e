# vault: completions for zsh.
#
# Defines __vault_complete* functions. compdef exists only after compinit, which may run
# later than this file, or never. So a function at the prompt waits for compdef. Until then
# zsh's older system, compctl, completes names.
__vault_complete() {
  builtin setopt localoptions ${_comp_options[@]-}
  builtin local out line
  builtin local -a before values shown expl
  builtin local -i width=0 n
  (( CURRENT > 2 )) && before=("${(@Q)words[2,CURRENT-1]}")
  out=$(__vault_complete_ask "${before[@]}" "${(Q)PREFIX}") || builtin return 1
  case $out in
  (:files)
    _files
    builtin return
    ;;
  (':command '<->) # what is evaluated as a number has to be one
    n=$(( ${out#:command } + 1 ))
    builtin shift $n words
    (( CURRENT -= n ))
    _normal
    builtin return
    ;;
  esac
  for line in "${(@f)out}"; do
    [[ -n $line ]] || builtin continue
    values+=("${line%%$'\t'*}")
    (( ${#values[-1]} > width )) && width=${#values[-1]}
  done
  (( ${#values} )) || builtin return 1
  if [[ $out == *$'\t'* ]]; then
    for line in "${(@f)out}"; do
      [[ $line == *$'\t'* ]] && shown+=("${(r:width:)${line%%$'\t'*}}  -- ${line#*$'\t'}") || shown+=("$line")
    done
    _wanted values expl value compadd -l -d shown -a values
  else
    _wanted values expl value compadd -a values
  fi
}

__vault_complete_ask() {
  '@VAULT@' __complete zsh "$@" 2>/dev/null
}

# Completes for compctl. If it finds nothing, compctl completes files.
__vault_complete_old() {
  builtin local out line
  builtin local -a before
  builtin local -i at
  builtin read -cA before
  builtin read -cn at
  reply=()
  out=$(__vault_complete_ask "${(@Q)before[2,at-1]}" "${(Q)1}") || builtin return 0
  [[ $out != :* ]] || builtin return 0
  for line in "${(@f)out}"; do
    [[ -z $line ]] || reply+=("${line%%$'\t'*}")
  done
}

__vault_complete_later() {
  (( $+functions[compdef] )) || builtin return 0
  compdef __vault_complete "$__vault_complete_for"
  precmd_functions=(${precmd_functions:#__vault_complete_later})
  builtin unset __vault_complete_for
}

__vault_complete_install() {
  if (( $+functions[compdef] )); then
    compdef __vault_complete "$1"
  else
    builtin compctl -K __vault_complete_old + -f "$1" 2>/dev/null
    [[ ${(t)precmd_functions} != *readonly* ]] || builtin return 0
    builtin typeset -g __vault_complete_for=$1
    builtin typeset -ga precmd_functions
    precmd_functions=(${precmd_functions:#__vault_complete_later} __vault_complete_later)
  fi
}
