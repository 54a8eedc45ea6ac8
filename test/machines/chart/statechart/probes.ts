// Facts that come besides those of the schedule: what the engine and XState both have to take, or both refuse.
import type { Fact } from '../../../../events/catalogue.ts';
import type { Chart } from '../../../../machines/chart/chart.ts';
import { type ChartEvent, descriptorOf } from '../../../../machines/chart/chart-event.ts';
import type { RunState } from '../../../../machines/chart/run/run-state.ts';
import { openTasks } from '../../../../machines/chart/task-at.ts';

/** What may come besides: what came before, what is about another attempt or another place, and what people do. */
export function probes(
  chart: Chart,
  states: readonly RunState[],
  past: readonly ChartEvent[],
  next: ChartEvent,
): readonly ChartEvent[] {
  const number = past.length;
  const older = past[(number * 7) % Math.max(number, 1)];
  const always: readonly Fact[] = [
    { type: 'run.paused', data: {} },
    { type: 'run.resumed', data: {} },
    { type: 'run.cancelled', data: {} },
    { type: 'run.terminated', data: {} },
    { type: 'run.retried', data: {} },
  ];
  const facts: readonly (Fact | undefined)[] = [
    always[Math.floor(number / 3) % always.length],
    migrated(chart, states),
    elsewhere(next.fact, number),
    assignedTogether(states.at(-1), number),
  ];

  const fact = facts[number % facts.length];

  return [...(older === undefined ? [] : [older]), ...(fact === undefined ? [] : [eventOf(fact)])];
}

/** The run goes on from a state of the same phase, as records read by another version would lead to. */
function migrated({ ref }: Chart, states: readonly RunState[]): Fact | undefined {
  const state = states.findLast(
    (each, index) => index < states.length - 1 && each.phase === states.at(-1)?.phase,
  );

  return state === undefined
    ? undefined
    : { type: 'run.migrated', data: { definition: ref, from: ref, state: { ...state } } };
}

/** The same fact about another attempt, or another task. */
function elsewhere(fact: Fact, number: number): Fact | undefined {
  const data: Readonly<Record<string, unknown>> = fact.data;
  const { task, attempt } = data;
  if (typeof task !== 'string') return undefined;
  const changed =
    number % 2 === 0 && typeof attempt === 'number'
      ? { attempt: attempt + 1 }
      : { task: number % 4 === 1 ? `nobody[0].${task}` : task.replace(/\[\d+\]/, '[77]') };

  return { ...fact, data: { ...data, ...changed } } as Fact;
}

/** Agents are found for several attempts at once; one of them may be over, or of no task that agents carry out. */
function assignedTogether(state: RunState | undefined, number: number): Fact | undefined {
  const open = state === undefined ? [] : [...openTasks(state.tasks)];
  const agents = [{ agent: 'A', skills: ['s'] }];
  const assignments = open
    .filter(([, task]) => number % 3 === 0 || ['scheduled', 'in_progress'].includes(task.state))
    .map(([task, { attempt }]) => ({ task, attempt: attempt + (number % 11 === 0 ? 1 : 0), agents }));

  return assignments.length < 2 ? undefined : { type: 'tasks.assigned', data: { assignments } };
}

export function eventOf(fact: Fact): ChartEvent {
  return { type: descriptorOf(fact), fact, time: '2026-01-02T00:00:00.000Z', actor: 'test' };
}
