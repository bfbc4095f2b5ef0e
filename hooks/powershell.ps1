# vault: the hook for Windows PowerShell 5.1 and PowerShell 7.
#
# Defines __vault_* functions. The call of __vault_install after this text defines the word
# that you type: an alias of a script (call.ps1), or a function if scripts are not allowed.
# Wraps the function `prompt`: looks at the clock and, while a profile is active, puts the
# indicator before the output of your own prompt. Variables: see bash.sh. Everything is
# global, wherever this text is evaluated. It works under StrictMode, $ErrorActionPreference
# = 'Stop' and in the constrained language (no method calls).
$global:__vault_bin = '@VAULT@'
$global:__vault_automounts = '@AUTOMOUNTS@' # see bash.sh
$global:__vault_script = '@SCRIPT@'
if (-not (Test-Path -LiteralPath Variable:\__vault_kept)) { $global:__vault_kept = @{} }
if (-not (Test-Path -LiteralPath Variable:\__vault_previous)) { $global:__vault_previous = '' }
$global:__vault_deadline = $(if ($env:AWS_VAULT_SHELL_STATE) { '0' } else { '' })
$global:__vault_expires = $global:__vault_shown = $global:__vault_mark = $global:__vault_protected = $global:__vault_tries = $global:__vault_message = $global:__vault_alive = $global:__vault_themes = $global:__vault_from = $global:__vault_clear = ''
$global:__vault_guards = @{}
$global:__vault_least = 0
$global:__vault_seen = $global:__vault_text_until = 0
$global:vault_indicator = ''
# For directories: see bash.sh. Here a number says when a file was changed.
$global:__vault_pwd = $global:__vault_found = $global:__vault_near = $global:__vault_hand = $global:__vault_stamp = ''
$global:__vault_files = @()
$global:__vault_ticks = 0
# What direnv and mise had set at the last call of the binary: see __vault_prompt.
$global:__vault_diff = $global:__vault_loader = ''
$global:__vault_at = ''
$global:__vault_elsewhere = $global:__vault_gone = $false
# When our prompt was last made, and when `use` may look for one.
$global:__vault_prompted = $global:__vault_loaded = $MyInvocation.HistoryId
$global:__vault_told = $false

# Copies a variable before it is replaced. The copy stays in this shell: it is not exported.
function global:__vault_keep($name) {
    $global:__vault_kept[$name] = (Get-Item -LiteralPath "Env:\$name").Value
}

function global:__vault_restore($name) {
    Set-Item -LiteralPath "Env:\$name" -Value $global:__vault_kept[$name]
    __vault_drop $name
}

function global:__vault_drop($name) {
    $rest = @{}
    foreach ($key in $global:__vault_kept.Keys) {
        if ($key -cne $name) { $rest[$key] = $global:__vault_kept[$key] }
    }
    $global:__vault_kept = $rest
}

# Whether a file exists. Test-Path throws if the system does not let it look, whatever
# -ErrorAction says; at a prompt, PowerShell then shows "PS>" instead.
function global:__vault_there($path) {
    if ($global:__vault_full) { return [IO.File]::Exists($path) }
    try { Test-Path -LiteralPath $path -PathType Leaf } catch { $false }
}

# Runs the binary and applies its output, if the output is complete. Lines that begin with !
# are data, NAME=value: PowerShell writes everything that Invoke-Expression gets to the
# event log (4104), and a secret must not be there. The answer is in a table, because
# Set-PSDebug -Trace 2 shows a variable's new value.
function global:__vault_apply {
    $PSNativeCommandUseErrorActionPreference = $false
    # Under Stop, Windows PowerShell 5.1 ends at the first line of a redirected stderr.
    $ErrorActionPreference = 'Continue'
    # Your presets for all commands: Set-Item shows a value with -Verbose, -Confirm and
    # -WhatIf, and -OutVariable keeps one.
    $PSDefaultParameterValues = @{}
    $WhatIfPreference = $false
    $ConfirmPreference = 'None'
    $VerbosePreference = $DebugPreference = 'SilentlyContinue'
    $global:__vault_text_until = 0
    $answer = @{}
    try {
        $env:AWS_VAULT_CALLED = $global:__vault_as
        $answer.lines = @(& $global:__vault_bin '__shell' 'powershell' "--kept=$($global:__vault_kept.Keys -join ' ')" "--previous=$global:__vault_previous" "--tries=$global:__vault_tries" "--person=$global:__vault_mark" "--dir=$global:__vault_pwd" "--hand=$global:__vault_hand" "--stamp=$global:__vault_stamp" "--pid=$PID" $(if ($global:__vault_loader) { '--loader=1' }) '--' @args)
    } finally { # Ctrl-C ends all else here
        $env:AWS_VAULT_CALLED = $null
    }
    $global:__vault_diff = "$env:DIRENV_DIFF$env:__MISE_DIFF"
    if ($global:LASTEXITCODE -ne 0) { return }
    if ($answer.lines.Count -eq 0 -or $answer.lines[-1] -cne ':vault:end:') {
        $global:LASTEXITCODE = 1
        Write-Error 'vault: the answer was cut short; nothing was changed'
        return
    }
    $answer.lines | ForEach-Object {
        if ($_ -clike '!*=*') {
            Set-Item -LiteralPath "Env:\$(($_ -split '=', 2)[0] -replace '^!')" -Value ($_ -split '=', 2)[1]
        } elseif ($_ -cne ':vault:end:') {
            Invoke-Expression $_
        }
    }
}

# A call's arguments, as words for a program. PowerShell makes arrays of words with commas,
# and two elements of -name:value. All others stay objects: a number knows how it was
# written (007).
function global:__vault_values($values) {
    for ($i = 0; $i -lt $values.Count; $i++) {
        $value = $values[$i]
        if ($value -is [array]) { $value -join ',' }
        elseif ($value -is [psobject] -and $value -is [string] -and $value -clike '-*:' -and $i + 1 -lt $values.Count) { "$value$($values[++$i] -join ',')" }
        else { , $value }
    }
}

# The same call as source text that runs the program, as your own line would. Constant words
# are taken from the line, where commas, -name:value, -- and --% belong to the program.
# Computed words (a variable or an expression) are taken from the values, and not computed
# again. Returns nothing if the line and the values do not match, for example if Windows
# PowerShell reports only a part of the line.
function global:__vault_source($call, $values) {
    if ($call.PSObject.Properties['Statement']) { $text = $call.Statement } else { $text = $call.Line.Substring($call.OffsetInLine - 1) }
    $ast = [System.Management.Automation.Language.Parser]::ParseInput($text, [ref]$null, [ref]$null)
    $command = $ast.Find({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)
    if (-not $command) { return }
    $elements = @($command.CommandElements | Select-Object -Skip 1)
    $counts = @()
    $splatted = @() # where in $counts
    $name = ''
    $rest = $values.Count
    foreach ($element in $elements) {
        $count = 1
        if ($element -is [System.Management.Automation.Language.CommandParameterAst]) {
            if ($element.Argument) { $count = 2 } elseif ($element.Extent.Text -ceq '--') { $count = 0 }
        } elseif ($element -is [System.Management.Automation.Language.VariableExpressionAst] -and $element.Splatted) {
            # If two come from the same variable, only the sum of their lengths is known.
            if ($splatted -and $name -ne "$($element.VariablePath)") { return }
            $name = "$($element.VariablePath)"
            $splatted += $counts.Count
            $count = 0
        }
        $counts += $count
        $rest -= $count
    }
    if ($splatted) {
        foreach ($i in $splatted) { $counts[$i] = [Math]::Floor($rest / $splatted.Count) }
        $rest = $(if ($rest -lt 0) { $rest } else { $rest % $splatted.Count })
    }
    if ($rest -ne 0) { return }
    $source = '& $__vault_program'
    if ($call.ExpectingInput) { $source = '$input | ' + $source }
    $at = 0
    for ($i = 0; $i -lt $elements.Count; $i++) {
        $source += ' ' + (__vault_word $elements[$i] $at $counts[$i])
        $at += $counts[$i]
    }
    $source
}

# One word of the line as source text. The values of computed words begin at $at.
function global:__vault_word($element, $at, $count) {
    $text = $element.Extent.Text
    if ($element -is [System.Management.Automation.Language.CommandParameterAst]) {
        if (-not $element.Argument -or (__vault_constant $element.Argument)) { return $text }
        return $text.Substring(0, $element.Argument.Extent.StartOffset - $element.Extent.StartOffset) + "`$__vault_given[$($at + 1)]"
    }
    if ($element -is [System.Management.Automation.Language.ArrayLiteralAst] -and -not (__vault_constant $element)) {
        # A program gets the text of such a list, split at blanks.
        return @($text -split ' ' | Where-Object { $_ } | ForEach-Object { "'" + ($_ -replace "['\u2018-\u201B]", '$0$0') + "'" }) -join ' '
    }
    if (__vault_constant $element) { return $text }
    if ($element -is [System.Management.Automation.Language.VariableExpressionAst] -and $element.Splatted) {
        if ($count -eq 0) { return }
        return "`$__vault_given[$at..$($at + $count - 1)]"
    }
    "`$__vault_given[$at]"
}

function global:__vault_constant($element) {
    if ($element -is [System.Management.Automation.Language.ArrayLiteralAst]) {
        foreach ($part in $element.Elements) { if (-not (__vault_constant $part)) { return $false } }
        return $true
    }
    $element -is [System.Management.Automation.Language.ConstantExpressionAst]
}

# Runs a program, vault or a guarded one, with the words of a call, as if you had called it
# directly.
function global:__vault_run($__vault_call, $__vault_given, $__vault_more, $__vault_program = $global:__vault_bin) {
    $source = ''
    if ($global:__vault_full) { $source = __vault_source $__vault_call $__vault_given }
    if ($source) {
        if ($__vault_more) { $source += ' $__vault_more' }
        $run = [scriptblock]::Create($source)
    } else {
        $words = @(__vault_values $__vault_given) + $__vault_more
        $run = $(if ($__vault_call.ExpectingInput) { { $input | & $__vault_program @words } } else { { & $__vault_program @words } })
    }
    # The name of this function if it is not the program's. Messages use it in the commands
    # that they tell you to type.
    if ($__vault_program -ceq $global:__vault_bin) { $env:AWS_VAULT_CALLED = $global:__vault_as }
    try {
        if ($__vault_call.ExpectingInput) { $input | & $run } else { & $run }
    } catch [System.Management.Automation.ApplicationFailedException] {
        $global:LASTEXITCODE = 126
        Write-Error $_ -ErrorAction Continue
    } finally {
        $env:AWS_VAULT_CALLED = $null
    }
}

# The function that you type. A command that changes this shell goes through
# __vault_apply. All others, and every --help, go to the binary unchanged.
function global:__vault_main($call, $values) {
    $skip = $false
    $change = $false
    $more = @()
    foreach ($word in $values) {
        if ($skip) { $skip = $false; continue }
        if ($word -cin '-h', '--help') { $change = $false; break }
        if ($word -ceq '--') { break }
        if ($word -cin '@VALUE_FLAGS@') { $skip = $true; continue }
        if ($change -or $word -like '-*') { continue }
        if ($word -cin 'use', 'off', 'refresh', 'region', 'guard') { $change = $word; continue }
        if ($word -ceq 'doctor') { $more = @("--hook=powershell $global:__vault_version $(__vault_standing $call.HistoryId)") }
        if ($word -cin 'allow', 'deny') { $global:__vault_found = '?' } # the next prompt asks anew
        break
    }
    if (-not (__vault_there $global:__vault_bin)) {
        $global:LASTEXITCODE = 127
        Write-Error "vault: $global:__vault_bin is gone" -ErrorAction Continue
        return
    }
    if (-not $change) {
        if ($call.ExpectingInput) { $input | __vault_run $call $values $more } else { __vault_run $call $values $more }
        return
    }
    if ($change -ceq 'use') { __vault_displaced $call.HistoryId }
    __vault_look
    $words = @(__vault_values $values)
    __vault_apply @words
    if ($global:LASTEXITCODE -eq 0 -and $change -notin 'refresh', 'region', 'guard') {
        # A profile that you choose in a directory stays until you leave the directory.
        $global:__vault_found = $global:__vault_hand = $global:__vault_near
    }
}

# Guards programs: see bash.sh. As with vault itself, each is an alias of a script, whose
# name contains the program's.
function global:__vault_guard_on($least, $scripts, $names) {
    $global:__vault_least = $least
    foreach ($name in $names) {
        if ($global:__vault_guards.ContainsKey($name)) { continue }
        $script = "$scripts$name.ps1"
        $theirs = Get-Command -Name $name -CommandType Alias, Function -ErrorAction Ignore | Select-Object -First 1
        if ($theirs -and $theirs.CommandType -eq 'Alias') { $theirs = $theirs.ResolvedCommand }
        $runs = $false
        if (__vault_there $script) { try { & $script '__vault_probe'; $runs = $true } catch { } }
        $global:__vault_guards[$name] = @{ theirs = $theirs; alias = Get-Alias -Name $name -ErrorAction Ignore }
        if ($runs) {
            Set-Alias -Name $name -Value $script -Scope Global -Force
        } else {
            if ($global:__vault_guards[$name].alias) { Remove-Item -LiteralPath "Alias:\$name" -Force -ErrorAction Ignore }
            $global:__vault_guards[$name].function = Get-Command -Name $name -CommandType Function -ErrorAction Ignore
            Set-Item -LiteralPath "Function:\global:$name" -Value ([scriptblock]::Create("if (`$MyInvocation.ExpectingInput) { `$input | __vault_guarded '$name' `$MyInvocation `$args } else { __vault_guarded '$name' `$MyInvocation `$args }"))
        }
    }
}

function global:__vault_guard_off($names) {
    foreach ($name in @($global:__vault_guards.Keys)) {
        if ($names -and $name -notin $names) { continue }
        $guard = $global:__vault_guards[$name]
        if ($guard.ContainsKey('function')) {
            if ($guard.function) { Set-Item -LiteralPath "Function:\global:$name" -Value $guard.function.ScriptBlock } else { Remove-Item -LiteralPath "Function:\$name" -ErrorAction Ignore }
        } else {
            Remove-Item -LiteralPath "Alias:\$name" -Force -ErrorAction Ignore
        }
        if ($guard.alias) { Set-Alias -Name $name -Value $guard.alias.Definition -Scope Global -Force }
        $global:__vault_guards.Remove($name)
    }
}

function global:__vault_guard_list {
    if ($global:__vault_guards.Count) { Write-Host (@($global:__vault_guards.Keys | Sort-Object) -join ' ') } else { Write-Host '(no program is guarded in this shell)' }
}

# Runs for a guarded name.
function global:__vault_guarded($name, $call, $values) {
    if (-not (__vault_guard_passes $name)) { return }
    $program = $global:__vault_guards[$name].theirs
    if (-not $program) { $program = Get-Command -Name $name -CommandType Application, ExternalScript -ErrorAction Ignore | Select-Object -First 1 }
    if (-not $program) {
        $global:LASTEXITCODE = 127
        Write-Error "vault: there is no program $name" -ErrorAction Continue
        return
    }
    if ($call.ExpectingInput) { $input | __vault_run $call $values @() $program } else { __vault_run $call $values @() $program }
}

# Decides whether the program may run: see bash.sh.
function global:__vault_guard_passes($name) {
    $why = ''
    $word = $(if ("$env:AWS_VAULT" -match '^[A-Za-z0-9._@/+=:-]+$') { $env:AWS_VAULT } else { $name })
    if ($global:__vault_protected) {
        $why = "$word is protected"
    } else {
        __vault_look
        $seen = "${global:__vault_near}:${global:__vault_found}:${global:__vault_stamp}:$env:AWS_VAULT_SHELL_STATE"
        if ($global:__vault_near -cne $global:__vault_from -and $seen -cne $global:__vault_clear) {
            $said = @(& $global:__vault_bin guard --check "--dir=$global:__vault_pwd" 2>&1)
            if ($global:LASTEXITCODE -eq 0) { $global:__vault_clear = $seen } elseif ($said) { $why = "$($said[0])" } else { $why = 'the guard cannot look at this directory' }
        }
        if (-not $why -and $global:__vault_shown -and $global:__vault_expires) {
            $now = [long](([DateTime]::UtcNow.Ticks - 621355968000000000) / 10000000)
            if ([long]$global:__vault_expires - $now -lt $global:__vault_least) { $why = "$word ends in less than $([Math]::Ceiling($global:__vault_least / 60))m" }
        }
    }
    if (-not $why) { return $true }
    try {
        if ([Console]::IsInputRedirected) { throw 'no terminal' }
        $typed = Read-Host "vault: $why. Type $word to run $name"
    } catch {
        $global:LASTEXITCODE = 3
        [Console]::Error.WriteLine("vault: $name was not run: $why, and there is no terminal to ask on")
        return $false
    }
    if ($typed -ceq $word) { return $true }
    $global:LASTEXITCODE = 1
    [Console]::Error.WriteLine("vault: $name was not run")
    $false
}

# Whether prompts run the hook. If another prompt function has replaced ours and does not
# call it, ours has not run before the current line.
function global:__vault_standing($line) {
    if (-not $global:__vault_auto -and -not $global:__vault_told) { return 'manual' }
    if ("$function:prompt" -like '*__vault_wrapper*' -or $global:__vault_prompted -eq $line -or $global:__vault_loaded -eq $line) { return 'auto' }
    'auto displaced'
}

# Says once, at `use`, that they do not.
function global:__vault_displaced($line) {
    if (-not $global:__vault_auto -or (__vault_standing $line) -ceq 'auto') { return }
    $global:__vault_auto = ''
    $global:__vault_told = $true
    Write-Host 'vault: prompt does not run the hook here, so nothing is renewed and no directory is noticed; load it last in the start-up file'
}

# Where .awsprofile could be. Changes only with the directory.
function global:__vault_candidates {
    $global:__vault_at = $global:PWD.Path
    $global:__vault_elsewhere = $global:PWD.Provider.Name -cne 'FileSystem'
    $at = $ExecutionContext.SessionState.Path.CurrentFileSystemLocation.ProviderPath
    if ($at -ceq $global:__vault_pwd) { return }
    $global:__vault_pwd = $at
    $list = @()
    $separator = [IO.Path]::PathSeparator
    while ($at -and $list.Count -lt 256 -and -not ":${global:__vault_automounts}:".Contains(":${at}:")) {
        $list += [IO.Path]::Combine($at, '.awsprofile')
        if ($at -ceq $HOME -or "$separator$env:AWS_VAULT_CEILING_DIRECTORIES$separator".Contains("$separator$at$separator")) { break }
        $at = [IO.Path]::GetDirectoryName($at)
    }
    $global:__vault_files = $list
}

# The nearest of them, into __vault_near, without a process. This needs method calls, which
# the constrained language does not allow, so directories do not work there. Links: see
# bash.sh. (Windows reports a link itself; on other systems .NET follows it.)
function global:__vault_look {
    if (-not $global:__vault_full) { return }
    if ($global:__vault_elsewhere -or $global:PWD.Path -cne $global:__vault_at) { __vault_candidates }
    $global:__vault_near = ''
    foreach ($file in $global:__vault_files) {
        if ($global:__vault_links -and $null -ne [IO.FileInfo]::new($file).LinkTarget) { $global:__vault_near = $file -creplace '/\.awsprofile$', '//.awsprofile'; break }
        if ([IO.File]::Exists($file)) { $global:__vault_near = $file; break }
    }
}

# Runs at each prompt. A quiet prompt looks for files and compares numbers, as __vault_look
# does; a call would cost more than the rest. If something is due, or the clock was set
# back, it calls the binary, whose answer sets the next deadline. A decision about the file,
# in any shell, removes the stamp.
function global:__vault_prompt {
    $due = $false
    if ($global:__vault_full) {
        if ($global:__vault_elsewhere -or $global:PWD.Path -cne $global:__vault_at) { __vault_candidates }
        $near = ''
        $link = $false
        foreach ($file in $global:__vault_files) {
            if ($global:__vault_links -and $null -ne [IO.FileInfo]::new($file).LinkTarget) { $near = $file -creplace '/\.awsprofile$', '//.awsprofile'; $link = $true; break }
            if ([IO.File]::Exists($file)) { $near = $file; break }
        }
        $global:__vault_near = $near
        if ($near -cne $global:__vault_found) {
            $due = $true
            $global:__vault_found = $near
            if ($near -cne $global:__vault_hand) { $global:__vault_hand = '' }
            if ($near -and -not $link) { $global:__vault_ticks = [IO.File]::GetLastWriteTimeUtc($near).Ticks }
        } elseif ($near) {
            $ticks = $(if ($link -or $global:__vault_stamp.EndsWith('.fixed')) { $global:__vault_ticks } else { [IO.File]::GetLastWriteTimeUtc($near).Ticks })
            $due = $ticks -ne $global:__vault_ticks -or ($global:__vault_stamp -and -not [IO.File]::Exists($global:__vault_stamp))
            $global:__vault_ticks = $ticks
        }
    }
    # direnv or mise has loaded or unloaded something while a profile is active.
    if ($global:__vault_shown -ne '' -and "$env:DIRENV_DIFF$env:__MISE_DIFF" -cne $global:__vault_diff) {
        $due = $true
        $global:__vault_loader = '1'
    }
    if (-not $due -and $global:__vault_deadline -eq '' -and $global:__vault_shown -eq '') { $global:vault_indicator = ''; return }
    $now = [long](([DateTime]::UtcNow.Ticks - 621355968000000000) / 10000000) # seconds since 1970
    if ($global:__vault_alive) { # __vault_there without the price of a call, where that can be
        if ($global:__vault_full) { $there = [IO.File]::Exists($global:__vault_alive) } else { $there = __vault_there $global:__vault_alive }
        if (-not $there) {
            $due = $true
            $global:__vault_alive = ''
        }
    }
    # -and and -or have the same precedence in PowerShell.
    if ($due -or ($global:__vault_deadline -ne '' -and ($now -ge [long]$global:__vault_deadline -or $now + 60 -lt $global:__vault_seen))) {
        __vault_ask $now
        $now = [long](([DateTime]::UtcNow.Ticks - 621355968000000000) / 10000000)
    }
    if ($now -ge $global:__vault_text_until -or $now -lt $global:__vault_seen) { __vault_text $now }
    $global:__vault_seen = $now
}

# Calls the binary. If it is missing, because it is being replaced, one message says so.
# Until it is back, each prompt only checks for it.
function global:__vault_ask($now) {
    if (-not (__vault_there $global:__vault_bin)) {
        if (-not $global:__vault_gone) { $global:__vault_message = "vault: $global:__vault_bin is gone; nothing is renewed until it is back" }
        $global:__vault_gone = $true
        $global:__vault_found = '?'
        return
    }
    $global:__vault_gone = $false
    $global:__vault_deadline = "$($now + 60)" # should Ctrl-C end this
    $code = $global:LASTEXITCODE
    try {
        __vault_apply prompt
        if ($global:LASTEXITCODE -ne 0) { $global:__vault_stamp = '' } # or it would be due again at once
    } finally {
        $global:LASTEXITCODE = $code
        $global:__vault_loader = ''
    }
}

# Sets vault_indicator to the indicator's text, and until when it is right.
function global:__vault_text($now) {
    $text = $global:__vault_shown
    $global:__vault_text_until = 0
    if ($text -ne '' -and $global:__vault_expires -ne '') {
        $left = [long]$global:__vault_expires - $now
        if ($left -gt 90) { $global:__vault_text_until = $now + ($left + 30) % 60 + 1 }
        $minutes = ($left + 30 - ($left + 30) % 60) / 60
        if ($left -le 0) { $text += ' expired' }
        elseif ($minutes -lt 1) { $text += " 1m$global:__vault_mark" }
        elseif ($minutes -lt 60) { $text += " ${minutes}m$global:__vault_mark" }
        else { $text += " $(($minutes + 30 - ($minutes + 30) % 60) / 60)h$global:__vault_mark" }
    }
    $global:vault_indicator = $text
}

# Whether to show the indicator. A protected profile's is always shown.
function global:__vault_mine {
    if ($env:AWS_VAULT_INDICATOR -eq 'on') { return $true }
    if ($env:AWS_VAULT_INDICATOR -eq 'off') { return $false }
    [bool]$global:__vault_protected -or -not (__vault_themed)
}

# Whether your own prompt shows the profile now: see themes.zsh.
function global:__vault_themed {
    $text = "$global:__vault_user_prompt"
    if ($text -cmatch 'AWS_VAULT(?![_A-Za-z0-9])' -or $text -match 'vault_indicator') { return $true }
    $themes = " $global:__vault_themes "
    ($env:STARSHIP_SHELL -like 'p*' -and $themes -like '* starship *' -and $text -like '*starship*') -or
    ($env:POSH_SHELL -like 'p*' -and $themes -like '* oh-my-posh *' -and $text -like '*posh*')
}

# Replaces your prompt, and calls it with the previous value of $?.
function global:__vault_wrapper {
    $ok = $global:?
    if (Test-Path -LiteralPath Variable:\LASTEXITCODE) { $code = $global:LASTEXITCODE } else { $code = 0; $global:LASTEXITCODE = 0 }
    $global:__vault_prompted = $MyInvocation.HistoryId
    # The state directory may be deleted at any time, and the script with it.
    if ($global:__vault_aliased -and -not (__vault_there $global:__vault_script)) { __vault_define $global:__vault_aliased }
    __vault_prompt
    $front = ''
    if ($global:__vault_indicate -and $global:vault_indicator -ne '' -and (__vault_mine)) {
        $front = "($global:vault_indicator) "
        if ($global:__vault_protected -and -not $env:NO_COLOR -and $env:TERM -ne 'dumb') {
            $front = "$([char]27)[7m($global:vault_indicator)$([char]27)[0m "
        }
    }
    if ($global:__vault_message -ne '') {
        $front = "$global:__vault_message`n$front"
        $global:__vault_message = ''
    }
    $global:LASTEXITCODE = $code
    if (-not $ok) { Write-Error x -ErrorAction Ignore }
    # Windows PowerShell 5.1 has no Out-String -NoNewline.
    $front + -join (& $global:__vault_user_prompt)
}

# Whether the script exists, and scripts may run here.
function global:__vault_scripts {
    if (-not $global:__vault_script -or -not (__vault_there $global:__vault_script)) { return $false }
    try { & $global:__vault_script '__vault_probe' } catch { return $false }
    $true
}

# Defines the word that you type, as an alias of the script or otherwise as a function.
function global:__vault_define($name) {
    Remove-Item -LiteralPath "Alias:\$name" -Force -ErrorAction Ignore
    $global:__vault_aliased = ''
    if (__vault_scripts) {
        Remove-Item -LiteralPath "Function:\$name" -Force -ErrorAction Ignore
        Set-Alias -Name $name -Value $global:__vault_script -Scope Global -Force
        $global:__vault_aliased = $name
    } else {
        Set-Item -LiteralPath "Function:\global:$name" -Value {
            if ($MyInvocation.ExpectingInput) { $input | __vault_main $MyInvocation $args } else { __vault_main $MyInvocation $args }
        }
    }
}

# __vault_install NAME [auto [indicator]]
function global:__vault_install($name, $auto, $indicate) {
    $global:__vault_full = "$($ExecutionContext.SessionState.LanguageMode)" -eq 'FullLanguage'
    __vault_define $name
    $global:__vault_indicate = $indicate
    $global:__vault_auto = $auto
    $global:__vault_links = $PSVersionTable.PSVersion -ge [version]'7.2' -and -not $IsWindows
    if ($auto -and "$function:prompt" -notlike '*__vault_wrapper*') {
        $global:__vault_user_prompt = $(if ($function:prompt) { $function:prompt } else { { 'PS> ' } })
        Set-Item -LiteralPath Function:\global:prompt -Value { __vault_wrapper }
    }
}
