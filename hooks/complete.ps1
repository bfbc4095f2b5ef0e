# vault: completions for PowerShell.
$global:__vault_complete = {
    param($word, $ast, $cursor)
    $elements = @($ast.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursor })
    $words = @($elements | Select-Object -Skip 1 | ForEach-Object {
        if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
    })
    # The last word begins with =, because old PowerShells drop an empty one.
    if ($elements[-1].Extent.EndOffset -lt $cursor -or $elements.Count -lt 2) {
        $words += '='
    } else {
        $words[-1] = '=' + $elements[-1].Extent.Text.Substring(0, $cursor - $elements[-1].Extent.StartOffset)
    }
    $lines = @(& '@VAULT@' '__complete' 'powershell' @words 2>$null)
    if ("$($lines[0])" -eq ':files') { return }
    if ("$($lines[0])" -match '^:command [0-9]+$') {
        $first = [int]("$($lines[0])".Substring(9)) + 1
        $text = ''
        if ($first -lt $elements.Count) {
            $start = $elements[$first].Extent.StartOffset
            $text = $ast.Extent.Text.Substring($start - $ast.Extent.StartOffset)
            $text = $text.PadRight($cursor - $start).Substring(0, $cursor - $start)
        }
        return [System.Management.Automation.CommandCompletion]::CompleteInput($text, $text.Length, $null).CompletionMatches
    }
    foreach ($line in $lines) {
        $value, $about = "$line" -split "`t", 2
        # PowerShell reads four more characters as quotes.
        $quoted = $value
        if ($value -notmatch '^[A-Za-z0-9_./+-][A-Za-z0-9_./:@+=-]*$') { $quoted = "'" + ($value -replace "['\u2018-\u201B]", '$0$0') + "'" }
        if (-not $about) { $about = $value }
        [System.Management.Automation.CompletionResult]::new($quoted, $value, 'ParameterValue', $about)
    }
}

function global:__vault_complete_install($name) {
    if ("$($ExecutionContext.SessionState.LanguageMode)" -ne 'FullLanguage') { return }
    Register-ArgumentCompleter -Native -CommandName $name -ScriptBlock $global:__vault_complete
}
