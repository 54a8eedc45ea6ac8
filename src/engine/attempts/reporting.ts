import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import type { ErrorData } from '../../../events/error-data.ts';
import { Report, type ReportAnswer } from '../../../events/worker-protocol.ts';
import { taskAt } from '../../../machines/chart/task-at.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import { isTooDeep, valueDepthMax } from '../../../machines/json-depth.ts';
import type { Command } from '../../../machines/run/decide/command.ts';
import { staleAttempt } from '../../../machines/run/decide/decide-attempt.ts';
import { reservedKey } from '../../../machines/run/record/claim-check.ts';
import { isRunId } from '../../../machines/shard.ts';
import { RunQuarantined } from '../../ports/runs/damage.ts';
import { RunNotFound } from '../../ports/runs/workflows.ts';
import type { Mailbox } from '../run/mailbox.ts';
import { movedOn } from '../run/mailbox-answers.ts';
import { attemptKey } from './attempt-claims.ts';
import { answerToRefusal, dropped, taken } from './report-answers.ts';
import {
  heldByReporter,
  isRefusal,
  type OpenAttempt,
  type Reported,
  type ReportingDeps,
  type ReportOf,
  submitted,
} from './reported.ts';
import { reportedStart } from './reported-start.ts';
import { attemptErrorOf, outputOf, whileStoreAway } from './task-output.ts';
import { tokenOf } from './work-item.ts';

/** An attempt that is here has not failed: the error that the task shows is that of an attempt before. */
const withoutFailure: ReadonlySet<string> = new Set(['in_progress', 'cancelled', 'skipped', 'completed']);

/** Progress is an event, so it is recorded only so often. */
const progressEveryMs = 5_000;
/** So many heartbeats are recorded in the time that one may be missing. */
const beatsPerTimeout = 3;

export type RunsOfReports = {
  /** Rejects when the run cannot be had. */
  readonly mailboxOf: (run: string) => Promise<Mailbox>;
  /** Those that speak for their runs. */
  readonly mailboxes: ReadonlyMap<string, Mailbox>;
  readonly putAway: (run: string, mailbox: Mailbox) => void;
};

/**
 * Answers what workers report about attempts. The run has the only say: nothing is believed that the worker could not
 * know from the item it was given. Rejects when another engine, or the same one later, has to be asked.
 */
export function createReporting(
  deps: ReportingDeps,
  runs: RunsOfReports,
): (agent: string, raw: Json) => Promise<ReportAnswer> {
  /** A report that comes again while the first is being recorded is not recorded twice. */
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

  /** What cannot be recorded for a while is a sign of life all the same. */
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
      // What is dropped is lost, so it has to be true of the newest state.
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

/** A run that is not there has no use for reports; one that is quarantined may have, when it is mended. */
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
 * A report whose values can be looked at: what is nested too deep for that could not be recorded either. An output that
 * is fails the attempt; the details of a failure are left out.
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

/** The worker lives. Most of that is not recorded: only what moves the heartbeat time-out, or what people are shown. */
async function reportedHeartbeat(
  reported: Reported<ReportOf<'heartbeat'>>,
  { clock, holders }: ReportingDeps,
): Promise<ReportAnswer> {
  const open = heldByReporter(reported);
  if (isRefusal(open)) return dropped(open);
  const { of, report } = reported;
  holders.heard(of, report.worker);
  if (!isDue(reported, open, clock.now())) return taken;
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

/** Records how the attempt ended. What the run has recorded already is taken as often as it is told. */
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

/** Details that no record could hold are left out: that the attempt failed counts. */
function errorOf({ details, ...error }: ReportOf<'fail'>['error']): ErrorData {
  if (details === undefined || isTooDeep(details) || reservedKey(details) !== undefined) return error;

  return { ...error, details };
}

/** Whether this is how the attempt ended: the answer was lost, so the worker tells it again. */
function isRecorded({ mailbox, report, of }: Result): boolean {
  const state = taskAt(mailbox.run().state, of.address);
  if (state?.attempt !== of.attempt || state.worker !== report.worker) return false;
  if (report.kind === 'complete') return state.state === 'completed' && state.byHand === undefined;

  return !withoutFailure.has(state.state) && state.error?.code === report.error.code;
}
