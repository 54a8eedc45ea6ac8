// The workflow that answers the failure of a run: started once for every failure, before the run ends, and without a
// say in how it ends. Crashes in between are in child-crashes.test.ts.
import { expect, test } from 'vitest';
import type { OtherRuns } from '../../../src/engine/run/failure-runs.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { createStage, register, type Stage, type StageOptions } from '../../support/engine-bench.ts';
import { createMemoryStores } from '../../support/memory-stores.ts';

const textOf = (failure: string, id = 'main') => `workflow:
  id: ${id}
  version: 1
  input: {required: [station]}
  failure_workflow: ${failure}
  tasks:
    - {id: a, uses: noop}
    - {id: log_to_incident, uses: noop, depends_on: a}
`;
const inline =
  '{id: emergency, steps: [log_to_incident, {id: notify_commander, uses: noop}, {id: preserve_state, uses: noop}]}';

/** A run of the definition whose first task fails, on a stage where these others are registered. */
async function failing(
  failure: string,
  others: readonly string[] = [],
  options: StageOptions = {},
): Promise<Stage> {
  const definitions = createMemoryDefinitionStore();
  const text = textOf(failure);
  for (const each of [text, ...others]) await register(definitions, chartOfText(each), each);
  const stage = createStage({ ...options, definitions });
  await stage.engine.startRun({
    run: 'run-1',
    chart: chartOfText(text),
    input: { station: 'x' },
    actor: 'test',
  });
  (await stage.attempt('a#1')).fail('disk.full', false);

  return stage;
}

const ended = (stage: Stage) => stage.untilRun('run-1', ({ state }) => state.endedAt !== undefined);
const failureRun = async (stage: Stage) => (await ended(stage)).state.failureRun?.run ?? 'none';

test('a named one gets what it takes of the input, and what is known of the failure', async () => {
  const incident = `workflow:
  id: incident
  version: 1
  input: {required: [station, error, failed_task], optional: [{original_run_id: ""}, {colour: red}]}
  tasks: [{id: report, uses: noop}]
`;
  const stage = await failing('{id: incident}', [incident]);
  const run = await failureRun(stage);

  expect(stage.runs.get(run)?.state).toMatchObject({
    failureOf: 'run-1',
    input: {
      station: 'x',
      error: { code: 'disk.full', message: 'failed' },
      failed_task: 'a',
      original_run_id: 'run-1',
      colour: 'red',
    },
  });
});

test('one that asks for it reads what the failed run was given, and what its tasks gave, however large', async () => {
  const text = `workflow:
  id: main
  version: 1
  input: {required: [station]}
  failure_workflow:
    id: undo
    steps:
      - id: undo
        type: TRANSFORM
        output:
          station: "\${workflow.input.original_input.station}"
          slot: "\${workflow.input.original_outputs.?first.slot.orValue(0)}"
          size: "\${workflow.input.original_outputs.?second.orValue('').size()}"
          code: "\${workflow.input.error.code}"
  tasks:
    - {id: first, uses: noop}
    - {id: second, uses: noop, depends_on: first}
    - {id: a, uses: noop, depends_on: second}
    - {id: b, uses: noop, depends_on: a}
`;
  const definitions = createMemoryDefinitionStore();
  await register(definitions, chartOfText(text), text);
  const stage = createStage({ definitions });
  const start = { run: 'run-1', chart: chartOfText(text), input: { station: 'x' }, actor: 'test' };
  await stage.engine.startRun(start);
  (await stage.attempt('first#1')).complete({ slot: 7 });
  (await stage.attempt('second#1')).complete('x'.repeat(300_000));
  (await stage.attempt('a#1')).fail('disk.full', false);
  const run = await failureRun(stage);
  const { state } = await stage.untilRun(run, (each) => each.state.endedAt !== undefined);

  expect(state).toMatchObject({ status: 'COMPLETED' });
  expect(state.tasks['undo']?.output).toEqual({ station: 'x', slot: 7, size: 300_000, code: 'disk.full' });
  expect(Object.keys(state.input['original_outputs'] ?? {})).toEqual(['$blob']);
});

test('the steps of one that is written in its definition follow each other, and a named one is the task of that name', async () => {
  const stage = await failing(inline);
  const run = await failureRun(stage);
  for (const each of ['log_to_incident', 'notify_commander', 'preserve_state']) {
    expect(stage.begun.filter((key) => key !== 'a#1').at(-1)).toBe(`${each}#1`);
    (await stage.attempt(`${run}/${each}#1`)).complete();
    await stage.untilRun(run, ({ state }) => state.tasks[each]?.state === 'completed');
  }

  expect((await ended(stage)).state).toMatchObject({ status: 'FAILED', error: { code: 'disk.full' } });
  expect(stage.runs.get(run)?.state.status).toBe('COMPLETED');
});

test('one whose id another definition has already goes by its content, too', async () => {
  const other = 'workflow: {id: emergency, version: 1, tasks: [{id: unrelated, uses: noop}]}';
  const stage = await failing(inline, [other]);
  const run = await failureRun(stage);

  expect(stage.runs.get(run)?.state.definition.id).toMatch(/^emergency-[0-9a-f]{8}$/);
  await stage.attempt(`${run}/log_to_incident#1`);
});

test.each([
  ['is registered nowhere', '{id: nowhere}', [], 'failure-workflow.unknown'],
  [
    'needs an input that nobody has',
    '{id: incident}',
    ['workflow: {id: incident, version: 1, input: {required: [colour]}, tasks: [{id: t, uses: noop}]}'],
    'child.bad-input',
  ],
])('one that %s is told of, and changes nothing else', async (_what, failure, others, code) => {
  const stage = await failing(failure, others);
  const { state } = await ended(stage);

  expect(state).toMatchObject({
    status: 'FAILED',
    error: { code: 'disk.full' },
    failureRun: { error: { code } },
  });
  expect([...stage.runs.keys()]).toEqual(['run-1']);
});

test('the failure of the failure workflow is its own', async () => {
  const stage = await failing(inline);
  const run = await failureRun(stage);
  (await stage.attempt(`${run}/log_to_incident#1`)).fail('paper.jam', false);
  await stage.untilRun(run, ({ state }) => state.status === 'FAILED');

  expect((await ended(stage)).state.error?.code).toBe('disk.full');
});

test('while the engine that has to start it cannot reach its journal, the run waits with it', async () => {
  let refusals = 2;
  const between = (otherRuns: OtherRuns): OtherRuns => ({
    ...otherRuns,
    start: async (request) => {
      refusals -= 1;
      const refusal = { code: 'journal.unavailable', message: 'down' };
      return refusals < 0 ? otherRuns.start(request) : { ok: false, run: request.run, refusal };
    },
  });
  const stage = await failing(inline, [], { between });
  while (stage.troubles.length < 1) await Promise.resolve();
  expect(stage.runs.get('run-1')?.state.phase).toBe('notifying');
  stage.clock.advance(100);
  while (refusals > 0) await Promise.resolve();
  // What goes wrong at every look is told once.
  expect(stage.troubles).toHaveLength(1);
  stage.clock.advance(200);

  expect(stage.runs.get(await failureRun(stage))?.state.failureOf).toBe('run-1');
});

test('an answer that comes too late while it is being started does not have another one started', async () => {
  const text = `workflow:
  id: main
  version: 1
  failure_workflow: {id: emergency, steps: [log_to_incident]}
  tasks:
    - {id: a, uses: noop}
    - {id: log_to_incident, uses: noop, depends_on: a}
    - {id: ask, type: HUMAN, wait_for_approval: true}
`;
  const definitions = createMemoryDefinitionStore();
  await register(definitions, chartOfText(text), text);
  const asked: string[] = [];
  let isLost = true;
  // The engine dies before it hears that the failure run was started.
  const between = (otherRuns: OtherRuns): OtherRuns => ({
    ...otherRuns,
    start: async (request) => {
      asked.push(request.run);
      if (!isLost) return otherRuns.start(request);
      return { ok: false, run: request.run, refusal: { code: 'journal.unavailable', message: 'down' } };
    },
  });
  const stores = createMemoryStores();
  const one = createStage({ definitions, between, stores });
  await one.engine.startRun({ run: 'run-1', chart: chartOfText(text), input: {}, actor: 'test' });
  (await one.attempt('a#1')).fail('disk.full', false);
  await one.untilRun('run-1', ({ state }) => state.phase === 'notifying');
  const late = { kind: 'approve', task: 'ask', by: 'ana' } as const;
  const answer = await one.engine.submit('run-1', late, { actor: 'ana', id: 'late' });
  while (asked.length < 1) await Promise.resolve();
  await one.engine.stop();
  isLost = false;
  const two = createStage({ definitions, between, stores, journal: one.journal, clock: one.clock });
  await two.engine.adopt('run-1');
  await ended(two);

  expect(answer).toMatchObject({ ok: false, refusal: { code: 'approval.settled' } });
  expect(asked.length).toBeGreaterThan(1);
  expect(new Set(asked).size).toBe(1);
});

test('it knows how many runs lie between it and the outside', async () => {
  const definitions = createMemoryDefinitionStore();
  const text = textOf('{id: emergency, steps: [log_to_incident]}');
  await register(definitions, chartOfText(text), text);
  const stage = createStage({ definitions });
  const trigger = { kind: 'event', id: 'on', hops: 4 } as const;
  await stage.engine.startRun({
    run: 'run-1',
    chart: chartOfText(text),
    input: {},
    actor: 'engine',
    trigger,
  });
  (await stage.attempt('a#1')).fail('disk.full', false);

  expect((await stage.attempt('log_to_incident#1')).attempt.hops).toBe(4);
});
