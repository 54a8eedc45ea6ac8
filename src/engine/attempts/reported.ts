import type { Json } from '../../../events/canonical-json.ts';
import type { Report, ReportAnswer } from '../../../events/worker-protocol.ts';
import type { TaskState } from '../../../machines/chart/run/run-state.ts';
import { localId, taskAt } from '../../../machines/chart/task-at.ts';
import type { Command, Refusal } from '../../../machines/run/decide/command.ts';
import { staleAttempt } from '../../../machines/run/decide/decide-attempt.ts';
import { unfitValue } from '../../../machines/run/record/claim-check.ts';
import type { Run } from '../../../machines/run/run.ts';
import { withNames } from '../../../machines/task-names.ts';
import { type AgentTask, agentOf, isOfAgent } from '../agents/agent-route.ts';
import type { Mailbox, Outcome, Refused } from '../run/mailbox.ts';
import { movedOn } from '../run/mailbox-answers.ts';
import type { AttemptClaims, HeldAttempt } from './attempt-claims.ts';
import type { AttemptsDeps } from './attempt-entry.ts';

export const taken: ReportAnswer = { ok: true };

/** A person has to repair the run first, or a newer engine has to take it; the worker keeps its result until then. */
const leftAloneCodes: ReadonlySet<string> = new Set(['run.quarantined', 'run.newer']);
const leftAloneMs = 30_000;

export type ReportingDeps = Pick<
  AttemptsDeps,
  'clock' | 'blobs' | 'gate' | 'outputs' | 'onTrouble' | 'work' | 'startNoticeMs' | 'live'
> & {
  readonly holders: AttemptClaims;
};

export type ReportOf<Kind extends Report['kind']> = Extract<Report, { kind: Kind }>;

/** A report of a worker that has proved to hold the item, about an active run. */
export type Reported<Told extends Report = Report> = {
  readonly report: Told;
  /** The agent of the worker. */
  readonly agent: string;
  readonly mailbox: Mailbox;
  readonly of: HeldAttempt;
};

/** The attempt in question, as it is now. */
export type OpenAttempt = {
  readonly task: AgentTask;
  readonly state: TaskState;
  /** The worker that began it, or to whom it was handed. */
  readonly holder: string | undefined;
  /** When the holder began it, as far as is known: ISO 8601, UTC. */
  readonly startedAt: string | undefined;
  /** Whether the journal says so. */
  readonly isRecorded: boolean;
};

type Holders = Pick<ReportingDeps, 'holders'>;

/** An engine whose timers are so late has more to do than it can. */
const lateMs = 3;
/** It is recorded that an attempt has begun at most so long after it has. */
const unrecordedMsMax = 500;

/** The attempt while it is open and assigned to the agent; otherwise why the report is obsolete. */
export function openAttempt(reported: Reported, { holders }: Holders): OpenAttempt | Refusal {
  const { mailbox, of } = reported;
  const run = mailbox.run();
  const { address, attempt } = of;
  const refusal = staleAttempt(run, address, attempt) ?? withOtherAgent(run, reported);
  if (refusal !== undefined) return refusal;
  const task = run.chart.plan.get(localId(address))?.task;
  const state = taskAt(run.state, address);
  if (task === undefined || state === undefined || !isOfAgent(task))
    return { code: 'report.agent', message: `no agent carries ${address} out` };

  const isRecorded = state.state === 'in_progress';
  const handed = holders.handed(of);
  // Given to another agent meanwhile, it is nobody's.
  const unrecorded = handed?.agent === reported.agent ? handed : undefined;
  const { worker: holder, startedAt } = (isRecorded ? state : unrecorded) ?? {};

  return { task: withNames(task, state.names), state, holder, startedAt, isRecorded };
}

/**
 * The same, but only for the worker that began the attempt. One that was handed to it by an engine that is gone is
 * taken for its own where nobody else has begun it since.
 */
export function heldByReporter(reported: Reported, deps: ReportingDeps): OpenAttempt | Refusal {
  const { report } = reported;
  const open = openAttempt(reported, deps);
  if (isRefusal(open)) return open;
  if (open.holder !== undefined || report.handed !== true) return notHolder(reported, open) ?? open;
  const startedAt = hand(reported, deps);

  return { ...open, holder: report.worker, startedAt };
}

export function isRefusal(found: OpenAttempt | Refusal): found is Refusal {
  return 'code' in found;
}

/** Refuses a report if the attempt was reassigned while the report was queued. `overtaken` names other reasons. */
export function submitted(
  reported: Reported,
  command: Command,
  overtaken: (run: Run) => Refusal | undefined = () => undefined,
): Promise<Outcome> {
  const { mailbox, report } = reported;
  const refused = (run: Run): Refused | undefined => {
    const refusal = withOtherAgent(run, reported) ?? overtaken(run);

    return refusal === undefined ? undefined : { ok: false, refusal };
  };

  return mailbox.submit(command, { actor: `worker:${report.worker}`, refused });
}

/**
 * The worker has the attempt from now on. Quick attempts are recorded by their end alone, those of workers as those of
 * this process. Returns when it began.
 */
export function hand(reported: Reported, deps: ReportingDeps): string {
  const { clock, gate, holders, startNoticeMs, onTrouble } = deps;
  const { agent, mailbox, of, report } = reported;
  const startedAt = new Date(mailbox.timeMs()).toISOString();
  const unrecorded = {};
  gate?.began(unrecorded, of.run);
  holders.hand(of, { agent, worker: report.worker, startedAt });
  const handedMs = clock.steady();
  const lookLater = (): void => {
    const dueMs = clock.steady() + startNoticeMs;
    clock.after(startNoticeMs, () => {
      const nowMs = clock.steady();
      // An engine that is late has not read yet what workers have told it.
      const isLate = nowMs - dueMs > lateMs || holders.isReporting(of);
      if (isLate && nowMs - handedMs < unrecordedMsMax) lookLater();
      else
        recordStart(reported, deps)
          .catch((error: unknown) => onTrouble(of.run, error))
          .finally(() => gate?.ended(unrecorded));
    });
  };
  lookLater();

  return startedAt;
}

/** Records that the worker began what was handed to it, where nobody has: all else is said of recorded attempts. */
async function recordStart(reported: Reported, deps: Holders): Promise<void> {
  const { of, report } = reported;
  const open = openAttempt(reported, deps);
  if (isRefusal(open) || open.isRecorded || open.holder !== report.worker) return;
  const start = { kind: 'startTask', task: of.address, attempt: of.attempt, worker: report.worker } as const;
  const outcome = await submitted(reported, start);
  if (outcome.ok) deps.holders.recordedStart(of);
}

/** Records that the work goes on, with what it said of how far it has come. Answers only what the run refuses. */
export async function recordBeat(
  reported: Reported,
  { holders }: Holders,
  progress?: { readonly percent?: number; readonly message?: string },
): Promise<ReportAnswer | undefined> {
  const { of } = reported;
  await recordStart(reported, { holders });
  const details = holders.unrecorded(of);
  const outcome = await submitted(reported, {
    ...{ kind: 'heartbeat', task: of.address, attempt: of.attempt },
    ...(progress === undefined ? {} : { progress }),
    ...(details === undefined ? {} : { details }),
  });
  if (!outcome.ok) return answerToRefusal(outcome.refusal);
  holders.recorded(of, details);

  return undefined;
}

/** Whoever goes on with the task has to get what was said last, be it recorded or not. */
export async function recordDetails(reported: Reported, deps: Holders): Promise<void> {
  if (deps.holders.unrecorded(reported.of) !== undefined) await recordBeat(reported, deps);
}

/** Why details cannot be recorded. */
export function unfitDetails(details: Json | undefined): Refusal | undefined {
  const why = details === undefined ? undefined : unfitValue(details);
  if (why === undefined) return undefined;

  return { code: 'report.details', message: `the details of the heartbeat ${why}` };
}

function withOtherAgent(run: Run, { agent, of: { address, attempt } }: Reported): Refusal | undefined {
  const task = run.chart.plan.get(localId(address))?.task;
  const owner = task === undefined ? undefined : agentOf(run, task, address);
  if (owner === agent) return undefined;

  return {
    code: 'report.agent',
    message: `attempt ${attempt} of ${address} is with ${owner ?? 'no agent'}, not ${agent}`,
  };
}

/** Why the worker may not report: another one began the attempt, or nobody has. */
function notHolder({ report, of }: Reported, { holder }: OpenAttempt): Refusal | undefined {
  if (holder === report.worker) return undefined;
  const what = `attempt ${of.attempt} of ${of.address}`;

  return holder === undefined
    ? { code: 'task.not-started', message: `${what} has not been started: report \`start\` first` }
    : { code: 'task.other-worker', message: `${what} is with ${holder}, not ${report.worker}` };
}

/** The worker has to stop and forget the item. */
export function dropped(refusal: Refusal): ReportAnswer {
  return denied(refusal, 'drop');
}

/** The worker has to ask again. */
export function waiting(refusal: Refusal, retryAfterMs: number): ReportAnswer {
  return { ...denied(refusal, 'wait'), retryAfterMs };
}

/** What a refusal of the run means for the worker. Throws if another engine has to be asked. */
export function answerToRefusal(refusal: Refusal): ReportAnswer {
  if (refusal.code === movedOn.refusal.code) throw new Error(movedOn.refusal.message);

  return leftAloneCodes.has(refusal.code) ? waiting(refusal, leftAloneMs) : dropped(refusal);
}

function denied({ code, message }: Refusal, next: 'drop' | 'wait') {
  return { ok: false as const, code, message, next };
}
