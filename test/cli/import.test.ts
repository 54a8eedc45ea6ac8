// `workflow import`: definitions of Conductor in files or on stdin become files of ours, with a report. Method: the
// command line in a folder of its own; nothing of the application but the importer, and what `check` needs, is there.
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CliApp } from '../../src/cli/app.ts';
import { runCli } from '../../src/cli/program/program.ts';
import { importConductor } from '../../src/importers/conductor/import-conductor.ts';
import { readFixture } from '../importers/conductor/conductor-fixtures.ts';
import { createMemoryApp } from './memory-app.ts';
import { createTestIo } from './test-io.ts';

const missing = (): never => {
  throw new Error('the command must not need this');
};
const { definitionFiles, world, registered } = createMemoryApp();
const app: CliApp = {
  ...{
    open: missing,
    runs: missing,
    serve: missing,
    dev: missing,
    work: missing,
    mcp: missing,
    down: missing,
    downUnlessUsed: missing,
    isUp: missing,
    isNew: missing,
    servers: missing,
    doctor: missing,
    natsConfig: missing,
  },
  ...{ backup: missing, restore: missing, fence: missing, drill: missing },
  ...{
    agents: missing,
    triggers: missing,
    ports: missing,
    watch: missing,
    signing: missing,
    archive: missing,
    layout: missing,
    gallery: missing,
    rehearsals: missing,
    access: missing,
    owner: missing,
  },
  // What `check` looks at.
  ...{ definitionFiles, world, registered },
  importer: () => Promise.resolve(importConductor),
};

async function project(files: Readonly<Record<string, string>>) {
  const dir = await mkdtemp(join(tmpdir(), 'workflow-import-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);

  return {
    dir,
    cli: async (line: string, input = '') => {
      const io = createTestIo({ cwd: dir, input });
      const exit = await runCli(line.split(' ').filter(Boolean), app, io);
      return { exit, out: io.out(), err: io.err() };
    },
  };
}

const fork = readFixture('fork-join.json');
const children = readFixture('children.json');

test('prints the definition on stdout and what has to be said on stderr', async () => {
  const { cli } = await project({ 'fork.json': fork });
  const { exit, out, err } = await cli('import fork.json');
  expect(exit).toBe(0);
  expect(out).toContain('workflow:\n  id: fan_out\n');
  expect(err).toContain('fan_out -> fan_out v1: 1 warning');
  expect(err).toContain(
    'publish: startDelay: the delay is a WAIT before the task -> publish_delay  (/tasks/2)',
  );
});

test('writes one definition to a file and several to a folder, and checks as right but for what is missing', async () => {
  const { dir, cli } = await project({ 'fork.json': fork, 'children.json': children });
  expect((await cli('import fork.json --out made/fork.yaml')).exit).toBe(0);
  expect((await cli('import children.json --out made')).exit).toBe(0);
  expect((await readdir(join(dir, 'made'))).sort()).toEqual([
    'child_flow.yaml',
    'fork.yaml',
    'inner.yaml',
    'parent-flow.yaml',
  ]);
  // The workflow that is to run after a failure was in none of the files.
  const { out, err } = await cli('check made');
  expect(out + err).toContain('there is no definition "clean_up"');
  expect(out + err).toContain('4 files, 1 with errors');
});

test('several definitions do not go into one file', async () => {
  const { dir, cli } = await project({ 'children.json': children });
  const { exit, err } = await cli('import children.json --out all.yaml');
  expect(exit).toBe(2);
  expect(err).toContain('3 definitions do not go into one file all.yaml');
  expect(await readdir(dir)).toEqual(['children.json']);
});

test('overwrites nothing unless it is told to', async () => {
  const { dir, cli } = await project({ 'fork.json': fork, 'fork.yaml': 'mine' });
  expect(await cli('import fork.json --out fork.yaml')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('--force'),
  });
  expect(await readFile(join(dir, 'fork.yaml'), 'utf8')).toBe('mine');
  expect((await cli('import fork.json --out fork.yaml --force')).exit).toBe(0);
  expect(await readFile(join(dir, 'fork.yaml'), 'utf8')).toContain('id: fan_out');
});

test('--strict refuses a definition that loses anything, and writes nothing', async () => {
  const { dir, cli } = await project({ 'children.json': children, 'fork.json': fork });
  const { exit, err } = await cli('import children.json --out made --strict');
  expect(exit).toBe(2);
  expect(err).toContain('nothing was written');
  expect(await readdir(dir)).toEqual(['children.json', 'fork.json']);
  expect((await cli('import fork.json --out made/ --strict')).exit).toBe(0);
});

test('--report writes the report as JSON or as text', async () => {
  const { dir, cli } = await project({ 'fork.json': fork });
  await cli('import fork.json --report report.json --quiet');
  const report = JSON.parse(await readFile(join(dir, 'report.json'), 'utf8'));
  expect(report).toMatchObject({
    ok: true,
    definitions: [{ id: 'fan_out', losses: 0, warnings: 1, problems: [] }],
  });
  await cli('import fork.json --report report.txt');
  expect(await readFile(join(dir, 'report.txt'), 'utf8')).toContain(
    'fan_out -> fan_out v1: 1 warning\n  warning outputParameters',
  );
});

test('--json prints the report, with the text where no file was asked for', async () => {
  const { cli } = await project({ 'fork.json': fork });
  const { out, err } = await cli('import fork.json --json');
  expect(err).toBe('');
  expect(JSON.parse(out)).toMatchObject({
    kind: 'ImportReport',
    definitions: [
      {
        name: 'fan_out',
        entries: expect.arrayContaining([expect.objectContaining({ construct: 'startDelay' })]),
      },
    ],
    yaml: [expect.stringContaining('workflow:')],
  });
  expect(JSON.parse((await cli('import fork.json --json --out made/')).out).definitions[0].file).toBe(
    'made/fan_out.yaml',
  );
});

test('reads stdin, and task definitions from a file of their own', async () => {
  const { cli } = await project({ 'taskdefs.json': readFixture('taskdefs.json') });
  const { exit, out } = await cli('import - --tasks taskdefs.json', readFixture('settings.json'));
  expect(exit).toBe(0);
  expect(out).toContain('backoff: linear');
});

test('what is no definition is refused with what would help, and a missing file by its name', async () => {
  const { cli } = await project({ 'other.json': '{"a": 1}' });
  expect(await cli('import other.json')).toMatchObject({
    exit: 2,
    out: '',
    err: expect.stringMatching(/other\.json holds no Conductor workflow: found an object with a[\s\S]*try: /),
  });
  expect(await cli('import none.json')).toMatchObject({
    exit: 4,
    err: expect.stringContaining('there is no file none.json'),
  });
});
