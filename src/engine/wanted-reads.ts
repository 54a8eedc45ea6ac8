import type { LoadedRun } from './load-run.ts';

/** Reads runs that may be let go of meanwhile: nobody wants them any more then. */
export type WantedReads = {
  /** Undefined where the run was let go of while it was read. Each run is read once at a time. */
  readonly read: (run: string) => Promise<LoadedRun | undefined>;
  readonly letGo: (which: (run: string) => boolean) => void;
};

export function createWantedReads(read: (run: string) => Promise<LoadedRun>): WantedReads {
  const wanted = new Set<string>();

  return {
    read: async (run) => {
      wanted.add(run);
      try {
        const loaded = await read(run);

        return wanted.has(run) ? loaded : undefined;
      } finally {
        wanted.delete(run);
      }
    },
    letGo: (which) => {
      for (const run of wanted) {
        if (which(run)) wanted.delete(run);
      }
    },
  };
}
