# What the name of a guarded program runs in PowerShell: an alias of this file, written by
# "vault guard". The file's name ends in the program's. Why a script: see call.ps1.
if ("$args" -ceq '__vault_probe') { return }
$__vault_name = $MyInvocation.MyCommand.Name -creplace '^guard-[0-9]+-' -creplace '\.ps1$'
if ($MyInvocation.ExpectingInput) { $input | __vault_guarded $__vault_name $MyInvocation $args } else { __vault_guarded $__vault_name $MyInvocation $args }
exit $global:LASTEXITCODE
