import { protocolVersion, type Report, type ReportAnswer } from '../../../events/worker-protocol.ts';
import type { ClaimedWork, ClaimRequest } from '../../api/work.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ClaimedItem, PassableItem, PassableLink } from '../../ports/work/worker-link.ts';
import type { ClaimTexts } from './claim-text.ts';
import type { PollingWorkers } from './polling-workers.ts';

export type WorkDeps = {
  readonly link: PassableLink;
  readonly clock: Clock;
  readonly texts: ClaimTexts;
  readonly workers: PollingWorkers;
};

type Asked = Omit<ClaimRequest, 'worker' | 'waitMs'> & { readonly worker: string };

/** How long the engine may take to say whether an attempt may begin: another takes over when one dies. */
const startMsMax = 20_000;
const releaseMsMax = 2_000;
const askAgainMs = 1_000;

/**
 * The next item of the agent that may begin, within `waitMs`. The signal aborts when nobody waits for the answer any
 * more: then nothing is kept from others.
 */
export async function claimWork(
  deps: WorkDeps,
  asked: Asked,
  { waitMs, signal }: { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<ClaimedWork | undefined> {
  const { link, clock, workers } = deps;
  const deadlineMs = clock.now() + waitMs;
  const stopWaiting = workers.waits(asked);
  try {
    for (let leftMs = Math.max(1, waitMs); leftMs > 0 && !signal.aborted; leftMs = deadlineMs - clock.now()) {
      const claimed = await link.claim(asked.agent, { waitMs: leftMs, signal });
      const begun = claimed === undefined ? undefined : await begin(deps, claimed, { ...asked, signal });
      if (begun !== undefined) return begun;
    }

    return undefined;
  } finally {
    stopWaiting();
  }
}

/** Asks the engine whether the attempt may begin, and keeps the item from others until it has said so. */
async function begin(
  deps: WorkDeps,
  claimed: PassableItem,
  { worker, signal }: { readonly worker: string; readonly signal: AbortSignal },
): Promise<ClaimedWork | undefined> {
  const { link, clock } = deps;
  const { run, task, attempt, token } = claimed.item;
  const of = { protocol: protocolVersion, run, task, attempt, token, worker } as const;
  const stop = keptAlive(claimed, clock, link.aliveMs / 3);
  try {
    const answer = await link.report(claimed.item, { ...of, kind: 'start' }, AbortSignal.timeout(startMsMax));
    if (!answer.ok) await obey(claimed, answer);
    else if (signal.aborted) await giveUp(deps, claimed, { ...of, kind: 'release' });
    else return begun(deps, claimed, { answer, worker });
  } catch {
    // Nobody owns the run for now. Whether it has begun is sorted out when it is asked for again.
    await claimed.giveBack(askAgainMs);
  } finally {
    stop();
  }

  return undefined;
}

type Granted = Extract<ReportAnswer, { ok: true }>;
type Denied = Extract<ReportAnswer, { ok: false }>;

function begun(
  { link, texts, workers }: WorkDeps,
  claimed: PassableItem,
  { answer, worker }: { readonly answer: Granted; readonly worker: string },
): ClaimedWork {
  const { token, reportTo, ...item } = claimed.item;
  const { run, task, attempt, key, agent } = item;
  const { deadline, heartbeatMs = Number.POSITIVE_INFINITY } = answer;
  const to = reportTo === undefined ? {} : { reportTo };
  const claim = { run, task, attempt, key, token, agent, worker, handle: claimed.handle, ...to };
  claimed.alive();
  workers.has(claim);

  return {
    claim: texts.seal(claim),
    item,
    ...(deadline === undefined ? {} : { deadline }),
    heartbeatMs: Math.floor(Math.min(heartbeatMs, link.aliveMs / 3)),
  };
}

async function obey(claimed: ClaimedItem, { next, retryAfterMs = askAgainMs }: Denied): Promise<void> {
  if (next === 'drop') await claimed.done();
  else await claimed.giveBack(retryAfterMs);
}

/** Whoever asked is gone: the item goes to somebody else at once, and nobody counts that as a death. */
async function giveUp({ link }: WorkDeps, claimed: ClaimedItem, release: Report): Promise<void> {
  await link.report(claimed.item, release, AbortSignal.timeout(releaseMsMax)).catch(() => undefined);
  await claimed.giveBack(0);
}

function keptAlive(claimed: ClaimedItem, clock: Clock, everyMs: number): () => void {
  let cancel = clock.after(everyMs, again);
  function again(): void {
    claimed.alive();
    cancel = clock.after(everyMs, again);
  }

  return () => cancel();
}
