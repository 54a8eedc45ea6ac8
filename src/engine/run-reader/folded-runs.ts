import { isSigned } from '../../../machines/run/record/record-text.ts';
import { createTurnsPerKey } from '../../lib/serial-queue.ts';
import type { Journal } from '../../ports/runs/journal.ts';
import type { Snapshots } from '../../ports/runs/snapshots.ts';
import type { Charts } from './charts.ts';
import { firstBehind } from './fitting-snapshot.ts';
import { type LoadedRun, loadRun } from './load-run.ts';
import { createKeptByRun } from './run-cache.ts';

/** Folding this many events takes an eighth of a second, short enough to wait for. */
const markEvery = 500;
const marksMax = 200;
/** How many viewed events of a run are cached. */
const lookedMax = 16;

/** Caches folded runs for viewers, so that a long run is not folded for each request. */
export type FoldedRuns = {
  /**
   * The run after event `until`, or now: the result of `loadRun` with snapshots, at less cost. Rejects as that does.
   */
  readonly load: (run: string, until?: number) => Promise<LoadedRun>;
};

/** Limit of all cached folds, in characters of their records; memory is several times as many bytes. */
const charactersMax = 32 * 1024 * 1024;
const runsMax = 8;
/** Shorter runs are not cached: they fold in no time. */
const eventsMin = 500;
/** If more events than this have to be folded, a snapshot is looked for first. */
const farEvents = 2_000;

type Sources = { readonly journal: Journal; readonly charts: Charts; readonly snapshots: Snapshots };

/**
 * Serializes requests about one run, separately for its past and its present: the second caller finds what the first
 * has folded, and viewers of the present never wait for those of the past.
 */
export function createFoldedRuns(sources: Sources, max: number = charactersMax): FoldedRuns {
  const kept = createKeptByRun<KeptPoints>({ sizeMax: max, runsMax });
  const turns = createTurnsPerKey();
  // A run that is being read and may be short takes no room from the long ones.
  const sizeOf = (points: KeptPoints) => (points.reach() < eventsMin ? 0 : points.characters());

  const load = async (run: string, until: number | undefined): Promise<LoadedRun> => {
    const points = kept.get(run) ?? createKeptPoints();
    kept.use(run, points, sizeOf(points));
    try {
      const loaded = await loadWith(sources, { run, until, points });
      if (points.reach() >= eventsMin) kept.use(run, points, sizeOf(points));
      else kept.drop(run);
      kept.trim();

      return loaded;
    } catch (error) {
      // Damaged runs are not cached.
      kept.drop(run);
      throw error;
    }
  };

  return { load: (run, until) => turns.take(`${run} ${until === undefined}`, () => load(run, until)) };
}

type Wanted = { readonly run: string; readonly until: number | undefined; readonly points: KeptPoints };

async function loadWith(sources: Sources, wanted: Wanted): Promise<LoadedRun> {
  const { run, until, points } = wanted;
  const start = points.nearest(until);
  if (start === undefined) return begin(sources, wanted);
  if (await stillStands(sources.journal, run, start)) return goOn(sources, { ...wanted, start });
  points.empty();

  return begin(sources, wanted);
}

async function begin(sources: Sources, { run, until, points }: Wanted): Promise<LoadedRun> {
  const { journal, charts } = sources;
  const { snapshots, characters } = counted(sources.snapshots);
  const course = points.course({ from: undefined, until });
  const loaded = await loadRun(journal, charts, run, { until, snapshots, onFolded: course.folded });
  course.end(loaded, loaded.keptAt === undefined ? 0 : characters());

  return loaded;
}

async function goOn(
  sources: Sources,
  { run, until, points, start }: Wanted & { readonly start: Point },
): Promise<LoadedRun> {
  const { journal, charts } = sources;
  const { loaded: from } = start;
  if (from.run.sequence === until) return from;
  const { snapshots, characters } = counted(sources.snapshots);
  const isFar = until !== undefined && until - from.run.sequence >= farEvents;
  const course = points.course({ from: start, until });
  const loaded = await loadRun(journal, charts, run, {
    until,
    from,
    snapshots: isFar ? snapshots : undefined,
    onFolded: course.folded,
  });
  course.end(loaded, characters());

  return loaded;
}

/** How much of the cached fold comes from a snapshot. */
function counted(snapshots: Snapshots): {
  readonly snapshots: Snapshots;
  readonly characters: () => number;
} {
  let characters = 0;
  const latest = async (run: string): Promise<string | undefined> => {
    const text = await snapshots.latest(run);
    characters = text?.length ?? 0;
    return text;
  };

  return { snapshots: { ...snapshots, latest }, characters: () => characters };
}

/** Whether the journal still has the record up to which it was folded. */
async function stillStands(journal: Journal, run: string, { loaded }: Point): Promise<boolean> {
  const { position } = loaded;
  const stored = await firstBehind(journal, run, position - 1);
  if (stored?.kind !== 'record' || stored.position !== position) return false;
  const { hash } = loaded.run;

  return stored.record.hash === hash && isSigned(stored.body, hash);
}

/** A run after one of its events. */
type Point = {
  readonly loaded: LoadedRun;
  /** The size of the records folded since the previous point, or of the snapshot it began from. */
  readonly characters: number;
};

/** A long run at several of its events: their states share what did not change. */
type KeptPoints = {
  /** The point to continue from, for the run after event `until`, or now. */
  readonly nearest: (until: number | undefined) => Point | undefined;
  /** Keeps suitable points while events are folded. */
  readonly course: (course: Course) => Keeping;
  readonly characters: () => number;
  /** The latest kept event, 0 if there is none. */
  readonly reach: () => number;
  readonly empty: () => void;
};

type Course = { readonly from: Point | undefined; readonly until: number | undefined };

type Keeping = {
  readonly folded: (loaded: LoadedRun, characters: number) => void;
  /** `snapshot`: the size of the snapshot that it began with, if any. */
  readonly end: (loaded: LoadedRun, snapshot: number) => void;
};

function createKeptPoints(): KeptPoints {
  const marks = new Map<number, Point>();
  const looked = new Map<number, Point>();
  let newest: Point | undefined;
  const all = (): readonly Point[] => [
    ...marks.values(),
    ...looked.values(),
    ...(newest === undefined ? [] : [newest]),
  ];
  const look = (point: Point): void => {
    const { sequence } = point.loaded.run;
    looked.delete(sequence);
    looked.set(sequence, point);
    const [oldest] = looked.keys();
    if (looked.size > lookedMax && oldest !== undefined) looked.delete(oldest);
  };

  return {
    // The present state is nearer to a snapshot than to a viewed past.
    nearest: (until) => (until === undefined ? newest : lastUntil(all(), until)),
    characters: () => all().reduce((sum, { characters }) => sum + characters, 0),
    reach: () => all().reduce((last, { loaded }) => Math.max(last, loaded.run.sequence), 0),
    empty: () => {
      marks.clear();
      looked.clear();
      newest = undefined;
    },
    course: ({ from, until }) => {
      let characters = from?.characters ?? 0;
      let last: Point | undefined = from;
      let before: Point | undefined;
      return {
        folded: (loaded, more) => {
          before = last;
          characters += more;
          last = { loaded, characters };
          const { sequence } = loaded.run;
          if (sequence % markEvery !== 0 || marks.size >= marksMax || marks.has(sequence)) return;
          marks.set(sequence, last);
          characters = 0;
        },
        end: (loaded, snapshot) => {
          const point = { loaded, characters: characters + snapshot };
          // The change of an event is shown by comparing with the state before it.
          if (before !== undefined) look(before);
          if (until === undefined) newest = point;
          else look(point);
        },
      };
    },
  };
}

function lastUntil(points: readonly Point[], until: number): Point | undefined {
  return points
    .filter(({ loaded }) => loaded.run.sequence <= until)
    .reduce<Point | undefined>(
      (found, point) =>
        found !== undefined && found.loaded.run.sequence >= point.loaded.run.sequence ? found : point,
      undefined,
    );
}
