# Whether you disabled a builtin that the hook needs, or made one of its variables readonly.
# Then it prints one line and is not loaded: see bash.sh.
__vault_lacks=''
if { builtin zmodload zsh/parameter } 2>/dev/null; then
  for __vault_name in : break command continue eval export fc local print read return setopt shift trap typeset unset; do
    (( ! ${+dis_builtins[$__vault_name]} )) || __vault_lacks+=" $__vault_name"
  done
  if [[ -n $__vault_lacks ]]; then
    __vault_lacks="these builtins are disabled:$__vault_lacks. Run: enable$__vault_lacks"
  else
    __vault_lacks=${(M)${(k)parameters[(R)*readonly*]}:#(__vault_*|vault_indicator|psvar)}
    __vault_lacks=${__vault_lacks:+"these variables are readonly: $__vault_lacks"}
  fi
fi
[[ -z $__vault_lacks ]] || \printf '%s\n' "vault: the hook is not loaded: $__vault_lacks" >&2
