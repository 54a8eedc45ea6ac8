import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { writeAtomically } from '../files/write-atomically.ts';
import type { Clock } from '../ports/clock.ts';
import type { RunView } from '../ports/runs/workflows.ts';
import { stateLogEntry } from '../projections/run/state-log.ts';

export const stateFilePath = '.3ox/workflow.state.yaml';

const fileBytesMax = 16 * 1024 * 1024;

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
    const begun = clock.steady();
    const views = [...changed.values()].map((view) => view());
    changed.clear();
    try {
      known = latest(merged(await readStateFile(projectDir, known), known, views.map(toFileRun)));
      const text = [...known.values()].map((run) => run.text).join('\n');
      await writeAtomically({ projectDir, path: stateFilePath, text, isPrivate: true });
    } catch (error) {
      onTrouble(error);
    }
    pauseMs = Math.max(pauseMsMin, (clock.steady() - begun) * pausePerCost);
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

/** A run as it stands in the file: its text, and what is needed to order and compare it. */
type FileRun = {
  readonly id: string;
  readonly sequence: number;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly text: string;
};

/** The text of one run. */
function runText(id: string, entry: Readonly<Record<string, unknown>>): FileRun {
  const { sequence, created_at_iso: createdAt } = entry;

  return {
    id,
    sequence: typeof sequence === 'number' ? sequence : 0,
    createdAt: typeof createdAt === 'string' ? createdAt : '',
    text: dump({ [id]: entry }, { noRefs: true, lineWidth: -1, quoteStyle: 'double', forceQuotes: true }),
  };
}

/**
 * The runs in the file. A file that is missing, damaged or not of this shape holds none: it is only a copy, and what
 * is known is written again. Runs whose entry is `known` as it is are not made into text again.
 */
async function readStateFile(
  projectDir: string,
  known: ReadonlyMap<string, FileRun>,
): Promise<ReadonlyMap<string, FileRun>> {
  let entries: unknown;
  try {
    const path = join(projectDir, stateFilePath);
    if ((await stat(path)).size > fileBytesMax) return new Map();
    const text = await readFile(path, 'utf8');
    if (text === [...known.values()].map((run) => run.text).join('\n')) return known;
    entries = load(text);
  } catch {
    return new Map();
  }
  if (typeof entries !== 'object' || entries === null || Array.isArray(entries)) return new Map();

  return new Map(
    Object.entries(entries).flatMap(([id, entry]) => (isEntry(entry) ? [[id, runText(id, entry)]] : [])),
  );
}

function isEntry(entry: unknown): entry is Readonly<Record<string, unknown>> {
  return typeof entry === 'object' && entry !== null && !Array.isArray(entry) && 'created_at_iso' in entry;
}
