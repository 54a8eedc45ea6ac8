import { approversText, askedNow, excludedFrom } from '../../../machines/agents/authority.ts';
import type { RunState, TaskState } from '../../../machines/chart/run/run-state.ts';
import { localId, openTasks, taskAt } from '../../../machines/chart/task-at.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import { underWay } from '../../../machines/chart/tasks/do-while.ts';
import type { Run } from '../../../machines/run/run.ts';
import { type HumanTask, policyAfter, type Task, type WaitTask } from '../../../machines/task.ts';
import { withNames } from '../../../machines/task-names.ts';
import type { StationLink } from '../../ports/runs/stations.ts';
import type { Wait } from '../../ports/runs/workflows.ts';
import type { Roster } from '../../ports/work/agent-admin.ts';
import { agentOfTask, isOfAgent } from '../agents/agent-route.ts';
import { agentWait, expiredClaimWait, unknownWait } from '../agents/agent-waits.ts';

/** The most reasons that are told: a thousand items that wait for the same thing are told by the first of them. */
const waitsMax = 50;

/** What is known of those that a run waits for: who carries tasks of agents out, and how other stations are reached. */
export type Around = {
  readonly roster?: Roster | undefined;
  readonly links?: ReadonlyMap<string, StationLink> | undefined;
};

/**
 * Says in words what a run that is not final waits for, the most telling reasons first. `roster` knows who carries
 * tasks of agents out; without, less is told of these.
 */
export function waitsFor(run: Run, { roster, links }: Around = {}): readonly Wait[] {
  const { state } = run;
  if (isFinal(state.status)) return [];
  const waits = ofRun(run, links);
  for (const [address, task] of tasksOf(state)) {
    if (waits.length >= waitsMax) return waits;
    const reason = ofTask(run, { address, state: task, roster, links });
    if (reason !== undefined) waits.push({ task: address, ...reason });
  }

  return waits;
}

type Reason = Omit<Wait, 'task'>;

function ofRun({ state, chart }: Run, links: Around['links']): Wait[] {
  const { limit = 1 } = chart.definition.concurrency ?? {};
  const waits: Wait[] = [];
  if (state.status === 'PAUSED')
    waits.push({ reason: 'the run is paused', fix: `workflow resume ${state.run}` });
  if (state.phase === 'queued') {
    waits.push({
      reason: `waits for its turn: concurrency key ${state.concurrencyKey ?? 'of its definition'}, ${limit} of ${limit} running`,
    });
  }
  for (const { run, how, task, station } of state.orphans ?? []) {
    const there = elsewhere(run, station, links);
    waits.push({ task, reason: `${there.what} has to end first (${how})${there.link}`, fix: there.fix });
  }
  if (state.phase === 'notifying') waits.push({ reason: 'its failure workflow is being started' });

  return waits;
}

function* tasksOf(state: RunState): Iterable<readonly [string, TaskState]> {
  const undoing = state.phase === 'compensating' ? state.undoing?.left[0] : undefined;
  const undoer = undoing === undefined ? undefined : taskAt(state, undoing);
  if (undoing !== undefined && undoer !== undefined) yield [undoing, undoer];
  else yield* openTasks(state.tasks);
}

/** A run of this station or of another one, in words. */
function elsewhere(run: string, station: string | undefined, links: Around['links']) {
  if (station === undefined) return { what: `the run ${run}`, link: '', fix: `workflow show ${run}` };
  const what = `the run ${run} on station ${station}`;

  return { what, link: linkText(station, links), fix: `on ${station}: workflow show ${run}` };
}

/** `; link down since 2026-...`: nothing where the link is up, or nothing is known of it. */
function linkText(station: string, links: Around['links']): string {
  const link = links?.get(station);

  return link?.isUp === false ? `; link down since ${link.since}` : '';
}

type Waiting = Around & { readonly address: string; readonly state: TaskState };

function ofTask(run: Run, { address, state, roster, links }: Waiting): Reason | undefined {
  const task = run.chart.plan.get(localId(address))?.task;
  if (task === undefined) return undefined;
  switch (state.state) {
    case 'pending_approval':
      return task.type === 'HUMAN' ? approvalReason(run, address, task, state) : undefined;
    case 'awaiting':
      return task.type === 'WAIT' ? awaitingReason(run, address, task, state) : undefined;
    case 'delegated': {
      const there = elsewhere(state.child?.run ?? '', state.child?.station, links);
      return { reason: `${there.what} carries it out${there.link}`, fix: there.fix };
    }
    case 'exhausted':
      return {
        reason: `its attempts are used up; the last one failed: ${state.error?.message ?? ''}`,
        fix: `workflow resume ${run.state.run}`,
      };
    case 'recovering':
      return { reason: `its fallback ${task.fallback.join(', ')} stands in for it` };
    case 'open':
      return openReason(state);
    default:
      return attemptReason(task, { state, roster, links });
  }
}

function approvalReason(run: Run, address: string, task: HumanTask, state: TaskState): Reason {
  const given = state.grants?.length ?? 0;
  const asked = askedNow(task, state, excludedFrom(run.state, address, task));
  const quorum = task.quorum > 1 ? `, ${given} of ${task.quorum} given` : '';
  const escalated = state.escalatedAt === undefined ? '' : `, escalated at ${state.escalatedAt}`;

  return {
    reason: `waiting for approval by ${approversText(asked)} since ${state.scheduledAt ?? ''}${quorum}${escalated}`,
    fix: `workflow approve ${run.state.run} ${shellWord(address)}`,
  };
}

function awaitingReason(run: Run, address: string, task: WaitTask, { until, names }: TaskState): Reason {
  const id = run.state.run;
  const { signal } = withNames(task, names);
  if (until !== undefined)
    return { reason: `waiting until ${until}`, fix: `workflow skip ${id} ${shellWord(address)}` };
  if (signal !== undefined) {
    return { reason: `waiting for the signal "${signal}"`, fix: `workflow signal ${id} ${signal}` };
  }

  return { reason: 'waiting to be completed by hand', fix: `workflow complete ${id} ${shellWord(address)}` };
}

function openReason({ body }: TaskState): Reason | undefined {
  if (body === undefined) return undefined;
  const { completed, failed, count } = body;
  const of = count === undefined ? '' : ` of ${count}`;
  const lost = failed === 0 ? '' : `, ${failed} failed`;

  return { reason: `${completed}${of} passes completed${lost}, ${underWay(body)} under way` };
}

function attemptReason(task: Task, { state, roster, links }: Omit<Waiting, 'address'>): Reason | undefined {
  switch (state.state) {
    case 'retrying':
      return {
        reason: `attempt ${state.attempt + 1} of ${policyAfter(task.retry, state.error?.code).maxAttempts + (state.spent ?? 0)} at ${state.retryAt ?? ''}; the last one failed: ${state.error?.message ?? ''}`,
      };
    case 'scheduled':
      if (task.type === 'SUB_WORKFLOW' && task.station !== undefined)
        return {
          reason: `waits for station ${task.station}${linkText(task.station, links)}`,
          fix: 'workflow doctor',
        };
      if (!isOfAgent(task)) return { reason: 'scheduled; an engine has to carry it out' };
      return roster === undefined ? unknownWait(task, state) : agentWait(task, state, roster);
    case 'in_progress':
      return (
        lostText(task, state, roster) ?? {
          reason: `attempt ${state.attempt} is carried out by ${workerText(task, state)} since ${state.startedAt ?? ''}${heardText(task, state, roster)}`,
        }
      );
    default:
      return undefined;
  }
}

function lostText(task: Task, state: TaskState, roster: Roster | undefined): Reason | undefined {
  return roster === undefined || !isOfAgent(task) ? undefined : expiredClaimWait(task, state, roster);
}

function workerText(task: Task, state: TaskState): string {
  const worker = state.worker ?? 'a worker';
  const agent = isOfAgent(task) ? agentOfTask(task, state) : undefined;

  return agent === undefined ? worker : `${worker} of ${JSON.stringify(agent)}`;
}

/** `, last heard 2026-...`: of an attempt that makes no progress it is this that people want to know. */
function heardText(task: Task, state: TaskState, roster: Roster | undefined): string {
  if (!isOfAgent(task)) return '';
  const seen = roster
    ?.find(agentOfTask(task, state) ?? '')
    ?.workers.find(({ worker }) => worker === state.worker)?.seenAtMs;
  const heardMs = Math.max(seen ?? 0, Date.parse(state.heartbeatAt ?? '') || 0);

  return heardMs === 0 ? '' : `, last heard ${new Date(heardMs).toISOString()}`;
}

/** Shells take brackets for patterns. */
function shellWord(address: string): string {
  return address.includes('[') ? `'${address}'` : address;
}
