# vault: completions for fish.
function __vault_complete
    set -l tokens (commandline -opc)
    set -e tokens[1]
    set -l current (commandline -ct)
    set -l lines ('@VAULT@' __complete fish $tokens "$current" 2>/dev/null)
    switch "$lines[1]"
        case ':files'
            __fish_complete_path "$current"
        case ':command *'
            set -l n (string match -r '^:command (\d+)$' -- $lines[1])[2]
            test -n "$n"; or return
            set -l rest
            if test (count $tokens) -gt $n
                set rest (string escape -- $tokens[(math $n + 1)..-1])
            end
            complete -C (string join ' ' -- $rest $current | string collect)
        case '*'
            string join \n -- $lines
    end
end

function __vault_complete_install
    complete -c $argv[1] -e
    complete -c $argv[1] -f -k -a '(__vault_complete)'
end
