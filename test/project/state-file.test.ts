// The state file is a copy: written whole and seldom, never in the way, and never the truth. Method: a real folder,
// runs driven over the real core, a clock that only the test moves.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { expect, onTestFinished, test } from 'vitest';
import type { RunView } from '../../src/ports/runs/workflows.ts';
import { createStateFile, type StateFile } from '../../src/project/state-file.ts';
import { viewOf } from '../projections/view-of.ts';
import { chartOf } from '../support/chart-of.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { startedRun } from '../support/run-spec.ts';

const chart = chartOf('- { id: scan, uses: files.scan }');
const started = viewOf(startedRun(chart));
const completed = viewOf(startedRun(chart).completes('scan', { total_files: 1 }));

test('writes a run under its id, whole, and leaves nothing else behind', async () => {
  const { dir, file, read } = await project();
  note(file, completed);
  await file.flush();
  expect(await read()).toMatchObject({
    'test-run': { id: 'test-run', status: 'COMPLETED', tasks: { scan: { attempts: 1 } } },
  });
  expect(await readdir(join(dir, '.3ox'))).toEqual(['workflow.state.yaml']);
});

test('keeps what other processes have written, and what is further along', async () => {
  const { dir, file, read } = await project();
  note(file, named(completed, 'other'));
  note(file, completed);
  await file.flush();
  const second = createStateFile({ projectDir: dir, clock: createManualClock() });
  note(second, started);
  await second.flush();
  expect(await read()).toMatchObject({ other: { status: 'COMPLETED' }, 'test-run': { status: 'COMPLETED' } });
});

test.each([
  ['broken YAML', 'a: [1,\nb: }'],
  ['a list', '- 1\n- 2\n'],
  ['entries of another shape', 'old: 5\n'],
])('is written anew over %s', async (_what, damage) => {
  const { dir, file, read } = await project();
  await mkdir(join(dir, '.3ox'));
  await writeFile(join(dir, '.3ox/workflow.state.yaml'), damage);
  note(file, completed);
  await file.flush();
  expect(Object.keys(await read())).toEqual(['test-run']);
});

test('is written anew from what is known when it was deleted', async () => {
  const { dir, file, read } = await project();
  note(file, named(completed, 'first'));
  await file.flush();
  await rm(join(dir, '.3ox'), { recursive: true });
  note(file, completed);
  await file.flush();
  expect(Object.keys(await read()).sort()).toEqual(['first', 'test-run']);
});

test('many changes make one write, a little later', async () => {
  const { file, clock, read } = await project();
  note(file, started);
  note(file, completed);
  await expect(read()).rejects.toThrow('ENOENT');
  clock.advance(10_000);
  await file.flush();
  expect(await read()).toMatchObject({ 'test-run': { status: 'COMPLETED' } });
});

test('holds the hundred runs that were created last', async () => {
  const { file, read } = await project();
  for (let index = 0; index < 130; index += 1) {
    const startedAt = new Date(Date.parse('2026-01-01T00:00:00Z') + index * 1000).toISOString();
    note(file, named({ ...started, state: { ...started.state, startedAt } }, `run-${index}`));
    if (index % 50 === 0) await file.flush();
  }
  await file.flush();
  const ids = Object.keys(await read());
  expect(ids).toHaveLength(100);
  expect([ids[0], ids.at(-1)]).toEqual(['run-30', 'run-129']);
});

test('a file that cannot be written is reported and stops nothing', async () => {
  const { dir } = await project();
  await writeFile(join(dir, '.3ox'), 'a file where the folder should be');
  const troubles: unknown[] = [];
  const file = createStateFile({
    projectDir: dir,
    clock: createManualClock(),
    onTrouble: (error) => troubles.push(error),
  });
  note(file, completed);
  await file.flush();
  expect(troubles).toHaveLength(1);
});

function named(view: RunView, run: string): RunView {
  return { ...view, run, state: { ...view.state, run } };
}

async function project() {
  const dir = await mkdtemp(join(tmpdir(), 'workflow-state-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const clock = createManualClock();
  const file = createStateFile({ projectDir: dir, clock });
  const read = async (): Promise<Record<string, unknown>> =>
    load(await readFile(join(dir, '.3ox/workflow.state.yaml'), 'utf8')) as Record<string, unknown>;

  return { dir, clock, file, read };
}

function note(file: StateFile, view: RunView): void {
  file.update(view.run, () => view);
}
