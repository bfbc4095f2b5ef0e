# shellcheck shell=bash
# vault: themes of bash, a part of the hook. Decides whether the theme or the hook's
# indicator shows the profile. Read together with bash.sh.

# Succeeds if the hook shows the indicator. For a protected profile it always does.
__vault_mine() {
  case ${AWS_VAULT_INDICATOR-auto} in
  on) builtin return 0 ;;
  off) builtin return 1 ;;
  esac
  [[ -n ${__vault_protected-} ]] || ! __vault_themed
}

# Succeeds if this shell's own prompt shows the profile now. Variables that starship and
# oh-my-posh export prove nothing: a shell without them may inherit these variables. The
# binary reads their configuration, and reports it in __vault_themes.
__vault_themed() {
  builtin local "__vault_text=${PS1-} "
  [[ -z ${__vault_put-} ]] || __vault_text=${__vault_text/"$__vault_put"/}
  if builtin shopt -q promptvars; then # its text names the variable
    [[ $__vault_text != *AWS_VAULT[!_a-zA-Z0-9]* && $__vault_text != *vault_indicator[!_a-zA-Z0-9]* ]] || builtin return 0
  fi
  case " ${__vault_themes-} ${STARSHIP_SHELL-} " in
  *' starship '*' bash ' | *' starship bash ') ! builtin declare -F starship_precmd >/dev/null || builtin return 0 ;;
  esac
  case " ${__vault_themes-} ${POSH_SHELL-bash} " in
  *' oh-my-posh '*' bash ' | *' oh-my-posh bash ') ! builtin declare -F _omp_hook >/dev/null || builtin return 0 ;;
  esac
  # liquidprompt
  builtin declare -F _lp_aws_profile >/dev/null && [[ ${LP_ENABLE_AWS_PROFILE-} == 1 && $__vault_text == *"${AWS_VAULT:-?}"* ]]
}
