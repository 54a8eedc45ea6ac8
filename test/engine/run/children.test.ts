// Runs that carry tasks of other runs out: named by the parent, started once, followed to their end, and never left
// behind. Method: one real engine works on parent and child on the in-memory journal; the test answers attempts.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { childRun } from '../../../machines/run/run.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { chartOf, chartOfText } from '../../support/chart-of.ts';
import { createStage, register, type Stage, type StageOptions } from '../../support/engine-bench.ts';

const childText = `workflow:
  id: child
  version: 1
  input: {optional: [{n: 1}]}
  output: {doubled: "\${work.output.n * 2}"}
  tasks:
    - {id: work, uses: noop, input: {n: "\${workflow.input.n}"}}
`;
const call = '- {id: call, type: SUB_WORKFLOW, workflow: child, input: {n: 21}}';
const child = childRun('run-1', 'call', 1);

/** A stage on which `run-1` of these tasks was started; the definition `child` is registered. */
async function staged(
  tasks: string,
  {
    input = {},
    extra = '',
    ...options
  }: StageOptions & { input?: Record<string, Json>; extra?: string } = {},
): Promise<Stage> {
  const definitions = options.definitions ?? createMemoryDefinitionStore();
  await register(definitions, chartOfText(childText), childText);
  const stage = createStage({ ...options, definitions });
  await stage.engine.startRun({ run: 'run-1', chart: chartOf(tasks, extra), input, actor: 'test' });

  return stage;
}

const ended = (stage: Stage, id = 'run-1') => stage.untilRun(id, ({ state }) => state.endedAt !== undefined);

test('a child that completes gives its output to the task, and names who it works for', async () => {
  const stage = await staged(call);
  const { attempt, complete } = await stage.attempt('work#1');
  expect(attempt).toMatchObject({ run: child, input: { n: 21 } });
  complete({ n: 21 });
  const { state } = await ended(stage);

  expect(state).toMatchObject({ status: 'COMPLETED', tasks: { call: { output: { doubled: 42 } } } });
  expect(stage.runs.get(child)?.state.parent).toEqual({
    run: 'run-1',
    task: 'call',
    attempt: 1,
    key: 'run-1/call',
  });
  expect(stage.troubles).toEqual([]);
});

test('a child that fails fails the task with its code, so that it can be caught', async () => {
  const stage = await staged(`
    - {id: call, type: SUB_WORKFLOW, workflow: child, catch: [{errors: [card.declined], next: sorry}]}
    - {id: sorry, type: NOOP}
  `);
  (await stage.attempt('work#1')).fail('card.declined', false);
  const { state } = await ended(stage);

  expect(state).toMatchObject({
    status: 'COMPLETED',
    tasks: { call: { state: 'caught' }, sorry: { state: 'completed' } },
  });
  expect(state.tasks['call']?.error).toMatchObject({
    code: 'card.declined',
    details: { run: child, status: 'FAILED' },
  });
});

test('a child that failed is tried again as another run', async () => {
  const stage = await staged(
    '- {id: call, type: SUB_WORKFLOW, workflow: child, retry_policy: {max_attempts: 2, initial_delay: 1s}}',
  );
  (await stage.attempt('work#1')).fail('stage.failed', false);
  await stage.untilRun('run-1', ({ state }) => state.tasks['call']?.state === 'retrying');
  stage.clock.advance(1_000);
  const second = childRun('run-1', 'call', 2);
  (await stage.attempt(`${second}/work#1`)).complete({ n: 3 });

  expect((await ended(stage)).state.tasks['call']?.output).toEqual({ doubled: 6 });
});

test.each([
  ['an unknown definition', '{id: call, type: SUB_WORKFLOW, workflow: nowhere}', 'child.unknown-definition'],
  ['an unknown version', '{id: call, type: SUB_WORKFLOW, workflow: child@7}', 'child.unknown-definition'],
  [
    'an input it does not take',
    '{id: call, type: SUB_WORKFLOW, workflow: child, input: {m: 1}}',
    'child.bad-input',
  ],
  [
    'an input that cannot be made',
    '{id: call, type: SUB_WORKFLOW, workflow: child, input: {n: "${1 / 0}"}}',
    'expression.failed',
  ],
])('%s fails the task, and no run is started', async (_what, task, code) => {
  const stage = await staged(`- ${task}`);
  const { state } = await ended(stage);

  expect(state).toMatchObject({ status: 'FAILED', error: { code } });
  expect([...stage.runs.keys()]).toEqual(['run-1']);
});

test('a task that does not wait is done when the other run was started', async () => {
  const stage = await staged('- {id: call, type: SUB_WORKFLOW, workflow: child, wait: false}');
  const { state } = await ended(stage);

  expect(state.tasks['call']?.output).toEqual({ run_id: child });
  (await stage.attempt('work#1')).complete({ n: 1 });
  expect((await ended(stage, child)).state.status).toBe('COMPLETED');
});

test('a parent that is terminated has its child end before it ends itself', async () => {
  const stage = await staged(call);
  const { attempt } = await stage.attempt('work#1');
  await stage.engine.submit('run-1', { kind: 'terminateRun' }, { actor: 'ana' });
  expect((await ended(stage)).state.status).toBe('TERMINATED');

  expect(stage.runs.get(child)?.state).toMatchObject({
    status: 'TERMINATED',
    reason: 'run run-1 gave it up',
  });
  expect(attempt.signal.aborted).toBe(true);
});

test('a child that may be left behind goes on when its parent is terminated', async () => {
  const stage = await staged('- {id: call, type: SUB_WORKFLOW, workflow: child, on_parent_close: abandon}');
  const { complete } = await stage.attempt('work#1');
  await stage.engine.submit('run-1', { kind: 'terminateRun' }, { actor: 'ana' });
  expect((await ended(stage)).state.status).toBe('TERMINATED');
  complete({ n: 1 });

  expect((await ended(stage, child)).state.status).toBe('COMPLETED');
});

test('an attempt that times out gives its child up, and the run ends only when the child has', async () => {
  const stage = await staged('- {id: call, type: SUB_WORKFLOW, workflow: child, timeout: 1m}');
  await stage.attempt('work#1');
  stage.clock.advance(60_000);
  const { state } = await ended(stage);

  expect(state).toMatchObject({ status: 'FAILED', error: { code: 'task.timeout' } });
  expect(stage.runs.get(child)?.state.status).toBe('TERMINATED');
  expect(Date.parse(stage.runs.get(child)?.state.endedAt ?? '')).toBeLessThanOrEqual(
    Date.parse(state.endedAt ?? ''),
  );
});

test('a child of a child ends with the run at the top', async () => {
  const definitions = createMemoryDefinitionStore();
  const middle = `workflow: {id: middle, version: 1, tasks: [{id: deeper, type: SUB_WORKFLOW, workflow: child}]}`;
  await register(definitions, chartOfText(middle), middle);
  const stage = await staged('- {id: call, type: SUB_WORKFLOW, workflow: middle}', { definitions });
  const { attempt } = await stage.attempt('work#1');
  await stage.engine.submit('run-1', { kind: 'cancelRun' }, { actor: 'ana' });
  await ended(stage);

  expect([attempt.run, child, 'run-1'].map((id) => stage.runs.get(id)?.state.status)).toEqual(
    Array(3).fill('TERMINATED'),
  );
});

test('a list is worked on by a run for every item, so many at a time', async () => {
  const list = Array.from({ length: 200 }, (_, index) => index);
  const stage = await staged(
    '- {id: all, type: FORK, for_each: "${workflow.input.list}", as: n, concurrency: 20, workflow: child}',
    { input: { list }, extra: 'input: {required: [list]}' },
  );
  for (let done = 0; done < 200; done += 1) {
    const open = await stage.attempt(`${childRun('run-1', `all[${done}].${bodyId(stage)}`, 1)}/work#1`);
    expect(stage.begun.length - done).toBeLessThanOrEqual(20);
    open.complete({ n: done });
  }
  const { state } = await ended(stage);

  const results = list.map((n) => ({ doubled: n * 2 }));
  expect(state.tasks['all']?.output).toMatchObject({ succeeded: 200, failed: 0, total: 200, results });
  expect(stage.begun).toHaveLength(200);
});

/** The one task in the body of the FORK `all`. */
function bodyId(stage: Stage): string {
  const { chart } = stage.runs.get('run-1') ?? {};

  return [...(chart?.plan ?? [])].find(([, { owner }]) => owner === 'all')?.[0] ?? '';
}

test('a child, and its child, know how many runs lie between them and the outside', async () => {
  const definitions = createMemoryDefinitionStore();
  const middleText = `workflow:
  id: middle
  version: 1
  tasks: [{id: below, type: SUB_WORKFLOW, workflow: child}]
`;
  await register(definitions, chartOfText(middleText), middleText);
  await register(definitions, chartOfText(childText), childText);
  const stage = createStage({ definitions });
  const trigger = { kind: 'event', id: 'on', hops: 3 } as const;
  const chart = chartOf('- {id: call, type: SUB_WORKFLOW, workflow: middle}');
  await stage.engine.startRun({ run: 'run-1', chart, input: {}, actor: 'engine', trigger });
  const { attempt } = await stage.attempt('work#1');
  const last = await stage.journal.last(attempt.run);

  expect(attempt.hops).toBe(3);
  expect(last?.kind === 'record' ? last.record.data.head.hops : undefined).toBe(3);
});
