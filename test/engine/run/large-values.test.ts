// Values too large for a record: the journal holds references, expressions read the content, other runs get the
// reference, and a store that cannot be reached is waited for. Method as in engine.test.ts.
import { expect, test } from 'vitest';
import { isBlobRef } from '../../../events/blob-ref.ts';
import { canonicalJson } from '../../../events/canonical-json.ts';
import type { FactMembers } from '../../../events/catalogue.ts';
import { TaskCompleted } from '../../../events/task-events.ts';
import { childRun } from '../../../machines/run/run.ts';
import { storable } from '../../../src/engine/run/resolve-blobs.ts';
import { BlobUnavailable } from '../../../src/ports/runs/blob-store.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { bodiesOf } from '../../support/engine-bench.ts';
import { createMemoryStores } from '../../support/memory-stores.ts';
import { startedRun } from '../../support/run-spec.ts';
import { staged } from './staged-texts.ts';

const sizes = `workflow:
  id: sizes
  version: 1
  input: {optional: [{text: ""}]}
  output: {size: "\${measure.output.size}"}
  tasks:
    - {id: big, uses: noop}
    - {id: measure, type: TRANSFORM, depends_on: big, output: {size: "\${size(big.output.part)}"}}
    - {id: after, uses: noop, depends_on: measure, input: {text: "\${big.output.part}"}}
`;
const child = `workflow:
  id: child
  version: 1
  input: {required: [text]}
  variables: {first: "\${workflow.input.text.substring(0, 1)}"}
  output: {text: "\${workflow.input.text}", first: "\${workflow.variables.first}"}
  tasks: [{id: work, uses: noop, input: {n: "\${size(workflow.input.text)}"}}]
`;
const parent = `workflow:
  id: parent
  version: 1
  output: {size: "\${size(call.output.text)}", first: "\${call.output.first}"}
  tasks:
    - {id: big, uses: noop}
    - {id: call, type: SUB_WORKFLOW, workflow: child, depends_on: big, input: {text: "\${big.output.part}"}}
`;
const items = `workflow:
  id: items
  version: 1
  input: {required: [list]}
  tasks:
    - id: all
      type: FORK
      for_each: "\${workflow.input.list}"
      as: each
      tasks: [{id: one, uses: noop, input: {n: "\${each.n}", size: "\${size(each.text)}"}}]
`;

/** As much as one expression gives, and more than a record holds. */
const part = 'p'.repeat(200_000);

test.each([1, 20])('an output of %i MiB is read by expressions and workers, and replays', async (mib) => {
  const stage = await staged([sizes]);
  const text = 'x'.repeat(mib * 1024 * 1024);
  await stage.start();
  (await stage.attempt('big#1')).complete({ text, part });
  const { attempt, complete } = await stage.attempt('after#1');
  expect(attempt.input).toEqual({ text: part });
  complete();
  const { state } = await stage.ended();

  expect(state.output).toEqual({ size: part.length });
  expect(isBlobRef(state.tasks['big']?.output)).toBe(true);
  expect(Math.max(...(await bodiesOf(stage.journal, 'run-1')).map((body) => body.length))).toBeLessThan(
    200_000,
  );
  expect(await stage.questions.replay('run-1')).toMatchObject({ status: 'COMPLETED', differences: [] });
});

test('an engine that takes the run over reads what the one before had stored', async () => {
  const stores = createMemoryStores();
  const first = await staged([sizes], { stores });
  await first.start();
  (await first.attempt('big#1')).complete({ text: 'x'.repeat(1024 * 1024), part });
  await first.attempt('after#1');
  await first.engine.stop();
  const second = await staged([sizes], { stores, journal: first.journal, definitions: first.definitions });
  await second.engine.adopt('run-1');

  expect((await second.attempt('after#1')).attempt.input).toEqual({ text: part });
});

test('what an attempt printed is stored, and held by no engine', async () => {
  const run = startedRun(chartOfText(sizes)).run();
  const { blobs } = createMemoryStores();
  const of = { task: 'big', attempt: 1, worker: 'w', startedAt: '2026-01-01T00:00:00.000Z' };
  const log = { stderr: 'x'.repeat(20_000) };
  const fact = await storable(blobs, run, TaskCompleted.of({ ...of, output: { part }, log }));

  const { log: kept }: FactMembers = fact.data;
  if (!isBlobRef(kept)) throw new Error('it is a reference');
  expect(await blobs.get(kept.$blob.digest)).toBe(canonicalJson(log));
  expect([...run.aside.blobs.keys()]).not.toContain(kept.$blob.digest);
});

test('a child gets a large input, whose content its variables may read, and gives a large output', async () => {
  const stage = await staged([parent, child]);
  await stage.start();
  (await stage.attempt('big#1')).complete({ text: 'x'.repeat(9 * 1024 * 1024), part });
  const { attempt, complete } = await stage.attempt('work#1');
  expect(attempt.input).toEqual({ n: part.length });
  complete();

  expect((await stage.ended()).state.output).toEqual({ size: part.length, first: 'p' });
  expect(isBlobRef(stage.runs.get(childRun('run-1', 'call', 1))?.state.input['text'])).toBe(true);
  expect(stage.troubles).toEqual([]);
});

test('a list of large items is worked on item by item', async () => {
  const stage = await staged([items]);
  const list = [0, 1, 2].map((n) => ({ n, text: 'é'.repeat(70_000 + n) }));
  await stage.start({ list });
  for (const { n } of list) {
    const open = await stage.attempt(`all[${n}].one#1`);
    expect(open.attempt.input).toEqual({ n, size: 70_000 + n });
    open.complete({ n });
  }

  expect((await stage.ended()).state.tasks['all']?.output).toMatchObject({
    results: [{ n: 0 }, { n: 1 }, { n: 2 }],
  });
});

test('while the store cannot be reached the run waits, and nothing is lost or done twice', async () => {
  const stores = createMemoryStores();
  let down = true;
  const refuse = () => Promise.reject(new BlobUnavailable('down'));
  const blobs: typeof stores.blobs = {
    ...stores.blobs,
    put: (blob) => (down ? refuse() : stores.blobs.put(blob)),
    get: (digest) => (down ? refuse() : stores.blobs.get(digest)),
  };
  const stage = await staged([sizes], { stores: { ...stores, blobs } });
  await stage.start();
  (await stage.attempt('big#1')).complete({ text: 'x'.repeat(1024 * 1024), part });
  while (stage.troubles.length < 1) await Promise.resolve();
  down = false;
  stage.clock.advance(1_000);
  await stage.attempt('after#1');
  await stage.engine.stop();

  down = true;
  const next = await staged([sizes], { ...stage, stores: { ...stores, blobs } });
  await next.engine.adopt('run-1');
  while (next.troubles.length < 1) await Promise.resolve();
  expect(next.begun).toEqual([]);
  down = false;
  next.clock.advance(1_000);
  (await next.attempt('after#1')).complete();

  expect((await next.ended()).state).toMatchObject({ status: 'COMPLETED', tasks: { after: { attempt: 1 } } });
});
