import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import type { ErrorData } from '../../../events/run-events.ts';
import { Report, type ReportAnswer } from '../../../events/worker-protocol.ts';
import { taskAt } from '../../../machines/chart/task-at.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import { isTooDeep, valueDepthMax } from '../../../machines/expressions/evaluate/json-size.ts';
import { defined } from '../../../machines/language/defined.ts';
import type { Command } from '../../../machines/run/decide/command.ts';
import { staleAttempt } from '../../../machines/run/decide/decide-attempt.ts';
import { reservedKey } from '../../../machines/run/record/claim-check.ts';
import { isRunId } from '../../../machines/shard.ts';
import { knownMs } from '../../../machines/task.ts';
import { RunArchived } from '../../ports/runs/archive.ts';
import { RunQuarantined } from '../../ports/runs/journal.ts';
import { RunNotFound } from '../../ports/runs/workflows.ts';
import type { Mailbox } from '../run/mailbox.ts';
import { movedOn } from '../run/mailbox-answers.ts';
import { attemptKey } from './attempt-claims.ts';
import { createReportedPrinting, type ReportedPrinting } from './live-printing.ts';
import {
  answerToRefusal,
  dropped,
  heldByReporter,
  isRefusal,
  type OpenAttempt,
  type Reported,
  type ReportingDeps,
  type ReportOf,
  recordBeat,
  recordDetails,
  submitted,
  taken,
  unfitDetails,
  waiting,
} from './reported.ts';
import { reportedStart } from './reported-start.ts';
import { attemptErrorOf, isPrinted, outputOf, whileStoreAway } from './task-output.ts';
import { tokenOf } from './work-item.ts';

/** An attempt in progress has not failed: the error of its task is from an earlier attempt. */
const withoutFailure: ReadonlySet<string> = new Set(['in_progress', 'cancelled', 'skipped', 'completed']);

/** Progress is an event, so it is recorded at most this often. */
const progressEveryMs = 5_000;
/** Delay after which a worker may say something else in place of what is not taken. */
const sayAgainMs = 1_000;
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
  const live = createReportedPrinting(deps);
  /** A repeated report is not recorded again while the first is being recorded. */
  const underWay = new Map<string, Promise<ReportAnswer>>();

  return async (agent, raw) => {
    const parsed = Report.safeParse(shallowReport(raw));
    if (!parsed.success) {
      const refusal = { code: 'report.invalid', message: invalid(parsed.error.issues) };
      const beat = bareHeartbeat(raw);
      const heard = beat === undefined ? undefined : await answer(agent, beat);
      // The work goes on, and was heard of: only what was said of it is not taken.
      return heard?.ok === true ? waiting(refusal, sayAgainMs) : (heard ?? dropped(refusal));
    }

    return answer(agent, parsed.data);
  };

  async function answer(agent: string, report: Report): Promise<ReportAnswer> {
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
    const answering = answered({ report, agent, of }).finally(() => underWay.delete(name));
    underWay.set(name, answering);

    return answering;
  }

  /** A report that cannot be recorded for a while is still a sign of life. */
  function hear(given: Omit<Reported, 'mailbox'>): void {
    const mailbox = runs.mailboxes.get(given.of.run);
    if (mailbox === undefined || isRefusal(heldByReporter({ ...given, mailbox }, deps))) return;
    deps.holders.heard(given.of, given.report.worker);
    const { details } = given.report.kind === 'heartbeat' ? given.report : {};
    if (details !== undefined && unfitDetails(details) === undefined)
      deps.holders.keepDetails(given.of, given.report.worker, details);
  }

  async function answered(given: Omit<Reported, 'mailbox'>): Promise<ReportAnswer> {
    const { run } = given.of;
    const mailbox = await runs.mailboxOf(run).catch(unavailable);
    if ('ok' in mailbox) return mailbox;
    try {
      const reported = { ...given, mailbox };
      const answer = await act(reported, deps, live);
      if (answer.ok || answer.next === 'wait') return answer;
      // A dropped report is lost, so the decision has to hold for the newest state.
      const before = mailbox.run();
      await mailbox.look();
      if (!isFinal(mailbox.run().state.status) && runs.mailboxes.get(run) !== mailbox)
        throw new Error(movedOn.refusal.message);

      return mailbox.run() === before ? answer : await act(reported, deps, live);
    } finally {
      runs.putAway(run, mailbox);
    }
  }
}

async function act(reported: Reported, deps: ReportingDeps, live: ReportedPrinting): Promise<ReportAnswer> {
  const { report } = reported;
  switch (report.kind) {
    case 'start':
      return reportedStart({ ...reported, report }, deps);
    case 'heartbeat':
      return reportedHeartbeat({ ...reported, report }, deps, live);
    case 'complete':
    case 'fail':
      live.end(reported);
      return reportedResult({ ...reported, report }, deps);
    case 'release':
      return released(reported, deps);
  }
}

async function released(reported: Reported, deps: ReportingDeps): Promise<ReportAnswer> {
  const { holders } = deps;
  const open = heldByReporter(reported, deps);
  if (isRefusal(open)) return dropped(open);
  await recordDetails(reported, deps);
  holders.gaveBack(reported.of, reported.report.worker);

  return taken;
}

/** A run that is missing or archived needs no reports; a quarantined one may, once it is repaired. */
function unavailable(error: unknown): ReportAnswer {
  if (error instanceof RunNotFound || error instanceof RunArchived || error instanceof RunQuarantined)
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

/** A heartbeat without anything but the sign of life; undefined for what is none. */
function bareHeartbeat(raw: Json): Report | undefined {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return undefined;
  const { progress: _progress, details: _details, ...rest } = raw as { readonly [key: string]: Json };

  return rest['kind'] === 'heartbeat' ? Report.safeParse(rest).data : undefined;
}

function withoutDetails(error: Json): Json {
  const { details: _tooDeep, ...rest } = error as { readonly [key: string]: Json };

  return rest;
}

/** A sign of life. Recorded only where it moves the heartbeat time-out, or shows progress to people. */
async function reportedHeartbeat(
  reported: Reported<ReportOf<'heartbeat'>>,
  deps: ReportingDeps,
  live: ReportedPrinting,
): Promise<ReportAnswer> {
  const { holders } = deps;
  const open = heldByReporter(reported, deps);
  if (isRefusal(open)) return dropped(open);
  const { of, report } = reported;
  holders.heard(of, report.worker);
  live.printed(reported);
  const refusal = unfitDetails(report.details);
  if (refusal !== undefined) return waiting(refusal, sayAgainMs);
  if (report.details !== undefined) holders.keepDetails(of, report.worker, report.details);
  if (!isDue(reported, open, { nowMs: reported.mailbox.timeMs(), details: holders.unrecorded(of) }))
    return taken;
  const progress = progressOf(reported);

  return (await recordBeat(reported, { holders }, progress)) ?? taken;
}

function isDue(
  reported: Reported<ReportOf<'heartbeat'>>,
  { task, state, startedAt }: OpenAttempt,
  { nowMs, details }: { readonly nowMs: number; readonly details: Json | undefined },
): boolean {
  const sinceMs = nowMs - Date.parse(state.heartbeatAt ?? startedAt ?? '');
  const heartbeatTimeoutMs = knownMs(task.heartbeatTimeoutMs);
  if (heartbeatTimeoutMs !== undefined && sinceMs >= heartbeatTimeoutMs / beatsPerTimeout) return true;
  const progress = progressOf(reported);
  const isNews =
    isOther(progress as Json | undefined, (state.progress ?? {}) as Json) || isOther(details, state.details);

  return isNews && (state.heartbeatAt === undefined || sinceMs >= progressEveryMs);
}

function isOther(said: Json | undefined, before: Json | undefined): boolean {
  return said !== undefined && canonicalJson(said) !== canonicalJson(before ?? null);
}

function progressOf({ report }: Reported<ReportOf<'heartbeat'>>) {
  const { percent, message } = report.progress ?? {};
  if (percent === undefined && message === undefined) return undefined;

  return { ...(percent === undefined ? {} : { percent }), ...(message === undefined ? {} : { message }) };
}

type Result = Reported<ReportOf<'complete' | 'fail'>>;

/** Records how the attempt ended. A result that is recorded already is accepted again. */
async function reportedResult(reported: Result, deps: ReportingDeps): Promise<ReportAnswer> {
  const open = heldByReporter(reported, deps);
  if (isRefusal(open)) return isRecorded(reported) ? taken : dropped(open);
  const recorded = deps.holders.reporting(reported.of);
  try {
    if (reported.report.kind === 'fail') await recordDetails(reported, deps);
    const command = await commandOf(reported, open, deps);
    const outcome = await submitted(reported, command);

    return outcome.ok || isRecorded(reported) ? taken : answerToRefusal(outcome.refusal);
  } finally {
    recorded();
  }
}

async function commandOf(
  reported: Result,
  { task, startedAt: knownStart }: OpenAttempt,
  deps: ReportingDeps,
): Promise<Command> {
  const { report, of, mailbox } = reported;
  const startedAt = knownStart ?? new Date(deps.clock.now()).toISOString();
  const { address, attempt } = of;
  const result = { task: address, attempt, worker: report.worker, startedAt };
  const run = mailbox.run();
  const { log } = report;
  if (report.kind === 'fail')
    return { kind: 'failTask', ...result, error: errorOf(report.error), ...defined({ log }) };
  const stop = { isTold: () => staleAttempt(mailbox.run(), address, attempt) !== undefined };
  try {
    const output = await whileStoreAway({ run, stop }, deps, () =>
      outputOf({ run, task, address, attempt }, report.output, deps),
    );

    const printed = log === undefined ? {} : { log, isPrinted: isPrinted(output, log) };
    return { kind: 'completeTask', ...result, output, ...printed };
  } catch (error) {
    return { kind: 'failTask', ...result, error: attemptErrorOf(error), ...defined({ log }) };
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
