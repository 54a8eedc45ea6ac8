import type { Json } from '../../../events/canonical-json.ts';
import { compileChart } from '../../../machines/chart/chart.ts';
import { localId } from '../../../machines/chart/task-at.ts';
import type { Command } from '../../../machines/run/decide/command.ts';
import { decide } from '../../../machines/run/decide/decide.ts';
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
    commands: [...ofRun(run), ...reruns(run), ...forks(run)],
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
  const { id, labels } = chart.definition;
  const domain = labels['domain'] ?? labels['department'];
  const who = leastLevel({ kind: 'start', definition: id, domain });
  const ofDomain = domain === undefined ? '' : `, or L2 of the domain ${domain}`;

  return [
    {
      event: decision.fact.type,
      who: `${who}${ofDomain}`,
      command: ['fork', state.run, '--at', String(sequence)],
    },
  ];
}
