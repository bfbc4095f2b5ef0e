# vault: the hook for Windows PowerShell 5.1 and PowerShell 7.
#
# Defines __vault_* functions and, by the call of __vault_install that follows
# this text, the function that a person types. All of it is global, wherever it
# is evaluated, and works under StrictMode, $ErrorActionPreference = 'Stop' and in
# the constrained language (no method calls).
$global:__vault_bin = '@VAULT@'
if (-not (Test-Path -LiteralPath Variable:\__vault_kept)) { $global:__vault_kept = @{} }
if (-not (Test-Path -LiteralPath Variable:\__vault_previous)) { $global:__vault_previous = '' }

# Copies a variable before it is replaced: shell to shell, never exported.
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

# Runs the binary and applies what it prints, if that is whole. Lines that begin
# with ! are data, NAME=value: what Invoke-Expression is given goes to the event
# log (4104), and a secret must not. The answer is in a table because a variable's
# new value is shown by Set-PSDebug -Trace 2.
function global:__vault_apply {
    $PSNativeCommandUseErrorActionPreference = $false
    $answer = @{ lines = @(& $global:__vault_bin '__shell' 'powershell' "--kept=$($global:__vault_kept.Keys -join ' ')" "--previous=$global:__vault_previous" '--' @args) }
    if ($global:LASTEXITCODE -ne 0) { return }
    if ($answer.lines.Count -eq 0 -or $answer.lines[-1] -cne ':vault:end:') {
        $global:LASTEXITCODE = 1
        throw 'vault: error: the answer was cut short; nothing was changed'
    }
    $answer.lines | ForEach-Object {
        if ($_ -clike '!*=*') {
            Set-Item -LiteralPath "Env:\$(($_ -split '=', 2)[0] -replace '^!')" -Value ($_ -split '=', 2)[1]
        } elseif ($_ -cne ':vault:end:') {
            Invoke-Expression $_
        }
    }
}

# What a person types. Only a change to this shell goes through __vault_apply;
# everything else, and every question for help, goes to the binary untouched.
function global:__vault_main {
    $skip = $false
    $change = $false
    foreach ($word in $args) {
        if ($skip) { $skip = $false; continue }
        if ($word -cin '-h', '--help') { $change = $false; break }
        if ($word -ceq '--') { break }
        if ($word -cin '--backend', '--prompt', '--keychain', '--secret-service-collection', '--pass-dir', '--pass-cmd', '--pass-prefix', '--file-dir', '--session-backend') { $skip = $true; continue }
        if ($change -or $word -like '-*') { continue }
        if ($word -cin 'use', 'off', 'refresh') { $change = $true } else { break }
    }
    if ($change) { __vault_apply @args } else { & $global:__vault_bin @args }
}

function global:__vault_install($name) {
    Remove-Item -LiteralPath "Alias:\$name" -Force -ErrorAction Ignore
    Set-Item -LiteralPath "Function:\global:$name" -Value { __vault_main @args }
}
