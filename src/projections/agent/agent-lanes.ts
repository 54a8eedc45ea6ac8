import { localId } from '../../../machines/chart/task-at.ts';
import type { Definition } from '../../../machines/definition.ts';
import type { AgentLane } from '../../api/run-parts.ts';
import { type BookRow, leadersIn } from '../insights/book-row.ts';
import { placesOf } from '../task/task-order.ts';

type Act = AgentLane['acts'][number];
type Lane = { readonly kind: AgentLane['kind']; readonly acts: Act[] };
type Who = Pick<AgentLane, 'name' | 'kind'>;

const actsMax = 500;

/** What each who took part in a run did in it, up to event `at`: those first who acted first. */
export function agentLanes(
  rows: readonly BookRow[],
  { at, definition }: { readonly at?: number | undefined; readonly definition?: Definition | undefined },
): readonly AgentLane[] {
  const lanes = new Map<string, Lane>();
  /** The agents that the latest attempt of a task was given to by their skills. */
  const assigned = new Map<string, string>();
  for (const row of at === undefined ? rows : rows.slice(0, at)) {
    const { task = '' } = row.line;
    for (const [given, leading] of leadersIn(row)) assigned.set(given, leading);
    const act = actOf(row);
    if (act === undefined) continue;
    const { name, kind } = whoOf(row, assigned.get(task) ?? agentOf(task, definition));
    const key = `${kind} ${name}`;
    const lane = lanes.get(key) ?? { kind, acts: [] };
    lane.acts.push(act);
    lanes.set(key, lane);
  }

  return [...lanes].map(([key, { kind, acts }]) => ({
    name: key.slice(kind.length + 1),
    kind,
    acts: acts.slice(-actsMax),
    omitted: Math.max(0, acts.length - actsMax),
  }));
}

const words: Readonly<Record<string, string>> = {
  'task.assigned': 'assigned',
  'tasks.assigned': 'assigned',
  'task.started': 'began',
  'task.heartbeat': 'progress',
  'task.completed': 'completed',
  'task.failed': 'failed',
  'task.skipped': 'skipped',
  'task.resolved': 'completed by hand',
  'approval.granted': 'approved',
  'approval.denied': 'rejected',
  'approval.change-requested': 'asked for a change',
  'approval.delegated': 'handed over',
  'approval.refused': 'was refused',
  'child.started': 'started a run',
  'child.ended': 'saw a run end',
  'signal.received': 'signalled',
  'timer.fired': 'saw a time pass',
  'decision.made': 'decided',
  'termination.reached': 'ended the run',
};

function actOf({ line, attempt, worker }: BookRow): Act | undefined {
  const { sequence, time, type, task, note, isIntervention } = line;
  const [subject = '', verb = ''] = type.split('.');
  const what = words[type] ?? (subject === 'run' || isIntervention ? verb : undefined);
  if (what === undefined) return undefined;

  return {
    event: sequence,
    time,
    what,
    ...(task === undefined ? {} : { task }),
    ...(attempt === undefined ? {} : { attempt }),
    ...(worker === undefined ? {} : { worker }),
    note,
  };
}

const ofEngine: ReadonlySet<string> = new Set(['task.assigned', 'tasks.assigned', 'decision.made']);

function whoOf({ line, by, worker, trigger }: BookRow, agent: string | undefined): Who {
  const { type, actor } = line;
  if (trigger !== undefined) return { name: trigger, kind: 'trigger' };
  if (by !== undefined) return { name: by, kind: 'person' };
  if (ofEngine.has(type)) return { name: 'engine', kind: 'engine' };
  if (worker !== undefined || actor.startsWith('worker:')) {
    return agent === undefined ? { name: 'engine', kind: 'engine' } : { name: agent, kind: 'agent' };
  }
  if (actor === 'engine' || actor.startsWith('engine:') || actor === '')
    return { name: 'engine', kind: 'engine' };

  return actor.startsWith('trigger:')
    ? { name: actor.slice(8), kind: 'trigger' }
    : { name: actor, kind: 'person' };
}

/** Whose work the definition says that the task is. */
function agentOf(address: string, definition: Definition | undefined): string | undefined {
  if (definition === undefined) return undefined;
  const task = placesOf(definition).get(localId(address))?.task;

  return task?.performer.kind === 'agent' ? task.performer.agent : undefined;
}
