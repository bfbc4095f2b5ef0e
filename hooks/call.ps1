# What the word "vault" runs in PowerShell: an alias of this file, written by "vault
# hook powershell". After a function $? is always true; after a script it says how
# the script ended, so && and || and if ($?) do what they do after any program.
if ("$args" -ceq '__vault_probe') { return }
if ($MyInvocation.ExpectingInput) { $input | __vault_main $MyInvocation $args } else { __vault_main $MyInvocation $args }
exit $global:LASTEXITCODE
