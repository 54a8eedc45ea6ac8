// `workflow archives` lists the segments of the archive and verifies them without a server. Method: segments that the
// archive of the project has written, damaged on purpose.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { archiveHere } from '../../../../src/compose/session/open-archive.ts';
import { given, givenRun } from '../../../support/archived-runs.ts';
import { createProject } from '../../project.ts';

const at = '2026-02-01T00:00:00.000Z';

async function archivedProject() {
  const project = await createProject({});
  const runs = [givenRun('run-a', { events: 20 }), givenRun('run-b', { kept: 'head', first: 90 })];
  const { name } = await archiveHere(project.dir).put({ at, by: 'ana', generation: 1 }, given(...runs));

  return { ...project, name, folder: join(project.dir, '.3ox', 'archive', 'own-default', name) };
}

test('a project of which no run has left the journal says so', async () => {
  const { cli } = await createProject({});

  expect(await cli('archives')).toMatchObject({ exit: 0, out: '' });
  expect((await cli('archives')).err).toContain('no run has left the journal of this project');
  expect(await cli('archives verify')).toMatchObject({ exit: 0 });
});

test('lists the segments', async () => {
  const { cli, name } = await archivedProject();
  const { exit, out } = await cli('archives');
  expect(exit).toBe(0);
  expect(out).toContain(name);
  const { items, runs } = JSON.parse((await cli('archives list --json')).out);

  expect(runs).toBe(2);
  expect(items).toMatchObject([{ name, at, by: 'ana', generation: 1, runs: 2, messages: 20 }]);
});

test('verifies what was written, and names what was changed since', async () => {
  const { cli, name, folder } = await archivedProject();
  expect(await cli('archives verify')).toMatchObject({
    exit: 0,
    out: 'segments: 1, runs: 2; all are what was written and signed\n',
  });
  const path = join(folder, 'messages.gz');
  const bytes = await readFile(path);
  bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1;
  await writeFile(path, bytes);

  const { exit, out } = await cli(`archives verify ${name}`);
  expect(exit).toBe(7);
  expect(out).toContain(`${name}: messages.gz is not the file that was written  [archive.file]`);
  expect(out).toContain('the messages of run run-a are not those that were written  [archive.messages]');
  const report = JSON.parse((await cli('archives verify --json')).out);
  expect(report).toMatchObject({ ok: false, segments: 1, runs: 2 });
});

test('a segment whose manifest is broken is told, and the others are verified', async () => {
  const { cli, dir, name, folder } = await archivedProject();
  const later = { at: '2026-02-02T00:00:00.000Z', by: 'ana', generation: 2 };
  const sound = await archiveHere(dir).put(later, given(givenRun('run-c')));
  await writeFile(join(folder, 'segment.json'), '{');

  const { exit, out } = await cli('archives verify --json');
  expect(exit).toBe(7);
  expect(JSON.parse(out)).toMatchObject({
    ...{ ok: false, segments: 2, runs: 1 },
    problems: [{ segment: name, code: 'archive.broken' }],
  });
  expect(await cli(`archives verify ${sound.name}`)).toMatchObject({ exit: 0 });
});

test('a segment that is not there is not found', async () => {
  const { cli } = await archivedProject();

  expect(await cli('archives verify 20260101t000000000z-g1-000000000000')).toMatchObject({ exit: 4 });
});
