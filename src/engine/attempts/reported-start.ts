import type { Json } from '../../../events/canonical-json.ts';
import type { ReportAnswer } from '../../../events/worker-protocol.ts';
import { isEnough } from '../../../machines/agents/declared-agent.ts';
import type { TaskState } from '../../../machines/chart/run/run-state.ts';
import { taskAt } from '../../../machines/chart/task-at.ts';
import { dueTime, isoTime } from '../../../machines/due-time.ts';
import type { Command, Refusal } from '../../../machines/run/decide/command.ts';
import { unclaimed } from '../../../machines/run/record/claim-check.ts';
import type { Run } from '../../../machines/run/run.ts';
import { type Duration, knownMs } from '../../../machines/task.ts';
import type { AgentTask } from '../agents/agent-route.ts';
import { isSealedTask } from '../run/erasure-keys.ts';
import { withBlobs } from '../run/resolve-blobs.ts';
import type { HeldAttempt } from './attempt-claims.ts';
import {
  answerToRefusal,
  dropped,
  hand,
  isRefusal,
  type OpenAttempt,
  openAttempt,
  type Reported,
  type ReportingDeps,
  type ReportOf,
  recordDetails,
  submitted,
  waiting,
} from './reported.ts';
import { inputOf } from './work-item.ts';

type Start = Reported<ReportOf<'start'>>;

/** Delay before a worker that may not begin asks again. */
const heldUpMs = 5_000;
/** Within this time the start of what was handed out is recorded. */
const recordedMsMax = 1_000;
/** How often a worker is expected to be heard of within the time after which it counts as lost. */
const beatsPerTtl = 3;

/** A worker asks to begin: it may if nobody holds the attempt, or the holder is lost. */
export async function reportedStart(reported: Start, deps: ReportingDeps): Promise<ReportAnswer> {
  const { holders } = deps;
  const { report, of } = reported;
  for (;;) {
    const open = openAttempt(reported, deps);
    if (isRefusal(open)) return dropped(open);
    if (open.holder === report.worker && !holders.hasGivenBack(of, report.worker))
      return { ...granted(reported, open, deps), ...(await sealedParts(reported, open, deps)) };
    const heldUp = reasonToWait(reported, open, deps);
    if (heldUp !== undefined) return heldUp;
    const isHanded = !open.isRecorded && mayHand(reported, deps);
    const refused = isHanded ? undefined : await begin(reported, open, deps);
    if (isHanded) hand(reported, deps);
    if (refused !== undefined) return refused;
  }
}

/** An engine that is about to give the run away says by a record that it was begun, as one says that has begun to. */
function mayHand({ report, of }: Start, { gate, holders }: ReportingDeps): boolean {
  return report.handed === true && gate?.mayBegin(of.run) !== false && !holders.isBeginning(of);
}

/** Records the start. Undefined where that has to be looked at anew, also as it is now that of the worker. */
async function begin(
  reported: Start,
  open: OpenAttempt,
  deps: ReportingDeps,
): Promise<ReportAnswer | undefined> {
  const { of, report } = reported;
  if (open.isRecorded) await recordDetails(reported, deps);
  const over = deps.holders.beginning(of);
  const outcome = await submitted(
    reported,
    startCommand(reported, open, deps),
    livingHolder(reported, deps),
  ).finally(over);
  if (outcome.ok) {
    deps.holders.began(of, report.worker);
    return undefined;
  }

  // Another command may have come first.
  return overtaken.has(outcome.refusal.code) ? undefined : answerToRefusal(outcome.refusal);
}

const overtaken: ReadonlySet<string> = new Set(['task.already-started', 'task.other-worker']);

function reasonToWait(
  { mailbox, report, agent, of }: Start,
  { holder, task }: OpenAttempt,
  { holders, work }: ReportingDeps,
): ReportAnswer | undefined {
  if (mailbox.run().state.status === 'PAUSED')
    return waiting({ code: 'run.paused', message: `run ${of.run} is paused` }, heldUpMs);
  const leftMs = holder === undefined || holder === report.worker ? 0 : holders.leftMs(of, holder);
  if (leftMs > 0) return waiting(withOther(of, holder), leftMs);
  const found = work?.roster.find(agent);
  if (task.agentLevel !== undefined && !isEnough(found?.level ?? 'L3', task.agentLevel))
    return waiting({ code: 'agent.level', message: `${agent} is below ${task.agentLevel}` }, heldUpMs);
  if (found?.transport.kind === 'command')
    return waiting(
      { code: 'agent.transport', message: `${agent} is a command: engines carry it out` },
      heldUpMs,
    );
  // Of a drained agent, another worker may go on with a started attempt.
  if (holder !== undefined || found?.draining === undefined) return undefined;

  return waiting({ code: 'agent.draining', message: `${agent} gets nothing new: it is drained` }, heldUpMs);
}

/** While the start is queued, the holder may be heard of again. */
function livingHolder({ of, report }: Start, { holders }: ReportingDeps): (run: Run) => Refusal | undefined {
  return (run) => {
    const state = taskAt(run.state, of.address);
    const { worker } = (state?.state === 'in_progress' ? state : holders.handed(of)) ?? {};
    if (worker === undefined || worker === report.worker) return undefined;

    return holders.leftMs(of, worker) > 0 ? withOther(of, worker) : undefined;
  };
}

function withOther({ attempt, address }: HeldAttempt, holder: string | undefined): Refusal {
  return { code: 'task.other-worker', message: `attempt ${attempt} of ${address} is with ${holder}` };
}

function startCommand(
  { report, of }: Start,
  { holder, isRecorded }: OpenAttempt,
  { holders }: ReportingDeps,
): Command {
  const { worker } = report;
  const start = { kind: 'startTask' as const, task: of.address, attempt: of.attempt, worker };
  if (holder === undefined || !isRecorded) return start;

  return { ...start, ...(holders.hasGivenBack(of, holder) ? { givenBack: holder } : { lost: holder }) };
}

function granted(
  { of, report, mailbox }: Start,
  { task, state, startedAt, isRecorded }: OpenAttempt,
  { holders, clock }: ReportingDeps,
): ReportAnswer {
  holders.began(of, report.worker);
  const silentMsMax = Math.min(holders.ttlMs, knownMs(task.heartbeatTimeoutMs) ?? holders.ttlMs);
  const due = deadlineOf(task, { ...state, startedAt });
  // Workers go by the clock on the wall, a run may keep a time of its own.
  // Until its start is recorded nothing counts its time: the engine ends it, and the worker not before.
  const slackMs = isRecorded ? 0 : recordedMsMax;
  const deadline =
    due === undefined ? undefined : isoTime(Date.parse(due) - mailbox.timeMs() + clock.now() + slackMs);

  return {
    ok: true,
    heartbeatMs: Math.max(Math.floor(silentMsMax / beatsPerTtl), 1),
    ...(deadline === undefined ? {} : { deadline }),
    ...(state.details === undefined ? {} : { lastDetails: state.details }),
  };
}

/** What the item has sealed, as it is. */
async function sealedParts(
  { of, mailbox }: Start,
  { state }: OpenAttempt,
  { blobs }: ReportingDeps,
): Promise<{ readonly input?: Json; readonly lastDetails?: Json }> {
  const run = mailbox.run();
  if (run.aside.sealing === undefined || !isSealedTask(run, of.address)) return {};

  return withBlobs(blobs, mailbox.run, () => ({
    input: inputOf(run, of.address),
    ...(state.details === undefined ? {} : { lastDetails: unclaimed(run, state.details) }),
  }));
}

/** When the attempt, or the task with all its attempts, times out. An alert ends nothing. */
function deadlineOf(
  task: AgentTask,
  { startedAt, firstScheduledAt }: Pick<TaskState, 'firstScheduledAt'> & Pick<OpenAttempt, 'startedAt'>,
): string | undefined {
  const due = (from: string | undefined, span: Duration | undefined) => {
    const delayMs = knownMs(span);
    return from === undefined || delayMs === undefined ? [] : [dueTime(from, delayMs)];
  };
  const times = [
    ...due(startedAt, task.timeoutPolicy === 'alert' ? undefined : task.timeoutMs),
    ...due(firstScheduledAt, task.totalTimeoutMs),
  ];

  return times.sort()[0];
}
