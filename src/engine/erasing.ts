import {
  certificateDigest,
  certificateFormat,
  type ErasureCertificate,
} from '../../machines/audit/erasure-certificate.ts';
import { isFinal } from '../../machines/chart/task-status.ts';
import { delay } from '../lib/deadline.ts';
import type { ErasureAsked, ErasureList, Erasures } from '../ports/access/erasures.ts';
import type { SigningKeys } from '../ports/access/signing-keys.ts';
import type { Erasure, MasterKeys, SubjectKeys } from '../ports/access/subject-keys.ts';
import type { Clock } from '../ports/clock.ts';
import { RunArchived } from '../ports/runs/archive.ts';
import type { Workflows } from '../ports/runs/workflows.ts';
import type { RunReader } from './run-reader/run-reader.ts';

/** How long runs have that were asked to end. */
const endMsMax = 30_000;
const lookAgainMs = 100;
const shownMax = 5;

type ErasingDeps = {
  readonly subjectKeys: SubjectKeys;
  readonly masterKeys: MasterKeys;
  readonly reader: Pick<RunReader, 'last' | 'entries'>;
  readonly workflows: Pick<Workflows, 'command'>;
  readonly signing: SigningKeys;
  readonly erasureList: ErasureList;
  readonly clock: Clock;
  readonly namespace: string;
};

export function createErasures(deps: ErasingDeps): Erasures {
  const { subjectKeys, masterKeys, erasureList } = deps;

  return {
    list: () => subjectKeys.erasures(),
    rotate: async ({ retire }) => {
      if (!retire) return { current: await masterKeys.rotate(), rewrapped: 0, retired: [] };
      // No other one: that which is there was copied to the other engines. Older ones go once nothing needs them.
      const rewrapped = await subjectKeys.rewrap();
      const retired = await masterKeys.retire();

      return { current: (await masterKeys.list()).at(-1) ?? '', rewrapped, retired };
    },
    erase: async (asked) => {
      const keys = await subjectKeys.keysOf(asked.subject);
      if (keys.length === 0) {
        const message = `nothing was ever sealed for ${JSON.stringify(asked.subject)}; a subject is what erasure_key gave, or run:<id>`;
        return { ok: false, refusal: { code: 'erasure.unknown-subject', message } };
      }
      const live = await liveKeys(subjectKeys, keys);
      const runs = await Promise.all(live.map(async (key) => [key, await subjectKeys.runsOf(key)] as const));
      const busy = await settledFirst(
        deps,
        asked,
        runs.flatMap(([, of]) => of),
      );
      if (busy.length > 0) return { ok: false, refusal: stillUnderWay(busy, asked) };
      for (const [key, of] of runs) await subjectKeys.erase(await accountOf(deps, asked, { key, runs: of }));
      for (const [key, of] of runs) await endLate(deps, asked, { key, known: of });
      const erased = (await subjectKeys.erasures()).filter(({ key }) => keys.includes(key));
      // What was interrupted between its account and the destruction is finished before anybody signs for it.
      for (const each of erased.filter(({ key }) => !live.includes(key))) await subjectKeys.erase(each);
      await erasureList.add(erased);

      return { ok: true, certificate: await certified(deps, asked.subject, erased) };
    },
  };
}

/**
 * Destroys again what is on the list, as after a backup was restored, and adds to it what the server knows besides.
 * `isThorough`: what was interrupted is finished as well. Resolves with of how many keys the server no longer knew that
 * they were erased.
 */
export async function eraseAgain(
  subjectKeys: Pick<SubjectKeys, 'erase' | 'erasures'>,
  list: ErasureList,
  isThorough = true,
): Promise<number> {
  const accounts = await subjectKeys.erasures();
  const known = new Set(accounts.map(({ key }) => key));
  const missing = (await list.read()).filter(({ key }) => !known.has(key));
  for (const each of [...(isThorough ? accounts : []), ...missing]) await subjectKeys.erase(each);
  await list.add(accounts);

  return missing.length;
}

async function liveKeys(subjectKeys: SubjectKeys, keys: readonly string[]): Promise<readonly string[]> {
  const live: string[] = [];
  for (const key of keys) {
    if ((await subjectKeys.named(key)).erasedAt === undefined) live.push(key);
  }

  return live;
}

/** Runs that began under the key while it was being destroyed: they can neither be waited for nor go on. */
async function endLate(
  deps: ErasingDeps,
  asked: ErasureAsked,
  { key, known }: { readonly key: string; readonly known: readonly string[] },
): Promise<void> {
  const late = (await deps.subjectKeys.runsOf(key)).filter((run) => !known.includes(run));
  if (late.length === 0) return;
  await settledFirst(deps, { ...asked, terminateLive: true }, late);
  await deps.subjectKeys.addRuns(key, (await accountOf(deps, asked, { key, runs: late })).runs);
}

/** Those of the runs that have not ended, after they were ended where that was asked for. */
async function settledFirst(
  deps: ErasingDeps,
  { by, terminateLive }: ErasureAsked,
  runs: readonly string[],
): Promise<readonly string[]> {
  const { workflows, clock } = deps;
  const underWay = async () => {
    const found = await Promise.all(runs.map(async (run) => ((await isUnderWay(deps, run)) ? [run] : [])));
    return found.flat();
  };
  const deadlineMs = clock.now() + endMsMax;
  let busy = await underWay();
  if (!terminateLive) return busy;
  for (const run of busy) await workflows.command(run, { kind: 'terminateRun', reason: 'erasure' }, by);
  while (busy.length > 0 && clock.now() < deadlineMs) {
    await delay(clock, lookAgainMs);
    busy = await underWay();
  }

  return busy;
}

/** A run that was noted and never begun has no values. One that cannot be read may have. */
async function isUnderWay({ reader }: ErasingDeps, run: string): Promise<boolean> {
  const last = await reader.last(run);
  if (last === undefined) return false;

  return last.kind !== 'record' || !isFinal(last.record.data.head.status);
}

function stillUnderWay(busy: readonly string[], { terminateLive }: ErasureAsked) {
  const more = busy.length > shownMax ? ` and ${busy.length - shownMax} more` : '';
  const which = `${busy.slice(0, shownMax).join(', ')}${more}`;
  const message = terminateLive
    ? `these runs were asked to end and have not yet: ${which}; ask again`
    : `these runs are under way and need the values: ${which}; wait for them, or have them terminated (--terminate-live)`;

  return { code: 'erasure.live-runs', message };
}

async function accountOf(
  { reader, clock }: ErasingDeps,
  { by }: ErasureAsked,
  { key, runs }: { readonly key: string; readonly runs: readonly string[] },
): Promise<Erasure> {
  const begun: { run: string; values: number }[] = [];
  for (const run of runs) {
    const values = await sealedIn(reader, run, key);
    if (values !== undefined) begun.push({ run, values });
  }

  return { key, at: new Date(clock.now()).toISOString(), by, runs: begun };
}

/** How many values of a run were sealed with the key; undefined where it never began. */
async function sealedIn(
  reader: Pick<RunReader, 'entries'>,
  run: string,
  key: string,
): Promise<number | undefined> {
  let values: number | undefined;
  try {
    for await (const { body } of reader.entries(run))
      values = (values ?? 0) + body.split(`"sealed:v1:${key}:`).length - 1;
  } catch (error) {
    // It began, and its values are gone with its events.
    if (error instanceof RunArchived) return 0;
    throw error;
  }

  return values;
}

async function certified(
  { signing, clock, namespace }: ErasingDeps,
  subject: string,
  erased: readonly Erasure[],
): Promise<ErasureCertificate> {
  const issuedAt = new Date(clock.now()).toISOString();
  const runs = erased.flatMap((each) => each.runs);
  const certificate: ErasureCertificate = {
    format: certificateFormat,
    ...{ namespace, subject, issuedAt },
    keys: erased.map((each) => ({ ...each, runs: each.runs.map((run) => ({ ...run })) })),
    runs: runs.length,
    values: runs.reduce((sum, { values }) => sum + values, 0),
  };
  const { key } = await signing.current(issuedAt);
  const value = await signing.sign(key, certificateDigest(certificate, { key, signedAt: issuedAt }));

  return { ...certificate, signature: { key, algorithm: 'ed25519', value, signedAt: issuedAt } };
}
