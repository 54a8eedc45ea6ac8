// The tasks of a large definition: they read like an object, and an event looks at the few that it is about.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../../events/canonical-json.ts';
import type { Chart } from '../../../machines/chart/chart.ts';
import type { RunState, TaskState } from '../../../machines/chart/run/run-state.ts';
import { begunTasks, isSettled, settledTasks } from '../../../machines/chart/task-status.ts';
import { asked, countTasks, draftOf, tableOf } from '../../../machines/chart/task-table.ts';
import { decide } from '../../../machines/run/decide/decide.ts';
import { seal } from '../../../machines/run/record/create-record.ts';
import type { Run } from '../../../machines/run/run.ts';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';

type Tasks = RunState['tasks'];

const tasksNamed = (count: number): Tasks =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`t${at}`, { state: 'waiting', attempt: at }]));

const inARow = (count: number): Chart =>
  chartOf(
    Array.from(
      { length: count },
      (_, at) => `- {id: t${at}, uses: noop${at === 0 ? '' : `, depends_on: t${at - 1}`}}`,
    ).join('\n'),
  );

const sideBySide = (count: number): Chart =>
  chartOf(Array.from({ length: count }, (_, at) => `- {id: t${at}, uses: noop}`).join('\n'));

/** The run after the next result of the task, as an engine records it. */
function completed(run: Run, task: string): Run {
  const of = { task, attempt: 1, worker: 'w', startedAt: '2026-01-01T00:00:00.000Z' };
  const decision = decide(run, { kind: 'completeTask', ...of, output: null });
  if (!decision.ok) throw new Error(decision.refusal.message);

  return seal(run, { fact: decision.fact, time: '2026-01-01T00:00:01.000Z', actor: 'test' }).run;
}

/** The run, which notes of which of its tasks somebody looks at the state, and how often all are listed. */
function watched(run: Run) {
  const seen = new Set<string>();
  let lists = 0;
  const noting = Object.entries(run.state.tasks).map(([id, { state, ...task }]): [string, TaskState] => [
    id,
    {
      ...task,
      get state() {
        seen.add(id);
        return state;
      },
    },
  ]);
  const tasks = new Proxy(tableOf(Object.fromEntries(noting)), {
    ownKeys: (target) => {
      lists += 1;
      return Reflect.ownKeys(target);
    },
  });

  return { run: { ...run, state: { ...run.state, tasks } }, seen, lists: () => lists };
}

/** How many tasks an event looks at after one like it, in a run that has these tasks. */
function lookedAt(chart: Chart): number {
  const { run, seen, lists } = watched(startedRun(chart).run());
  const before = completed(run, 't0');
  expect(lists()).toBe(0);
  seen.clear();
  completed(before, 't1');

  return seen.size;
}

test('an event looks at no more tasks of a thousand than of a hundred, and copies none of the others', () => {
  const blocks = 2 * 32;

  expect(lookedAt(inARow(100))).toBeLessThanOrEqual(blocks);
  expect(lookedAt(inARow(1_100))).toBeLessThanOrEqual(blocks);
  expect(lookedAt(sideBySide(1_100))).toBeLessThanOrEqual(blocks);
});

test('many tasks read like the members of an object, in their order', () => {
  const tasks = tasksNamed(3_000);
  const table = tableOf(tasks);

  expect(JSON.stringify(table)).toBe(JSON.stringify(tasks));
  expect(canonicalJson({ tasks: table })).toBe(canonicalJson({ tasks }));
  expect({ ...table }).toEqual(tasks);
  expect(table['t2999']).toBe(tasks['t2999']);
  expect([table['t3000'], table['constructor'], 't7' in table, 't3000' in table]).toEqual([
    undefined,
    undefined,
    true,
    false,
  ]);
  expect(tableOf(table)).toBe(table);
});

test('a draft changes alone, and takes no task that was not there', () => {
  for (const count of [3, 40]) {
    const before = tableOf(tasksNamed(count));
    const draft = draftOf(before);
    draft['t1'] = { state: 'completed', attempt: 1 };

    expect([before['t1']?.state, draft['t1'].state, draft['t2']]).toEqual([
      'waiting',
      'completed',
      before['t2'],
    ]);
  }
  const many = draftOf(tableOf(tasksNamed(40)));
  expect(() => Object.assign(many, { other: { state: 'waiting', attempt: 0 } })).toThrow(TypeError);
});

test('whatever is asked of a table that was changed is what each of its tasks makes of it', () => {
  const first = asked<string>({
    none: '',
    add: (found, { state }, id) => (found === '' && state === 'scheduled' ? id : found),
    both: (one, other) => (one === '' ? other : one),
  });
  const states = fc.constantFrom('waiting', 'scheduled', 'completed', 'standby');
  const changes = fc.array(fc.tuple(fc.nat(), states), { maxLength: 60 });

  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_200 }), changes, (count, all) => {
      let tasks = tableOf(tasksNamed(count));
      for (const [place, state] of all) {
        const draft = draftOf(tasks);
        draft[`t${place % count}`] = { state, attempt: 1 };
        tasks = draft;
        const entries = Object.entries(tasks);
        const begun = entries.filter(([, task]) => task.state !== 'waiting' && !isSettled(task));

        expect(countTasks(tasks)).toBe(count);
        expect(settledTasks.count(tasks)).toBe(entries.filter(([, task]) => isSettled(task)).length);
        expect([...begunTasks.in(tasks)]).toEqual(begun);
        expect(first(tasks)).toBe(entries.find(([, task]) => task.state === 'scheduled')?.[0] ?? '');
      }
    }),
    { numRuns: 15 },
  );
});
