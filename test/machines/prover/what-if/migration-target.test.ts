// Whether a run under way may go on by another version. Method: a run is driven half way by one definition; where it
// would be by the other is compared with where it is, task by task; then it goes on there, and its journal folds.
import { expect, test } from 'vitest';
import { canonicalJson } from '../../../../events/canonical-json.ts';
import type { JournalRecord } from '../../../../events/record.ts';
import type { Chart } from '../../../../machines/chart/chart.ts';
import { landing } from '../../../../machines/prover/what-if/migration-target.ts';
import { decide, runFor } from '../../../../machines/run/decide/decide.ts';
import { pendingEffects } from '../../../../machines/run/effects.ts';
import { seal } from '../../../../machines/run/record/create-record.ts';
import { evolve, UnexplainedEvent } from '../../../../machines/run/record/evolve.ts';
import { foldRecord } from '../../../../machines/run/record/fold.ts';
import { newRun } from '../../../../machines/run/run.ts';
import { chartOf, chartOfText } from '../../../support/chart-of.ts';
import { type Driven, startedRun } from '../../../support/run-spec.ts';

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
    'b is under way, and its type would be another',
  ],
])('a run stays where %s', (_what, tasks, why) => {
  const run = startedRun(chartOf(two)).completes('a');
  expect(landing(run.run(), recordsOf(run), { chart: chartOf(tasks), now: time })).toEqual({
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

const asking = (approvers: string) =>
  `- {id: ok, type: HUMAN, wait_for_approval: true, quorum: 2, approvers: {names: [${approvers}]}}`;
const calling = (input: string) => `- {id: s, type: SUB_WORKFLOW, workflow: ${input}}`;
const child = { run: 'r1', definition: { id: 'child', version: 1, hash: 'h' }, input: {} };

test.each<[string, (run: Driven) => Driven, readonly [string, string], string]>([
  [
    'a completed task would be carried out again',
    (run) => run.completes('pay'),
    [
      '- {id: q, uses: noop}\n- {id: pay, uses: noop}',
      '- {id: q, uses: noop}\n- {id: pay, uses: noop, depends_on: q}',
    ],
    'pay is completed (attempt 1) and would be waiting (attempt 0)',
  ],
  [
    'a completed task is gone: it may have another name',
    (run) => run.completes('pay'),
    [
      '- {id: q, uses: noop}\n- {id: pay, uses: noop}',
      '- {id: q, uses: noop}\n- {id: paid, uses: noop, depends_on: q}',
    ],
    'pay is completed (attempt 1) and would be gone',
  ],
  [
    'a failed task would be tried again once a pause is over',
    (run) => run.does({ kind: 'pauseRun' }).fails('pay'),
    [
      '- {id: q, uses: noop}\n- {id: pay, uses: noop, optional: true}',
      '- {id: q, uses: noop}\n- {id: pay, uses: noop, optional: true, retry_policy: {max_attempts: 3, initial_delay: 1s}}',
    ],
    'pay is completed_with_errors (attempt 1) and would be retrying',
  ],
  [
    'an attempt is under way elsewhere',
    (run) => run,
    ['- {id: a, assigned_to: x}', '- {id: a, assigned_to: y}'],
    'a is under way, and its performer would be another',
  ],
  [
    'an attempt would be given another input',
    (run) => run,
    [
      '- {id: t, type: TRANSFORM, output: {n: 1}}\n- {id: a, uses: noop, depends_on: t, input: {n: "${t.output.n}"}}',
      '- {id: t, type: TRANSFORM, output: {n: 2}}\n- {id: a, uses: noop, depends_on: t, input: {n: "${t.output.n}"}}',
    ],
    'a is under way, and what it works with would be another',
  ],
  [
    'somebody who agreed is not asked any more',
    (run) => run.does({ kind: 'approve', task: 'ok', by: 'ana' }),
    [asking('ana, bob'), asking('bob, eve')],
    'ok is under way, and its approvers would be another',
  ],
  [
    'another signal would be waited for',
    (run) => run,
    ['- {id: w, type: WAIT, signal: go}', '- {id: w, type: WAIT, signal: stop}'],
    'w is under way, and its signal would be another',
  ],
  [
    'a run of another definition is under way for it',
    (run) => run.does({ kind: 'delegate', task: 's', attempt: 1, child }),
    [calling('child'), calling('another')],
    's is under way, and its workflow would be another',
  ],
])('a run stays where %s', (_what, drive, [from, to], why) => {
  const run = drive(startedRun(chartOf(from)));
  expect(landing(run.run(), recordsOf(run), { chart: chartOf(to), now: time })).toEqual({
    ok: false,
    why: expect.stringContaining(why),
  });
});

test.each([
  ['under way', (run: Driven) => run],
  ['paused', (run: Driven) => run.does({ kind: 'pauseRun' })],
])('a run that is %s stays where a time limit would have passed already', (_how, drive) => {
  const run = drive(startedRun(chartOf(two)));
  const landed = (limit: string) =>
    landing(run.run(), recordsOf(run), { chart: chartOf(two, `timeout: ${limit}`), now: time });
  expect(landed('5m')).toEqual({
    ok: false,
    why: 'the run.timeout would be due since 2026-01-01T00:05:00.000Z',
  });
  expect(landed('1h')).toMatchObject({ ok: true });
});

test('retries may be more or fewer, and what comes of a task under way may lead elsewhere', () => {
  const run = startedRun(chartOf(two)).completes('a');
  const other = two.replace('max_attempts: 3', 'max_attempts: 5').replace('id: b,', 'id: b, optional: true,');
  expect(landing(run.run(), recordsOf(run), { chart: chartOf(other), now: time })).toMatchObject({
    ok: true,
  });
});

test('large values that are made on the way come with the state that refers to them', () => {
  const worded = (letter: string) =>
    chartOf(
      `- {id: a, uses: noop}\n- {id: t, type: TRANSFORM, depends_on: a, output: {text: "${letter}\${a.output.text}\${a.output.text}"}}\n- {id: b, uses: noop, depends_on: t}`,
    );
  const run = startedRun(worded('x')).completes('a', { text: 'y'.repeat(100_000) });
  const landed = landing(run.run(), recordsOf(run), { chart: worded('z'), now: time });
  if (!landed.ok) throw new Error(landed.why);
  const [blob, ...more] = landed.blobs;
  expect(more).toEqual([]);
  expect(blob?.text).toContain('zyyy');
  expect(canonicalJson(landed.state)).toContain(blob?.digest);
});

test('what is under way inside of bodies is asked for as well', () => {
  const forked = `- {id: f, type: FORK, for_each: '[1, 2]', as: n, tasks: [{id: x, uses: noop}]}`;
  const after = migrated(
    startedRun(chartOf(forked)),
    chartOf(`${forked}\n- {id: c, uses: noop, depends_on: f}`),
  );
  expect(after.effects).toHaveLength(2);
  expect(after.effects).toEqual(pendingEffects(after.run));
});

test('a run stays where an input is secret in one of the versions only', () => {
  const input = (secret: boolean) => `input: {properties: {token: {type: string, secret: ${secret}}}}`;
  const run = startedRun(chartOf(two, input(true)), { token: '***' });
  expect(landing(run.run(), recordsOf(run), { chart: chartOf(two, input(false)), now: time })).toMatchObject({
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
  const landed = landing(run.run(), recordsOf(run), { chart, now: time });
  if (!landed.ok) throw new Error(landed.why);
  const command = { kind: 'migrateRun', chart, at: 2, state: landed.state } as const;
  meanwhile(run).refuses(command, code);
});

test('refuses a run that waits for a place', () => {
  const limited = startedRun(chartOf(two, 'concurrency: {limit: 1}'));
  limited.refuses({ kind: 'migrateRun', chart: chartOf(two), at: 1, state: {} }, 'migrate.not-under-way');
});

test('refuses the version that the run is on, an earlier one, and another definition', () => {
  const run = startedRun(chartOf(two));
  const [first, second] = [1, 2].map((version) =>
    chartOfText(`workflow: {id: one, version: ${version}, tasks: [{id: a, uses: noop}]}`),
  );
  if (first === undefined || second === undefined) throw new Error('there are two versions');
  const back = { kind: 'migrateRun', chart: first, at: 1, state: { phase: 'running' } } as const;
  startedRun(second).refuses(back, 'migrate.lower-version');
  const other = chartOfText('workflow: {id: other, version: 1, tasks: [{id: a, uses: noop}]}');
  run.refuses({ kind: 'migrateRun', chart: chartOf(two), at: 1, state: {} }, 'migrate.same-version');
  run.refuses({ kind: 'migrateRun', chart: other, at: 1, state: {} }, 'migrate.other-definition');
});

/** The run after it was migrated, with all its records. */
function migrated(driven: Driven, chart: Chart) {
  const run = driven.run();
  const landed = landing(run, recordsOf(driven), { chart, now: time });
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
