// XState's own machine of a definition beside the engine's `transition`. Method: a random schedule is played by the
// engine; the actor of the machine gets every fact that was recorded, and between them facts that came before, late
// ones, and facts about tasks and attempts that are not there. Both have to be in the same configuration, know the
// same, and take or refuse the same.
import fc from 'fast-check';
import { createActor, transition as transitionOf } from 'xstate';
import { canonicalJson } from '../../../../events/canonical-json.ts';
import type { Fact } from '../../../../events/catalogue.ts';
import { type Chart, compileChart } from '../../../../machines/chart/chart.ts';
import { type ChartEvent, descriptorOf } from '../../../../machines/chart/chart-event.ts';
import type { RunState, TaskState } from '../../../../machines/chart/run/run-state.ts';
import type { StatechartMachine } from '../../../../machines/chart/statechart/implementations.ts';
import { statechartOf } from '../../../../machines/chart/statechart/statechart.ts';
import { bodyOf, bodyPrefix } from '../../../../machines/chart/task-at.ts';
import { isOpenBody } from '../../../../machines/chart/task-status.ts';
import { itemsOf } from '../../../../machines/chart/tasks/body.ts';
import { transition } from '../../../../machines/chart/transition.ts';
import { loadDefinition } from '../../../../machines/language/load-definition.ts';
import { newRun } from '../../../../machines/run/run.ts';
import { playSchedule } from '../../../support/play-schedule.ts';
import { definitionOf, type JsonMap, type Palette } from '../../../support/random-definition.ts';
import { recipes } from '../../../support/random-recipe.ts';
import { type Schedule, schedules } from '../../../support/random-schedule.ts';
import { eventOf, probes } from './probes.ts';

/** What was compared, so that a generator that makes nothing is noticed. */
export type Counts = {
  definitions: number;
  events: number;
  refused: number;
  readonly of: Map<string, number>;
};

type Snapshot = ReturnType<StatechartMachine['resolveState']>;

const movesMax = 24;

/** A branch that was given up is undone while the run goes on. */
export const branchUndone = 'a branch undone';

/** Compares both on so many random definitions, each with one schedule. Throws at the first that differs. */
export function compareMany(asked: {
  readonly definitions: number;
  readonly seed: number;
  readonly palette: Palette;
  readonly depth: number;
}): Counts {
  const { definitions, seed, palette, depth } = asked;
  const counts: Counts = { definitions: 0, events: 0, refused: 0, of: new Map() };
  const cases = fc.sample(fc.tuple(recipes(depth), schedules(movesMax)), { seed, numRuns: definitions * 2 });
  for (const [recipe, schedule] of cases) {
    if (counts.definitions === definitions) break;
    const definition = definitionOf(recipe, palette);
    const chart = chartFor(definition);
    if (chart === undefined) continue;
    counts.definitions += 1;
    try {
      compareOne(chart, schedule, counts);
    } catch (error) {
      throw new Error(
        `${error instanceof Error ? error.message : String(error)}\nseed ${seed}, definition ${counts.definitions}\n` +
          `expectSame(\n  ${JSON.stringify(definition)},\n  ${JSON.stringify(schedule)},\n);`,
        { cause: error },
      );
    }
  }

  return counts;
}

/** For a case that was printed. */
export function expectSame(definition: JsonMap, schedule: Schedule): void {
  const chart = chartFor(definition);
  if (chart === undefined) throw new Error('the definition is refused');
  compareOne(chart, schedule, { definitions: 1, events: 0, refused: 0, of: new Map() });
}

function compareOne(chart: Chart, schedule: Schedule, counts: Counts): void {
  const { machine } = statechartOf(chart);
  const actor = createActor(machine).start();
  const states: RunState[] = [newRun(chart).state];
  const past: ChartEvent[] = [];
  const compare = (event: ChartEvent, isProbe: boolean): void => {
    const before = states.at(-1) ?? newRun(chart).state;
    const snapshot = actor.getSnapshot();
    const next = transition(chart, before, event);
    const takes = snapshot.can(event);
    if (takes !== (next !== undefined)) {
      throw new Error(
        `${said(event)}: the engine ${next === undefined ? 'refuses' : 'takes'} it, XState not`,
      );
    }
    if (next === undefined) counts.refused += 1;
    if (next === undefined || isProbe) {
      if (next !== undefined) expectEqual(next.state, transitionOf(machine, snapshot, event)[0], event);
      return;
    }
    actor.send(event);
    expectEqual(next.state, actor.getSnapshot(), event);
    states.push(next.state);
    past.push(event);
  };
  try {
    playSchedule(chart, schedule, ({ sealed }) => {
      const event = eventIn(sealed.body);
      for (const probe of probes(chart, states, past, event)) compare(probe, true);
      compare(event, false);
      counts.events += 1;
      count(counts, `event ${event.fact.type}`);
      count(counts, `phase ${states.at(-1)?.phase ?? ''}`);
      const begun = sealed.transitions.some(({ from, to }) => from === 'standby' && to === 'scheduled');
      if (begun && states.at(-1)?.phase === 'running') count(counts, branchUndone);
    });
    goOnFrom(chart, machine, states, counts);
  } catch (error) {
    const way = past.map(said).join('\n  ');
    throw new Error(`${error instanceof Error ? error.message : String(error)}\nafter\n  ${way}`, {
      cause: error,
    });
  } finally {
    actor.stop();
  }
}

/** A run that is forked goes on in a machine of its own, from wherever the other was. */
function goOnFrom(
  chart: Chart,
  machine: StatechartMachine,
  states: readonly RunState[],
  counts: Counts,
): void {
  for (const state of states.filter((_each, index) => index % 5 === 3)) {
    const event = eventOf({
      type: 'run.forked',
      data: {
        run: 'forked-run',
        definition: chart.ref,
        from: { run: state.run, at: 3, hash: 'f'.repeat(64) },
        state: { ...state },
      },
    });
    const next = transition(chart, newRun(chart).state, event);
    const actor = createActor(machine).start();
    if (actor.getSnapshot().can(event) !== (next !== undefined))
      throw new Error(`${said(event)}: taken by one`);
    actor.send(event);
    if (next !== undefined) expectEqual(next.state, actor.getSnapshot(), event);
    counts.events += 1;
    count(counts, 'event run.forked');
  }
}

function eventIn(body: string): ChartEvent {
  const { type, time, actor, data } = JSON.parse(body);
  const fact: Fact = { type, data: data.fact };

  return { type: descriptorOf(fact), fact, time, actor };
}

function said({ type, fact }: ChartEvent): string {
  return `${type} ${JSON.stringify(fact.data).slice(0, 300)}`;
}

function expectEqual(state: RunState, snapshot: Snapshot, event: ChartEvent): void {
  const expected = { ...configurationOf(state.tasks, ''), phase: state.phase };
  const found = actualOf(snapshot, expected);
  const [ours, theirs] = [canonicalJson(expected), canonicalJson(found)];
  if (ours !== theirs) throw new Error(`${said(event)}:\nengine ${ours}\nXState ${theirs}`);
  const [known, context] = [canonicalJson(state as never), canonicalJson(snapshot.context.run as never)];
  if (known !== context) throw new Error(`${said(event)}:\nengine knows ${known}\nXState knows ${context}`);
}

type Configuration = Record<string, string>;

/** The states of all tasks that the engine keeps, by their addresses. */
function configurationOf(tasks: RunState['tasks'], prefix: string): Configuration {
  const found: Configuration = {};
  for (const [id, task] of Object.entries(tasks)) {
    found[prefix + id] = task.state;
    for (const attempt of new Set([...Object.keys(task.earlier ?? {}).map(Number), task.attempt])) {
      Object.assign(found, passesOf(task, { prefix, id, attempt }));
    }
  }

  return found;
}

function passesOf(
  task: TaskState,
  { prefix, id, attempt }: { readonly prefix: string; readonly id: string; readonly attempt: number },
): Configuration {
  const found: Configuration = {};
  const body = bodyOf(task, attempt);
  for (const [index, item] of body === undefined ? [] : itemsOf(body)) {
    if (item.tasks === undefined) continue;
    // What was given up within the event that opened it never entered its passes: no machine was made for them.
    const isEntered = Object.values(item.tasks).some(
      ({ state }) => state !== 'waiting' && state !== 'standby',
    );
    if (task.isOutrun === true && !isEntered) continue;
    const inner = bodyPrefix(prefix, { id, attempt, index });
    Object.assign(found, configurationOf(item.tasks, inner));
    // An attempt that is given up leaves its passes as they are, and nothing asks for their ends any more.
    if (isOpenBody(task) && attempt === task.attempt) found[`${inner}*`] = item.state;
  }

  return found;
}

/** The configuration of the machine and of its passes, as far as the engine keeps them. */
function actualOf({ value, context }: Snapshot, wanted: Configuration): Configuration {
  const found: Configuration = {};
  flatten(value, '', '', found);
  const { phase } = value as { readonly phase: string | { readonly over: string } };
  found['phase'] = typeof phase === 'string' ? phase : phase.over;
  const enter = (passes: Snapshot['context']['passes']): void => {
    for (const [prefix, pass] of Object.entries(passes)) {
      flatten(pass.value, '', prefix, found);
      enter(pass.passes);
    }
  };
  enter(context.passes);

  return Object.fromEntries(Object.entries(found).filter(([at]) => Object.hasOwn(wanted, at)));
}

function flatten(value: unknown, key: string, prefix: string, found: Configuration): void {
  if (typeof value === 'string') {
    found[prefix + (key === 'pass' ? '*' : key)] = value;
    return;
  }
  for (const [each, inner] of Object.entries(value as Readonly<Record<string, unknown>>)) {
    flatten(inner, each === 'fork' && typeof inner === 'string' ? key : each, prefix, found);
  }
}

function count({ of }: Counts, what: string): void {
  of.set(what, (of.get(what) ?? 0) + 1);
}

function chartFor(definition: JsonMap): Chart | undefined {
  const content = JSON.stringify({ workflow: definition });
  const result = loadDefinition({ file: 'random.json', content });

  return result.ok ? compileChart(result.loaded.definition, result.loaded.ref) : undefined;
}
