import type { LoadedRun } from './load-run.ts';

/** A run as it was after one of its events. */
export type Point = {
  readonly loaded: LoadedRun;
  /** How long the records are that it has folded and no mark before it, or the snapshot that it was folded from. */
  readonly characters: number;
};

/** A long run at several of its events: states share what did not change from one to the next. */
export type KeptPoints = {
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

/** Folding so many events takes an eighth of a second: somebody who goes to and fro between them can wait for it. */
const markEvery = 500;
const marksMax = 200;
/** Of the events that somebody looked at, so many. */
const lookedMax = 16;

export function createKeptPoints(): KeptPoints {
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
