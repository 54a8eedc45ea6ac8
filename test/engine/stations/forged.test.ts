// What a station does not believe of another one, and what fits into no message. Method: two engines with a journal
// each on one clock, and requests that no station of ours would make.
import { expect, test } from 'vitest';
import { childRun } from '../../../machines/run/run.ts';
import { hostOn } from '../../../src/engine/run/child-hosts.ts';
import type { StationLinks } from '../../../src/engine/stations/station-links.ts';
import { createMemoryBlobStore } from '../../../src/stores/memory/blob-store.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { openTwoStages } from './two-stages.ts';

const inspect = `workflow:
  id: inspect
  version: 1
  input: {optional: [{n: 1}]}
  tasks:
    - {id: work, uses: noop, input: {n: "\${workflow.input.n}"}}
`;
const may = { start: ['inspect'], agents: [], skills: [], approvals: [] };

test.each([
  [{ output_to: 'definitions/evil.yaml' }, [], '"output_to" of a task is never sent'],
  [{ receipt: { to: 'stations.yaml' } }, [], '"receipt" of a task is never sent'],
  [{ output: { key: '${secrets.KEY}' } }, [], '"output" of a task is never sent'],
  [{ run: 'rm -r .' }, [], '"run" of a task is never sent'],
  [{ description: '${secrets.KEY}' }, [], '"description" holds an expression'],
  [{ show: ['secrets.KEY'] }, [], '"show" reads secrets'],
  [{}, ['n"]} ${secrets.KEY'], 'is no name of an input'],
])(
  'a peer that makes its own messages gets nothing written or evaluated here: %j',
  async (more, inputs, why) => {
    const may = { start: [], agents: ['*'], skills: ['*'], approvals: ['*'] };
    const { bridge } = await openTwoStages({
      may,
      definitions: { bridge: [], hull: [] },
      secrets: { KEY: 'k' },
    });
    const task = { id: 'weld', requires: ['welding'], ...more };

    expect(await bridge.links().ask('hull', { kind: 'task', task, inputs })).toMatchObject({
      ok: false,
      refusal: { code: 'station.bad-task', message: expect.stringContaining(why) },
    });
  },
);

test('what fits into no message fails the task, in both directions, and is not asked for again', async () => {
  const message = 'the output has 9000000 bytes';
  const refusal = { code: 'station.too-large', message };
  const blobs = createMemoryBlobStore();
  const run = childRun('run-1', 'call', 1);
  const answering = hostOn('hull', { links: linksOf(async () => ({ ok: false, refusal })), blobs });
  expect(await answering.statusOf(run)).toBe('FAILED');
  expect(await answering.endOf(run)).toEqual({ status: 'FAILED', error: { ...refusal, retryable: false } });

  const throwing = hostOn('hull', {
    links: linksOf(() => Promise.reject(Object.assign(new Error(message), { code: refusal.code }))),
    blobs,
  });
  const parent = { run: 'run-1', task: 'call', attempt: 1, key: 'run-1/call' };
  const definition = { id: 'inspect', version: 1, hash: '0' };
  expect(await throwing.start({ run, definition, input: {}, parent, hops: undefined })).toEqual({
    ok: false,
    refusal,
  });
});

test.each([
  ['a run of hull itself', childRun('run-7', 'call', 1), 'run-7'],
  ['the child of a run of hull', childRun('run-7', 'call', 1), 'run-1'],
  ['a run of another station', childRun('run-1', 'call', 1, 'dock'), 'run-1'],
  ['an id of its own choice', 'run-7', 'run-1'],
  ['what only looks like another station', childRun('dock-run-1:2', 'call', 1, 'bridge'), 'dock-run-1:2'],
])('a peer cannot choose the id of the run that it has started: %s', async (_what, run, of) => {
  const { bridge, hull } = await openTwoStages({ may, definitions: { bridge: [], hull: [inspect] } });
  const { hash } = chartOfText(inspect).ref;
  const parent = { run: of, task: 'call', attempt: 1 };

  expect(
    await bridge.links().ask('hull', { kind: 'start', run, hash, input: { n: 1 }, parent }),
  ).toMatchObject({ ok: false, refusal: { code: 'station.foreign-id' } });
  expect(hull.stage().runs.size).toBe(0);
});

test('a message that is said again, in any order and however late, does nothing more', async () => {
  const { bridge, hull } = await openTwoStages({ may, definitions: { bridge: [], hull: [inspect] } });
  const run = childRun('run-1', 'call', 1, 'bridge');
  const parent = { run: 'run-1', task: 'call', attempt: 1 };
  const { hash } = chartOfText(inspect).ref;
  const start = { kind: 'start', run, hash, input: { n: 21 }, parent } as const;
  await bridge.links().ask('hull', start);
  const { complete } = await hull.stage().attempt('work#1');
  complete({ n: 21 });
  await hull.stage().untilRun(run, ({ state }) => state.status === 'COMPLETED');
  const before = (await hull.stage().engine.reader.fold(run)).run.sequence;
  const again = [
    { kind: 'name', workflow: 'inspect' },
    start,
    { kind: 'look', run, isPaused: true },
    { kind: 'end', run, how: 'terminate', reason: 'again' },
  ] as const;
  for (const request of [...again, ...again.toReversed()]) await bridge.links().ask('hull', request);

  expect((await hull.stage().engine.reader.fold(run)).run).toMatchObject({
    sequence: before,
    state: { status: 'COMPLETED' },
  });
  expect(hull.stage().begun).toEqual(['work#1']);
});

function linksOf(ask: StationLinks['ask']): StationLinks {
  return { ask } as StationLinks;
}
