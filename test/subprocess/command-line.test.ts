// What a program gets as its arguments is what the definition says, byte for byte. Method: children that print what
// they were given; everything that cannot be started has its own code.
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Json } from '../../events/canonical-json.ts';
import { temporaryProject } from '../files/temporary-project.ts';
import { carryOut, node } from './carry-out.ts';

const echoArguments = 'console.log(JSON.stringify(process.argv.slice(1)))';

afterEach(() => vi.unstubAllEnvs());

test('arguments arrive byte for byte, with nothing read by a shell', async () => {
  const args = [
    '; rm -rf x',
    '$(id) `id` $HOME',
    '"\'\\',
    'two\nlines\r\n',
    '',
    ' ',
    '*',
    '🜂 ⧗ ü',
    'x'.repeat(100_000),
  ];
  expect(await carryOut({ command: node(echoArguments, ...args) })).toEqual(args);
  expect(await carryOut({ command: node(echoArguments, '--', '-e', '--version') })).toEqual([
    '-e',
    '--version',
  ]);
});

test('arguments are rendered, and what is no text becomes JSON', async () => {
  const values: Record<string, Json> = { n: 7, list: [1, 'a'], text: '${n}', no: null };
  const render = (template: Json) =>
    typeof template === 'string' && template in values ? (values[template] ?? null) : template;
  expect(await carryOut({ command: node(echoArguments, 'n', 'list', 'text', 'no') }, { render })).toEqual([
    '7',
    '[1,"a"]',
    '${n}',
    'null',
  ]);
});

test.each([
  [['node', 'a\0b'], 'command.invalid'],
  [[], 'command.invalid'],
  [[' '], 'command.invalid'],
  [['run.bat'], 'command.invalid'],
  [['RUN.CMD'], 'command.invalid'],
  [['no-such-program-anywhere'], 'command.not-found'],
  [['./no-such-script.sh'], 'command.not-found'],
  [['./README.md'], 'command.not-executable'],
  [['node', 'x'.repeat(3_000_000)], 'command.too-long'],
])('%.60j is refused with %s', async (command, code) => {
  const project = await temporaryProject({ 'README.md': '' });
  await expect(carryOut({ command }, { projectDir: project })).rejects.toMatchObject({
    code,
    retryable: false,
  });
});

describe('shells', () => {
  test.each(['sh', 'bash'] as const)(
    '%s gets the script as text and values as its arguments',
    async (shell) => {
      const command = ['printf "%s|%s" "$1" "$(echo "$2" | tr a-z A-Z)"', '$(id); "', 'abc'];
      expect(await carryOut({ command, shell })).toEqual({ stdout: '$(id); "|ABC' });
    },
  );

  test('a script with a value inside is refused, since the value would be run', async () => {
    await expect(carryOut({ command: ['echo ${workflow.input.name}'], shell: 'sh' })).rejects.toMatchObject({
      code: 'command.unsafe-script',
    });
    const render = () => 'echo ${HOME:+set}';
    expect(await carryOut({ command: ['echo $${HOME:+set}'], shell: 'sh' }, { render })).toEqual({
      stdout: 'set',
    });
  });

  test('pwsh gets a script file and its arguments, never a line of code', async () => {
    // PowerShell itself is not needed to see what it would be started with.
    const project = await temporaryProject({ 'bin/pwsh': '#!/bin/sh\nprintf "%s\\n" "$@"\n' });
    await chmod(join(project, 'bin/pwsh'), 0o755);
    vi.stubEnv('PATH', `${join(project, 'bin')}:${process.env['PATH']}`);
    const command = ['scan.ps1', '-Folder', '$(x)'];
    expect(await carryOut({ command, shell: 'pwsh' })).toEqual({
      stdout: '-NoProfile\n-NonInteractive\n-File\nscan.ps1\n-Folder\n$(x)',
    });
  });
});
