# vault: the hook for fish, 3.1 and later.
#
# Defines __vault_* functions and, by the call of __vault_install that follows
# this text, the function that a person types. Sets no universal variable.
# The rendered text has a `;` at the end of each line and no comments, so that
# `eval (vault hook fish)`, which joins lines, reads the same as `| source`:
# every line here is a whole statement, or the head of a block.
set -g __vault_bin '@VAULT@'
set -q __vault_previous; or set -g __vault_previous ''

# Copies a variable before it is replaced: shell to shell, never exported.
function __vault_keep
    set -gu __vault_kept_$argv[1] $$argv[1]
end

function __vault_restore
    set -l name __vault_kept_$argv[1]
    set -gx $argv[1] $$name
    set -eg $name
end

function __vault_drop
    set -eg __vault_kept_$argv[1]
end

# Runs the binary and evaluates what it prints, if that is whole.
function __vault_apply
    # A trace would show secrets. It follows the global variable only when that is set.
    set -l trace $fish_trace
    set -q trace[1]; and set -g fish_trace
    set -l IFS \n\ \t
    set -l kept (set -n | string match '__vault_kept_*')
    # Universal variables are every fish's, not this one's. A global one of the same name hides them.
    set -l universal
    set -l hidden
    for name in (set -nU | string match 'AWS_*')
        set -qg $name; and set -a hidden $name; or set -a universal $name
    end
    set -l out ($__vault_bin __shell fish --kept="$kept" --universal="$universal" --hidden="$hidden" --previous="$__vault_previous" -- $argv)
    set -l rc $status
    if test $rc -ne 0
    else if test "$out[-1]" = :vault:end:
        for line in $out[1..-2]
            eval $line
        end
    else
        echo 'vault: error: the answer was cut short; nothing was changed' >&2
        set rc 1
    end
    set -e out
    set -e line
    set -q trace[1]; and set -g fish_trace $trace
    return $rc
end

# What a person types. Only a change to this shell goes through __vault_apply;
# everything else, and every question for help, goes to the binary untouched.
function __vault_main
    set -l skip
    set -l change
    for arg in $argv
        if set -q skip[1]
            set skip
            continue
        end
        switch $arg
            case -h --help
                set change
                break
            case --
                break
            case --backend --prompt --keychain --secret-service-collection --pass-dir --pass-cmd --pass-prefix --file-dir --session-backend
                set skip 1
            case '-*'
            case use off refresh
                set change 1
            case '*'
                set -q change[1]; or break
        end
    end
    if set -q change[1]
        __vault_apply $argv
    else
        $__vault_bin $argv
    end
end

function __vault_install
    functions -q $argv[1]; and functions -e $argv[1]
    function $argv[1]
        __vault_main $argv
    end
end
