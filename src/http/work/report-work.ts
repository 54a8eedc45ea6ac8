import { protocolVersion, type Report, type ReportAnswer } from '../../../events/worker-protocol.ts';
import { messageOf } from '../../lib/text.ts';
import type { Claim, WorkDeps } from './claim-work.ts';

type Base = 'protocol' | 'run' | 'task' | 'attempt' | 'token' | 'worker';
type Told<Kind extends Report['kind']> = Omit<Extract<Report, { kind: Kind }>, Base>;
/** A worker's report about the item of a claim. */
export type Tale = Told<'heartbeat'> | Told<'complete'> | Told<'fail'> | Told<'release'>;

/** The engine that owns the run did not answer in time. The reaction: send the same report again. */
class WorkUnanswered extends Error {
  override readonly name = 'WorkUnanswered';
  readonly code = 'work.unavailable';

  constructor(key: string, cause: unknown) {
    super(
      `no engine answered for attempt ${key} in time (${messageOf(cause)}); send the same again, until it is answered`,
      { cause },
    );
  }
}

/** The result is too large for a report. The reaction: fail the attempt, or store the data elsewhere. */
class ReportTooLarge extends Error {
  override readonly name = 'ReportTooLarge';
  readonly code = 'http.too-large';

  constructor(bytes: number, bytesMax: number) {
    super(
      `the report has ${bytes} bytes, more than the ${bytesMax} that one holds; store the data elsewhere and return ` +
        'its place',
    );
  }
}

/** A lost heartbeat is followed by another; a result is waited for. */
const heartbeatMsMax = 3_000;
const resultMsMax = 25_000;

/**
 * Reports to the engine that owns the run, and answers once that has recorded it. Rejects with WorkUnanswered or
 * ReportTooLarge.
 */
export async function reportWork(deps: WorkDeps, claim: Claim, told: Tale): Promise<ReportAnswer> {
  const { link, workers } = deps;
  const { run, task, attempt, token, worker } = claim;
  const held = link.held(claim.handle);
  const report: Report = { protocol: protocolVersion, run, task, attempt, token, worker, ...told };
  const bytes = Buffer.byteLength(JSON.stringify(report));
  if (bytes > link.reportBytesMax) throw new ReportTooLarge(bytes, link.reportBytesMax);
  held.alive();
  const isBeat = told.kind === 'heartbeat';
  const answer = await tell(deps, claim, { report, msMax: isBeat ? heartbeatMsMax : resultMsMax });
  // The queue knows that the work goes on, so there is time to tell the engine.
  if (answer === undefined) return { ok: true };

  if (isBeat && answer.ok) workers.has(claim);
  else if (answer.ok || answer.next === 'drop') {
    workers.ended(claim);
    // The server confirms an acknowledgement only once: a repeated one would wait for nothing.
    void (told.kind === 'release' && answer.ok ? held.giveBack(0) : held.done());
  }

  return answer;
}

/** Undefined: a heartbeat without an answer. */
async function tell(
  { link, clock }: WorkDeps,
  claim: Claim,
  { report, msMax }: { readonly report: Report; readonly msMax: number },
): Promise<ReportAnswer | undefined> {
  const { agent, run, reportTo } = claim;
  const to = { agent, run, ...(reportTo === undefined ? {} : { reportTo }) };
  const held = link.held(claim.handle);
  // Keeps the item from other workers while the engine is away.
  let cancel = clock.after(link.aliveMs / 3, again);
  function again(): void {
    held.alive();
    cancel = clock.after(link.aliveMs / 3, again);
  }
  try {
    return await link.report(to, report, AbortSignal.timeout(msMax));
  } catch (error) {
    if (report.kind === 'heartbeat') return undefined;
    throw new WorkUnanswered(claim.key, error);
  } finally {
    cancel();
  }
}
