# vault: themes of zsh, a part of the hook. Decides whether the theme or the hook's
# indicator shows the profile. Read together with zsh.zsh.

# Succeeds if the hook shows the indicator. For a protected profile it always does.
__vault_mine() {
  case ${AWS_VAULT_INDICATOR-auto} in
  on) builtin return 0 ;;
  off) builtin return 1 ;;
  esac
  [[ -n $__vault_protected ]] || ! __vault_themed
}

# Succeeds if this shell's own prompt shows the profile now. Variables that starship and
# oh-my-posh export prove nothing: a shell without them may inherit these variables. The
# binary reads their configuration, and reports it in __vault_themes.
__vault_themed() {
  builtin local __vault_text="${PS1-} ${RPROMPT-${RPS1-}} " __vault_elements="${POWERLEVEL9K_LEFT_PROMPT_ELEMENTS-}"
  case " ${precmd_functions-} " in
  *' _p9k_precmd '*)
    # The wizard's configuration shows it only while the user types an AWS command.
    [[ ${POWERLEVEL9K_DISABLE_RPROMPT-} == true ]] || __vault_elements+=" ${POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS-}"
    [[ " $__vault_elements " == *' aws'(_joined|)' '* && -z ${AWS_SSO_PROFILE-} ]] && (( ! ${+POWERLEVEL9K_AWS_SHOW_ON_COMMAND} ))
    builtin return
    ;;
  *' prompt_spaceship_precmd '*)
    [[ " ${SPACESHIP_PROMPT_ORDER-} ${SPACESHIP_RPROMPT_ORDER-} " == *' aws '* && ${SPACESHIP_AWS_SHOW-} != false && ${AWS_VAULT-} != default ]]
    builtin return
    ;;
  *' _omp_precmd '*)
    [[ ${POSH_SHELL-zsh} == zsh && " $__vault_themes " == *' oh-my-posh '* ]]
    builtin return
    ;;
  esac
  [[ -z $__vault_put ]] || __vault_text=${__vault_text/"$__vault_put"/}
  if [[ -o prompt_subst ]]; then
    # A prompt that names the variable, starship, and oh-my-zsh's plugin "aws", which reads only AWS_PROFILE.
    [[ $__vault_text != *(AWS_VAULT|vault_indicator)[^_a-zA-Z0-9]* ]] || builtin return 0
    [[ $__vault_text != *starship* || ${STARSHIP_SHELL-} != zsh || " $__vault_themes " != *' starship '* ]] || builtin return 0
    [[ $__vault_text != *aws_prompt_info* || -z ${AWS_PROFILE-} || $AWS_PROFILE != "${AWS_VAULT-}" ]] || builtin return 0
  fi
  # liquidprompt
  builtin typeset -f _lp_aws_profile >/dev/null && [[ ${LP_ENABLE_AWS_PROFILE-} == 1 && $__vault_text == *"${AWS_VAULT:-?}"* ]]
}

# powerlevel10k and spaceship rebuild the prompt from segments at any time. There vault's
# text is a segment, the first one unless the user moved it. Fails for other themes.
__vault_segment() {
  case " ${precmd_functions-} " in
  *' _p9k_precmd '*)
    function prompt_vault_indicator { __vault_in_segment p10k segment -t }
    [[ " ${POWERLEVEL9K_LEFT_PROMPT_ELEMENTS-} ${POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS-} " != *' vault_indicator '* ]] || builtin return 0
    builtin typeset -ga POWERLEVEL9K_LEFT_PROMPT_ELEMENTS
    (( ${#POWERLEVEL9K_LEFT_PROMPT_ELEMENTS} )) || POWERLEVEL9K_LEFT_PROMPT_ELEMENTS=(context dir vcs) # its default
    POWERLEVEL9K_LEFT_PROMPT_ELEMENTS=(vault_indicator $POWERLEVEL9K_LEFT_PROMPT_ELEMENTS)
    ! builtin typeset -f p10k >/dev/null || p10k reload
    ;;
  *' prompt_spaceship_precmd '*)
    function spaceship_vault_indicator { __vault_in_segment spaceship::section --color default --suffix ' ' }
    [[ " ${SPACESHIP_PROMPT_ORDER-} ${SPACESHIP_RPROMPT_ORDER-} " == *' vault_indicator '* ]] || SPACESHIP_PROMPT_ORDER=(vault_indicator $SPACESHIP_PROMPT_ORDER)
    ;;
  *) builtin return 1 ;;
  esac
}

# Runs the theme's command for a segment, with the text as its last argument.
__vault_in_segment() {
  if [[ -z $vault_indicator ]] || ! __vault_mine; then
    :
  elif [[ -n $__vault_protected && -z ${NO_COLOR-} && ${TERM-} != dumb ]]; then
    "$@" "%S($vault_indicator)%s"
  else
    "$@" "($vault_indicator)"
  fi
}
