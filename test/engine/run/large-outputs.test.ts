// What the chart itself makes of outputs: those of runs by names, and those of JOINs. However large a value is, what is
// read of it is the same. Method as in engine.test.ts.
import { expect, test } from 'vitest';
import { exportOf, exportText } from '../../../machines/audit/export-format.ts';
import { digestsIn, verifyExport } from '../../../machines/audit/verify-export.ts';
import { forkRun } from '../../../src/engine/cluster/node.ts';
import { wholeOutput } from '../../../src/engine/run/resolve-blobs.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { bodiesOf } from '../../support/engine-bench.ts';
import { createMemoryStores } from '../../support/memory-stores.ts';
import { staged } from './staged-texts.ts';

const named = `workflow:
  id: named
  version: 1
  output: [text, note, data, said]
  tasks:
    - {id: big, uses: noop, output: [text]}
    - {id: small, uses: noop, depends_on: big, output: [note]}
    - {id: told, type: WAIT, signal: told, depends_on: small, output: [data, said]}
`;
const joined = `workflow:
  id: joined
  version: 1
  output: [text]
  tasks:
    - id: fan
      type: FORK
      branches: [[{id: big, uses: noop}], [{id: other, uses: noop}]]
      output: {text: "\${result.big.text}", size: "\${size(result.big.text)}"}
    - {id: beside, uses: noop}
    - {id: ends, type: JOIN, join_on: [fan, beside], output: [text, size]}
    - {id: after, uses: noop, depends_on: ends, input: {size: "\${ends.output.size}", keys: "\${size(ends.output)}"}}
`;
const totals = `workflow:
  id: totals
  version: 1
  output: [total]
  tasks:
    - {id: f1, type: FORK, branches: [[{id: a, uses: noop}]], output: {total: "\${result.a.text}"}}
    - {id: f2, type: FORK, branches: [[{id: b, uses: noop}]], output: {total: "\${result.b.text}"}}
    - {id: ends, type: JOIN, join_on: [f1, f2], output: [total]}
`;
const signals = `workflow:
  id: signals
  version: 1
  output: {by_join: "\${after.output.seen}", by_fork: "\${size(fan.output.said.text)}"}
  tasks:
    - {id: fan, type: FORK, branches: [[{id: said, type: WAIT, signal: said}]]}
    - {id: told, type: WAIT, signal: told}
    - {id: ends, type: JOIN, join_on: [told, fan]}
    - {id: after, type: TRANSFORM, depends_on: ends, output: {seen: "\${size(ends.output.told.text)}"}}
`;
const byHand = `workflow:
  id: by-hand
  version: 1
  output: [fan]
  tasks:
    - {id: fan, type: FORK, branches: [[{id: big, uses: noop}]]}
    - {id: ends, type: JOIN, join_on: [fan], output: [fan]}
`;
const child = `workflow:
  id: child
  version: 1
  output: [a, b, c]
  tasks:
    - {id: large, uses: noop, output: [a]}
    - {id: second, uses: noop, output: [b]}
    - {id: third, uses: noop, output: [c]}
`;
const parent = `workflow:
  id: parent
  version: 1
  output: {a: "\${size(call.output.a)}", b: "\${size(call.output.b)}"}
  tasks: [{id: call, type: SUB_WORKFLOW, workflow: child}]
`;

/** As much as one expression gives, and more than a record holds. */
const part = 'p'.repeat(200_000);

/** The contents of all digests in a text. */
async function contentsIn(text: string, get: (digest: string) => Promise<string | undefined>) {
  const digests = new Set(text.match(/(?<="digest":")[0-9a-f]{64}/g));

  return Object.fromEntries(await Promise.all([...digests].map(async (each) => [each, await get(each)])));
}

test('outputs that the run names are those of large results and signals, and replay', async () => {
  const stores = createMemoryStores();
  const stage = await staged([named], { stores });
  await stage.start();
  (await stage.attempt('big#1')).complete({ text: part, more: 1 });
  (await stage.attempt('small#1')).complete({ note: 'small' });
  await stage.untilRun('run-1', ({ state }) => state.tasks['told']?.state === 'awaiting');
  const data = { said: `${part}!` };
  await stage.engine.submit('run-1', { kind: 'signal', name: 'told', data }, { actor: 'test' });
  const run = await stage.ended();

  expect(run.state.status).toBe('COMPLETED');
  expect(new Set(digestsIn(run.state.output)).size).toBe(2);
  expect(await wholeOutput(stores.blobs, run)).toEqual({
    text: part,
    note: 'small',
    data,
    said: `${part}!`,
  });
  expect(await stage.questions.replay('run-1')).toMatchObject({ status: 'COMPLETED', differences: [] });
});

test('a JOIN has the members of the large output of a FORK beside those of others', async () => {
  const stores = createMemoryStores();
  const stage = await staged([joined], { stores });
  await stage.start();
  (await stage.attempt('big#1')).complete({ text: part });
  (await stage.attempt('other#1')).complete({});
  (await stage.attempt('beside#1')).complete({ n: 1 });
  const { attempt, complete } = await stage.attempt('after#1');
  expect(attempt.input).toEqual({ size: part.length, keys: 3 });
  complete();

  expect(await wholeOutput(stores.blobs, await stage.ended())).toEqual({ text: part });
});

test.each([
  [10, 10],
  [10, 200_000],
  [200_000, 10],
  [200_000, 200_000],
])(
  'of two members with one name a JOIN has that of the later FORK: %i and %i characters',
  async (one, two) => {
    const stores = createMemoryStores();
    const stage = await staged([totals], { stores });
    await stage.start();
    (await stage.attempt('a#1')).complete({ text: 'a'.repeat(one) });
    (await stage.attempt('b#1')).complete({ text: 'b'.repeat(two) });

    expect(await wholeOutput(stores.blobs, await stage.ended())).toEqual({ total: 'b'.repeat(two) });
  },
);

test.each([10, 200_000])(
  'what a JOIN and a FORK have of a signal has its members: %i characters',
  async (n) => {
    const stage = await staged([signals]);
    await stage.start();
    for (const name of ['told', 'said']) {
      await stage.untilRun('run-1', ({ state }) => state.tasks[name]?.state === 'awaiting');
      const data = { text: 'x'.repeat(n) };
      await stage.engine.submit('run-1', { kind: 'signal', name, data }, { actor: 'test' });
    }

    expect((await stage.ended()).state.output).toEqual({ by_join: n, by_fork: n });
  },
);

test.each([10, 200_000])('a FORK that a person completed with a text gives it: %i characters', async (n) => {
  const stores = createMemoryStores();
  const stage = await staged([byHand], { stores });
  await stage.start();
  await stage.attempt('big#1');
  const output = 'z'.repeat(n);
  await stage.engine.submit('run-1', { kind: 'resolveTask', task: 'fan', output }, { actor: 'test' });

  expect(await wholeOutput(stores.blobs, await stage.ended())).toEqual({ fan: output });
});

test('a parent reads what its child gave by names, and its export holds all of it', async () => {
  const stores = createMemoryStores();
  const stage = await staged([parent, child], { stores });
  await stage.start();
  (await stage.attempt('large#1')).complete({ a: part });
  (await stage.attempt('second#1')).complete({ b: 'b'.repeat(100_000) });
  (await stage.attempt('third#1')).complete({ c: 'c'.repeat(100_000) });

  expect((await stage.ended()).state.output).toEqual({ a: part.length, b: 100_000 });
  const records = await bodiesOf(stage.journal, 'run-1');
  const blobs = await contentsIn(records.join(), stores.blobs.get);
  expect(Object.values(blobs).join()).not.toContain('$blob');
  const definitions = [{ ref: chartOfText(parent).ref, text: parent }];
  const last = JSON.parse(records.at(-1) ?? '');
  const source = { run: 'run-1', definitions, records: [...records], blobs, last };
  const report = verifyExport(exportText(exportOf(source, '2026-01-02T00:00:00.000Z')));
  expect(report).toMatchObject({ problems: [], status: 'COMPLETED' });
});

test('a fork tells the outputs of its tasks as every release reads them, and goes on with them', async () => {
  const stores = createMemoryStores();
  const stage = await staged([joined], { stores });
  await stage.start();
  (await stage.attempt('big#1')).complete({ text: part });
  (await stage.attempt('other#1')).complete({});
  (await stage.attempt('beside#1')).complete({ n: 1 });
  await stage.attempt('after#1');
  const at = (await bodiesOf(stage.journal, 'run-1')).length;
  const request = { kind: 'fork', id: 'request', run: 'run-2', from: 'run-1', at, actor: 'test' } as const;
  expect(await forkRun(stage.engine, request)).toMatchObject({ ok: true });

  const [first = ''] = await bodiesOf(stage.journal, 'run-2');
  expect(first).toContain('"$blob":{"bytes"');
  expect(first).not.toContain('"$blob":[');
  const { attempt, complete } = await stage.attempt('run-2/after#1');
  expect(attempt.input).toEqual({ size: part.length, keys: 3 });
  complete();
  const run = await stage.untilRun('run-2', ({ state }) => state.endedAt !== undefined);
  expect(await wholeOutput(stores.blobs, run)).toEqual({ text: part });
});
