import { type DueAlert, dueAlerts, newsMsMax, type Sighting } from '../../../machines/alerts/due-alerts.ts';
import { lookedAtMax, usualMs } from '../../../machines/alerts/usual-duration.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import { isNewer } from '../../../machines/run/record/damage-text.ts';
import type { AlertKind, AlertRule } from '../../../machines/serve-file/served.ts';
import { type Stratos, stratosOf } from '../../../machines/stratos.ts';
import { messageOf } from '../../lib/text.ts';
import type { Alert } from '../../ports/events/alert-delivery.ts';
import type { Board, BoardLine } from '../../ports/runs/board.ts';
import type { Ledger, LedgerReport } from '../../ports/runs/ledger.ts';
import { lostTexts, missingIn } from '../board/ledger.ts';
import type { AlertClaim, AlertMarks } from './alert-marks.ts';
import { type AskedSources, createAskedSightings, failedSince } from './asked-sightings.ts';
import { alertOf, type SayDeps, sayAlert } from './say-alert.ts';

/** By then an engine that has just begun has seen all that is due. */
const firstAfterMs = 5 * 60_000;
const everyMs = 60 * 60_000;

/** That an agent was without workers may be over while no engine looks on. */
const forgottenMs = 24 * 60 * 60_000;
/** So many alerts are being said at a time: a place may hang, and each command is a process. The rest follows. */
const sayingMax = 50;

export type AlertsDeps = AskedSources &
  RoundDeps & {
    readonly board: Pick<Board, 'live' | 'each' | 'counts' | 'line' | 'durations' | 'ready'>;
    /** Knows what the journal has lost. */
    readonly ledger?: Pick<Ledger, 'report'> | undefined;
    /** The rules as they are now. */
    readonly rules: () => readonly AlertRule[];
  };

export type RunningAlerts = {
  /** Looks no more; what is being said may end. */
  readonly close: () => Promise<void>;
};

const lookEveryMs = 2_000;

/** Looks whether a rule has something to say, and says it once, whichever engine is first. */
export function runAlerts(deps: AlertsDeps): RunningAlerts {
  const { clock, board, ledger, rules, onTrouble } = deps;
  const asked = createAskedSightings(deps);
  const round = createRound(deps);
  const { sweepAt, close: endSweep } = createAlertSweep(deps);
  let cancel = (): void => undefined;
  let trouble = '';
  let closed = false;

  async function dueNow(): Promise<readonly DueAlert[]> {
    await board.ready;
    const now = rules();
    const nowMs = clock.now();
    const kinds = new Set(now.map(({ on }) => on));
    const spans = now.map(({ afterMs = 0, laterMs = 0 }) => afterMs + laterMs);
    const fromMs = nowMs - newsMsMax - Math.max(0, ...spans);
    const wanted = { kinds, fromMs };
    const sightings = [
      ...(await runSightings(board, wanted)),
      ...lostSightings(ledger?.report(), wanted),
      ...(await asked(wanted)),
    ];

    const isByLevel = now.some(({ stratos }) => stratos !== undefined);

    return dueAlerts(now, isByLevel ? await withLevels(deps, sightings) : sightings, nowMs);
  }

  async function look(): Promise<void> {
    try {
      const due = rules().length === 0 ? [] : await dueNow();
      await round(due);
      sweepAt(due.map(({ key }) => key));
      trouble = '';
    } catch (error) {
      const message = `alert rules could not be looked at, it is tried again: ${messageOf(error)}`;
      if (message !== trouble) onTrouble(message);
      trouble = message;
    }
    if (!closed) cancel = clock.after(lookEveryMs, again);
  }
  let looking = look();
  function again(): void {
    looking = look();
  }

  return {
    close: async () => {
      closed = true;
      cancel();
      await looking;
      await endSweep();
    },
  };
}

type RoundDeps = SayDeps & {
  readonly marks: AlertMarks;
  readonly onAlert: (alert: Alert) => void;
  /** Whether people want to hear nothing of it now. */
  readonly isMuted: (sighting: Sighting) => Promise<boolean>;
  /** The address of the dashboard, where it is known. */
  readonly dashboard: () => string | undefined;
};

/** Says what is due and was not said, and forgets what is over. */
function createRound(deps: RoundDeps): (due: readonly DueAlert[]) => Promise<void> {
  const { marks, clock } = deps;
  /** What this process has looked up already. */
  let settled = new Map<string, DueAlert>();
  let saying = 0;

  /** Resolves with whether there is nothing left to do about it here. */
  async function say(due: DueAlert): Promise<boolean> {
    if (saying >= sayingMax) return false;
    const taken = await marks.take(due.key, comesAgain(due) ? forgottenMs : undefined);
    // Whoever is saying it may die over it.
    if (typeof taken === 'string') return taken === 'said';
    saying += 1;
    // A place that cannot be reached must not keep other alerts back.
    void sayClaimed(deps, due, taken).finally(() => {
      saying -= 1;
    });

    return true;
  }

  return async (due) => {
    // Of what is over now, all that was marked until now is about the trouble that there was: also by saying it.
    const nowMs = clock.now();
    const now = new Set(due.map(({ key }) => key));
    for (const [key, each] of settled) {
      if (!now.has(key) && comesAgain(each)) await marks.forget(key, nowMs);
    }
    settled = new Map([...settled].filter(([key]) => now.has(key)));
    for (const each of due.filter(({ key }) => !settled.has(key))) {
      if (await say(each)) settled.set(each.key, each);
    }
  };
}

/** Never rejects. */
async function sayClaimed(deps: RoundDeps, due: DueAlert, claim: AlertClaim): Promise<void> {
  const { clock, onAlert, onTrouble } = deps;
  try {
    if (!(await isMuted(deps, due))) {
      const alert = alertOf(due, { nowMs: clock.now(), dashboard: deps.dashboard() });
      // Whoever told a place of it has told those who look on before.
      if (claim.toldAt.size === 0) onAlert(alert);
      await sayAlert(deps, alert, { to: due.rule.to, claim });
    }
    await claim.end();
  } catch (error) {
    onTrouble(messageOf(error));
  }
}

/** What cannot be told is said: it may be new. */
async function isMuted(deps: RoundDeps, { sighting }: DueAlert): Promise<boolean> {
  try {
    return await deps.isMuted(sighting);
  } catch {
    return false;
  }
}

/** The subjects of other rules are new whenever the trouble is; that of an agent comes again. */
function comesAgain({ rule }: DueAlert): boolean {
  return rule.on === 'no_worker';
}

type AlertSweep = {
  /** Takes away, now and then and aside of the looks, what is marked of trouble that is over. */
  readonly sweepAt: (due: readonly string[]) => void;
  readonly close: () => Promise<void>;
};

function createAlertSweep({
  marks,
  clock,
  onTrouble,
}: Pick<SayDeps, 'clock' | 'onTrouble'> & { readonly marks: Pick<AlertMarks, 'sweep'> }): AlertSweep {
  let nextMs = clock.steady() + firstAfterMs;
  let sweeping: Promise<void> = Promise.resolve();

  return {
    sweepAt: (due) => {
      if (clock.steady() < nextMs) return;
      nextMs = clock.steady() + everyMs;
      sweeping = sweeping
        .then(() => marks.sweep(due))
        .catch((error: unknown) =>
          onTrouble(`marks of old alerts could not be taken away, it is tried again: ${messageOf(error)}`),
        );
    },
    close: () => sweeping,
  };
}

/** What is seen of a run is of the STRATOS level of its definition; of none, where that cannot be read. */
async function withLevels(
  { board, reader }: Pick<AlertsDeps, 'board' | 'reader'>,
  sightings: readonly Sighting[],
): Promise<readonly Sighting[]> {
  const runs = new Set(sightings.map(({ run }) => run));
  const hashes = new Map([...runs].map((run) => [run, board.line(run ?? '')?.head.definition.hash]));
  const levels = new Map<string, Stratos | undefined>();
  for (const hash of new Set(hashes.values())) {
    if (hash === undefined) continue;
    const chart = await reader.charts.byHash(hash).catch(() => undefined);
    levels.set(hash, chart && stratosOf(chart.definition));
  }

  return sightings.map((sighting) => {
    const stratos = levels.get(hashes.get(sighting.run) ?? '');
    return stratos === undefined ? sighting : { ...sighting, stratos };
  });
}

type Wanted = {
  readonly kinds: ReadonlySet<AlertKind>;
  /** What ended before is no news to any rule. */
  readonly fromMs: number;
};

/** What is to be seen of runs in their lines alone: failed, set aside, and how long each has been under way. */
export async function runSightings(
  board: Pick<Board, 'live' | 'each' | 'durations'>,
  { kinds, fromMs }: Wanted,
): Promise<readonly Sighting[]> {
  const live = board.live();
  const usual = kinds.has('run_late') ? usualByDefinition(board, live) : new Map<string, number>();
  // There may be very many that ended long ago, and this is done every few seconds.
  const isOfEnded = kinds.has('run_failed') || kinds.has('run_quarantined');
  const ended = isOfEnded ? await failedSince(board, new Date(fromMs).toISOString()) : [];

  return [...ended, ...live].flatMap((line) => sightingsOf(line, usual)).filter(({ on }) => kinds.has(on));
}

/** What is on no line: runs that are missing, and a journal that is gone. One alert tells of all of them. */
function lostSightings(report: LedgerReport | undefined, { kinds }: Wanted): readonly Sighting[] {
  if (report === undefined || !kinds.has('run_quarantined')) return [];
  const missing = [...missingIn(report).keys()];
  const gone = report.replaced.map(({ journal }) => journal);
  if (missing.length + gone.length === 0) return [];
  const subject = `ledger ${sha256Hex([...missing, ...gone].join(' ')).slice(0, 32)}`;

  return [{ on: 'run_quarantined', subject, sinceMs: report.atMs, text: lostTexts(report).join('; ') }];
}

function sightingsOf(line: BoardLine, usual: ReadonlyMap<string, number>): readonly Sighting[] {
  const { run, head, damage, updatedAt, sequence } = line;
  const { id } = head.definition;
  const of = { run, definition: id } as const;
  // Nothing is wrong with it.
  if (damage !== undefined && isNewer(damage)) return [];
  if (damage !== undefined) {
    const text = `run ${run} of ${id} is quarantined: ${damage.message}`;
    return [
      { ...of, on: 'run_quarantined', subject: `${run} quarantined`, sinceMs: Date.parse(updatedAt), text },
    ];
  }
  if (head.status === 'FAILED' || head.status === 'TIMED_OUT') {
    const how = head.status === 'FAILED' ? 'failed' : 'timed out';
    const text = `run ${run} of ${id} ${how}${head.error === undefined ? '' : `: ${head.error}`}`;
    const sinceMs = Date.parse(head.endedAt ?? updatedAt);
    // A run that was retried and failed again is new trouble.
    return [{ ...of, on: 'run_failed', subject: `${run} ${sequence}`, sinceMs, text }];
  }
  if (isFinal(head.status)) return [];
  const expected = usual.get(id);
  const text = `run ${run} of ${id} has been under way${activeText(line)}`;
  const late = {
    ...of,
    on: 'run_late',
    subject: `${run} late`,
    sinceMs: Date.parse(head.startedAt),
    text,
  } as const;

  return [expected === undefined ? late : { ...late, usualMs: expected }];
}

function activeText({ head: { active } }: BoardLine): string {
  const [first] = active;

  return first === undefined ? '' : `, at ${first.task} (${first.status})`;
}

function usualByDefinition(
  board: Pick<Board, 'durations'>,
  live: readonly BoardLine[],
): ReadonlyMap<string, number> {
  const known = new Map<string, number>();
  for (const id of new Set(live.map(({ head }) => head.definition.id))) {
    const ms = usualMs(board.durations({ id }, lookedAtMax));
    if (ms !== undefined) known.set(id, ms);
  }

  return known;
}
