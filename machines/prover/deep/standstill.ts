import { localId, openTasks } from '../../chart/task-at.ts';
import { pendingEffects } from '../../run/effects.ts';
import type { Run } from '../../run/run.ts';
import { timersOf } from '../../run/timers.ts';
import { withNames } from '../../task-names.ts';
import type { Explored, ExploredScene } from '../explore/explore.ts';
import type { Move, Scenario } from '../explore/scenario.ts';
import { isOver, nearestScene, standstills } from './explored-graph.ts';

const namedMax = 5;

/** Scenes in which a run waits although nobody owes it anything and no timer runs. */
export function deadlocks(explored: Explored): readonly Found[] {
  const stuck = standstills(explored).filter(
    ({ scene: { run } }) => timersOf(run).length === 0 && !isOwed(run),
  );
  const first = nearestScene(stuck);
  if (first === undefined) return [];
  const tasks = waitingIn(first.scene.run);

  return [
    {
      code: 'deep.deadlock',
      severity: 'error',
      message: `the run stands still for ever: nobody owes it an answer and no timer runs, yet ${named(tasks)} still waits`,
      tasks,
      scene: first.key,
    },
  ];
}

/**
 * What only a person or a message from outside moves on, at any time or never. That is no fault, but nobody is told
 * when it is forgotten.
 */
export function waitsForEver(explored: Explored): readonly Found[] {
  const found = new Map<string, ExploredScene>();
  for (const each of explored.scenes.values()) {
    const { run } = each.scene;
    if (isOver(each) || timersOf(run).length > 0) continue;
    for (const id of waitsOpenly(run)) {
      const before = found.get(id);
      if (before === undefined || each.depth < before.depth) found.set(id, each);
    }
  }

  return [...found].map(([id, { key, scene }]) => ({
    code: 'deep.waits-for-ever',
    severity: 'note',
    message: waitText(scene.run, id),
    tasks: [id],
    scene: key,
  }));
}

function waitText({ chart, state }: Run, id: string): string {
  if (state.phase === 'paused')
    return `the run pauses at ${id} until somebody resumes it, for ever if nobody does`;
  const task = chart.plan.get(id)?.task;
  if (task?.type === 'WAIT' && task.signal !== undefined)
    return `${id} waits for the signal ${withNames(task, state.tasks[id]?.names).signal}, for ever if it never comes; a timeout would end that`;
  if (task?.type === 'WAIT')
    return `${id} waits until somebody completes it by hand, for ever if nobody does`;
  const escalates = task?.type === 'HUMAN' && (task.onTimeout === 'escalate' || task.escalate !== undefined);

  return escalates
    ? `${id} waits for an approval, after its escalation for ever if nobody decides`
    : `${id} waits for an approval, for ever if nobody decides; a timeout would end that`;
}

function isOwed(run: Run): boolean {
  return run.state.phase === 'paused' || waitsOpenly(run).length > 0 || pendingEffects(run).length > 0;
}

const openly: ReadonlySet<string> = new Set(['pending_approval', 'awaiting', 'exhausted']);

function waitsOpenly({ state }: Run): readonly string[] {
  if (state.phase === 'paused' && state.pausedBy !== undefined) return [localId(state.pausedBy)];
  const waiting = [...openTasks(state.tasks)].filter(([, task]) => openly.has(task.state));

  return [...new Set(waiting.map(([address]) => localId(address)))];
}

function waitingIn({ state }: Run): readonly string[] {
  const waiting = [...openTasks(state.tasks)].filter(([, task]) => task.state === 'waiting');

  return [...new Set(waiting.map(([address]) => localId(address)))];
}

/** `a`, `a and b`, `a, b and c`; of many the first few, and how many more there are. */
export function named(ids: readonly string[]): string {
  if (ids.length === 0) return 'the run';
  if (ids.length > namedMax) {
    return `${ids.slice(0, namedMax - 1).join(', ')} and ${ids.length - namedMax + 1} more`;
  }
  const last = ids.at(-1) ?? '';

  return ids.length === 1 ? last : `${ids.slice(0, -1).join(', ')} and ${last}`;
}

/** `error`: no run that gets there is as it was meant. `warning`: somebody should look. `note`: worth knowing. */
export type Severity = 'error' | 'warning' | 'note';

/** What a property found, before its counter-example is played. */
export type Found = {
  /** Stable and dotted: `deep.deadlock`. */
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  /** The tasks that it is about, by their ids. It is shown at the first; at the workflow when there is none. */
  readonly tasks: readonly string[];
  /** The key of the task, or of the workflow, that it is about: `loop_condition`. */
  readonly key?: string;
  /** The key of a scene that shows it. */
  readonly scene?: string;
  /** What is done there. */
  readonly moves?: readonly Move[];
};

/** What is wrong with a definition, and a run that shows it. */
export type DeepFinding = Pick<Found, 'code' | 'severity' | 'message' | 'tasks' | 'key'> & {
  readonly counterexample?: Scenario;
};
