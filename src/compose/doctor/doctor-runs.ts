import { damageText, isNewer, leftAlone } from '../../../machines/run/record/damage-text.ts';
import type { Advice, DoctorLine, DoctorOptions, OnProgress } from '../../cli/app.ts';
import { createCharts } from '../../engine/run-reader/charts.ts';
import {
  type CheckedRuns,
  checkRun,
  checkRuns,
  type DamagedRun,
  readWithin,
} from '../../engine/run-reader/check-runs.ts';
import { within } from '../../lib/deadline.ts';
import { mapAtOnce } from '../../lib/limit.ts';
import { messageOf } from '../../lib/text.ts';
import type { DefinitionStore } from '../../ports/definitions/definition-store.ts';
import { JournalUnavailable } from '../../ports/runs/journal.ts';
import type { Slots } from '../../ports/work/slots.ts';
import type { JetStreamHandle } from '../../stores/jetstream/connect.ts';
import { libraryVersion } from '../library-version.ts';
import { openArchive } from '../session/open-archive.ts';
import { openLedger } from '../session/open-ledger.ts';
import { systemClock } from '../system-clock.ts';
import { definitionOfHash } from './doctor-definitions.ts';
import { type LeaderDeps, type LeaderOptions, mayBeWholeElsewhere, tryLeaders } from './doctor-leaders.ts';
import { acceptedNow, isMissing, ledgerLines } from './doctor-ledger.ts';
import { firstLines, gapLines } from './doctor-limits.ts';
import { freeSlot, type SlotDeps } from './doctor-slots.ts';

const yes = 'workflow doctor --repair --yes';
const runsMax = 10;
/** So many damaged runs are named, unless others are asked for: there may be as many as there are runs. */
const namedMax = 1_000;
const advisedMax = 16;
const healthMsMax = 10_000;
const restartFix =
  'look at the log of the server, restart it, and run `workflow doctor --all` again; else restore a backup';

const backup: Advice = {
  what: 'a backup of the stream from before the damage has it whole; what all runs did since then is lost with it',
  command: 'nats stream restore <backup>',
};

/** Verifies the journals of the runs, and says of each that is damaged what can be done. */
export async function runLines(
  ...[stream, options, onProgress]: Parameters<typeof verifiedLines>
): Promise<readonly DoctorLine[]> {
  try {
    return await verifiedLines(stream, options, onProgress);
  } catch (error) {
    if (!(error instanceof JournalUnavailable)) throw error;

    return [
      { name: 'runs', status: 'fail', code: 'doctor.no-answer', detail: error.message, fix: restartFix },
    ];
  }
}

async function verifiedLines(
  stream: JetStreamHandle,
  options: DoctorOptions,
  onProgress: OnProgress,
): Promise<readonly DoctorLine[]> {
  const { definitions, slots, commands, leases, changeLeader, runCounts } = stream;
  const journal = readWithin(stream.journal, systemClock);
  const snapshots = stream.snapshotsFor(libraryVersion());
  const { all = false, repair = false, yes = false, projectDir, by = 'unknown' } = options;
  const { after, limit = namedMax } = options;
  const ledger = openLedger(projectDir, stream, openArchive(projectDir, stream), () => undefined);
  const deps = { journal, charts: createCharts(definitions), snapshots, ledger, runCounts };
  const { damaged, ...found } = await checkRuns(deps, { all, after, viewsMax: limit, onProgress });
  const newer = damaged.filter(({ damage }) => isNewer(damage));
  const spoilt = damaged.filter(({ damage }) => !isNewer(damage));
  const mending = { ...deps, definitions, slots, commands, leases, changeLeader };
  const there = spoilt.filter((each) => !isMissing(each));
  const due = [...spoilt.filter(isMissing), ...there.slice(0, limit)];
  const mends = { projectDir, all, by, limit, onProgress };
  const repaired = repair && yes ? await repairRuns(mending, due, mends) : { lines: [], damaged: due };
  await ledger.close();
  // Asked for now: what a file has lost shows once it was read.
  const health = (await within(systemClock, healthMsMax, stream.health())) ?? [];
  const place = { projectDir, slots, isReplicated: health.some(({ replicas }) => replicas > 1) };
  const missing = repaired.damaged.filter(isMissing);

  return [
    ...verdict({ ...found, damaged: spoilt }, options),
    ...firstLines(newer.map(newerLine), limit, moreNewerLine),
    ...gapLines(health),
    ...notVerifiedLines(found, limit),
    ...repaired.lines,
    ...ledgerLines(ledger.report() ?? found.ledger, { missing, limit, isRepair: repair }),
    ...(await damagedLines(
      repaired.damaged.filter((each) => !isMissing(each)),
      repair ? (each) => adviceFor(each, place) : undefined,
    )),
    ...moreLines(there, limit, options),
  ];
}

function verdict(
  { checked, damaged, failed, ledger }: CheckedRuns,
  { all, after }: Pick<DoctorOptions, 'all' | 'after'>,
): readonly DoctorLine[] {
  const isReplaced = ledger !== undefined && 'replaced' in ledger && ledger.replaced.length > 0;
  if (damaged.length + failed.length > 0 || isReplaced) return [];
  const which = `${all === true ? 'runs' : 'runs under way'}${after === undefined ? '' : ` behind ${after}`}`;

  return [{ name: 'runs', status: 'ok', detail: `${checked} ${which} verified, every journal is sound` }];
}

function damagedLines(
  damaged: readonly DamagedRun[],
  advice?: (damaged: DamagedRun) => Promise<readonly Advice[]>,
): Promise<readonly DoctorLine[]> {
  return mapAtOnce(damaged, advisedMax, async (each) => ({
    ...damagedLine(each),
    ...(advice === undefined ? { fix: 'workflow doctor --repair' } : { advice: await advice(each) }),
  }));
}

function damagedLine({ run, damage, definition }: DamagedRun): DoctorLine {
  const of = definition === undefined ? '' : ` of ${definition.id} v${definition.version}`;

  return {
    ...{ name: 'runs', status: 'fail', code: damage.code },
    detail: `${run}${of} is quarantined: ${damageText(damage)}`,
  };
}

/** Nothing is wrong with it, and nothing of it is mended here. */
function newerLine({ run, damage }: DamagedRun): DoctorLine {
  return {
    ...{ name: 'runs', status: 'warn', code: damage.code },
    detail: `${run} ${leftAlone(damage)}: ${damageText(damage)}`,
    fix: 'run engines of the release that wrote it, or a newer one: docs/upgrading.md',
  };
}

function failedLine({ run, error }: CheckedRuns['failed'][number]): DoctorLine {
  const code = error instanceof JournalUnavailable ? { code: 'doctor.no-answer' } : {};

  return { name: 'runs', status: 'fail', ...code, detail: `${run} cannot be verified: ${messageOf(error)}` };
}

/** Nothing is done about those that are not named. */
function moreLines(
  damaged: readonly DamagedRun[],
  limit: number,
  { all = false, repair = false, limit: asked }: DoctorOptions,
): readonly DoctorLine[] {
  const [last] = damaged.slice(limit - 1);
  if (damaged.length <= limit || last === undefined) return [];
  // Those that come next are looked at before they are repaired.
  const flags = [all && '--all', repair && '--repair', asked && `--limit ${asked}`, `--after ${last.run}`];

  return [
    {
      ...{ name: 'runs', status: 'fail', code: 'doctor.more' },
      detail: `${damaged.length - limit} more runs are damaged, and not named here`,
      fix: `workflow doctor ${flags.filter(Boolean).join(' ')}`,
    },
  ];
}

function moreNewerLine(count: number): DoctorLine {
  return { name: 'runs', status: 'warn', code: 'doctor.more', detail: `${count} more runs are as new` };
}

function moreFailedLine(count: number): DoctorLine {
  const detail = `${count} more runs cannot be verified, and are not named here`;

  return { name: 'runs', status: 'fail', code: 'doctor.more', detail, fix: restartFix };
}

function notVerifiedLines(found: Omit<CheckedRuns, 'damaged'>, limit: number): readonly DoctorLine[] {
  return [
    ...firstLines(found.failed.map(failedLine), limit, moreFailedLine),
    ...unverifiedLines(found),
    ...found.strangers.map(strangerLine),
  ];
}

function unverifiedLines({ unverified }: Pick<CheckedRuns, 'unverified'>): readonly DoctorLine[] {
  if (unverified === 0) return [];

  return [
    {
      ...{ name: 'runs', status: 'fail', code: 'doctor.no-answer' },
      detail: `${unverified} more runs are not verified: the journal stopped to answer`,
      fix: restartFix,
    },
  ];
}

function strangerLine({ position, reason }: CheckedRuns['strangers'][number]): DoctorLine {
  return {
    name: 'journal',
    status: 'warn',
    detail: `position ${position} holds a message that is of no run: ${reason}`,
    fix: 'only engines should be allowed to publish there; it harms no run',
  };
}

type AdviceDeps = {
  readonly projectDir: string;
  readonly slots: Pick<Slots, 'holders'>;
  /** Whether more than one server holds the journal. */
  readonly isReplicated: boolean;
};

/** What can be done about a run that is quarantined, the least harmful first. */
export async function adviceFor(damaged: DamagedRun, deps: AdviceDeps): Promise<readonly Advice[]> {
  const isMissing = damaged.damage.code === 'definition.missing';

  return [
    ...(isMissing ? await definitionAdvice(damaged, deps) : replicaAdvice(damaged, deps)),
    ...tailAdvice(damaged),
    ...forkAdvice(damaged),
    ...parentAdvice(damaged),
    ...childrenAdvice(damaged),
    ...(await slotAdvice(damaged, deps)),
    ...(isMissing ? [] : [backup]),
  ];
}

async function definitionAdvice(
  { definition }: DamagedRun,
  { projectDir }: AdviceDeps,
): Promise<readonly Advice[]> {
  if (definition === undefined) return [];
  const { id, version, hash } = definition;
  const found = await definitionOfHash(projectDir, hash);
  if (found !== undefined) return [{ what: `${found.file} is its definition: store it again`, command: yes }];

  return [
    {
      what: `put ${id} v${version} as it was (hash ${hash.slice(0, 12)}) into definitions/, and store it again`,
      command: yes,
    },
  ];
}

function replicaAdvice(damaged: DamagedRun, { isReplicated }: AdviceDeps): readonly Advice[] {
  if (!isReplicated || !mayBeWholeElsewhere(damaged)) return [];

  return [
    {
      what: 'another replica may be whole: have each lead the journal in turn, and look again',
      command: yes,
    },
  ];
}

function tailAdvice({ damage: { code, sequence } }: DamagedRun): readonly Advice[] {
  if (code !== 'journal.truncated' && code !== 'ledger.rewritten') return [];
  const what = `accept that it ends with event ${sequence - 1} and what came after it is lost, as after a restore`;

  return [{ what, command: yes }];
}

function forkAdvice({ run, view }: DamagedRun): readonly Advice[] {
  if (view === undefined || !['running', 'paused'].includes(view.state.phase)) return [];
  const what = `go on in a new run from event ${view.sequence}, the last sound one; what was done since is done again`;

  return [{ what, command: `workflow fork ${run} --at ${view.sequence}` }];
}

function parentAdvice({ view, parent }: DamagedRun): readonly Advice[] {
  if (parent === undefined) return [];
  const task = view?.state.parent?.task;

  return [
    ...(task === undefined
      ? []
      : [
          {
            what: `the run ${parent} waits for it: give its task the output that it needs`,
            command: `workflow complete ${parent} '${task}' --output '{}'`,
          },
        ]),
    { what: `or end the run ${parent} without it`, command: `workflow terminate ${parent}` },
  ];
}

/** Runs that it started go on, and nobody waits for them. */
function childrenAdvice({ children }: DamagedRun): readonly Advice[] {
  return children.slice(0, runsMax).map((child) => ({
    what: `the run ${child} is a part of it, and nobody waits for it any more`,
    command: `workflow cancel ${child}`,
  }));
}

async function slotAdvice({ run, view }: DamagedRun, { slots }: AdviceDeps): Promise<readonly Advice[]> {
  const key = view?.state.concurrencyKey;
  if (key === undefined || !(await slots.holders(key)).includes(run)) return [];

  return [
    {
      what: `it holds a place among the runs of ${key}: give it to others, if no engine goes on with it`,
      command: yes,
    },
  ];
}

type RepairDeps = LeaderDeps & SlotDeps & { readonly definitions: DefinitionStore };

type Repaired = { readonly lines: readonly DoctorLine[]; readonly damaged: readonly DamagedRun[] };

/** Writes no journal, and looks again at what was found. */
export async function repairRuns(
  deps: RepairDeps,
  found: readonly DamagedRun[],
  options: LeaderOptions & { readonly projectDir: string; readonly by: string; readonly limit?: number },
): Promise<Repaired> {
  for (const damaged of found) await restoreDefinition(deps, damaged, options.projectDir);
  const { limit = namedMax } = options;
  const led = await tryLeaders(deps, await stillDamaged(deps, found), options);
  const mended = found.filter(({ run }) => !has(led.left, run));
  // Only now: what another replica has is not lost.
  const shortened = led.left.filter(({ damage }) => damage.code === 'journal.truncated');
  for (const { run } of shortened) await deps.snapshots?.drop(run);
  const replaced = deps.ledger?.report()?.replaced ?? [];
  await deps.ledger?.accept(options.by);
  const left = await stillDamaged(deps, led.left);
  const accepted = led.left.filter((damaged) => !has(left, damaged.run) && !isMissing(damaged));
  const freed: DoctorLine[] = [];
  for (const damaged of left) freed.push(...(await freeSlot(deps, damaged)));

  return {
    lines: [
      ...led.lines,
      ...firstLines([...mended.map(mendedLine), ...accepted.map(acceptedLine)], limit, moreMendedLine),
      ...acceptedNow(led.left.filter(isMissing), { replaced, limit }),
      ...firstLines(freed, limit, moreMendedLine),
    ],
    damaged: left,
  };
}

function has(runs: readonly DamagedRun[], run: string): boolean {
  return runs.some((damaged) => damaged.run === run);
}

async function restoreDefinition(
  { definitions }: RepairDeps,
  { damage, definition }: DamagedRun,
  projectDir: string,
): Promise<void> {
  if (damage.code !== 'definition.missing' || definition === undefined) return;
  const stored = await definitionOfHash(projectDir, definition.hash);
  // The text is what is missing: a draft must not become a version, whose number another text may have.
  if (stored !== undefined) await definitions.keepDraft(stored);
}

async function stillDamaged(deps: RepairDeps, found: readonly DamagedRun[]): Promise<readonly DamagedRun[]> {
  const left: DamagedRun[] = [];
  for (const before of found) {
    const now = await checkRun(deps, before.run);
    if (now !== undefined) left.push({ ...before, ...now });
  }

  return left;
}

function moreMendedLine(count: number): DoctorLine {
  return { name: 'repair', status: 'ok', code: 'doctor.more', detail: `the same of ${count} more runs` };
}

function mendedLine({ run }: DamagedRun): DoctorLine {
  return {
    name: 'repair',
    status: 'ok',
    detail: `${run} is whole again; it goes on with`,
    fix: `workflow resume ${run}`,
  };
}

function acceptedLine({ run, damage, view }: DamagedRun): DoctorLine {
  const end = view?.sequence ?? damage.sequence - 1;
  const detail = `${run} ends with event ${end} from now on, what came after it is lost; it goes on with`;

  return { name: 'repair', status: 'warn', detail, fix: `workflow resume ${run}` };
}
