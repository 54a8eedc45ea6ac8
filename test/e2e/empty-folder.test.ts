// Whoever looks where nothing was ever run leaves nothing behind, and what was left running elsewhere is listed and
// stopped. Method: the built command line in folders of their own, with no NATS_URL.
import { existsSync } from 'node:fs';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/compose/system-clock.ts';
import { createRunArchive } from '../../src/stores/archive/run-archive.ts';
import { archivedAt, given, givenRun, memorySigning } from '../support/archived-runs.ts';
import { builtCli, runProgram } from './station.ts';

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'workflow-empty-')));
});
afterAll(async () => {
  await cli('down');
  await rm(folder, { recursive: true, force: true });
});

test.each(['show @last', 'status @last', 'history @last', 'next @last', 'diff @last 1 2', 'replay @last'])(
  'workflow %s starts nothing where nothing was ever run, and says so',
  async (command) => {
    const { code, stderr } = await cli(...command.split(' '));
    expect({ code, stderr }).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('none was ever started there'),
    });
    expect(stderr).toContain('workflow start <definition>');
    expect(existsSync(join(folder, '.3ox'))).toBe(false);
  },
);

test.each(['list', 'status'])('neither does workflow %s, which has nothing to list', async (command) => {
  expect(await cli(command)).toMatchObject({ code: 0, stderr: expect.stringContaining('no runs yet') });
  expect(JSON.parse((await cli(command, '--json')).stdout)).toMatchObject({ counts: {} });
  expect(existsSync(join(folder, '.3ox'))).toBe(false);
});

test.each([
  ['approvals list', 'no approval is asked for'],
  ['triggers list', 'no triggers'],
  ['schedules list', 'no schedules'],
  ['dead-letters list', 'no dead letters'],
  ['agents list', 'no agents'],
])('nor does workflow %s', async (command, note) => {
  expect(await cli(...command.split(' '))).toMatchObject({ code: 0, stderr: expect.stringContaining(note) });
  const { stdout } = await cli(...command.split(' '), '--json');
  expect(JSON.parse(stdout)).toMatchObject({ items: [], total: 0 });
  expect(existsSync(join(folder, '.3ox'))).toBe(false);
});

test('workflow doctor looks at the machine and the folder there, and brings no server up', async () => {
  const { code, stdout } = await cli('doctor');
  expect({ code, stdout }).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('nothing was ever run here'),
  });
  expect(existsSync(join(folder, '.3ox'))).toBe(false);
});

test.each(['start no-such-definition', 'graph no-such-definition', 'watch', 'watch @last', 'logs @last'])(
  'workflow %s is refused where nothing was ever run, and starts nothing',
  async (command) => {
    expect(await cli(...command.split(' '))).toMatchObject({ code: 4 });
    expect(existsSync(join(folder, '.3ox'))).toBe(false);
  },
);

test('where an archive is named that others share, a run of theirs is found', async () => {
  const shared = await mkdtemp(join(tmpdir(), 'workflow-shared-'));
  const here = await mkdtemp(join(tmpdir(), 'workflow-sharing-'));
  const env = { NATS_URL: '', WORKFLOW_ARCHIVE: shared };
  const ran = (...args: readonly string[]) => runProgram(builtCli, args, { cwd: here, env });
  onTestFinished(async () => {
    await ran('down');
    for (const each of [shared, here]) await rm(each, { recursive: true, force: true });
  });
  const { keys, isSigned } = memorySigning();
  const folder = join(shared, 'own-default');
  const archive = createRunArchive({ folder, base: shared, keys, isSigned, clock: systemClock });
  const theirs = givenRun('of-another', { kept: 'head' });
  await archive.put({ at: archivedAt, by: 'engine', generation: 1 }, given(theirs));

  expect(await ran('show', 'of-another')).toMatchObject({
    code: 5,
    stderr: expect.stringContaining('COMPLETED'),
  });
}, 60_000);

test('servers lists what was left running, and stops it', async () => {
  await writeFile(
    join(folder, 'short.yaml'),
    'workflow:\n  id: short\n  version: 1\n  tasks:\n    - {id: nothing, type: NOOP}\n',
  );
  expect(await cli('servers', '.')).toMatchObject({
    stderr: expect.stringContaining(`no server of ${folder} is running`),
  });
  expect((await cli('start', 'short.yaml')).code).toBe(0);
  expect((await cli('servers')).stdout).toMatch(new RegExp(`${folder} +\\d+ .* nats://127.0.0.1:\\d+`));
  const { items } = JSON.parse((await cli('servers', '.', '--json')).stdout) as {
    readonly items: readonly { readonly projectDir: string; readonly pid: number }[];
  };
  expect(items).toMatchObject([{ projectDir: folder }]);

  expect(await cli('servers', '--stop', '.')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('1 stopped'),
  });
  expect((await cli('servers')).stdout).not.toContain(folder);
  expect((await cli('show', '@last')).code).toBe(0);
}, 60_000);

function cli(...args: readonly string[]) {
  return runProgram(builtCli, args, { cwd: folder, env: { NATS_URL: '' } });
}
