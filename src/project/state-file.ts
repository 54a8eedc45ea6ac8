import { writeAtomically } from '../files/write-atomically.ts';
import type { Clock } from '../ports/clock.ts';
import type { RunView } from '../ports/runs/workflows.ts';
import { stateLogEntry } from '../projections/run/state-log.ts';
import { type FileRun, readStateFile, runText, stateFilePath } from './state-text.ts';

/** `.3ox/workflow.state.yaml`: a copy of what the journal says, for people and for tools that read files. */
export interface StateFile {
  /**
   * Takes note of a change of a run. The file is written a little later, many changes at once; `view` is asked
   * then.
   */
  update(run: string, view: () => RunView): void;
  /** Writes what has not been written yet. */
  flush(): Promise<void>;
}

export type StateFileOptions = {
  readonly projectDir: string;
  readonly clock: Clock;
  /** Told when the file cannot be written. The runs go on: they do not need it. */
  readonly onTrouble?: (error: unknown) => void;
};

/** The runs the file holds: the ones created last. */
export const runsMax = 100;
/** The file is written at most this often, and so that writing takes at most a twentieth of the time. */
const pauseMsMin = 500;
const pausePerCost = 20;

export function createStateFile({ projectDir, clock, onTrouble = () => {} }: StateFileOptions): StateFile {
  const changed = new Map<string, () => RunView>();
  let known: ReadonlyMap<string, FileRun> = new Map();
  let cancel: (() => void) | undefined;
  let writing: Promise<void> = Promise.resolve();
  let pauseMs = pauseMsMin;

  function schedule(): void {
    cancel ??= clock.after(pauseMs, () => void flush());
  }

  function flush(): Promise<void> {
    cancel?.();
    cancel = undefined;
    writing = writing.then(write);

    return writing;
  }

  async function write(): Promise<void> {
    if (changed.size === 0) return;
    const begun = clock.now();
    const views = [...changed.values()].map((view) => view());
    changed.clear();
    try {
      known = latest(merged(await readStateFile(projectDir, known), known, views.map(toFileRun)));
      const text = [...known.values()].map((run) => run.text).join('\n');
      await writeAtomically({ projectDir, path: stateFilePath, text });
    } catch (error) {
      onTrouble(error);
    }
    pauseMs = Math.max(pauseMsMin, (clock.now() - begun) * pausePerCost);
  }

  return {
    update: (run, view) => {
      changed.set(run, view);
      const [oldest] = changed.keys();
      if (changed.size > runsMax && oldest !== undefined) changed.delete(oldest);
      schedule();
    },
    flush,
  };
}

function toFileRun(view: RunView): FileRun {
  return runText(view.run, stateLogEntry(view));
}

/** Of every run, what is furthest along: another process may have written what this one has not seen. */
function merged(
  inFile: ReadonlyMap<string, FileRun>,
  known: ReadonlyMap<string, FileRun>,
  fresh: readonly FileRun[],
): ReadonlyMap<string, FileRun> {
  const runs = new Map(inFile);
  for (const run of [...known.values(), ...fresh]) {
    const other = runs.get(run.id);
    if (other === undefined || other.sequence <= run.sequence) runs.set(run.id, run);
  }

  return runs;
}

function latest(runs: ReadonlyMap<string, FileRun>): ReadonlyMap<string, FileRun> {
  const ordered = [...runs.values()].sort((a, b) =>
    a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0,
  );

  return new Map(ordered.slice(-runsMax).map((run) => [run.id, run]));
}
