import { isSigned } from '../../../machines/run/record/create-record.ts';
import { createTurnsPerKey } from '../../lib/serial-queue.ts';
import type { Journal } from '../../ports/runs/journal.ts';
import type { Snapshots } from '../../ports/runs/snapshots.ts';
import type { Charts } from './charts.ts';
import { firstBehind } from './fitting-snapshot.ts';
import { type LoadedRun, loadRun } from './load-run.ts';
import { createKeptByRun } from './run-cache.ts';

/** Folding so many events takes an eighth of a second: somebody who goes to and fro between them can wait for it. */
const markEvery = 500;
const marksMax = 200;
/** Of the events that somebody looked at, so many. */
const lookedMax = 16;

/** Folded runs of those who look at them, so that a long one is not folded anew for each look. */
export type FoldedRuns = {
  /**
   * The run after event `until`, or as it is: what `loadRun` gives with snapshots, for less. Rejects as that does.
   */
  readonly load: (run: string, until?: number) => Promise<LoadedRun>;
};

/** About as many characters of records may be kept folded in all: some times as many bytes. */
const charactersMax = 32 * 1024 * 1024;
const runsMax = 8;
/** What is shorter is folded in no time. */
const eventsMin = 500;
/** Where so many events would have to be folded, a snapshot is looked for first. */
const farEvents = 2_000;

type Sources = { readonly journal: Journal; readonly charts: Charts; readonly snapshots: Snapshots };

/**
 * Of one run, what was is asked for by one at a time, and so is how it is: whoever comes second finds what the first
 * has folded, and nobody who looks at it as it is waits for somebody who goes through its past.
 */
export function createFoldedRuns(sources: Sources, max: number = charactersMax): FoldedRuns {
  const kept = createKeptByRun<KeptPoints>({ sizeMax: max, runsMax });
  const turns = createTurnsPerKey();
  // What is being read and may be short takes no room from the long ones.
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
      // What led to damage is not looked at a second time.
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

/** How much of what is kept comes from a snapshot. */
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

/** Whether the journal has still the record that it was folded up to, as for a snapshot. */
async function stillStands(journal: Journal, run: string, { loaded }: Point): Promise<boolean> {
  const { position } = loaded;
  const stored = await firstBehind(journal, run, position - 1);
  if (stored?.kind !== 'record' || stored.position !== position) return false;
  const { hash } = loaded.run;

  return stored.record.hash === hash && isSigned(stored.body, hash);
}

/** A run as it was after one of its events. */
type Point = {
  readonly loaded: LoadedRun;
  /** How long the records are that it has folded and no mark before it, or the snapshot that it was folded from. */
  readonly characters: number;
};

/** A long run at several of its events: states share what did not change from one to the next. */
type KeptPoints = {
  /** The one to go on from, for the run after event `until`, or as it is. */
  readonly nearest: (until: number | undefined) => Point | undefined;
  /** Keeps what is worth it while events are folded on from one of them, or from elsewhere. */
  readonly course: (course: Course) => Keeping;
  readonly characters: () => number;
  /** The number of the latest event at which it is kept, 0 without any. */
  readonly reach: () => number;
  readonly empty: () => void;
};

type Course = { readonly from: Point | undefined; readonly until: number | undefined };

type Keeping = {
  readonly folded: (loaded: LoadedRun, characters: number) => void;
  /** `snapshot`: how long the one was that it began with, if it did. */
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
    // As it is now, a run is nearer to its snapshot than to what was looked at of its past.
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
          // What an event changed is told by how the run was before it.
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
