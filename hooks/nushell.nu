# vault: the hook for nushell, 0.101 and later.
#
# Defines __vault_* commands and, in the lines that follow this text, the command that you
# type. Before a prompt the hook looks at the clock; the prompt shows the indicator in front
# of what PROMPT_COMMAND makes. nushell cannot evaluate text, so the answer is JSON.
# All variables are in the record $env.__vault: programs do not see a record. Fields: see bash.sh.
# A variable of that name that is text came with the environment.
$env.__vault = ({kept: {}, previous: ''} | merge (if ($env.__vault? | describe) =~ '^record' { $env.__vault } else { {} }) | merge {
    bin: '@VAULT@'
    deadline: (if ($env.AWS_VAULT_SHELL_STATE? | default '') != '' { '0' } else { '' })
    expires: '', shown: '', mark: '', protected: '', tries: '', themes: '', alive: '', time: '', message: ''
    seen: 0, pwd: '', files: [], found: '', hand: '', stamp: '', changed: 0, gone: false, indicator: ''
})

# Runs the binary and applies its answer, if the answer is complete. If the binary fails,
# this command fails too, and nothing has changed.
def --env __vault_apply [words: list<string>] {
    let v = $env.__vault
    let facts = [
        $"--kept=($v.kept | columns | str join ' ')" $"--previous=($v.previous)" $"--tries=($v.tries)" $"--person=($v.mark)"
        $"--dir=($env.PWD)" $"--hand=($v.hand)" $"--stamp=($v.stamp)" $"--pid=($nu.pid)"
    ]
    let text = (^$v.bin __shell nushell ...$facts -- ...$words) # alone: its status is not looked at in front of a pipe
    let lines = ($text | lines)
    if ($lines | is-empty) or ($lines | last) != ':vault:end:' {
        error make --unspanned {msg: 'vault: the answer was cut short; nothing was changed'}
    }
    let answer = ($lines | first | from json)
    for op in $answer.ops {
        let name = $op.1
        match $op.0 {
            'set' => { load-env {$name: $op.2} }
            'unset' => {
                # Once for this shell's value, and once for the value with which the shell
                # was started.
                for _ in 1..4 { if $name in $env { hide-env --ignore-errors $name } }
            }
            'keep' => { $env.__vault.kept = ($env.__vault.kept | upsert $name ($env | get $name)) }
            'restore' => {
                load-env {$name: ($env.__vault.kept | get $name)}
                $env.__vault.kept = ($env.__vault.kept | reject $name)
            }
            'drop' => { if $name in $env.__vault.kept { $env.__vault.kept = ($env.__vault.kept | reject $name) } }
        }
    }
    for key in ($answer.locals | columns) {
        $env.__vault = ($env.__vault | upsert ($key | str replace '__vault_' '') ($answer.locals | get $key))
    }
    __vault_text
}

# The word that changes this shell; empty for all other calls, and for every --help.
def __vault_change [words: list<string>] {
    mut skip = false
    mut change = ''
    for word in $words {
        if $skip { $skip = false; continue }
        if $word in ['-h' '--help'] { return '' }
        if $word == '--' { break }
        if $word in ['@VALUE_FLAGS@'] { $skip = true; continue }
        if $change != '' or ($word | str starts-with '-') { continue }
        if $word in ['use' 'off' 'refresh' 'region' 'guard'] { $change = $word; continue }
        return (if $word in ['allow' 'deny' 'doctor'] { $word } else { '' })
    }
    $change
}

# Changes this shell. A profile that you choose in a directory stays until you leave it.
def --env __vault_changes [words: list<string>, change: string] {
    __vault_apply $words
    if $change not-in ['refresh' 'region' 'guard'] {
        let near = (__vault_near)
        $env.__vault.found = $near
        $env.__vault.hand = $near
        $env.__vault.changed = (__vault_modified $near)
    }
}

# Where .awsprofile could be, in this directory and above it.
def __vault_candidates [] {
    let last = ($env.AWS_VAULT_CEILING_DIRECTORIES? | default '' | split row (char esep) | append $nu.home-path)
    mut list = []
    mut at = $env.PWD
    while ($list | length) < 256 and $at not-in ('@AUTOMOUNTS@' | split row ':') { # see bash.sh
        $list = ($list | append ($at | path join '.awsprofile'))
        let above = ($at | path dirname)
        if $at in $last or $above == $at or $above == '' { break }
        $at = $above
    }
    $list
}

# The nearest of them. How a link is written: see bash.sh.
def __vault_near [] {
    for file in (if $env.__vault.pwd == $env.PWD { $env.__vault.files } else { __vault_candidates }) {
        let kind = ($file | path type | default '')
        if $kind == 'symlink' { return ($file | str replace --regex '/\.awsprofile$' '//.awsprofile') }
        if $kind != '' { return $file }
    }
    ''
}

# When a file was changed; 0 for a link, and if the time does not matter.
def __vault_modified [file: string] {
    if $file == '' or ($file | str ends-with '//.awsprofile') or ($env.__vault.stamp | str ends-with '.fixed') { return 0 }
    try { ls --full-paths $file | get 0.modified | into int } catch { 0 }
}

# Runs before each prompt. A quiet prompt looks for files and compares numbers, without a
# process.
def --env __vault_prompt [] {
    if $env.__vault.pwd != $env.PWD {
        $env.__vault.files = (__vault_candidates)
        $env.__vault.pwd = $env.PWD
    }
    let near = (__vault_near)
    let changed = (__vault_modified $near)
    let v = $env.__vault
    let now = ((date now | into int) // 1_000_000_000)
    mut due = false
    if $near != $v.found {
        $due = true
        $env.__vault.found = $near
        if $near != $v.hand { $env.__vault.hand = '' }
    } else if $near != '' {
        $due = ($changed != $v.changed or ($v.stamp != '' and not ($v.stamp | path exists)))
    }
    $env.__vault.changed = $changed
    if $v.deadline != '' and ($now >= ($v.deadline | into int) or $now + 60 < $v.seen) { $due = true }
    if $v.alive != '' and not ($v.alive | path exists) { # the credential server has ended
        $due = true
        $env.__vault.alive = ''
    }
    $env.__vault.seen = $now
    if $due { __vault_ask $now }
    __vault_text
}

# Calls the binary. If it is missing, because it is being replaced, one message says so.
def --env __vault_ask [now: int] {
    if ($env.__vault.bin | path type | default '') == '' {
        if not $env.__vault.gone { print --stderr $"vault: ($env.__vault.bin) is gone; nothing is renewed until it is back" }
        $env.__vault.gone = true
        $env.__vault.found = '?'
        return
    }
    $env.__vault.gone = false
    $env.__vault.deadline = $"($now + 60)" # should this fail
    let code = ($env.LAST_EXIT_CODE? | default 0)
    try { __vault_apply ['prompt'] } catch { $env.__vault.stamp = '' }
    $env.LAST_EXIT_CODE = $code
}

# The indicator's text.
def --env __vault_text [] {
    let v = $env.__vault
    mut text = $v.shown
    if $text != '' and $v.expires != '' {
        let left = (($v.expires | into int) - ((date now | into int) // 1_000_000_000))
        let minutes = (($left + 30) // 60)
        if $left <= 0 { $text = $"($text) expired"
        } else if $minutes < 1 { $text = $"($text) 1m($v.mark)"
        } else if $minutes < 60 { $text = $"($text) ($minutes)m($v.mark)"
        } else { $text = $"($text) (($minutes + 30) // 60)h($v.mark)" }
    }
    $env.__vault.indicator = $text
}

# Puts the indicator before a prompt. A protected profile's is always shown.
def __vault_front [] {
    let v = $env.__vault
    if $v.indicator == '' or $env.AWS_VAULT_INDICATOR? == 'off' { return '' }
    let themed = ('starship' in ($v.themes | split row ' ')) and $env.STARSHIP_SHELL? == 'nu'
    if $themed and $v.protected == '' and $env.AWS_VAULT_INDICATOR? != 'on' { return '' }
    if $v.protected != '' and ($env.NO_COLOR? | default '') == '' and $env.TERM? != 'dumb' { return $"\u{1b}[7m\(($v.indicator)\)\u{1b}[0m " }
    $"\(($v.indicator)\) "
}

# Completions: the words of the line up to the cursor.
def __vault_complete [context: string] {
    let words = ($context | split row --regex '\s+' | skip 1)
    ^$env.__vault.bin __complete nushell ...$words | lines | where {|line| not ($line | str starts-with ':') } | each {|line|
        let parts = ($line | split row --number 2 "\t")
        {value: $parts.0, description: ($parts.1? | default '')}
    }
}

# Puts the hook in front of the prompt, once.
def --env __vault_install [indicate: bool] {
    $env.config.hooks.pre_prompt = ($env.config.hooks.pre_prompt? | default [] | where {|hook| ($hook | describe) != 'closure' or (view source $hook) !~ '__vault_prompt' } | append {|| __vault_prompt })
    let theirs = ($env.PROMPT_COMMAND? | default '')
    if not $indicate or (($theirs | describe) == 'closure' and (view source $theirs) =~ '__vault_front') { return }
    $env.PROMPT_COMMAND = {|| (__vault_front) + (if ($theirs | describe) == 'closure' { do $theirs } else { $theirs }) }
}
