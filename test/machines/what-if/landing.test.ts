// Whether a run under way may go on by another version. Method: a run is driven half way by one definition; where it
// would be by the other is compared with where it is, task by task; then it goes on there, and its journal folds.
import { expect, test } from 'vitest';
import type { JournalRecord } from '../../../events/record.ts';
import type { Chart } from '../../../machines/compile/chart.ts';
import { decide } from '../../../machines/run/decide.ts';
import { runFor } from '../../../machines/run/decide-migrate.ts';
import { pendingEffects } from '../../../machines/run/effects.ts';
import { evolve, UnexplainedEvent } from '../../../machines/run/evolve.ts';
import { foldRecord } from '../../../machines/run/fold.ts';
import { newRun } from '../../../machines/run/run.ts';
import { seal } from '../../../machines/run/seal.ts';
import { landing } from '../../../machines/what-if/landing.ts';
import { chartOf, chartOfText } from '../../support/chart-of.ts';
import { type Driven, startedRun } from '../../support/run-spec.ts';

const two = `
- {id: a, uses: noop}
- {id: b, uses: noop, depends_on: a, retry_policy: {max_attempts: 3, initial_delay: 1s}}
`;
const later = '- {id: c, uses: noop, depends_on: b}';
const time = '2026-01-01T00:10:00.000Z';

test('goes on where all that is left differs, with the attempt that is under way', () => {
  const run = startedRun(chartOf(two)).completes('a').fails('b').passes(1_000);
  const after = migrated(run, chartOf(`${two}\n${later}`));
  expect(after.transitions).toEqual([]);
  expect(after.run.state.definition).toEqual(after.run.chart.ref);
  expect(pendingEffects(after.run)).toEqual([{ kind: 'execute', task: 'b', attempt: 2 }]);
  const done = evolve(after.run, { fact: completed('b', 2), time, actor: 'w' });
  expect(done.run.state.tasks['c']?.state).toBe('scheduled');
});

test('what follows in the journal is folded by the version that it names, and by no other', () => {
  const run = startedRun(chartOf(two)).completes('a');
  const chart = chartOf(`${two}\n${later}`);
  const { bodies } = migrated(run, chart);
  const read = bodies.map((body) => ({ body, record: JSON.parse(body) as JournalRecord }));
  let folded = newRun(run.run().chart);
  for (const each of read) {
    folded = foldRecord(each.record.type === 'run.migrated' ? { ...folded, chart } : folded, each);
  }
  expect(folded.state.phase).toBe('running');
  expect(Object.keys(folded.state.tasks)).toContain('c');
  expect(() =>
    evolve({ ...folded, chart: run.run().chart }, { fact: completed('b', 1), time, actor: 'w' }),
  ).toThrow(UnexplainedEvent);
});

test.each([
  ['a new task would have begun', `${two}\n- {id: c, uses: noop, depends_on: a}`, 'also begins c'],
  [
    'a new task would be done already',
    `${two}\n- {id: c, type: NOOP, depends_on: a}`,
    'c would be completed and has not begun',
  ],
  ['what is under way is gone', '- {id: a, uses: noop}', 'the run becomes completed'],
  [
    'what is under way is of another type',
    two.replace('b, uses: noop', 'b, type: HTTP, request: {url: "https://example.test/"}'),
    'under way as SIMPLE',
  ],
])('a run stays where %s', (_what, tasks, why) => {
  const run = startedRun(chartOf(two)).completes('a');
  expect(landing(run.run(), recordsOf(run), chartOf(tasks))).toEqual({
    ok: false,
    why: expect.stringContaining(why),
  });
});

test('goes on where another way led to the same place', () => {
  const worded = (text: string) =>
    `- {id: t, type: TRANSFORM, output: {text: ${text}}}\n- {id: a, uses: noop, depends_on: t}`;
  const run = startedRun(chartOf(worded('old')));
  const after = migrated(run, chartOf(worded('new')));
  expect(after.run.state.tasks['t']?.output).toEqual({ text: 'new' });
});

test('a run stays where an input is secret in one of the versions only', () => {
  const input = (secret: boolean) => `input: {properties: {token: {type: string, secret: ${secret}}}}`;
  const run = startedRun(chartOf(two, input(true)), { token: '***' });
  expect(landing(run.run(), recordsOf(run), chartOf(two, input(false)))).toMatchObject({
    ok: false,
    why: expect.stringContaining('the input token is secret'),
  });
});

test.each([
  ['that moved on meanwhile', (run: Driven) => run.completes('b'), 'migrate.moved-on'],
  ['that is over', (run: Driven) => run.completes('b', {}).does({ kind: 'terminateRun' }), 'run.closed'],
])('refuses a run %s', (_what, meanwhile, code) => {
  const chart = chartOf(`${two}\n${later}`);
  const run = startedRun(chartOf(`${two}\n- {id: z, uses: noop, depends_on: b}`)).completes('a');
  const landed = landing(run.run(), recordsOf(run), chart);
  if (!landed.ok) throw new Error(landed.why);
  const command = { kind: 'migrateRun', chart, at: 2, state: landed.state } as const;
  meanwhile(run).refuses(command, code);
});

test('refuses a run that waits for a place', () => {
  const limited = startedRun(chartOf(two, 'concurrency: {limit: 1}'));
  limited.refuses({ kind: 'migrateRun', chart: chartOf(two), at: 1, state: {} }, 'migrate.not-under-way');
});

test('refuses the version that the run is on, and another definition', () => {
  const run = startedRun(chartOf(two));
  const other = chartOfText('workflow: {id: other, version: 1, tasks: [{id: a, uses: noop}]}');
  run.refuses({ kind: 'migrateRun', chart: chartOf(two), at: 1, state: {} }, 'migrate.same-version');
  run.refuses({ kind: 'migrateRun', chart: other, at: 1, state: {} }, 'migrate.other-definition');
});

/** The run after it was migrated, with all its records. */
function migrated(driven: Driven, chart: Chart) {
  const run = driven.run();
  const landed = landing(run, recordsOf(driven), chart);
  if (!landed.ok) throw new Error(landed.why);
  const command = { kind: 'migrateRun', chart, at: run.sequence, state: landed.state } as const;
  const decision = decide(run, command);
  if (!decision.ok) throw new Error(decision.refusal.message);
  const sealed = seal(runFor(run, command), { fact: decision.fact, time, actor: 'ana' });

  return { ...sealed, bodies: [...driven.bodies, sealed.body] };
}

function completed(task: string, attempt: number) {
  return { type: 'task.completed', data: { task, attempt, output: {} } } as const;
}

function recordsOf({ bodies }: Driven): readonly JournalRecord[] {
  return bodies.map((body) => JSON.parse(body) as JournalRecord);
}
