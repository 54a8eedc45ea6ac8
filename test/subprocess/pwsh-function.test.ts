// A function of a PowerShell script gets the task's input as an object, and its result is that of the task. Method: a
// stand-in shows what PowerShell is started with; where PowerShell itself is on the machine, it is asked, too.
import { spawnSync } from 'node:child_process';
import { chmod, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Language, type Node, Parser } from 'web-tree-sitter';
import { pwshCall } from '../../src/subprocess/pwsh-function.ts';
import { root } from '../fences/repository-files.ts';
import { temporaryProject } from '../files/temporary-project.ts';
import { carryOut } from './carry-out.ts';

const program = 'pwsh';
const hasPwsh = spawnSync(program, ['-NoProfile', '-Version']).error === undefined;
const skipped = hasPwsh ? '' : ' (skipped: there is no pwsh on PATH)';

afterEach(() => vi.unstubAllEnvs());

/**
 * In place of PowerShell, which it is not: it runs nothing, and prints its arguments, what names the function, and its
 * standard input, as JSON.
 */
async function withStandIn(): Promise<string> {
  const standIn = `#!/usr/bin/env node
let stdin = '';
process.stdin.on('data', (text) => { stdin += text; }).on('end', () => {
  const { WORKFLOW_PWSH_SCRIPT: script, WORKFLOW_PWSH_FUNCTION: name } = process.env;
  console.log(JSON.stringify({ args: process.argv.slice(2), script, name, stdin }));
});`;
  const project = await temporaryProject({ 'bin/pwsh': standIn });
  await chmod(join(project, 'bin/pwsh'), 0o755);
  vi.stubEnv('PATH', `${join(project, 'bin')}:${process.env['PATH']}`);

  return project;
}

/** Where a text is no PowerShell, by the grammar that editors colour it with; undefined where it is. */
async function syntaxError(text: string): Promise<string | undefined> {
  await Parser.init();
  const grammar = createRequire(import.meta.url).resolve(
    'tree-sitter-powershell/tree-sitter-powershell.wasm',
  );
  const parser = new Parser();
  parser.setLanguage(await Language.load(grammar));
  const tree = parser.parse(text);
  const wrong = tree === null ? null : firstWrong(tree.rootNode);

  return wrong === null ? undefined : `line ${wrong.startPosition.row + 1}: ${wrong.text.split('\n')[0]}`;
}

function firstWrong(node: Node): Node | null {
  if (node.isError || node.isMissing) return node;
  for (const child of node.children) {
    const wrong = child === null || !(child.hasError || child.isMissing) ? null : firstWrong(child);
    if (wrong !== null) return wrong;
  }

  return null;
}

const call = { command: ['tasks/Inventory.ps1', 'Invoke-FileScan'], shell: 'pwsh' } as const;

test('script, function and input are data: what is run as code is always the same text', async () => {
  const projectDir = await withStandIn();
  const one = await carryOut(call, { projectDir, input: { folder: '$(x); ü 🜂' } });
  const other = await carryOut({ ...call, command: ['$(evil).ps1', 'Get-Other'] }, { projectDir });

  expect(one).toMatchObject({
    args: ['-NoProfile', '-NonInteractive', '-Command', expect.any(String)],
    script: 'tasks/Inventory.ps1',
    name: 'Invoke-FileScan',
    stdin: '{"folder":"$(x); \\u00fc \\ud83d\\udf02"}',
  });
  expect(other).toMatchObject({ args: (one as { args: string[] }).args, script: '$(evil).ps1' });
});

// It does not run them, which only PowerShell can: it keeps them from being no PowerShell at all.
test('the scripts that we ship, and the text that calls a function, are PowerShell by its grammar', async () => {
  const [, , , bridge = ''] = pwshCall('a.ps1', 'Get-Echo').args;
  const example = await readFile(join(root, 'examples/powershell/InventoryTasks.ps1'), 'utf8');

  expect(await syntaxError(bridge)).toBeUndefined();
  expect(await syntaxError(example)).toBeUndefined();
  expect(await syntaxError(example.replace('param($Task)', 'param($Task'))).toBe('line 6: param($Task');
});

test.skipIf(hasPwsh)('a machine without PowerShell says how to install it', async () => {
  const projectDir = await temporaryProject({ 'tasks/Inventory.ps1': '' });

  await expect(carryOut(call, { projectDir })).rejects.toMatchObject({
    code: 'command.not-found',
    message: expect.stringContaining('winget install Microsoft.PowerShell'),
  });
});

test('what is no name of a function is refused', async () => {
  for (const name of ['-Verbose', 'Get-Item; x', '', 'a b']) {
    await expect(carryOut({ ...call, command: ['a.ps1', name] })).rejects.toMatchObject({
      code: 'command.invalid',
    });
  }
});

test('a text as input stays JSON, so that the function gets a text', async () => {
  const projectDir = await withStandIn();

  expect(await carryOut({ ...call, stdin: 'folder' }, { projectDir })).toMatchObject({ stdin: '"folder"' });
});

describe.skipIf(!hasPwsh)(`with PowerShell${skipped}`, () => {
  const scripts = {
    'my tasks.ps1': `
Write-Host 'loading'
function Get-Echo { param($Data) Write-Host 'working'; Write-Warning 'careful'; return @{ got = $Data; kind = $Data.GetType().Name } }
function Get-Nothing { param($Data) }
function Get-List { param($Data) 1; 2; 'drei ü' }
function Stop-Badly { param($Data) Get-Item 'no such file' }
`,
  };
  const run = async (name: string, input = {}) =>
    carryOut(
      { command: ['my tasks.ps1', name], shell: 'pwsh' },
      { projectDir: await temporaryProject(scripts), input },
    );

  test('an object goes in and an object comes out, whatever else the function says', async () => {
    const input = { a: [1, { b: 'ü "\' $x' }], empty: [], none: null };
    expect(await run('Get-Echo', input)).toEqual({ got: input, kind: 'PSCustomObject' });
    expect(await run('Get-Nothing')).toBeNull();
    expect(await run('Get-List')).toEqual([1, 2, 'drei ü']);
  });

  test('an error fails the attempt with its message', async () => {
    await expect(run('Stop-Badly')).rejects.toMatchObject({
      code: 'command.exit',
      message: expect.stringContaining('no such file'),
    });
    await expect(run('Get-Lost')).rejects.toMatchObject({
      message: expect.stringContaining('no function Get-Lost'),
    });
  });

  test('the three tasks of the inventory work', async () => {
    const script = await readFile(join(root, 'examples/powershell/InventoryTasks.ps1'), 'utf8');
    const policy =
      '# Policy\n\n```yaml\nrules: [no-tabs]\nrequired_files:\n  - README.md\n  - LICENSE\n```\n';
    const files = { 'InventoryTasks.ps1': script, 'policy.md': policy, 'files/README.md': 'x' };
    const projectDir = await temporaryProject(files);
    const invoke = (name: string, input: Readonly<Record<string, unknown>>) =>
      carryOut(
        { command: ['InventoryTasks.ps1', name], shell: 'pwsh' },
        { projectDir, input: input as never },
      );

    const scan = await invoke('Invoke-FileScan', { folder: 'files' });
    expect(scan).toMatchObject({ total_files: 1, file_list: [{ Name: 'README.md', Length: 1 }] });
    const rules = await invoke('Invoke-PolicyLoad', { policy: 'policy.md' });
    expect(rules).toEqual({ policy_rules: ['no-tabs'], required_files: ['README.md', 'LICENSE'] });
    expect(
      await invoke('Invoke-ComplianceValidation', { ...(scan as object), ...(rules as object) }),
    ).toEqual({ compliance_status: 'FAIL', missing_files: ['LICENSE'], compliance_score: 50 });
  });
});
