import type { Json } from '../../events/canonical-json.ts';
import { TaskError } from '../ports/work/handler.ts';

/** How a function of a PowerShell script is called: its script and its name come in by the environment. */
export type PwshCall = {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};

/**
 * Always the same text, so that nothing of a definition or of an input is ever read as code. Standard input reaches
 * `$input` or stays to be read, as the host has it. What the function says on its other streams is for people: it goes
 * to standard error while it runs, and only its result to standard output. No double quotes, because the command line
 * of Windows would need them escaped.
 */
const bridge = `
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
try {
  $text = @($input) -join [Environment]::NewLine
  if ($text -eq '') { $text = [Console]::In.ReadToEnd() }
  $value = ConvertFrom-Json -InputObject $text -Depth 64 -NoEnumerate
  $name = $env:WORKFLOW_PWSH_FUNCTION
  $null = . (Convert-Path -LiteralPath $env:WORKFLOW_PWSH_SCRIPT) 3>&1 4>&1 5>&1 6>&1
  if (-not (Test-Path -LiteralPath (Join-Path 'function:' $name))) {
    throw ('there is no function ' + $name + ' in ' + $env:WORKFLOW_PWSH_SCRIPT)
  }
  $result = @(& $name $value 3>&1 4>&1 5>&1 6>&1 | ForEach-Object {
    $isSaid = $_ -is [Management.Automation.InformationalRecord] -or $_ -is [Management.Automation.InformationRecord]
    if ($isSaid) { [Console]::Error.WriteLine([string]$_) } else { , $_ }
  })
  if ($result.Count -eq 0) { $out = $null } elseif ($result.Count -eq 1) { $out = $result[0] } else { $out = $result }
  $json = ConvertTo-Json -InputObject $out -Depth 64 -Compress -EscapeHandling EscapeNonAscii
  [Console]::Out.Write($json)
  exit 0
} catch {
  [Console]::Error.WriteLine($_.ScriptStackTrace)
  [Console]::Error.WriteLine($_.Exception.Message.Replace([Environment]::NewLine, ' '))
  exit 1
}
`.trim();

/** Calls a function of a script with one object, which it gets as its first parameter. Throws TaskError for no name. */
export function pwshCall(script: string, name: string): PwshCall {
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,99}$/.test(name)) {
    throw new TaskError(
      'command.invalid',
      `the command cannot be started: ${JSON.stringify(name.slice(0, 120))} is no name of a PowerShell function`,
    );
  }

  return {
    args: ['-NoProfile', '-NonInteractive', '-Command', bridge],
    env: { WORKFLOW_PWSH_SCRIPT: script, WORKFLOW_PWSH_FUNCTION: name },
  };
}

/** JSON of ASCII alone, which every code page reads alike. */
export function asciiJson(value: Json): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
