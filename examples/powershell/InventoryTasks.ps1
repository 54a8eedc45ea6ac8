# The three tasks of an inventory validation as PowerShell functions. Each gets the input of its task as one object and
# returns the output as one. (A parameter cannot be called $Input: PowerShell sets that one itself.)

# Task: FILE_SCANNER_AGENT
function Invoke-FileScan {
    param($Task)

    $files = @(Get-ChildItem -LiteralPath $Task.folder -Recurse -File)

    return @{
        file_list      = @($files | Select-Object 'Name', 'FullName', 'Length')
        total_files    = $files.Count
        scan_timestamp = (Get-Date).ToUniversalTime().ToString('o')
    }
}

# Task: POLICY_LOADER_AGENT
function Invoke-PolicyLoad {
    param($Task)

    $policy = Read-Policy (Get-Content -LiteralPath $Task.policy -Raw)

    return @{
        policy_rules   = @($policy.rules)
        required_files = @($policy.required_files)
    }
}

# Task: COMPLIANCE_VALIDATOR_AGENT
function Invoke-ComplianceValidation {
    param($Task)

    $required = @($Task.required_files)
    $present = @($Task.file_list | ForEach-Object { $_.Name })
    $missing = @($required | Where-Object { $_ -notin $present })
    $score = if ($required.Count -eq 0) { 100 } else {
        [int][Math]::Round((1 - $missing.Count / $required.Count) * 100)
    }

    return @{
        compliance_status = if ($missing.Count -eq 0) { 'PASS' } else { 'FAIL' }
        missing_files     = $missing
        compliance_score  = $score
    }
}

# PowerShell reads JSON, but no YAML. Of YAML, this reads lists of words: in a file, or in the ```yaml block of a page.
function Read-Policy {
    param([string] $Text)

    if ($Text.TrimStart().StartsWith('{')) { return ConvertFrom-Json -InputObject $Text }
    if ($Text -match '(?s)```yaml\r?\n(.*?)```') { $Text = $Matches[1] }

    $policy = @{ rules = @(); required_files = @() }
    $key = ''
    foreach ($line in $Text -split '\r?\n') {
        if ($line -match '^(\w+):\s*\[(.*)\]\s*$') {
            $name, $list = $Matches[1], $Matches[2]
            $policy[$name] = @($list -split ',' | ForEach-Object { $_.Trim().Trim('"', "'") } | Where-Object { $_ })
        } elseif ($line -match '^(\w+):\s*$') {
            $key = $Matches[1]
            $policy[$key] = @()
        } elseif ($key -and $line -match '^\s*-\s+(.+?)\s*$') {
            $policy[$key] += $Matches[1].Trim('"', "'")
        }
    }

    return $policy
}
