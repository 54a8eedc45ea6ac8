import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import type { ErrorData } from '../../../events/run-events.ts';
import { Report, type ReportAnswer } from '../../../events/worker-protocol.ts';
import { taskAt } from '../../../machines/chart/task-at.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import { isTooDeep, valueDepthMax } from '../../../machines/expressions/evaluate/json-size.ts';
import type { Command } from '../../../machines/run/decide/command.ts';
import { staleAttempt } from '../../../machines/run/decide/decide-attempt.ts';
import { reservedKey } from '../../../machines/run/record/claim-check.ts';
import { isRunId } from '../../../machines/shard.ts';
import { RunQuarantined } from '../../ports/runs/journal.ts';
import { RunNotFound } from '../../ports/runs/workflows.ts';
import type { Mailbox } from '../run/mailbox.ts';
import { movedOn } from '../run/mailbox-answers.ts';
import { attemptKey } from './attempt-claims.ts';
import {
  answerToRefusal,
  dropped,
  heldByReporter,
  isRefusal,
  type OpenAttempt,
  type Reported,
  type ReportingDeps,
  type ReportOf,
  submitted,
  taken,
} from './reported.ts';
import { reportedStart } from './reported-start.ts';
import { attemptErrorOf, outputOf, whileStoreAway } from './task-output.ts';
import { tokenOf } from './work-item.ts';

/** An attempt in progress has not failed: the error of its task is from an earlier attempt. */
const withoutFailure: ReadonlySet<string> = new Set(['in_progress', 'cancelled', 'skipped', 'completed']);

/** Progress is an event, so it is recorded at most this often. */
const progressEveryMs = 5_000;
/** How many heartbeats are recorded within the time-out. */
const beatsPerTimeout = 3;

export type RunsOfReports = {
  /** Rejects if the run cannot be loaded. */
  readonly mailboxOf: (run: string) => Promise<Mailbox>;
  /** The current mailboxes, by run. */
  readonly mailboxes: ReadonlyMap<string, Mailbox>;
  readonly putAway: (run: string, mailbox: Mailbox) => void;
};

/**
 * Answers the reports of workers about attempts. The run alone decides: a report counts only with the token of its
 * item. Rejects if another engine, or the same one later, has to be asked.
 */
export function createReporting(
  deps: ReportingDeps,
  runs: RunsOfReports,
): (agent: string, raw: Json) => Promise<ReportAnswer> {
  /** A repeated report is not recorded again while the first is being recorded. */
  const underWay = new Map<string, Promise<ReportAnswer>>();

  return async (agent, raw) => {
    const parsed = Report.safeParse(shallowReport(raw));
    if (!parsed.success) return dropped({ code: 'report.invalid', message: invalid(parsed.error.issues) });
    const report = parsed.data;
    const of = { run: report.run, address: report.task, attempt: report.attempt };
    const key = attemptKey(of);
    const token = deps.work === undefined ? undefined : tokenOf(deps.work.secret, key, agent);
    if (!isRunId(report.run) || report.token !== token) {
      const message = `the token is none that ${agent} was given with attempt ${key}`;
      return dropped({ code: 'report.token', message });
    }
    const name = `${report.kind} ${report.worker} ${key}`;
    const joined = underWay.get(name);
    if (joined !== undefined) {
      hear({ report, agent, of });
      return joined;
    }
    const answer = answered({ report, agent, of }).finally(() => underWay.delete(name));
    underWay.set(name, answer);

    return answer;
  };

  /** A report that cannot be recorded for a while is still a sign of life. */
  function hear(given: Omit<Reported, 'mailbox'>): void {
    const mailbox = runs.mailboxes.get(given.of.run);
    if (mailbox === undefined || isRefusal(heldByReporter({ ...given, mailbox }))) return;
    deps.holders.heard(given.of, given.report.worker);
  }

  async function answered(given: Omit<Reported, 'mailbox'>): Promise<ReportAnswer> {
    const { run } = given.of;
    const mailbox = await runs.mailboxOf(run).catch(unavailable);
    if ('ok' in mailbox) return mailbox;
    try {
      const reported = { ...given, mailbox };
      const answer = await act(reported, deps);
      if (answer.ok || answer.next === 'wait') return answer;
      // A dropped report is lost, so the decision has to hold for the newest state.
      const before = mailbox.run();
      await mailbox.look();
      if (!isFinal(mailbox.run().state.status) && runs.mailboxes.get(run) !== mailbox)
        throw new Error(movedOn.refusal.message);

      return mailbox.run() === before ? answer : await act(reported, deps);
    } finally {
      runs.putAway(run, mailbox);
    }
  }
}

async function act(reported: Reported, deps: ReportingDeps): Promise<ReportAnswer> {
  const { report } = reported;
  switch (report.kind) {
    case 'start':
      return reportedStart({ ...reported, report }, deps);
    case 'heartbeat':
      return reportedHeartbeat({ ...reported, report }, deps);
    case 'complete':
    case 'fail':
      return reportedResult({ ...reported, report }, deps);
    case 'release':
      return released(reported, deps);
  }
}

function released(reported: Reported, { holders }: ReportingDeps): ReportAnswer {
  const open = heldByReporter(reported);
  if (isRefusal(open)) return dropped(open);
  holders.gaveBack(reported.of, reported.report.worker);

  return taken;
}

/** A missing run needs no reports; a quarantined one may, once it is repaired. */
function unavailable(error: unknown): ReportAnswer {
  if (error instanceof RunNotFound || error instanceof RunQuarantined)
    return answerToRefusal({ code: error.code, message: error.message });

  throw error;
}

function invalid(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): string {
  const [first] = issues;

  return `the report is not what the protocol says: ${first?.path.map(String).join('.') ?? ''}: ${first?.message ?? ''}`;
}

/**
 * Checks the nesting of a report's values, as deeper ones cannot be recorded. An output that is too deep fails the
 * attempt; details of a failure are left out.
 */
function shallowReport(raw: Json): Json {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw;
  const { kind, output, error, ...rest } = raw as { readonly [key: string]: Json };
  if (kind === 'complete' && output !== undefined && isTooDeep(output)) {
    const message = `the result is nested deeper than ${valueDepthMax} levels`;
    return { ...rest, kind: 'fail', error: { code: 'output.too-deep', message, retryable: false } };
  }
  if (kind !== 'fail' || error === undefined || !isTooDeep(error)) return raw;

  return { ...rest, kind, error: withoutDetails(error) };
}

function withoutDetails(error: Json): Json {
  const { details: _tooDeep, ...rest } = error as { readonly [key: string]: Json };

  return rest;
}

/** A sign of life. Recorded only where it moves the heartbeat time-out, or shows progress to people. */
async function reportedHeartbeat(
  reported: Reported<ReportOf<'heartbeat'>>,
  { holders }: ReportingDeps,
): Promise<ReportAnswer> {
  const open = heldByReporter(reported);
  if (isRefusal(open)) return dropped(open);
  const { of, report } = reported;
  holders.heard(of, report.worker);
  if (!isDue(reported, open, reported.mailbox.timeMs())) return taken;
  const progress = progressOf(reported);
  const outcome = await submitted(reported, {
    kind: 'heartbeat',
    task: of.address,
    attempt: of.attempt,
    ...(progress === undefined ? {} : { progress }),
  });

  return outcome.ok ? taken : answerToRefusal(outcome.refusal);
}

function isDue(
  reported: Reported<ReportOf<'heartbeat'>>,
  { task, state }: OpenAttempt,
  nowMs: number,
): boolean {
  const sinceMs = nowMs - Date.parse(state.heartbeatAt ?? state.startedAt ?? '');
  const { heartbeatTimeoutMs } = task;
  if (heartbeatTimeoutMs !== undefined && sinceMs >= heartbeatTimeoutMs / beatsPerTimeout) return true;
  const progress = progressOf(reported);
  const isNews = progress !== undefined && canonicalJson(progress) !== canonicalJson(state.progress ?? {});

  return isNews && (state.heartbeatAt === undefined || sinceMs >= progressEveryMs);
}

function progressOf({ report }: Reported<ReportOf<'heartbeat'>>) {
  const { percent, message } = report.progress ?? {};
  if (percent === undefined && message === undefined) return undefined;

  return { ...(percent === undefined ? {} : { percent }), ...(message === undefined ? {} : { message }) };
}

type Result = Reported<ReportOf<'complete' | 'fail'>>;

/** Records how the attempt ended. A result that is recorded already is accepted again. */
async function reportedResult(reported: Result, deps: ReportingDeps): Promise<ReportAnswer> {
  const open = heldByReporter(reported);
  if (isRefusal(open)) return isRecorded(reported) ? taken : dropped(open);
  const recorded = deps.holders.reporting(reported.of);
  try {
    const command = await commandOf(reported, open, deps);
    const outcome = await submitted(reported, command);

    return outcome.ok || isRecorded(reported) ? taken : answerToRefusal(outcome.refusal);
  } finally {
    recorded();
  }
}

async function commandOf(
  reported: Result,
  { task, state }: OpenAttempt,
  deps: ReportingDeps,
): Promise<Command> {
  const { report, of, mailbox } = reported;
  const { address, attempt } = of;
  const { startedAt = new Date(deps.clock.now()).toISOString() } = state;
  const result = { task: address, attempt, worker: report.worker, startedAt };
  if (report.kind === 'fail') return { kind: 'failTask', ...result, error: errorOf(report.error) };
  const run = mailbox.run();
  const stop = { isTold: () => staleAttempt(mailbox.run(), address, attempt) !== undefined };
  try {
    const output = await whileStoreAway({ run, stop }, deps, () =>
      outputOf({ run, task, address }, report.output, deps),
    );

    return { kind: 'completeTask', ...result, output };
  } catch (error) {
    return { kind: 'failTask', ...result, error: attemptErrorOf(error) };
  }
}

/** Details that no record can hold are left out: the failure itself counts. */
function errorOf({ details, ...error }: ReportOf<'fail'>['error']): ErrorData {
  if (details === undefined || isTooDeep(details) || reservedKey(details) !== undefined) return error;

  return { ...error, details };
}

/** Whether the attempt ended this way: the worker repeats its report because the answer was lost. */
function isRecorded({ mailbox, report, of }: Result): boolean {
  const state = taskAt(mailbox.run().state, of.address);
  if (state?.attempt !== of.attempt || state.worker !== report.worker) return false;
  if (report.kind === 'complete') return state.state === 'completed' && state.byHand === undefined;

  return !withoutFailure.has(state.state) && state.error?.code === report.error.code;
}
