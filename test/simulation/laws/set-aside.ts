/** Runs that are nobody's any more, because their journals were damaged or have lost something. */
export type SetAside = {
  readonly has: (run: string) => boolean;
  readonly isEmpty: () => boolean;
  /** The journal of the run is about to be damaged. */
  readonly damaged: (run: string, how: 'foreign message' | 'damaged record' | 'newer record') => void;
  /** Whether a newer release has gone on with it, and nothing else is wrong. */
  readonly isNewer: (run: string) => boolean;
  /** The run has lost something; what is left of it is sound. */
  readonly lost: (run: string) => void;
  /** Whether it lost something, and nothing else is wrong with its journal. */
  readonly isLost: (run: string) => boolean;
  /** A message of the run is stored; returns whether anybody may store one. */
  readonly mayLand: (run: string) => boolean;
  /** Whether the journal is damaged, and the process has not read it before that. */
  readonly isDamagedFor: (process: string, run: string) => boolean;
};

type Entry = {
  /** So many messages more may be stored. */
  planted: number;
  /** Who may have read the journal before it was damaged; undefined where what is left of it is sound. */
  readonly readers: ReadonlySet<string> | undefined;
  readonly wasDamaged: boolean;
  readonly isNewer?: boolean;
};

/** `alive`: the engine processes that run. */
export function createSetAside(alive: ReadonlySet<string>): SetAside {
  const entries = new Map<string, Entry>();

  return {
    has: (run) => entries.has(run),
    isEmpty: () => entries.size === 0,
    damaged: (run, how) => {
      const planted = how === 'damaged record' ? Number.POSITIVE_INFINITY : 1;
      entries.set(run, {
        planted,
        readers: new Set(alive),
        wasDamaged: true,
        isNewer: how === 'newer record',
      });
    },
    isNewer: (run) => entries.get(run)?.isNewer === true,
    lost: (run) => {
      const wasDamaged = entries.get(run)?.wasDamaged ?? false;
      entries.set(run, { planted: Number.POSITIVE_INFINITY, readers: undefined, wasDamaged });
    },
    isLost: (run) => entries.get(run)?.wasDamaged === false,
    mayLand: (run) => {
      const entry = entries.get(run);
      if (entry === undefined) return true;
      entry.planted -= 1;

      return entry.planted >= 0;
    },
    isDamagedFor: (process, run) => {
      const { readers } = entries.get(run) ?? {};

      return readers !== undefined && !readers.has(process);
    },
  };
}
