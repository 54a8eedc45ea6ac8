// Values that a definition marks are recorded sealed: they reach whoever needs them, and stand nowhere as they are.
// Method: the stage of the engine bench with values to look for in every record, blob and snapshot of every run.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { sealedWith } from '../../../events/sealed-text.ts';
import { snapshotText } from '../../../machines/run/record/snapshot.ts';
import { childRun } from '../../../machines/run/run.ts';
import { whatIfOf } from '../../../src/engine/queries/what-if.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { createStage, register, type Stage } from '../../support/engine-bench.ts';
import { createMemoryStores } from '../../support/memory-stores.ts';

const planted = 'Ada-planted-8f31c2';
const text = `workflow:
  id: onboard
  version: 1
  erasure_key: \${workflow.input.customer}
  failure_workflow:
    id: sorry
    steps: [{id: apologise, uses: noop, input: {to: "\${workflow.input.name}"}}]
  input:
    properties:
      customer: {type: string, pii: true}
      name: {type: string, pii: true}
      list: {type: array, pii: true}
      amount: {type: number, default: 2}
    required: [customer, name, list]
  variables: {greeting: "Dear \${workflow.input.name}"}
  output: [text, total]
  tasks:
    - {id: sum, type: TRANSFORM, output: {total: "\${workflow.input.amount * 2.0}"}}
    - {id: greet, type: TRANSFORM, output: {text: "\${workflow.variables.greeting}", more: "\${workflow.input.name}"}}
    - {id: route, type: DECISION, decision_param: "\${greet.output.more}", decision_cases: {x: {next: never}}, default: send, depends_on: greet}
    - {id: never, uses: noop}
    - {id: send, uses: noop, input: {to: "\${workflow.input.name}"}}
    - {id: each, type: FORK, for_each: "\${workflow.input.list}", as: friend, depends_on: send, tasks: [{id: ask, uses: noop, input: {who: "\${friend}"}}]}
    - {id: call, type: SUB_WORKFLOW, workflow: child, depends_on: each, input: {name: "\${send.output.said}"}}
    - {id: last, uses: noop, depends_on: call, input: {answer: "\${call.output.said}"}}
`;
const child = (pii: string) => `workflow:
  id: child
  version: 1
  output: [said]
  input: {properties: {name: {type: string${pii}}}, required: [name]}
  tasks: [{id: work, uses: noop, input: {name: "\${workflow.input.name}"}, output: [said]}]
`;
const input = { customer: `customer:${planted}`, name: planted, list: [planted, `${planted}!`], amount: 2 };

async function staged(pii = ', pii: true') {
  const stores = createMemoryStores();
  const definitions = createMemoryDefinitionStore();
  for (const each of [text, child(pii)]) await register(definitions, chartOfText(each), each);
  const stage = createStage({ definitions, stores });
  const chart = chartOfText(text);
  const start = () => stage.engine.startRun({ run: 'run-1', chart, input, actor: 'test' });

  return { ...stage, stores, definitions, start, chart };
}

/** Everything that was recorded, and the state of every run, as one text. */
async function kept({ journal, runs, stores }: Stage & { stores: ReturnType<typeof createMemoryStores> }) {
  let all = '';
  for await (const { run } of journal.lastOfEach()) {
    for await (const { body } of journal.read(run)) {
      all += body;
      for (const [, digest = ''] of body.matchAll(/"digest":"([0-9a-f]{64})"/g))
        all += await stores.blobs.get(digest);
    }
  }
  for (const run of runs.values()) all += snapshotText(run, { position: 1, library: 'test' });

  return all;
}

async function finished(stage: Awaited<ReturnType<typeof staged>>, filler = '') {
  await stage.start();
  const send = await stage.attempt('send#1');
  expect(send.attempt.input).toEqual({ to: planted });
  send.complete({ said: planted + filler });
  const asked = [await stage.attempt('each[0].ask#1'), await stage.attempt('each[1].ask#1')];
  expect(asked.map(({ attempt }) => attempt.input)).toEqual([{ who: planted }, { who: `${planted}!` }]);
  for (const each of asked) each.complete({ said: planted, [planted]: 1 });
  const work = await stage.attempt('work#1');
  expect(work.attempt.input).toEqual({ name: planted + filler });
  work.complete({ said: `${planted}?` });
  const last = await stage.attempt('last#1');
  expect(last.attempt.input).toEqual({ answer: `${planted}?` });
  last.complete({});

  return stage.untilRun('run-1', ({ state }) => state.endedAt !== undefined);
}

test('marked values reach every task that needs them, and what is kept holds none of them', async () => {
  const stage = await staged();
  const { state } = await finished(stage);

  expect(state.status).toBe('COMPLETED');
  expect(stage.troubles).toEqual([]);
  expect(await kept(stage)).not.toContain('planted');
  expect(state.input['amount']).toBe(2);
  expect(state.tasks['sum']?.output).toEqual({ total: 4 });
  const { text: said, total } = state.output as Record<string, Json>;
  expect(total).toBe(4);
  expect(sealedWith(said)).toBe(state.erasureKey);
  // The child, whose definition does not say whose its values are, has the key of the run that it is a part of.
  expect(stage.runs.get(childRun('run-1', 'call', 1))?.state.erasureKey).toBe(state.erasureKey);
});

test('a sealed value that is too large for the journal is sealed where it is kept beside it', async () => {
  const stage = await staged();
  await finished(stage, 'x'.repeat(200_000));

  expect(await kept(stage)).not.toContain('planted');
});

test('a run is read again, replays byte for byte and tells what would have been, with its values sealed', async () => {
  const stage = await staged();
  await finished(stage);
  const { reader } = stage.engine;
  const sources = { ...stage.stores, reader };

  await reader.fold('run-1', { verified: true });
  expect((await whatIfOf(sources, 'run-1', stage.chart)).whatIf).toEqual({
    kind: 'same',
    events: expect.any(Number),
  });
});

test('what answers the failure of the run is given the values, and seals them with the same key', async () => {
  const stage = await staged();
  await stage.start();
  (await stage.attempt('send#1')).fail(planted, false);
  const apologise = await stage.attempt('apologise#1');
  expect(apologise.attempt.input).toEqual({ to: planted });
  apologise.complete({ said: planted });
  const { state } = await stage.untilRun('run-1', (run) => run.state.endedAt !== undefined);

  expect(state.failureRun?.run).toBeDefined();
  await stage.untilRun(state.failureRun?.run ?? '', (run) => run.state.endedAt !== undefined);
  expect(stage.runs.get(state.failureRun?.run ?? '')?.state.erasureKey).toBe(state.erasureKey);
  expect(await kept(stage)).not.toContain('planted');
});

test('a code of a worker that looks like one of the engine is not kept, and one of the engine is', async () => {
  for (const [code, kept] of [
    ['ada.planted', 'task.failed'],
    ['worker.lost', 'worker.lost'],
  ] as const) {
    const stage = await staged();
    await stage.start();
    (await stage.attempt('send#1')).fail(code, false);
    const { state } = await stage.untilRun('run-1', (run) => run.state.error !== undefined);
    expect(state.error?.code).toBe(kept);
  }
});

test('a task does not start a run that would record the value as it is', async () => {
  const stage = await staged('');
  await stage.start();
  for (const key of ['send#1', 'each[0].ask#1', 'each[1].ask#1'])
    (await stage.attempt(key)).complete({ said: planted });
  const { state } = await stage.untilRun('run-1', (run) => run.state.endedAt !== undefined);

  expect(state.error?.code).toBe('child.open-input');
  expect(await kept(stage)).not.toContain('planted');
});

test('what goes on from a run is not given the values of somebody else', async () => {
  const stage = await staged();
  const { state } = await finished(stage);
  const again = (given: typeof input) =>
    stage.engine.submit('run-1', { kind: 'rerun', from: 'send', input: given }, { actor: 'test' });
  const fork = (given: typeof input) =>
    stage.engine.forkRun(
      stage.chart,
      {
        kind: 'forkRun',
        run: 'run-2',
        from: { run: 'run-1', at: 1, hash: '' },
        state: state as never,
        input: given,
      },
      'test',
    );
  const other = { ...input, customer: 'customer:other' };
  for (const ask of [again, fork])
    expect(await ask(other)).toMatchObject({ ok: false, refusal: { code: 'erasure.other-subject' } });
  expect(await again({ ...input, amount: 3 })).toMatchObject({ ok: true });
});

test('after erasure nothing goes on, replay is the same, and what would have been cannot be told', async () => {
  const stage = await staged();
  const { state } = await finished(stage);
  const { reader } = stage.engine;
  const key = state.erasureKey ?? '';
  const before = await reader.fold('run-1', { verified: true });
  expect(await stage.stores.subjectKeys.runsOf(key)).toEqual(['run-1', childRun('run-1', 'call', 1)]);
  await stage.stores.subjectKeys.erase({ key, at: '2026-01-01T00:00:00.000Z', by: 'ada', runs: [] });
  await stage.engine.release(() => true);

  expect(await reader.fold('run-1', { verified: true })).toEqual(before);
  expect((await whatIfOf({ ...stage.stores, reader }, 'run-1', stage.chart)).whatIf).toEqual({
    kind: 'untold',
    why: expect.stringContaining('erased at 2026-01-01'),
  });
  const again = await stage.engine.submit('run-1', { kind: 'rerun', from: 'send' }, { actor: 'test' });
  expect(again).toMatchObject({ ok: false, refusal: { code: 'value.erased' } });
  // The subject may come back: its new runs have another key.
  await stage.engine.startRun({ run: 'run-2', chart: stage.chart, input, actor: 'test' });
  expect((await stage.attempt('run-2/send#1')).attempt.input).toEqual({ to: planted });
  expect(stage.runs.get('run-2')?.state.erasureKey).not.toBe(key);
});
