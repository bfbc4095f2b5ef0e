package shells

import (
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// The commands that the hook may call, with the parameters that Windows PowerShell 5.1
// knows of each: Microsoft's reference for 5.1 (PowerShell-Docs, reference/5.1). The
// common ones are not in it.
var windowsPowerShell = map[string]string{
	"ForEach-Object":             "InputObject Begin Process End RemainingScripts MemberName ArgumentList WhatIf Confirm",
	"Get-Alias":                  "Name Exclude Scope Definition",
	"Get-Command":                "Name Verb Noun Module FullyQualifiedModule CommandType TotalCount Syntax ShowCommandInfo ArgumentList All ListImported ParameterName ParameterType",
	"Get-Item":                   "Path LiteralPath Filter Include Exclude Force Credential UseTransaction Stream",
	"Invoke-Expression":          "Command",
	"Out-String":                 "Stream Width InputObject",
	"Read-Host":                  "Prompt AsSecureString",
	"Register-ArgumentCompleter": "CommandName ParameterName ScriptBlock Native",
	"Remove-Item":                "Path LiteralPath Filter Include Exclude Recurse Force Credential WhatIf Confirm UseTransaction Stream",
	"Select-Object":              "InputObject Property ExcludeProperty ExpandProperty Unique Last First Skip SkipLast Wait Index",
	"Set-Alias":                  "Name Value Description Option PassThru Scope Force WhatIf Confirm",
	"Set-Item":                   "Path LiteralPath Value Force PassThru Filter Include Exclude Credential WhatIf Confirm UseTransaction",
	"Sort-Object":                "Property Descending Unique InputObject Culture CaseSensitive",
	"Test-Path":                  "Path LiteralPath Filter Include Exclude PathType IsValid Credential UseTransaction OlderThan NewerThan",
	"Where-Object":               "InputObject FilterScript Property Value EQ CEQ NE CNE GT CGT LT CLT GE CGE LE CLE Like CLike NotLike CNotLike Match CMatch NotMatch CNotMatch Contains CContains NotContains CNotContains In CIn NotIn CNotIn Is IsNot",
	"Write-Error":                "Exception Message ErrorRecord Category ErrorId TargetObject RecommendedAction CategoryActivity CategoryReason CategoryTargetName CategoryTargetType",
	"Write-Host":                 "Object NoNewline Separator ForegroundColor BackgroundColor",
}

const commonParameters = "Debug ErrorAction ErrorVariable InformationAction InformationVariable OutVariable OutBuffer PipelineVariable Verbose WarningAction WarningVariable"

// What the parser of PowerShell 7 says of a text: which commands it calls with which
// parameters, and which of its elements and variables are unknown to 5.1's.
const parsePwsh = `
$errors = $null
$ast = [System.Management.Automation.Language.Parser]::ParseFile($args[0], [ref]$null, [ref]$errors)
$new = @($errors | ForEach-Object { "error: $_" })
$calls = @()
foreach ($node in $ast.FindAll({ $true }, $true)) {
    $kind = $node.GetType().Name
    if ($kind -in 'TernaryExpressionAst', 'PipelineChainAst' -or ($node.PSObject.Properties['NullConditional'] -and $node.NullConditional)) { $new += "${kind}: $node" }
    if ($kind -eq 'BinaryExpressionAst' -and "$($node.Operator)" -like 'Question*') { $new += "??: $node" }
    if ($kind -eq 'AssignmentStatementAst' -and "$($node.Operator)" -like 'Question*') { $new += "??=: $node" }
    if ($kind -eq 'PipelineAst' -and $node.PSObject.Properties['Background'] -and $node.Background) { $new += "&: $node" }
    if ($kind -eq 'StringConstantExpressionAst' -and "$node" -match '^".*` + "`" + `[eu]') { $new += "escape: $node" }
    if ($kind -eq 'CommandAst' -and $node.GetCommandName()) {
        $parameters = @($node.CommandElements | Where-Object { $_ -is [System.Management.Automation.Language.CommandParameterAst] } | ForEach-Object { $_.ParameterName })
        $calls += @{ name = $node.GetCommandName(); parameters = $parameters }
    }
}
ConvertTo-Json -Depth 4 -Compress @{ new = $new; calls = $calls }
`

// Windows PowerShell 5.1 is not to be had here. Its grammar and its commands are known.
func TestTheHookAsksNothingOfWindowsPowerShellThatItHasNot(t *testing.T) {
	pwsh := need.Pwsh(t)
	w := world.New(t)
	hook, _, _ := w.Run(nil, "hook", "powershell")
	got := parsedByPwsh(t, pwsh, hook)
	for _, problem := range got.New {
		t.Errorf("not in 5.1: %s", problem)
	}
	if len(got.Calls) < 40 {
		t.Fatalf("%d calls found: %v", len(got.Calls), got)
	}
	for _, flaw := range unknownTo51(got, w.Vault) {
		t.Error(flaw)
	}

	// The test sees what it is to see.
	bad := parsedByPwsh(t, pwsh, "'x' | Out-String -NoNewline\n$a = $b ? 1 : 2\n$c ??= 1; $d = $e ?? 1\na && a\nJoin-String\n")
	if flaws := unknownTo51(bad, "a"); len(bad.New) != 4 || len(flaws) != 2 {
		t.Errorf("of what is not in 5.1 it sees %q, %q", bad.New, flaws)
	}
}

type parsed struct {
	New   []string
	Calls []struct {
		Name       string
		Parameters []string
	}
}

func parsedByPwsh(t *testing.T, pwsh, text string) (got parsed) {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command(pwsh, "-NoProfile", "-NonInteractive", "-File", write(t, filepath.Join(dir, "parse.ps1"), parsePwsh), write(t, filepath.Join(dir, "text.ps1"), text))
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &got)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return got
}

// unknownTo51 names the commands and parameters that are in no list.
func unknownTo51(p parsed, program string) (flaws []string) {
	common := strings.Fields(commonParameters)
	for _, call := range p.Calls {
		list, known := windowsPowerShell[call.Name]
		if strings.HasPrefix(call.Name, "__vault_") || call.Name == program {
			continue
		}
		if !known {
			flaws = append(flaws, fmt.Sprintf("%s is not in the list for 5.1", call.Name))
			continue
		}
		for _, parameter := range call.Parameters {
			is := func(name string) bool { return strings.EqualFold(name, parameter) }
			if !slices.ContainsFunc(strings.Fields(list), is) && !slices.ContainsFunc(common, is) {
				flaws = append(flaws, fmt.Sprintf("%s -%s is not in the list for 5.1", call.Name, parameter))
			}
		}
	}
	return flaws
}

// In a job and in a runspace of its own the hook is loaded as in a shell, and changes
// what a program of that process is told.
func TestPowerShellsJobsAndRunspaces(t *testing.T) {
	w := world.New(t)
	out := pwshRun(t, w, `
$line = "Invoke-Expression (& '`+w.Vault+`' hook powershell | Out-String); vault use dev 2>&1 | Out-Null; (vault exec dev -- printf 'a,b') + ' ' + `+"`$env:AWS_VAULT"+` + ' ' + `+"`$Error.Count"+`; vault off"
$state = [initialsessionstate]::CreateDefault2()
Get-Command -CommandType Cmdlet | ForEach-Object { if (-not $state.Commands[$_.Name]) { $state.Commands.Add([System.Management.Automation.Runspaces.SessionStateCmdletEntry]::new($_.Name, $_.ImplementingType, $null)) } }
Get-Command -CommandType Function | ForEach-Object { $state.Commands.Add([System.Management.Automation.Runspaces.SessionStateFunctionEntry]::new($_.Name, $_.Definition)) }
$runspace = [runspacefactory]::CreateRunspace($state); $runspace.Open()
$shell = [powershell]::Create(); $shell.Runspace = $runspace
'runspace: ' + (@($shell.AddScript($line).Invoke()) -join ' ') + "$($shell.Streams.Error)"
"after: <$env:AWS_VAULT>"
if (Get-Command Start-ThreadJob -ErrorAction Ignore) { 'thread job: ' + (Start-ThreadJob ([scriptblock]::Create($line)) | Receive-Job -Wait -AutoRemoveJob) } else { 'thread job: none here' }
`)
	for _, want := range []string{"runspace: a,b dev 0", "after: <>", "thread job: "} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
}

// pwshRun runs lines in a PowerShell without the hook.
func pwshRun(t *testing.T, w *world.World, lines string) string {
	t.Helper()
	cmd := exec.Command(need.Pwsh(t), "-NoProfile", "-NonInteractive", "-File", write(t, filepath.Join(t.TempDir(), "lines.ps1"), lines))
	cmd.Env, cmd.Dir = w.Environ(), w.Home
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// The hook on commands that have only what Windows PowerShell 5.1 has of them: each is a
// function with those parameters, so any other is an error, as there. stderr that is
// redirected is an error under Stop, as there.
func TestTheHookOnTheCommandsOfWindowsPowerShell(t *testing.T) {
	var commands strings.Builder
	commands.WriteString("$global:standIns = 0; $global:real = @{}\n")
	switches := " Stream NoNewline Native Force Recurse PassThru Unique Wait IsValid CLike CNotLike "
	for _, name := range slices.Sorted(maps.Keys(windowsPowerShell)) {
		switch name {
		case "ForEach-Object", "Where-Object", "Register-ArgumentCompleter", "Invoke-Expression", "Write-Error", "Get-Item", "Get-Command":
			continue // they act in their caller's scope; the table holds them
		}
		var parameters []string
		for i, p := range strings.Fields(windowsPowerShell[name]) {
			if slices.Contains(strings.Fields("Verbose Debug WhatIf Confirm"), p) {
				continue
			}
			kind := "[object]"
			if strings.Contains(switches, " "+p+" ") {
				kind = "[switch]"
			}
			from := ""
			if p == "InputObject" {
				from = "[Parameter(ValueFromPipeline)]"
			} else if kind == "[object]" && i < 2 {
				from = fmt.Sprintf("[Parameter(Position=%d)]", i)
			}
			parameters = append(parameters, from+kind+"$"+p)
		}
		real := "$global:real['" + name + "']"
		fmt.Fprintf(&commands, "$c = Get-Command %s; %s = $(if ($c -is [System.Management.Automation.FunctionInfo]) { $c.ScriptBlock } else { $c })\n", name, real)
		fmt.Fprintf(&commands, "function global:%s { [CmdletBinding()] param(%s) begin { $global:standIns = 1 + $global:standIns; $all = @() } process { if ($PSBoundParameters.ContainsKey('InputObject')) { $all += , $InputObject } } "+
			"end { $null = $PSBoundParameters.Remove('InputObject'); if ($MyInvocation.ExpectingInput) { $all | & %s @PSBoundParameters } else { & %s @PSBoundParameters } } }\n",
			name, strings.Join(parameters, ", "), real, real)
	}
	inPwsh(func(t *testing.T, k kind) {
		w := world.New(t)
		dir := project(t, w, "pay", "dev\n")
		w.Run(nil, "allow", dir)
		for _, before := range []string{"", "Set-StrictMode -Version Latest; $ErrorActionPreference = 'Stop'\n"} {
			s := startWith(t, k, w, commands.String()+before+k.rc(w.Vault), "AWS_PROFILE=mine")
			s.run("$Error.Clear()")
			s.run("vault use dev")
			s.enters(1)
			if out := s.said(func() { s.enters(2) }); !strings.Contains(out, "(dev 1h) PS> ") {
				t.Errorf("%q: the prompt is %q", before, out)
			}
			s.run("vault use other 2> $null")
			if got := s.active(); got != "other" {
				t.Errorf("%q: %q is active", before, got)
			}
			s.run("vault off")
			s.cd(dir)
			if got := s.active(); got != "dev" {
				t.Errorf("%q: in the directory %q is active", before, got)
			}
			s.cd(w.Home)
			if got, _ := value(s.exported(), "AWS_PROFILE"); got != "mine" {
				t.Errorf("%q: AWS_PROFILE is %q", before, got)
			}
			if got := strings.TrimSpace(s.output("\"$($Error.Count) $Error\"")); got != "0" {
				t.Errorf("%q: errors: %s", before, got)
			}
			if got := s.output("$global:standIns -gt 10"); got != "True\n" {
				t.Errorf("%q: the commands were not used: %q", before, got)
			}
			// The stand-in refuses what 5.1 refuses.
			if got := s.output("try { 'x' | Out-String -NoNewline } catch { 'refused' }"); got != "refused\n" {
				t.Errorf("Out-String -NoNewline: %q", got)
			}
			s.tty.Close()
		}
	})(t)
}
