import { canonicalJson } from '../../events/canonical-json.ts';
import type { ReportAnswer } from '../../events/worker-protocol.ts';
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

/** Progress is an event, so it is recorded only so often. */
const progressEveryMs = 5_000;
/** So many heartbeats are recorded in the time that one may be missing. */
const beatsPerTimeout = 3;

/** The worker lives. Most of that is not recorded: only what moves the heartbeat time-out, or what people are shown. */
export async function reportedHeartbeat(
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
