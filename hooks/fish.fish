# vault: the hook for fish, 3.1 and later.
#
# Defines __vault_* functions and, by the call of __vault_install that follows
# this text, the function that a person types. Looks at the clock when fish is
# about to show a prompt and, where a profile is active, puts the indicator in
# front of what fish_prompt prints. Variables: see bash.sh. Sets no universal one.
# The rendered text has a `;` at the end of each line and no comments, so that
# `eval (vault hook fish)`, which joins lines, reads the same as `| source`:
# every line here is a whole statement, or the head of a block.
set -g __vault_bin '@VAULT@'
set -q __vault_previous; or set -g __vault_previous ''
set -g __vault_deadline ''
test -n "$AWS_VAULT_SHELL_STATE"; and set -g __vault_deadline 0
set -g __vault_expires ''
set -g __vault_shown ''
set -g __vault_mark ''
set -g __vault_protected ''
set -g __vault_tries ''
set -g __vault_time 0
set -g __vault_due_at ''
set -g __vault_end_at ''
set -g __vault_text_until ''
set -g vault_indicator ''
# For directories: see bash.sh.
set -g __vault_pwd ''
set -g __vault_files
set -g __vault_any
set -g __vault_found ''
set -g __vault_near ''
set -g __vault_hand ''
set -g __vault_stamp ''

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
    set -l out ($__vault_bin __shell fish --kept="$kept" --universal="$universal" --hidden="$hidden" --previous="$__vault_previous" --tries="$__vault_tries" --person="$__vault_mark" --dir="$PWD" --hand="$__vault_hand" --stamp="$__vault_stamp" -- $argv)
    set -l rc $status
    if test $rc -ne 0
    else if test "$out[-1]" = :vault:end:
        for line in $out[1..-2]
            eval $line
        end
        __vault_reckon
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
                set -q change[1]; or set change $arg
            case allow deny
                set -q change[1]; and continue
                set -g __vault_found '?'
                break
            case '*'
                set -q change[1]; or break
        end
    end
    if set -q change[1]
        __vault_apply $argv; or return
        # What a person chooses in a directory counts until they leave it.
        if test $change != refresh
            __vault_look
            set -g __vault_found $__vault_near
            set -g __vault_hand $__vault_near
        end
    else
        $__vault_bin $argv
    end
end

# A clock in seconds, into the global __vault_now, without a process, which fish
# has not: since the machine started; else since 1970 from the age of a file (fish
# 3.6); else a process.
function __vault_clock
    if test -r /proc/uptime
        read -g -d . __vault_now __vault_rest </proc/uptime
    else if builtin -q path
        set -g __vault_now (math (path mtime -- $__vault_bin) + (path mtime -R -- $__vault_bin))
    else
        set -g __vault_now (command date +%s)
    end
end

# What the binary said, in seconds since 1970, by that clock.
function __vault_reckon
    __vault_clock
    set -g __vault_text_until ''
    set -g __vault_due_at ''
    set -g __vault_end_at ''
    test -n "$__vault_deadline"; and set -g __vault_due_at (math $__vault_deadline - $__vault_time + $__vault_now)
    test -n "$__vault_expires"; and set -g __vault_end_at (math $__vault_expires - $__vault_time + $__vault_now)
end

# The nearest .awsprofile, into __vault_near. The list of where it could be changes
# with the directory only; to look for it there takes no process.
function __vault_look
    if test "$PWD" != "$__vault_pwd"
        set -g __vault_pwd $PWD
        set -g __vault_files
        set -g __vault_any
        set -l at $PWD
        while string match -q '/*' -- $at; and test (count $__vault_files) -lt 256
            if test $at = /
                set -a __vault_files /.awsprofile
                break
            end
            set -a __vault_files $at/.awsprofile
            if test $at = "$HOME"; or string match -q -- "*:$at:*" ":$AWS_VAULT_CEILING_DIRECTORIES:"
                break
            end
            set at (string replace -r '/[^/]*$' '' -- $at | string collect)
            test -n "$at"; or set at /
        end
        for file in $__vault_files
            set -q __vault_any[1]; and set -a __vault_any -o
            set -a __vault_any -e $file
        end
    end
    set -g __vault_near ''
    # One `test` for all of them: mostly there is none.
    test $__vault_any; or return 0
    for file in $__vault_files
        if test -e $file
            set -g __vault_near $file
            break
        end
    end
    return 0
end

# When fish is about to show a prompt. Quiet: compares numbers. Due, or the clock was
# set back: calls the binary, whose answer moves the deadline.
function __vault_prompt --on-event fish_prompt
    set -l saved $status
    set -l due
    __vault_look
    if test "$__vault_near" != "$__vault_found"
        set due 1
        set -g __vault_found $__vault_near
        test "$__vault_near" = "$__vault_hand"; or set -g __vault_hand ''
    else if test -n "$__vault_near" -a -n "$__vault_stamp"
        if test $__vault_near -nt $__vault_stamp -o $__vault_near -ot $__vault_stamp
            set due 1
        end
    end
    if test -n "$__vault_deadline$__vault_shown"
        __vault_clock
        if test "$__vault_deadline" = 0
            set due 1
        else if test -n "$__vault_due_at"; and test $__vault_now -ge $__vault_due_at
            set due 1
        end
    end
    if set -q due[1]
        # A failure moves the deadline too.
        __vault_clock
        set -g __vault_deadline 1
        set -g __vault_due_at (math $__vault_now + 600)
        __vault_apply prompt
        __vault_clock
    end
    if test -n "$__vault_indicate" -a -n "$__vault_shown$vault_indicator"
        __vault_show
    end
    return $saved
end

# The indicator's text into vault_indicator, anew when the minute changes, and
# fish_prompt wrapped if a theme has replaced the wrapper since.
function __vault_show
    if test -z "$__vault_text_until"; or test $__vault_now -ge $__vault_text_until
        __vault_text
    end
    if not set -q __vault_wrapped; and test -n "$vault_indicator"
        __vault_wrap
    end
    set -e __vault_wrapped
end

function __vault_text
    set -l text "$__vault_shown"
    set -g __vault_text_until ''
    if test -n "$text" -a -n "$__vault_end_at"
        set -l seconds (math $__vault_end_at - $__vault_now)
        set -l left (math "floor(($seconds + 30) / 60)")
        set -g __vault_text_until (math "$__vault_now + ($seconds + 30) % 60 + 1")
        if test $seconds -le 0
            set text "$text expired"
        else if test $left -lt 1
            set text "$text 1m$__vault_mark"
            set -g __vault_text_until $__vault_end_at
        else if test $left -lt 60
            set text "$text $left"m"$__vault_mark"
        else
            set text "$text "(math "floor(($left + 30) / 60)")h"$__vault_mark"
        end
    end
    set -g vault_indicator $text
end

# Whether the indicator is ours to show: not if a theme shows AWS_VAULT already.
function __vault_mine
    test "$AWS_VAULT_INDICATOR" = on; and return 0
    test "$AWS_VAULT_INDICATOR" = off; and return 1
    test -z "$STARSHIP_SHELL$POSH_SHELL$POSH_THEME$SPACESHIP_VERSION"
end

# The person's fish_prompt is kept under another name. It sees the status of the
# command, and its pipestatus.
function __vault_wrap
    if functions fish_prompt | string match -q '*__vault_indicator_text*'
        return
    end
    functions -q fish_prompt; or return
    functions -q __vault_user_prompt; and functions -e __vault_user_prompt
    functions -c fish_prompt __vault_user_prompt
    function fish_prompt
        set -g __vault_statuses $pipestatus
        set -g __vault_wrapped 1
        __vault_indicator_text
        __vault_again $__vault_statuses
        __vault_user_prompt
    end
end

function __vault_indicator_text
    test -n "$vault_indicator"; or return
    __vault_mine; or return
    if test -n "$__vault_protected"; and test -z "$NO_COLOR"; and test "$TERM" != dumb
        set_color --reverse
        printf '(%s)' $vault_indicator
        set_color normal
        printf ' '
    else
        printf '(%s) ' $vault_indicator
    end
end

function __vault_status
    return $argv[1]
end

# Makes $status and $pipestatus what they were.
function __vault_again
    if test (count $argv) -le 1
        return $argv[1]
    end
    eval (string join ' | ' -- "__vault_status "$argv)
end

# __vault_install NAME [auto [indicator]]
function __vault_install
    functions -q $argv[1]; and functions -e $argv[1]
    function $argv[1]
        __vault_main $argv
    end
    set -g __vault_indicate "$argv[3]"
    if test -z "$argv[2]"
        functions -e __vault_prompt
    end
end
