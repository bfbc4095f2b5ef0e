# vault: the hook for fish, 3.1 and later.
#
# Defines __vault_* functions. The call of __vault_install after this text defines the
# function that you type. Before fish shows a prompt, the hook looks at the clock. While a
# profile is active, it prints the indicator in front of fish_prompt.
# Variables: see bash.sh. The hook sets no universal variable.
# `eval (vault hook fish)` joins the lines. So `vault hook` prints a `;` after each line and
# no comments, and every line here is a complete statement or the head of a block.
set -gu __vault_bin '@VAULT@'
# See bash.sh.
set -gu __vault_automounts (string split -- : '@AUTOMOUNTS@' | string match -v '')/.awsprofile
set -gu __vault_previous "$__vault_previous"
for name in (set -nx | string match '__vault_kept_*')
    set -e $name
end
set -gu __vault_deadline ''
test -n "$AWS_VAULT_SHELL_STATE"; and set -gu __vault_deadline 0
set -gu __vault_expires ''
set -gu __vault_shown ''
set -gu __vault_mark ''
set -gu __vault_protected ''
set -gu __vault_tries ''
set -gu __vault_time 0
set -gu __vault_diff ''
set -gu __vault_loader
# The time of the next check. If the clock does not matter, a time that never comes.
set -gu __vault_never 9999999999
set -gu __vault_next $__vault_never
set -gu __vault_now 0
# A path that exists as long as the credential server of `use --via server`, and the words
# with which `test` checks that it does not exist.
set -gu __vault_alive ''
set -gu __vault_from ''
set -gu __vault_clear ''
set -gu __vault_dead
test -n "$AWS_VAULT_SHELL_STATE"; and set -gu __vault_next 0
set -e __vault_gone
set -e __vault_told
# Which clock this fish has: __vault_clock.
set -gu __vault_uptime
test -r /proc/uptime; and set -gu __vault_uptime 1
set -gu __vault_mtime ''
# fish refuses a whole file that names a builtin which it does not have, so this is
# evaluated.
builtin -q path; and eval 'builtin path mtime / >/dev/null 2>&1'; and set -gu __vault_mtime 1
set -gu __vault_offset ''
# Whether `test` can compare the times of files (fish 3.6 and later).
set -gu __vault_newer ''
test / -nt '' 2>/dev/null; and set -gu __vault_newer 1
set -gu __vault_known ''
set -gu vault_indicator ''
set -gu __vault_themes ''
set -gu __vault_themed ''
# For directories: see bash.sh.
set -gu __vault_pwd ''
set -gu __vault_files
set -gu __vault_ways
set -gu __vault_any
set -gu __vault_absent
set -gu __vault_found ''
set -gu __vault_near ''
set -gu __vault_hand ''
set -gu __vault_stamp ''
# How the hook treats loaders of .env files: see bash.sh. Here the variables are a list.
set -gu __vault_env
set -gu __vault_envs ''
set -gu __vault_line ''
set -gu __vault_between ''
set -gu __vault_ours
set -gu __vault_given
set -gu __vault_left
set -gu __vault_load_was
set -gu __vault_load_now
set -gu __vault_load_dir ''

# Copies a variable before it is replaced. The copy stays in this shell: it is not exported.
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

# Runs the binary and evaluates its output, if the output is complete.
function __vault_apply
    # A trace would show secrets. fish obeys the global variable only when it is set.
    set -l trace $fish_trace
    set -q trace[1]; and set -g fish_trace
    set -l IFS \n\ \t
    set -l kept (set -n | string match '__vault_kept_*')
    # A universal variable belongs to every fish. A global one of the same name hides it.
    set -l universal
    set -l hidden
    for name in (set -nU | string match 'AWS_*')
        set -qg $name; and set -a hidden $name; or set -a universal $name
    end
    test -n "$__vault_as"; and set -lx AWS_VAULT_CALLED $__vault_as
    set -l aside
    __vault_remember
    if test -n "$__vault_shown"
        set -g __vault_given (__vault_values AWS_PROFILE AWS_REGION)
        contains -- off $argv; and set -g __vault_ours $__vault_given
    else if test -n "$__vault_load_dir" -a "$__vault_env" = "$__vault_load_now"; and __vault_within
        set aside $__vault_env
        __vault_put_back $__vault_load_was
    end
    set -l out ($__vault_bin __shell fish --kept="$kept" --universal="$universal" --hidden="$hidden" --previous="$__vault_previous" --tries="$__vault_tries" --person="$__vault_mark" --dir="$PWD" --hand="$__vault_hand" --stamp="$__vault_stamp" --pid="$fish_pid" $__vault_loader -- $argv)
    set -l rc $status
    if test $rc -ne 0
    else if test "$out[-1]" = :vault:end:
        for line in $out[1..-2]
            eval $line
        end
        set -g __vault_dead
        test -n "$__vault_alive"; and set -g __vault_dead -o ! -e $__vault_alive
        __vault_clock
        set -g __vault_offset (math $__vault_time - $__vault_now)
        set -g __vault_next 0
        set -g __vault_diff "$DIRENV_DIFF$__MISE_DIFF"
        __vault_watch
    else
        echo 'vault: the answer was cut short; nothing was changed' >&2
        set rc 1
    end
    set -e out
    set -e line
    test -z "$__vault_shown"; and set -q aside[1]; and __vault_put_back $aside
    __vault_remember
    set -q trace[1]; and set -g fish_trace $trace
    return $rc
end

# How the hook treats a loader of .env files: see bash.sh. Each variable is = and its value,
# or nothing.
function __vault_values
    for name in $argv
        set -q $name; and string replace -r '^' = -- "$$name" | string collect; or echo
    end
end

function __vault_remember
    set -g __vault_env (__vault_values AWS_PROFILE AWS_DEFAULT_PROFILE AWS_REGION AWS_DEFAULT_REGION)
    set -g __vault_envs "$DIRENV_DIFF$__MISE_DIFF"
end

function __vault_here
    string replace -r '/*$' / -- "$PWD" | string collect
end

# Whether the directory is still inside the loader's.
function __vault_within
    test -n "$__vault_load_dir"; and test (__vault_here | string sub -l (string length -- $__vault_load_dir) | string collect) = "$__vault_load_dir"
end

function __vault_loads
    set -l was $__vault_env
    set -l known $__vault_envs
    set -l ours $__vault_ours
    set -l line ''
    __vault_remember
    if set -q argv[1]
        set ours $__vault_given
    else
        set -g __vault_given $__vault_ours
        set -g __vault_ours
        set -g __vault_left
        if test -n "$__vault_load_dir"; and not __vault_within
            set -g __vault_left $__vault_load_was
            set -g __vault_load_dir ''
        end
        set line $__vault_line
    end
    set -q was[1]; and test "$__vault_env" != "$was" -a "$__vault_envs" = "$known"; or return
    string match -q -r 'AWS_|(^|[\s;&|])\. |export|source|eval|declare' -- $line; and return
    if test -n "$__vault_shown"; or test "$ours" = (__vault_values AWS_PROFILE AWS_REGION | string join ' ')
        __vault_put_back $was
    else if test "$__vault_env" != "$__vault_left"
        if test -z "$__vault_load_dir"
            set -q __vault_left[1]; and set was $__vault_left
            set -g __vault_load_was $was
        end
        set -g __vault_load_now $__vault_env
        set -g __vault_load_dir (__vault_here)
    end
end

function __vault_put_back
    set -l names AWS_PROFILE AWS_DEFAULT_PROFILE AWS_REGION AWS_DEFAULT_REGION
    for n in 1 2 3 4
        if test -n "$argv[$n]"
            set -gx $names[$n] (string sub -s 2 -- $argv[$n] | string collect)
        else
            set -eg $names[$n]
        end
    end
    __vault_remember
end

# The function that you type. A command that changes this shell goes through
# __vault_apply. All others, and every --help, go to the binary unchanged.
function __vault_main
    set -l skip
    set -l change
    set -l said
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
            case '@VALUE_FLAGS@'
                set skip 1
            case '-*'
            case use off refresh region guard
                set -q change[1]; or set change $arg
            case allow deny
                set -q change[1]; and continue
                set -g __vault_found '?'
                set -g __vault_pwd ''
                break
            case doctor
                set -q change[1]; and continue
                set said "--hook=fish $__vault_version "(__vault_standing)
                break
            case '*'
                set -q change[1]; or break
        end
    end
    if not test -x $__vault_bin
        echo "vault: $__vault_bin is gone" >&2
        return 127
    end
    # The name of this function if it is not the program's. Messages use it in the commands
    # that they tell you to type.
    test -n "$__vault_as"; and set -lx AWS_VAULT_CALLED $__vault_as
    if set -q change[1]
        __vault_displaced $change
        __vault_apply $argv
        or begin
            set -l rc $status
            # After Ctrl-C at a question, fish before 3.5 continues with the next line. (The
            # picker of a plain `use` reads the key itself, so every fish continues.)
            set -l named (string match -v -- '-*' $argv)
            if test $rc -eq 130 -a -z "$__vault_newer" -a "$named" != use
                status is-interactive; and command kill -INT $fish_pid
            end
            return $rc
        end
        # A profile that you choose in a directory stays until you leave the directory.
        if not contains -- $change refresh region guard
            __vault_look
            set -g __vault_found $__vault_near
            set -g __vault_hand $__vault_near
            __vault_watch
        end
        return 0
    else
        $__vault_bin $argv $said
    end
end

# Guards programs: see bash.sh.
function __vault_guard_on
    set -g __vault_least $argv[1]
    for name in $argv[2..-1]
        contains -- $name $__vault_guards; and continue
        if functions -q -- $name
            functions -e __vault_theirs_$name
            functions -c $name __vault_theirs_$name
        end
        echo "function $name; __vault_guarded $name \$argv; end" | source
        set -g __vault_guards $__vault_guards $name
    end
end

function __vault_guard_off
    set -l rest
    for name in $__vault_guards
        if test (count $argv) -gt 0; and not contains -- $name $argv
            set rest $rest $name
            continue
        end
        functions -e $name
        if functions -q __vault_theirs_$name
            functions -c __vault_theirs_$name $name
            functions -e __vault_theirs_$name
        end
    end
    set -g __vault_guards $rest
end

function __vault_guard_list
    if test -n "$__vault_guards"
        echo $__vault_guards
    else
        echo '(no program is guarded in this shell)'
    end
end

# Runs for a guarded name.
function __vault_guarded
    __vault_guard_passes $argv[1]; or return
    if functions -q __vault_theirs_$argv[1]
        __vault_theirs_$argv[1] $argv[2..-1]
    else
        command $argv
    end
end

# Decides whether the program may run: see bash.sh.
function __vault_guard_passes
    set -l why
    set -l word $argv[1]
    string match -qr '^[A-Za-z0-9._@/+=:-]+$' -- "$AWS_VAULT"; and set word $AWS_VAULT
    if test -n "$__vault_protected"
        set why "$word is protected"
    else
        __vault_look
        set -l seen "$__vault_near:$__vault_found:$__vault_stamp:$AWS_VAULT_SHELL_STATE"
        if test "$__vault_near" != "$__vault_from" -a "$seen" != "$__vault_clear"
            if set why ($__vault_bin guard --check --dir="$PWD" 2>&1)
                set -g __vault_clear $seen
            else if test -z "$why"
                set why 'the guard cannot look at this directory'
            end
        end
        if test -z "$why" -a -n "$__vault_shown" -a -n "$__vault_expires"
            __vault_wall
            test (math "$__vault_expires - $__vault_wall") -ge $__vault_least
            or set why "$word ends in less than "(math -s0 "($__vault_least + 59) / 60")m
        end
    end
    test -n "$why"; or return 0
    if not echo -n "vault: $why. Type $word to run $argv[1]: " 2>/dev/null >/dev/tty
        echo "vault: $argv[1] was not run: $why, and there is no terminal to ask on" >&2
        return 3
    end
    set -l typed
    read -P '' typed </dev/tty
    test "$typed" = "$word"; and return 0
    echo "vault: $argv[1] was not run" >&2
    return 1
end

# Whether prompts run the hook.
function __vault_standing
    if test -z "$__vault_auto$__vault_told"
        echo manual
    else if functions __vault_prompt 2>/dev/null | string match -q '*--on-event fish_prompt*'
        echo auto
    else
        echo 'auto displaced'
    end
end

# Says once, at `use`, that another tool removed the handler.
function __vault_displaced
    if test "$argv[1]" != use -o -z "$__vault_auto"
        return
    end
    test (__vault_standing) = auto; and return
    set -g __vault_auto ''
    set -g __vault_told 1
    echo 'vault: fish_prompt does not run the hook here, so nothing is renewed and no directory is noticed; load it last in the start-up file' >&2
end

# Sets the global __vault_now to a clock in seconds, without a process if possible: since
# the machine started; otherwise since 1970, from the age of a file (fish 3.6); otherwise
# with a process. The first is the cheapest, and cannot be set back. But in a virtual
# machine it may have stopped during sleep, so __vault_tick checks it.
function __vault_clock
    if test -n "$__vault_uptime"
        read -g -d . __vault_now __vault_rest </proc/uptime
    else
        set -l last $__vault_now
        __vault_wall
        set -g __vault_now $__vault_wall
        test -n "$last"; and test $__vault_now -lt $last; and set -g __vault_next 0
    end
end

# Sets __vault_wall to the seconds since 1970.
function __vault_wall
    if test -n "$__vault_mtime"
        eval 'set -g __vault_wall (math (builtin path mtime /) + (builtin path mtime -R /))'
    else if test -n "$__vault_uptime" -a -n "$__vault_offset"
        set -g __vault_wall (math $__vault_now + $__vault_offset)
    else
        set -g __vault_wall (command date +%s)
        test -n "$__vault_uptime"; and set -g __vault_offset (math $__vault_wall - $__vault_now)
    end
end

# Sets __vault_files to the places where .awsprofile could be, and __vault_ways to a shorter
# path to each. The shorter path is used if the directory's name contains no link, because
# fish takes twice as long for a long one. Both change only with the directory. The cut is
# in the middle of a file's name, because a command substitution would remove a newline from
# the end of a directory's name.
function __vault_candidates
    set -g __vault_pwd $PWD
    set -g __vault_files
    set -g __vault_ways
    set -l last $HOME/.awsprofile
    for dir in (string split -- : "$AWS_VAULT_CEILING_DIRECTORIES")
        set -a last $dir/.awsprofile
    end
    set -l file $PWD/.awsprofile
    test $PWD = /; and set file /.awsprofile
    set -l way $file
    set -l up
    set -l real (builtin pwd -P 2>/dev/null | string collect)
    test "$PWD" = "$real"; and set up ../
    while string match -q '/*' -- $file; and test (count $__vault_files) -lt 256; and not contains -- $file $__vault_automounts
        set -a __vault_files $file
        set -a __vault_ways $way
        if test $file = /.awsprofile; or contains -- $file $last
            break
        end
        set file (string replace -r '/[^/]*/\.awsprofile$' /.awsprofile -- $file | string collect)
        set way $file
        test -n "$up"; and set way $up.awsprofile; and set up ../$up
    end
end

# Sets __vault_near to the nearest of them. Links: see bash.sh.
function __vault_look
    test "$PWD" = "$__vault_pwd"; or __vault_candidates
    set -g __vault_near ''
    for file in $__vault_files
        if test -L $file
            set -g __vault_near (__vault_linked $file)
            break
        else if test -e $file
            set -g __vault_near $file
            break
        end
    end
end

# How the hook writes the path of a link, to distinguish it from a file of that name.
function __vault_linked
    string replace -r '/\.awsprofile$' //.awsprofile -- $argv[1] | string collect
end

# Whether one of __vault_absent exists. None of them is a link. `path is`, in fish 3.5 and
# later, takes half the time of `test`.
function __vault_appeared
    return 1
end
builtin -q path; and eval 'function __vault_appeared; builtin path is -q $__vault_absent; end'

# Sets __vault_any (words for `test`) and __vault_absent: what to check to find out whether
# the nearest file is no longer __vault_found, or has changed. It checks for a link first,
# and does not follow it. A stamp that ends in .fixed belongs to a file whose time does not
# matter.
function __vault_watch
    set -g __vault_any
    set -g __vault_absent
    set -l n 0
    for file in $__vault_files
        set n (math $n + 1)
        set -l way $__vault_ways[$n]
        if test "$file" = "$__vault_found"
            set -a __vault_any -o -L $way
            if test -z "$__vault_stamp"
                set -a __vault_any -o ! -e $way
            else if string match -q '*.fixed' -- $__vault_stamp
                set -a __vault_any -o ! -e $way -o ! -e $__vault_stamp
            else if test -z "$__vault_newer"
                set -a __vault_any -o -n read
            else
                set -a __vault_any -o $way -nt $__vault_stamp -o $way -ot $__vault_stamp
            end
            break
        else if test (__vault_linked $file) = "$__vault_found"
            set -a __vault_any -o ! -L $way
            test -n "$__vault_stamp"; and set -a __vault_any -o ! -e $__vault_stamp
            break
        end
        set -a __vault_any -o -L $way
        set -a __vault_absent $way
    end
    builtin -q path; and return 0
    for way in $__vault_absent
        set -a __vault_any -o -e $way
    end
    return 0
end

# Whether the nearest file is another one, has changed, or was allowed or denied. A decision
# removes the stamp, and a missing stamp is older than everything.
function __vault_changed
    __vault_look
    if test "$__vault_near" = "$__vault_found"
        __vault_watch
        if test -z "$__vault_newer" -a -n "$__vault_near" -a -n "$__vault_stamp"
            __vault_old
            return
        end
        test -n '' $__vault_any; or __vault_appeared
        return
    end
    set -g __vault_found $__vault_near
    test "$__vault_near" = "$__vault_hand"; or set -g __vault_hand ''
    __vault_watch
    return 0
end

# The same by the file's content, for a fish that cannot compare times.
function __vault_old
    test -e $__vault_stamp; or return 0
    string match -q -r '(^|/)/\.awsprofile$|\.fixed$' -- $__vault_near $__vault_stamp; and return 1
    __vault_read
    test "$__vault_text" != "$__vault_known"
end

# Sets __vault_text to the content of the nearest file, for a fish that cannot compare
# times.
function __vault_read
    set -g __vault_text ''
    string match -q '*//.awsprofile' -- $__vault_near; and return
    test -f "$__vault_near" -a -r "$__vault_near"; and read -g -z -n 4097 __vault_text <$__vault_near
end

# Runs before fish shows a prompt. A quiet prompt reads the clock and looks for files, in as
# few words as possible. fish keeps the status for the next handler. Rarely needed code is
# elsewhere, because a call costs as much as looking for three files.
function __vault_prompt --on-event fish_prompt
    read -g -d . __vault_now __vault_rest </proc/uptime
    test "$DIRENV_DIFF$__MISE_DIFF:$PWD" != "$__vault_diff:$__vault_pwd" -o $__vault_now -ge $__vault_next $__vault_dead $__vault_any; or __vault_appeared; and __vault_notice
    set -e __vault_wrapped; or test -z "$vault_indicator" -o -z "$__vault_indicate"; or __vault_wrap
end

# fish 3.5 and later needs no call. (fish refuses a whole file that names a builtin which it
# does not have.)
builtin -q path; and functions __vault_prompt | string replace __vault_appeared 'builtin path is -q $__vault_absent' | source
# Another clock can take a process, so it is read only when something is due by time.
function __vault_other_clock
    functions __vault_prompt | string replace 'read -g -d . __vault_now __vault_rest </proc/uptime' 'test $__vault_next -eq $__vault_never; or __vault_clock' | source
end
test -n "$__vault_uptime"; or __vault_other_clock

# The directory or its file has changed, something is due, or direnv or mise has changed the
# environment. The last one matters only while a profile is active.
function __vault_notice
    set -g __vault_between ''
    if test "$PWD" != "$__vault_pwd"
        __vault_loads
        set -g __vault_between 1
    end
    test "$PWD" != "$__vault_pwd" $__vault_any; or __vault_appeared; and __vault_changed; and __vault_ask
    if test $__vault_next -eq $__vault_never
        set -g __vault_diff "$DIRENV_DIFF$__MISE_DIFF"
    else if test $__vault_now -ge $__vault_next -o "$DIRENV_DIFF$__MISE_DIFF" != "$__vault_diff" $__vault_dead
        __vault_happened
    end
    test -n "$__vault_between"; and __vault_remember
end

# A key can change the directory without a new prompt (alt-left). The command must not run
# with another directory's profile.
function __vault_before --on-event fish_preexec
    __vault_unwrap
    test "$PWD" = "$__vault_pwd"; or __vault_prompt
    test $__vault_next -ne $__vault_never -a "$DIRENV_DIFF$__MISE_DIFF" != "$__vault_diff"; and __vault_loaded
    # Loaded since then by another function that fish calls before a prompt.
    test -n "$__vault_between"; and __vault_loads 1
    set -g __vault_between ''
    __vault_remember
    set -g __vault_line "$argv[1]"
end

# Something is due because of the clock, or because direnv or mise has changed the
# environment.
function __vault_happened
    if test "$DIRENV_DIFF$__MISE_DIFF" != "$__vault_diff"
        __vault_loaded
    else if __vault_tick; or test -n "$__vault_alive" -a ! -e "$__vault_alive"
        set -g __vault_alive ''
        set -g __vault_dead
        __vault_ask
    end
end

# direnv or mise has loaded or unloaded something while a profile is active.
function __vault_loaded
    set -g __vault_loader --loader=1
    __vault_ask
    set -g __vault_loader
    set -g __vault_diff "$DIRENV_DIFF$__MISE_DIFF"
end

# While a command runs, fish_prompt is your own function, because the command may save it.
function __vault_unwrap
    set -q __vault_theirs; or return
    set -e __vault_theirs
    set -e __vault_wrapped
    functions -q __vault_user_prompt; or return
    functions fish_prompt 2>/dev/null | string match -q '*__vault_indicator_text*'; or return
    functions -e fish_prompt
    functions -c __vault_user_prompt fish_prompt
end

# Calls the binary. The answer sets the next deadline, and so does a failed call. If the
# binary is missing (during an upgrade), one message says so, and each prompt checks whether
# it is back.
function __vault_ask
    if not test -x $__vault_bin
        set -q __vault_gone; or echo "vault: $__vault_bin is gone; nothing is renewed until it is back" >&2
        set -g __vault_gone 1
        set -g __vault_found '?'
        set -g __vault_pwd ''
        return
    end
    set -e __vault_gone
    __vault_clock
    __vault_wall
    if test -z "$__vault_newer"
        __vault_read
        set -g __vault_known $__vault_text
    end
    # Ctrl-C ends this function and the binary, so the deadline is set first.
    set -g __vault_deadline (math $__vault_wall + 60)
    if not __vault_apply prompt
        # Otherwise it would be due again at once.
        set -g __vault_stamp ''
        __vault_watch
    end
    __vault_clock
    __vault_tick
end

# Sets vault_indicator to the indicator's text, and __vault_next to the time of the next
# check: when the minute changes or something is due. Returns whether something is due.
# Notices within a minute that the machine has slept.
function __vault_tick
    __vault_wall
    set -g __vault_next $__vault_never
    set -l text "$__vault_shown"
    set -l wait
    if test -n "$text" -a -n "$__vault_expires"
        set -l left (math $__vault_expires - $__vault_wall)
        set -l minutes (math "floor(($left + 30) / 60)")
        set wait (math "($left + 30) % 60 + 1")
        if test $left -le 0
            set text "$text expired"
            set wait 60
        else if test $minutes -lt 1
            set text "$text 1m$__vault_mark"
            set wait $left
        else if test $minutes -lt 60
            set text "$text $minutes"m"$__vault_mark"
        else
            set text "$text "(math "floor(($minutes + 30) / 60)")h"$__vault_mark"
        end
    end
    set -g vault_indicator $text
    if test -n "$__vault_deadline"
        set -l left (math $__vault_deadline - $__vault_wall)
        test $left -le 0; and set -g __vault_next 0; and return 0
        set -q wait[1]; and test $wait -lt $left; or set wait $left
        test $wait -gt 60; and set wait 60
    end
    test -n "$text"; and not set -q wait[1]; and set wait 9999
    set -q wait[1]; and set -g __vault_next (math $__vault_now + $wait)
    return 1
end

# Whether to show the indicator. A protected profile's is always shown.
function __vault_mine
    test "$AWS_VAULT_INDICATOR" = on; and return 0
    test "$AWS_VAULT_INDICATOR" = off; and return 1
    test -n "$__vault_protected" -o -z "$__vault_themed"
end

# Sets __vault_themed: whether a prompt with this text shows the profile. A shell inherits
# the exports of starship and oh-my-posh even if it does not use them. The binary reads
# their configuration: __vault_themes.
function __vault_theme
    set -g __vault_themed ''
    if string match -q -r '(AWS_VAULT|vault_indicator)(?![_a-zA-Z0-9])' -- $argv
        set -g __vault_themed 1
    else if string match -q '*starship*' -- "$__vault_themes"; and test "$STARSHIP_SHELL" = fish
        string match -q '*starship*' -- $argv; and set -g __vault_themed 1
    else if string match -q '*oh-my-posh*' -- "$__vault_themes"; and contains -- "$POSH_SHELL" fish ''
        string match -q '*_omp_*' -- $argv; or string match -q '*oh-my-posh*' -- $argv; and set -g __vault_themed 1
    end
end

# Keeps your fish_prompt under another name. It sees the command's status and pipestatus.
function __vault_wrap
    set -l text (functions fish_prompt)
    if string match -q '*__vault_indicator_text*' -- $text
        return
    end
    functions -q fish_prompt; or return
    __vault_theme (string match -v -r '^\s*#' -- $text (functions fish_right_prompt 2>/dev/null))
    functions -q __vault_user_prompt; and functions -e __vault_user_prompt
    functions -c fish_prompt __vault_user_prompt
    set -g __vault_theirs 1
    function fish_prompt
        set -g __vault_statuses $pipestatus
        set -g __vault_wrapped 1
        __vault_indicator_text
        if set -q __vault_statuses[2]
            eval (string join ' | ' -- "__vault_status "$__vault_statuses)'; __vault_user_prompt $argv'
        else
            __vault_status $__vault_statuses
            __vault_user_prompt $argv
        end
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

# With an older hook, `funcsave fish_prompt` saved the hook's function instead of your
# prompt. Such a file calls this function; it does not contain your prompt.
functions -q __vault_user_prompt; or function __vault_user_prompt
    if not set -q __vault_spoiled
        set -g __vault_spoiled 1
        echo "vault: fish_prompt was saved by an older hook, which left only itself; write your prompt anew, or: rm "(functions -D fish_prompt) >&2
    end
    printf '%s> ' (prompt_pwd)
end

# __vault_install NAME [auto [indicator]]
function __vault_install
    functions -q $argv[1]; and functions -e $argv[1]
    function $argv[1]
        __vault_main $argv
    end
    set -g __vault_indicate "$argv[3]"
    set -g __vault_auto "$argv[2]"
    if test -z "$argv[2]"
        functions -e __vault_prompt __vault_before
    end
end
