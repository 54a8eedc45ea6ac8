import type { Advice, DoctorLine } from '../../cli/app.ts';
import type { CheckedRuns, DamagedRun } from '../../engine/run-reader/check-runs.ts';
import { messageOf } from '../../lib/text.ts';
import type { LedgerReport } from '../../ports/runs/ledger.ts';

const name = 'ledger';
const yes = 'workflow doctor --repair --yes';
const repair = 'workflow doctor --repair';
const sumDigits = 12;

const backup: Advice = {
  what: 'stop every engine and restore a backup of the stream that has them; what all runs did since then is lost with it',
  command: 'nats stream restore <backup>',
};

/** Whether the run is missing from the journal as a whole. */
export function isMissing({ damage }: Pick<DamagedRun, 'damage'>): boolean {
  return damage.code === 'ledger.run-missing';
}

/** What the ledger says of the journal. */
export function ledgerLines(
  ledger: CheckedRuns['ledger'],
  lost: LostRuns & { readonly isRepair: boolean },
): readonly DoctorLine[] {
  if (ledger === undefined) return [];
  if ('error' in ledger) return [unreadLine(ledger.error)];
  const wrong = [
    ...missingLines(lost),
    ...shortenedLines(ledger),
    ...ledger.replaced.map((replaced) => replacedLine(replaced, lost.isRepair)),
  ];
  const isWrong = wrong.length > 0 || ledger.damaged.length > 0;

  return [
    ...wrong,
    ...(isWrong ? [] : [soundLine(ledger)]),
    ...acceptedLines(ledger),
    ...departedLines(ledger),
    ...unreadableLines(ledger),
  ];
}

/** Runs that are missing now; of thousands only `limit` are named. */
type LostRuns = { readonly missing: readonly DamagedRun[]; readonly limit: number };

function namesOf({ missing, limit }: LostRuns): string {
  const names = missing.slice(0, limit).map(({ run }) => run);
  const more = missing.length - names.length;

  return `${names.join(', ')}${more > 0 ? ` and ${more} more (workflow doctor --after ${names.at(-1)})` : ''}`;
}

function soundLine({ since, runs, last, sum }: LedgerReport): DoctorLine {
  const detail =
    since === undefined
      ? 'there was none, it begins now: what the journal lost before cannot be told'
      : `all ${runs} runs that were acknowledged since ${since} are there, up to position ${last} (sum ${sum.slice(0, sumDigits)})`;

  return { name, status: 'ok', detail };
}

function missingLines({
  isRepair,
  ...lost
}: LostRuns & { readonly isRepair: boolean }): readonly DoctorLine[] {
  if (lost.missing.length === 0) return [];
  const detail = `${runsText(lost.missing.length)} missing from the journal as a whole, and acknowledged: ${namesOf(lost)} [ledger.run-missing]`;
  const accept = 'accept that they are lost; the ledger notes who did so and when';

  return [
    {
      name,
      status: 'fail',
      detail,
      ...(isRepair ? { advice: [backup, { what: accept, command: yes }] } : { fix: repair }),
    },
  ];
}

function shortenedLines({ endsAt, last }: LedgerReport): readonly DoctorLine[] {
  if (endsAt === undefined) return [];
  const detail = `the journal ends at position ${endsAt}, and ${last} was acknowledged: positions are given again [ledger.shortened]`;

  return [
    { name, status: 'fail', detail, fix: 'read what is said of the runs: they are those that it has lost' },
  ];
}

function replacedLine(
  { journal, runs, last }: LedgerReport['replaced'][number],
  isRepair: boolean,
): DoctorLine {
  const detail = `the journal that was created at ${journal} is gone, with ${runs} runs up to position ${last}; another one is in its place [ledger.replaced]`;
  const advice = [
    { what: 'put the store of that journal back in its place, if it was moved (.3ox/nats in the project)' },
    { what: 'accept that it is gone, if it was removed on purpose', command: yes },
  ];

  return { name, status: 'fail', detail, ...(isRepair ? { advice } : { fix: repair }) };
}

function acceptedLines({ accepted }: LedgerReport): readonly DoctorLine[] {
  const said = accepted.map(({ at, by, runs }) => `${runsText(runs)} lost, accepted by ${by} at ${at}`);

  return said.map((detail) => ({ name, status: 'ok', detail }));
}

const becameOf = { whole: 'archived', head: 'archived as their heads', nothing: 'dropped' } as const;

/** One line for each policy, with the first and the last time that runs left by it. */
function departedLines({ departed }: LedgerReport): readonly DoctorLine[] {
  const policies = new Map<string, LedgerReport['departed'][number][]>();
  for (const each of departed) {
    const key = `${each.kept} ${each.policy}`;
    policies.set(key, [...(policies.get(key) ?? []), each]);
  }

  return [...policies.values()].map((times) => {
    const [first, last] = [times[0], times.at(-1)];
    const count = times.reduce((sum, each) => sum + each.count, 0);
    const when = first?.at === last?.at ? `at ${last?.at}` : `from ${first?.at} to ${last?.at}`;
    const what = becameOf[last?.kept ?? 'whole'];
    return {
      name,
      status: 'ok',
      detail: `${count} ${count === 1 ? 'run' : 'runs'} ${what} ${when} by ${last?.policy}`,
    };
  });
}

function unreadableLines({ unreadable }: LedgerReport): readonly DoctorLine[] {
  if (unreadable === 0) return [];
  const detail = `${unreadable} lines of .3ox/ledger cannot be read: it knows less than it did`;

  return [
    {
      name,
      status: 'warn',
      detail,
      fix: 'look at the disk; a line that a crash tore is nothing to worry about',
    },
  ];
}

function unreadLine(error: unknown): DoctorLine {
  const detail = `the journal cannot be compared with its ledger: ${messageOf(error)}`;

  return {
    name,
    status: 'fail',
    detail,
    fix: 'make .3ox/ledger readable; without the folder the ledger begins anew',
  };
}

function runsText(count: number): string {
  return count === 1 ? '1 run is' : `${count} runs are`;
}

/** What was accepted just now. */
export function acceptedNow(
  missing: readonly DamagedRun[],
  { replaced, limit }: { readonly replaced: LedgerReport['replaced']; readonly limit: number },
): readonly DoctorLine[] {
  const lost =
    missing.length === 0
      ? []
      : [`${runsText(missing.length)} lost from now on: ${namesOf({ missing, limit })}`];
  const gone = replaced.map(({ journal }) => `the journal that was created at ${journal} is forgotten`);

  return [...lost, ...gone].map((detail) => ({ name: 'repair', status: 'warn', detail }));
}
