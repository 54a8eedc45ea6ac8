// What a namespace may use, held against what it uses, wherever a run is begun from outside of it. What runs begin
// themselves is never refused: a run that waits for a part of it would wait for ever.
import { bytesText } from '../../machines/byte-size.ts';
import type { Refusal } from '../../machines/run/decide/command.ts';
import type { Quotas } from '../../machines/serve-file/served.ts';
import { createRateLimit, type RateLimit } from '../lib/rate-limit.ts';
import type { Clock } from '../ports/clock.ts';
import type { Outcome } from './run/mailbox.ts';

export type QuotaDeps = {
  /** What serve.yaml says now. */
  readonly limits: () => Promise<Quotas>;
  /** How many runs of the namespace have not ended. */
  readonly live: () => Promise<number>;
  /** How much the server stores for the namespace. */
  readonly bytes: () => Promise<number>;
  /** How many engines share the starts, this one among them. */
  readonly engines: () => Promise<number>;
  readonly clock: Pick<Clock, 'steady'>;
};

export type QuotaGate = {
  /** Begins a run unless a quota is used up. `isThere`: it was begun before, and only its answer was lost. */
  readonly within: (begin: () => Promise<Outcome>, isThere: () => Promise<boolean>) => Promise<Outcome>;
};

const limitsMs = 1_000;
const liveMs = 1_000;
/** Nobody is refused by a count that is older. */
const refusedMs = 100;
const bytesMs = 5_000;
const enginesMs = 5_000;

export function createQuotas(deps: QuotaDeps): QuotaGate {
  const { clock } = deps;
  const limits = measured(clock, deps.limits);
  const bytes = measured(clock, deps.bytes);
  const engines = measured(clock, deps.engines);
  const rateOf = createShare(clock);
  let begun = 0;
  let underWay = 0;
  const live = measured(clock, async () => {
    const before = begun;
    return { count: await deps.live(), before };
  });

  async function liveNow(maxAgeMs: number): Promise<number> {
    const { count, before } = await live(maxAgeMs);
    return count + (begun - before) + underWay;
  }

  async function refusal(): Promise<Refusal | undefined> {
    const quotas = await limits(limitsMs);
    const { bytes: bytesMax, liveRuns, startsPerSecond } = quotas;
    if (bytesMax !== undefined && (await bytes(bytesMs)) >= bytesMax)
      return fullOf(await bytes(bytesMs), bytesMax);
    if (
      liveRuns !== undefined &&
      (await liveNow(liveMs)) >= liveRuns &&
      (await liveNow(refusedMs)) >= liveRuns
    )
      return tooManyRuns(liveRuns);
    if (startsPerSecond === undefined) return undefined;
    const waitS = rateOf(startsPerSecond, await engines(enginesMs)).take('');

    return waitS === undefined ? undefined : tooFast(startsPerSecond, waitS);
  }

  return {
    within: async (begin, isThere) => {
      const refused = await refusal();
      if (refused !== undefined && !(await isThere())) return { ok: false, refusal: refused };
      underWay += 1;
      try {
        const outcome = await begin();
        if (outcome.ok) begun += 1;
        return outcome;
      } finally {
        underWay -= 1;
      }
    },
  };
}

/** Each engine has the same share of what may be begun in a second. */
function createShare(clock: QuotaDeps['clock']): (perSecond: number, engines: number) => RateLimit {
  let known: { readonly share: number; readonly limit: RateLimit } | undefined;

  return (perSecond, engines) => {
    const share = perSecond / Math.max(1, engines);
    if (known?.share !== share) {
      const burst = Math.max(1, Math.ceil(share));
      known = { share, limit: createRateLimit(clock, { burst, perSecond: share }) };
    }
    return known.limit;
  };
}

/** Asks anew when what was answered last is older; several who ask meanwhile wait for one answer. */
function measured<Value>(
  clock: QuotaDeps['clock'],
  ask: () => Promise<Value>,
): (maxAgeMs: number) => Promise<Value> {
  let known: { readonly value: Promise<Value>; readonly atMs: number } | undefined;

  return (maxAgeMs) => {
    if (known !== undefined && clock.steady() - known.atMs <= maxAgeMs) return known.value;
    const value = ask();
    const asked = { value, atMs: clock.steady() };
    known = asked;
    // What failed is asked again by the next.
    value.catch(() => {
      if (known === asked) known = undefined;
    });

    return value;
  };
}

function tooManyRuns(limit: number): Refusal {
  const message = `${limit} runs are under way, as many as the quota of this namespace allows; try again when one has ended`;

  return { code: 'quota.live-runs', message };
}

function tooFast(limit: number, waitS: number): Refusal {
  const message = `${limit} runs a second are begun in this namespace at most; try again in ${waitS} s`;

  return { code: 'quota.starts', message };
}

function fullOf(bytes: number, limit: number): Refusal {
  const message = `the server stores ${bytesText(bytes)} for this namespace, whose quota is ${bytesText(limit)}: no run is begun until runs have left the journal (docs/quotas.md)`;

  return { code: 'quota.bytes', message };
}
