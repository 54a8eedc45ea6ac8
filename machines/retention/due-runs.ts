import { type Retention, retentionText } from './retention.ts';

/** A run as far as it depends on it whether it may leave the journal. */
export type KnownRun = {
  readonly run: string;
  /** Of its last message. */
  readonly position: number;
  /** How many events it has. */
  readonly sequence: number;
  /** In ms since 1970; undefined while it is under way. */
  readonly endedAtMs: number | undefined;
  /** The run that it is a part of, or whose failure it answers. */
  readonly parent: string | undefined;
  /** No engine works on it: it is quarantined, or of a newer release. */
  readonly isLeftAlone: boolean;
  /** What its definition says; undefined where it says nothing. */
  readonly own: Policy | undefined;
};

/** How long runs stay, and who says so, such as `invoices version 3` or `serve.yaml`. */
export type Policy = { readonly retention: Retention; readonly of: string };

/** A run whose time is over, as is that of all runs that it belongs together with. */
export type DueRun = KnownRun & { readonly policy: Policy; readonly dueAtMs: number };

/**
 * Why runs whose time is over stay: a run of the same family is under way, left alone, has not been told to other
 * programs, has its time still before it, or nobody says how long it stays.
 */
export type StayReason = 'under-way' | 'left-alone' | 'not-told' | 'not-yet' | 'for-ever';

export type DueRuns = {
  /** Those that leave together: a run with its parts, and those that answer their failures. The longest due first. */
  readonly families: readonly (readonly DueRun[])[];
  /** How many runs whose time is over stay, by the reason. */
  readonly held: ReadonlyMap<StayReason, number>;
};

type Asked = {
  readonly nowMs: number;
  /** Where no definition says anything. */
  readonly usual: Policy | undefined;
  /** Up to this position everybody who follows the journal has been told what it holds. */
  readonly toldTo: number;
};

/** In words, as it stands in the archive and in the ledger. */
export function policyText({ retention, of }: Policy): string {
  return `retention of ${of}: ${retentionText(retention)}`;
}

/**
 * Which of the runs may leave the journal. Runs belong together through their parents: as long as one of them has to
 * stay, none of them goes, so that no run has a part, or is a part, that nobody can look at.
 */
export function dueRuns(runs: ReadonlyMap<string, KnownRun>, asked: Asked): DueRuns {
  const families: DueRun[][] = [];
  const held = new Map<StayReason, number>();
  for (const members of familiesIn(runs).values()) {
    const timed = members.map((run) => timedRun(run, runs, asked.usual));
    const over = timed.filter((run): run is DueRun => (run.dueAtMs ?? asked.nowMs + 1) <= asked.nowMs);
    const [because] = timed.flatMap((run) => reasonToStay(run, asked) ?? []);
    if (because === undefined) families.push(over);
    else if (over.length > 0) held.set(because, (held.get(because) ?? 0) + over.length);
  }

  return { families: families.sort((one, other) => lastDue(one) - lastDue(other)), held };
}

/** When the last of a family was due. */
export function lastDue(family: readonly DueRun[]): number {
  return family.reduce((last, { dueAtMs }) => Math.max(last, dueAtMs), 0);
}

function familiesIn(runs: ReadonlyMap<string, KnownRun>): ReadonlyMap<string, readonly KnownRun[]> {
  const families = new Map<string, KnownRun[]>();
  const roots = new Map<string, string>();
  for (const run of runs.values()) {
    const path = ancestors(run, runs, roots);
    const last = path.at(-1)?.run ?? run.run;
    const root = roots.get(last) ?? last;
    for (const each of path) roots.set(each.run, root);
    const family = families.get(root) ?? [];
    family.push(run);
    families.set(root, family);
  }

  return families;
}

/** The run, its parent and so on, as far as they are known, up to one whose root is known. */
function ancestors(
  run: KnownRun,
  runs: ReadonlyMap<string, KnownRun>,
  roots: ReadonlyMap<string, string>,
): readonly KnownRun[] {
  const path = new Set<KnownRun>();
  let next: KnownRun | undefined = run;
  // Nobody is an ancestor of itself, unless a record was forged.
  while (next !== undefined && !path.has(next)) {
    path.add(next);
    next = roots.has(next.run) ? undefined : runs.get(next.parent ?? '');
  }

  return [...path];
}

type TimedRun = KnownRun & Partial<Pick<DueRun, 'policy' | 'dueAtMs'>>;

function timedRun(run: KnownRun, runs: ReadonlyMap<string, KnownRun>, usual: Policy | undefined): TimedRun {
  const policy = policyOf(run, runs) ?? usual;
  if (run.endedAtMs === undefined || policy === undefined) return run;

  return { ...run, policy, dueAtMs: run.endedAtMs + policy.retention.keepMs };
}

function reasonToStay(
  { endedAtMs, isLeftAlone, dueAtMs, position }: TimedRun,
  { nowMs, toldTo }: Asked,
): StayReason | undefined {
  if (endedAtMs === undefined) return 'under-way';
  if (isLeftAlone) return 'left-alone';
  if (dueAtMs === undefined) return 'for-ever';
  if (dueAtMs > nowMs) return 'not-yet';

  return position > toldTo ? 'not-told' : undefined;
}

/** What its definition says, or else that of the run that it is a part of, and so on. */
function policyOf(run: KnownRun, runs: ReadonlyMap<string, KnownRun>): Policy | undefined {
  return ancestors(run, runs, new Map()).find(({ own }) => own !== undefined)?.own;
}

/**
 * Whether it is worth carrying the journal over. Each message that stays is written once more for it. With a tenth to
 * leave behind, at most nine are written for each that goes, and the journal is never larger by more than a ninth than
 * what has to be in it. What has been due for a week goes whatever it costs: somebody may have promised that it does.
 */
export function isWorthCarrying(due: {
  readonly messages: number;
  readonly ofMessages: number;
  readonly dueSinceMs: number;
  readonly nowMs: number;
}): boolean {
  const { messages, ofMessages, dueSinceMs, nowMs } = due;

  return messages > 0 && (messages >= ofMessages * shareMin || nowMs - dueSinceMs >= overdueMs);
}

const shareMin = 0.1;
const overdueMs = 7 * 86_400_000;
