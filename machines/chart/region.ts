import type { Json } from '../../events/canonical-json.ts';
import { nameTemplate, type TaskNames } from '../task-names.ts';
import { isCutOff, isLostTo, isNextToRetreat } from './lost-branches.ts';
import {
  announce,
  type ConfigPart,
  change,
  ended,
  enter,
  type Region,
  renewed,
  settledState,
} from './patches.ts';
import type { TaskPlace } from './plan.ts';
import type { Guard, Patch } from './region-event.ts';
import { isCompleted, isSettled } from './task-status.ts';
import { sinks, sunkStates } from './tasks/final-failure.ts';
import { readiness } from './tasks/join.ts';
import { completedByHand } from './tasks/output-mapping.ts';

/**
 * The region of a task: it waits for its dependencies and routers, then goes to `entry`; with a condition it waits
 * for that to be evaluated first. `states` are those of the task's type.
 */
export function regionOf(
  place: TaskPlace,
  entry: string,
  states: Readonly<Record<string, ConfigPart>>,
): Region {
  const { id, when } = place.task;
  const begins = nameTemplate(place.task) === undefined ? entry : 'naming';
  const first = when === undefined ? begins : 'conditional';

  return reachable({
    initial: place.undoes || place.aside === true ? 'standby' : 'waiting',
    states: {
      standby: standbyState(place, first),
      waiting: waitingState(place, first),
      conditional: conditionalState(place, begins),
      naming: namingState(place, entry),
      skipped: settledState('skipped', ended),
      cancelled: settledState('cancelled', ended),
      ...states,
      ...sunkStates(place),
    },
    on: {
      [`task.skipped.${id}`]: { guard: isOpen, target: '.skipped', actions: change(byHand) },
      ...('completed' in states
        ? {
            [`task.resolved.${id}`]: {
              guard: isOpen,
              target: '.completed',
              actions: change(resolved(place)),
            },
          }
        : {}),
      ...givenUpEvents(place, first),
      reset: { target: place.undoes ? '.standby' : '.waiting' },
    },
  });
}

/** It is given up with its FORK, and by choices. What undoes a branch that was given up outlives the FORK, too. */
function givenUpEvents(place: TaskPlace, first: string): ConfigPart {
  return place.retreat === undefined
    ? { cancel: { guard: isOpen, target: '.cancelled' }, ...outrunEvents(place) }
    : { undo: { guard: wasCutOff, target: `.${first}`, ...withTheRun(place) } };
}

/** It is given up with the choice of another one, unless the end of its own way was chosen. */
function outrunEvents({ outrunBy = {} }: TaskPlace): ConfigPart {
  const outrun =
    (end: string): Guard =>
    (args) => {
      const winner = args.event.run.tasks[end];
      return isOpen(args) && !(winner !== undefined && isCompleted(winner));
    };

  return Object.fromEntries(
    Object.entries(outrunBy).map(([choice, end]) => [
      `chosen.${choice}`,
      { guard: outrun(end), target: '.cancelled', actions: change(markOutrun) },
    ]),
  );
}

function standbyState(place: TaskPlace, first: string): ConfigPart {
  return {
    entry: enter('standby', renewed),
    on: { undo: { target: first, ...withTheRun(place) }, ...retreatEvents(place, first) },
  };
}

/** What undoes a branch begins with the choice that gives the branch up, when its turn comes. */
function retreatEvents({ retreat }: TaskPlace, first: string): ConfigPart {
  if (retreat === undefined) return {};
  const isLost =
    (choice: string): Guard =>
    ({ event }) =>
      isLostTo(retreat, choice, event.run.tasks);
  const isNext =
    (choice: string): Guard =>
    (args) =>
      isLost(choice)(args) && isNextToRetreat(retreat, args.event.run.tasks, choice);
  const isNextNow: Guard = ({ context, event }) =>
    context.task.isRetreat === true && isNextToRetreat(retreat, event.run.tasks);
  const marked = change(markRetreat);

  return {
    ...Object.fromEntries(
      Object.keys(retreat.lostTo).map((choice) => [
        `chosen.${choice}`,
        [
          { guard: isNext(choice), target: first, actions: marked },
          { guard: isLost(choice), actions: marked },
        ],
      ]),
    ),
    ...Object.fromEntries(
      [...retreat.after.map(({ id }) => `settled.${id}`), 'look'].map((word) => [
        word,
        { guard: isNextNow, target: first },
      ]),
    ),
  };
}

/** With the end of the run it is undone as all else is, in the order of the whole run. */
function withTheRun({ retreat }: TaskPlace): ConfigPart {
  return retreat === undefined ? {} : { actions: change(unmarkRetreat) };
}

const wasCutOff: Guard = ({ context }) => isCutOff(context.task);

const markRetreat: Patch = (task) => ({ ...task, isRetreat: true });

const unmarkRetreat: Patch = ({ isRetreat: _before, ...task }) => task;

const markOutrun: Patch = (task) => ({ ...task, isOutrun: true });

const isOpen: Guard = ({ context }) => !isSettled(context.task);

const byHand: Patch = (task) => ({ ...task, byHand: true });

function resolved({ task: { type, output } }: TaskPlace): Patch {
  // Where the definition reshapes the output, a person gives what comes of that.
  const given = type === 'WAIT' && output?.kind !== 'map' ? completedByHand : (value: Json) => value;

  return (task, { fact }) =>
    fact.type === 'task.resolved' ? { ...task, output: given(fact.data.output) } : task;
}

function waitingState(place: TaskPlace, first: string): ConfigPart {
  const is =
    (wanted: string): Guard =>
    ({ event }) =>
      readiness(place, event.run.tasks) === wanted;
  const chooses = place.task.cancelRest === true ? { actions: announce('chosen') } : {};
  const look = [
    { guard: is('start'), target: first, ...chooses },
    { guard: is('skip'), target: 'skipped' },
  ];
  const begins = awaited(place).length === 0 ? ['run.started'] : awaited(place);

  return {
    // A task returns here when its run, or its owner, goes on after its end.
    entry: enter('waiting', renewed),
    on: Object.fromEntries([...begins, 'look'].map((word) => [word, look])),
  };
}

/** The announcements after which a waiting task checks whether it may start. */
export function awaited({ task, routers, branch, inside = {} }: TaskPlace): readonly string[] {
  const fallbackOf = routers.filter((router) => router.kind === 'fallback');

  const settling = [
    ...task.dependsOn,
    ...Object.values(inside).flat(),
    ...routers.map((router) => router.id),
  ];

  return [
    ...new Set(settling.map((id) => `settled.${id}`)),
    ...fallbackOf.map((router) => `recover.${router.id}`),
    ...(branch === undefined ? [] : [`opened.${branch.of}`, `settled.${branch.of}`]),
    // Earlier tasks of a branch may settle in another order than they are written.
    ...(branch?.after ?? []).map((id) => `settled.${id}`),
  ];
}

function conditionalState(place: TaskPlace, entry: string): ConfigPart {
  const { id } = place.task;
  const holds: Guard = ({ event }) => event.fact.type === 'condition.evaluated' && event.fact.data.result;

  return {
    entry: enter('conditional'),
    on: {
      [`condition.evaluated.${id}`]: [{ guard: holds, target: entry }, { target: 'skipped' }],
      [`task.failed.${id}`]: sinks(place, 'failed'),
    },
  };
}

/** Names that are made of expressions are evaluated before the first attempt, and hold for all of them. */
function namingState(place: TaskPlace, entry: string): ConfigPart {
  const { id } = place.task;
  const named: Patch = (task, { fact }) =>
    fact.type === 'names.evaluated' ? { ...task, names: fact.data.names as TaskNames } : task;

  return {
    entry: enter('naming'),
    on: {
      [`names.evaluated.${id}`]: { target: entry, actions: change(named) },
      [`task.failed.${id}`]: sinks(place, 'failed'),
    },
  };
}

/**
 * A region without the states that nothing leads to: what a task may go through depends on what its definition
 * asks.
 */
function reachable({ initial, states, on = {} }: Region): Region {
  // The end of the run cancels a task from outside of its region.
  const reached = new Set([initial, 'cancelled', ...targetsOf({ on })]);
  // Grows during the loop: a Set visits elements that are added meanwhile.
  for (const state of reached) {
    for (const target of targetsOf(states[state])) reached.add(target);
  }

  return {
    initial,
    states: Object.fromEntries(Object.entries(states).filter(([state]) => reached.has(state))),
    on,
  };
}

function targetsOf(state: ConfigPart | undefined): readonly string[] {
  const on = (state?.['on'] ?? {}) as Readonly<Record<string, ConfigPart | readonly ConfigPart[]>>;

  return Object.values(on)
    .flat()
    .flatMap(({ target }: ConfigPart) =>
      // A leading dot: a state inside of the region, from any of its states.
      typeof target === 'string' ? [target.replace(/^\./, '')] : [],
    );
}
