import type { Json } from '../../../events/canonical-json.ts';
import { compileChart } from '../../../machines/chart/chart.ts';
import { localId } from '../../../machines/chart/task-at.ts';
import type { Command } from '../../../machines/run/decide/command.ts';
import { decide } from '../../../machines/run/decide/decide.ts';
import type { Decision } from '../../../machines/run/decide/decision.ts';
import { type Effect, pendingEffects } from '../../../machines/run/effects.ts';
import { emptyAside, newRun, type Run } from '../../../machines/run/run.ts';
import { timersOf } from '../../../machines/run/timers.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { type Enabled, enabledOfTasks, leastLevel } from './enabled-tasks.ts';
import { tasksInOrder } from './task-order.ts';

/** What could happen to a run next. Of very many of one kind the first are told. */
export type NextEvents = {
  /** What moves the run on: its tasks, timers, other runs and the engine. */
  readonly events: readonly Enabled[];
  /** What may be asked of the run as a whole. */
  readonly commands: readonly Enabled[];
  /** The number of further events of the same task and kind as one that is listed. */
  readonly omitted: number;
};

/** A thousand passes under way wait for the same few things; of each of these, that many are told. */
const alikeMax = 20;

/** Everything that could happen to the run as it is seen, found out by asking the core what it would not refuse. */
export function enabledEvents(view: Pick<RunView, 'definition' | 'state' | 'sequence'>): NextEvents {
  const { definition, state, sequence } = view;
  const chart = compileChart(definition, state.definition);
  const run: Run = { chart, state, sequence, hash: '', time: '', aside: emptyAside };
  const all = [...ofEngine(run), ...enabledOfTasks(run), ...ofTimers(run)];
  const events = firstOfEachKind(all);

  return {
    events,
    commands: [...ofRun(run), ...reruns(run), ...forks(run), ...startAgain(run)],
    omitted: all.length - events.length,
  };
}

/** The same of a run as it was: nothing of it can be asked for any more, but for a new run that goes on from there. */
export function enabledThen(view: Pick<RunView, 'definition' | 'state' | 'sequence'>): NextEvents {
  const { events, commands, omitted } = enabledEvents(view);

  return {
    events: events.map(withoutCommand),
    commands: commands.map((each) => (each.event === 'run.forked' ? each : withoutCommand(each))),
    omitted,
  };
}

function withoutCommand({ command: _command, ...each }: Enabled): Enabled {
  return each;
}

/** However many passes wait for one thing, what other tasks wait for is told. */
function firstOfEachKind(all: readonly Enabled[]): readonly Enabled[] {
  const counts = new Map<string, number>();

  return all.filter(({ event, task = '', who, at }) => {
    // One task may wait for several timers.
    const kind = JSON.stringify([localId(task), event, at === undefined ? '' : who]);
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return count <= alikeMax;
  });
}

function ofTimers(run: Run): readonly Enabled[] {
  return timersOf(run).flatMap((timer): Enabled[] => {
    if (!decide(run, { kind: 'fireTimer', timer }).ok) return [];
    const { task, dueAt } = timer;
    return [
      {
        event: 'timer.fired',
        ...(task === undefined ? {} : { task }),
        who: `the clock (${timer.timer})`,
        at: dueAt,
      },
    ];
  });
}

/** What the engine does by itself, and what it hears of other runs. */
function ofEngine(run: Run): readonly Enabled[] {
  return pendingEffects(run).flatMap((effect) => ofEffect(effect));
}

function ofEffect(effect: Effect): readonly Enabled[] {
  switch (effect.kind) {
    // Whoever carries it out is told with its task.
    case 'execute':
      return [];
    case 'evaluate':
      return [{ event: 'the result of its expressions', task: effect.task, who: 'the engine' }];
    case 'conclude':
      return [{ event: 'run.completed', who: 'the engine' }];
    case 'delegate':
      return [{ event: 'child.started', task: effect.task, who: 'the engine' }];
    case 'follow':
      return [{ event: 'child.ended', task: effect.task, who: `the run ${effect.child}` }];
    case 'abandon':
      return [{ event: 'child.ended', task: effect.orphan.task, who: `the run ${effect.orphan.run}` }];
    case 'startFailureWorkflow':
      return [{ event: 'failure-workflow.started', who: 'the engine' }];
    case 'admit':
      return [
        { event: 'run.admitted', who: `the engine, once a place among the runs of ${effect.key} is free` },
      ];
  }
}

type Verb = Extract<
  Command['kind'],
  'pauseRun' | 'resumeRun' | 'cancelRun' | 'terminateRun' | 'retryRun' | 'dropDeadLetter'
>;

const words: Readonly<Record<Verb, readonly string[]>> = {
  pauseRun: ['pause'],
  resumeRun: ['resume'],
  cancelRun: ['cancel'],
  terminateRun: ['terminate'],
  retryRun: ['retry'],
  dropDeadLetter: ['dead-letters', 'drop'],
};

function ofRun(run: Run): readonly Enabled[] {
  return (Object.keys(words) as Verb[]).flatMap((kind) =>
    asked(run, { kind }, [...words[kind], run.state.run]),
  );
}

function asked(run: Run, command: Command, typed: readonly string[]): readonly Enabled[] {
  const decision = decide(run, command);
  if (!decision.ok) return [];
  const who = leastLevel({ kind: 'control', what: command.kind });

  return [{ event: decision.fact.type, who, command: typed }];
}

function reruns(run: Run): readonly Enabled[] {
  const { state, chart } = run;
  if (state.endedAt === undefined) return [];

  return tasksInOrder({ definition: chart.definition, state }).flatMap(({ address }) =>
    asked(run, { kind: 'rerun', from: address }, ['rerun', state.run, '--from', address]).map((each) => ({
      ...each,
      task: address,
    })),
  );
}

/** A new run that goes on from here: as that of its definition, it is started. */
function forks({ chart, state, sequence }: Run): readonly Enabled[] {
  const from = { run: state.run, at: sequence, hash: '' };
  const decision = decide(newRun(chart), { kind: 'forkRun', run: '', from, state: state as unknown as Json });
  if (!decision.ok) return [];

  return [
    {
      event: decision.fact.type,
      who: whoStarts(chart),
      command: ['fork', state.run, '--at', String(sequence)],
    },
  ];
}

function whoStarts({ definition: { id, labels } }: Run['chart']): string {
  const domain = labels['domain'] ?? labels['department'];
  const who = leastLevel({ kind: 'start', definition: id, domain });

  return domain === undefined ? who : `${who}, or L2 of the domain ${domain}`;
}

/** A new run with the same inputs, once this one is over: also where what it did was undone. A part has a whole. */
function startAgain({ chart, state }: Run): readonly Enabled[] {
  if (state.endedAt === undefined || state.parent !== undefined) return [];

  return [
    {
      event: 'run.started',
      who: whoStarts(chart),
      command: againCommand({ definition: chart.definition, state }),
    },
  ];
}

/** As much as can be looked over and typed. */
const inputFlagsMax = 2_000;

/**
 * What starts a run of the same definition with the same inputs. Secrets are no flags: they come from the environment,
 * as the command asks for them.
 */
export function againCommand({
  definition,
  state,
}: Pick<RunView, 'definition' | 'state'>): readonly string[] {
  const flags = Object.entries(state.input)
    .filter(([name, value]) => value !== null && definition.input[name]?.secret !== true)
    .flatMap(([name, value]) => [
      '-i',
      `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    ]);
  const text = flags.join(' ');
  // What no terminal shows as it is, nobody can look over.
  const isShort = text.length <= inputFlagsMax && !/\p{C}/u.test(text);

  return ['start', definition.id, ...(isShort ? flags : ['--input', '<file>'])];
}

/** Something that is asked of runs and not of this one now, and why: a command of the run, or what a person types. */
export type NotEnabled = { readonly command: string; readonly reason: string };

/** What people look for and cannot ask of the run as it is, in the words of the core. */
export function notEnabled(view: Pick<RunView, 'definition' | 'state' | 'sequence'>): readonly NotEnabled[] {
  const { definition, state, sequence } = view;
  const chart = compileChart(definition, state.definition);
  const run: Run = { chart, state, sequence, hash: '', time: '', aside: emptyAside };
  const verbs = (Object.keys(words) as Verb[]).flatMap((kind) =>
    refused(decide(run, { kind }), words[kind].join(' ')),
  );
  const [first] = tasksInOrder({ definition, state });
  const rerun =
    first === undefined || reruns(run).length > 0
      ? []
      : refused(decide(run, { kind: 'rerun', from: first.address }), 'rerun');

  return [...verbs, ...rerun, ...noApproval(run)];
}

function refused(decision: Decision, command: string): readonly NotEnabled[] {
  return decision.ok ? [] : [{ command, reason: decision.refusal.message }];
}

/** Told where the definition asks somebody at all. */
function noApproval(run: Run): readonly NotEnabled[] {
  const asks = [...run.chart.plan.values()].some(({ task }) => task.type === 'HUMAN');
  if (!asks || enabledOfTasks(run).some(({ command }) => command?.[0] === 'approve')) return [];
  const over = run.state.endedAt === undefined ? '' : ' any more: the run has ended';

  return [
    { command: 'approve', reason: `no task of the run asks for an approval${over === '' ? ' now' : over}` },
  ];
}
