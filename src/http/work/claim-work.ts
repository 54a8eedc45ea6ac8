import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import {
  attemptKeyOf,
  protocolVersion,
  type Report,
  type ReportAnswer,
} from '../../../events/worker-protocol.ts';
import type { ClaimedWork, ClaimRequest } from '../../api/work.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ClaimedItem, PassableItem, PassableLink } from '../../ports/work/worker-link.ts';
import type { PollingWorkers } from './polling-workers.ts';

/** The content of a claim: all that any engine needs to take a report about the item. */
const Claim = z.object({
  run: z.string(),
  task: z.string(),
  attempt: z.int().positive(),
  /** That of the attempt, not the idempotency key. */
  key: z.string(),
  token: z.string(),
  agent: z.string(),
  worker: z.string(),
  reportTo: z.string().optional(),
  /** Identifies the delivery in the queue. */
  handle: z.string(),
});

export type Claim = z.output<typeof Claim>;

/** The claim was not made by these engines. The reaction: ask for work again. */
class ClaimInvalid extends Error {
  override readonly name = 'ClaimInvalid';
  readonly code = 'work.claim';

  constructor() {
    super('this is no claim that an engine of this namespace gave away; send it as it was answered to claim');
  }
}

const cipher = 'aes-256-gcm';

const keyBytes = 32;

const nonceBytes = 12;

const tagBytes = 16;

const purpose = 'claims over http, 1';

export type WorkDeps = {
  readonly link: PassableLink;
  readonly clock: Clock;
  readonly texts: ClaimTexts;
  readonly workers: PollingWorkers;
};

type Asked = Omit<ClaimRequest, 'worker' | 'waitMs'> & { readonly worker: string };

/** How long the engine may take to allow an attempt: if it dies, another one takes over. */
const startMsMax = 20_000;

const releaseMsMax = 2_000;

const askAgainMs = 1_000;

/**
 * The next item of the agent that may begin, within `waitMs`. The signal aborts when the caller is gone: then the
 * item is released to others.
 */
export async function claimWork(
  deps: WorkDeps,
  asked: Asked,
  { waitMs, signal }: { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<ClaimedWork | undefined> {
  const { link, clock, workers } = deps;
  const deadlineMs = clock.steady() + waitMs;
  const stopWaiting = workers.waits(asked);
  try {
    for (
      let leftMs = Math.max(1, waitMs);
      leftMs > 0 && !signal.aborted;
      leftMs = deadlineMs - clock.steady()
    ) {
      const claimed = await link.claim(asked.agent, { waitMs: leftMs, signal });
      const begun = claimed === undefined ? undefined : await begin(deps, claimed, { ...asked, signal });
      if (begun !== undefined) return begun;
    }

    return undefined;
  } finally {
    stopWaiting();
  }
}

/** Asks the engine whether the attempt may begin; until it answers, no other worker gets the item. */
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
    // No engine owns the run right now. Whether the attempt has begun is settled at the next request.
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
  const { token, reportTo, ...offered } = claimed.item;
  const { run, task, attempt, agent } = offered;
  const key = attemptKeyOf(offered);
  const { deadline, heartbeatMs = Number.POSITIVE_INFINITY } = answer;
  const to = reportTo === undefined ? {} : { reportTo };
  const claim = { run, task, attempt, key, token, agent, worker, handle: claimed.handle, ...to };
  claimed.alive();
  workers.has(claim);

  return {
    claim: texts.seal(claim),
    item: {
      ...offered,
      ...(answer.lastDetails === undefined ? {} : { lastDetails: answer.lastDetails }),
      ...(answer.input === undefined ? {} : { input: answer.input }),
    },
    ...(deadline === undefined ? {} : { deadline }),
    heartbeatMs: Math.floor(Math.min(heartbeatMs, link.aliveMs / 3)),
  };
}

async function obey(claimed: ClaimedItem, { next, retryAfterMs = askAgainMs }: Denied): Promise<void> {
  if (next === 'drop') await claimed.done();
  else await claimed.giveBack(retryAfterMs);
}

/** The caller is gone: the item is handed to another worker at once, and is not counted as a lost attempt. */
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

/** Claims as text that only engines of the namespace can make or read. */
type ClaimTexts = { readonly seal: (claim: Claim) => string; readonly open: (text: string) => Claim };

/** Seals claims with a key derived from the engines' secret for this purpose only. */
export function createClaimTexts(secret: string): ClaimTexts {
  const key = Buffer.from(hkdfSync('sha256', secret, '', purpose, keyBytes));

  return {
    seal: (claim) => {
      const nonce = randomBytes(nonceBytes);
      const sealing = createCipheriv(cipher, key, nonce);
      const body = Buffer.concat([sealing.update(JSON.stringify(claim)), sealing.final()]);

      return Buffer.concat([nonce, sealing.getAuthTag(), body]).toString('base64url');
    },
    open: (text) => {
      try {
        const sealed = Buffer.from(text, 'base64url');
        // Base64 has several texts for the same bytes: the last character may differ and mean the same.
        if (sealed.toString('base64url') !== text) throw new ClaimInvalid();

        return Claim.parse(JSON.parse(opened(sealed, key)));
      } catch {
        throw new ClaimInvalid();
      }
    },
  };
}

function opened(sealed: Buffer, key: Buffer): string {
  const nonce = sealed.subarray(0, nonceBytes);
  const opening = createDecipheriv(cipher, key, nonce, { authTagLength: tagBytes });
  opening.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
  const body = sealed.subarray(nonceBytes + tagBytes);

  return Buffer.concat([opening.update(body), opening.final()]).toString('utf8');
}
