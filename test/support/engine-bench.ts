// An engine on the in-memory journal whose attempts are answered by the test: a stage for one engine at a time.
import type { Json } from '../../events/canonical-json.ts';
import type { Chart } from '../../machines/chart/chart.ts';
import type { Run } from '../../machines/run/run.ts';
import type { DraftDefinitions } from '../../src/engine/draft-definitions.ts';
import { createEngine, type Engine } from '../../src/engine/run/engine.ts';
import type { OtherRuns } from '../../src/engine/run/failure-runs.ts';
import type { StationLinks } from '../../src/engine/stations/station-links.ts';
import type { DefinitionStore } from '../../src/ports/definitions/definition-store.ts';
import type { BlobStore } from '../../src/ports/runs/blob-store.ts';
import type { Journal } from '../../src/ports/runs/journal.ts';
import { type Attempt, TaskError } from '../../src/ports/work/handler.ts';
import { createMemoryDefinitionStore } from '../../src/stores/memory/definition-store.ts';
import { createMemoryJournal, type MemoryJournal } from '../../src/stores/memory/journal.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { createMemoryStores } from './memory-stores.ts';

/** An attempt that waits for the test to end it. */
export type OpenAttempt = {
  readonly attempt: Attempt;
  readonly complete: (result?: Json) => void;
  readonly fail: (code?: string, retryable?: boolean) => void;
};

export type Stage = {
  readonly engine: Engine;
  readonly journal: MemoryJournal;
  readonly clock: ManualClock;
  /** An attempt that is under way, by `task#attempt`, or `run/task#attempt`. Waits until there is one. */
  readonly attempt: (key: string) => Promise<OpenAttempt>;
  readonly begun: readonly string[];
  /** The latest state of the run, as the engine told it. */
  readonly latest: () => Run | undefined;
  /** Resolves when the engine tells of a state of the run that fits. */
  readonly until: (fits: (run: Run) => boolean) => Promise<Run>;
  /** The same of one of several runs. */
  readonly untilRun: (id: string, fits: (run: Run) => boolean) => Promise<Run>;
  /** The latest state of every run, as the engine told it. */
  readonly runs: ReadonlyMap<string, Run>;
  readonly troubles: readonly unknown[];
  readonly blobs: BlobStore;
  readonly otherRuns: OtherRuns;
  /** What went to files, in order. */
  readonly written: readonly (readonly [string, Json])[];
};

export type StageOptions = {
  readonly journal?: MemoryJournal;
  /** Puts itself between the engine and the journal. */
  readonly wrap?: (journal: Journal) => Journal;
  readonly definitions?: DefinitionStore;
  readonly drafts?: DraftDefinitions;
  readonly clock?: ManualClock;
  readonly concurrencyMax?: number;
  /** Whether its attempts are taken for commands, which may print something. */
  readonly prints?: true;
  /** Puts itself between the engine and other runs. */
  readonly between?: (otherRuns: OtherRuns) => OtherRuns;
  readonly stores?: ReturnType<typeof createMemoryStores>;
  readonly stations?: StationLinks;
  /** Told of every state of a run. */
  readonly onChange?: (run: Run) => void;
};

export function createStage(options: StageOptions = {}): Stage {
  const { clock = createManualClock(), stores = createMemoryStores() } = options;
  const { between = (same) => same } = options;
  const { journal = createMemoryJournal(clock) } = options;
  const { definitions = createMemoryDefinitionStore(), wrap = (same) => same } = options;
  const open = new Map<string, OpenAttempt>();
  const begun: string[] = [];
  const troubles: unknown[] = [];
  const written: (readonly [string, Json])[] = [];
  const listeners = new Set<() => void>();
  const runs = new Map<string, Run>();
  let latest: Run | undefined;
  const tell = () => {
    for (const listener of [...listeners]) listener();
  };

  const otherRuns: OtherRuns = between({
    start: async ({ hash, ...request }) => {
      const chart = await engine.reader.charts.byHash(hash);
      const outcome = await engine.startRun({ chart, ...request });
      return { ...outcome, run: request.run };
    },
    workOn: (run) => engine.adopt(run),
    command: async (run, command, actor) => ({ ...(await engine.submit(run, command, { actor })), run }),
  });
  const engine: Engine = createEngine({
    ...stores,
    stations: options.stations,
    journal: wrap(journal),
    definitions,
    drafts: options.drafts,
    clock,
    performers: {
      find: () => ({
        worker: 'stage',
        ...(options.prints === undefined ? {} : { prints: options.prints }),
        handler: (attempt) =>
          new Promise((resolve, reject) => {
            const key = `${attempt.task}#${attempt.attempt}`;
            begun.push(key);
            const opened: OpenAttempt = {
              attempt,
              complete: (result = {}) => resolve(result),
              fail: (code = 'stage.failed', retryable = true) =>
                reject(new TaskError(code, 'failed', { retryable })),
            };
            open.set(key, opened).set(`${attempt.run}/${key}`, opened);
            tell();
          }),
      }),
    },
    otherRuns,
    outputs: {
      write: (path, value) => {
        written.push([path, value]);
        return Promise.resolve();
      },
    },
    projectDir: '.',
    concurrencyMax: options.concurrencyMax ?? 100,
    startNoticeMs: 25,
    onChange: (run) => {
      latest = run;
      runs.set(run.state.run, run);
      options.onChange?.(run);
      tell();
    },
    onTrouble: (_run, error) => troubles.push(error),
  });

  function when<T>(look: () => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const listener = () => {
        const found = look();
        if (found === undefined) return;
        listeners.delete(listener);
        resolve(found);
      };
      listeners.add(listener);
      listener();
    });
  }

  return {
    engine,
    journal,
    blobs: stores.blobs,
    otherRuns,
    clock,
    begun,
    troubles,
    written,
    latest: () => latest,
    attempt: (key) => when(() => open.get(key)),
    runs,
    untilRun: (id, fits) =>
      when(() => {
        const run = runs.get(id);
        return run !== undefined && fits(run) ? run : undefined;
      }),
    until: (fits) => when(() => (latest !== undefined && fits(latest) ? latest : undefined)),
  };
}

/** The texts of a run's journal. */
export async function bodiesOf(journal: Journal, run: string): Promise<readonly string[]> {
  const bodies: string[] = [];
  for await (const { body } of journal.read(run)) bodies.push(body);

  return bodies;
}

/** Registers the definition of a chart, so that an engine can load runs of it. */
export async function register(definitions: DefinitionStore, chart: Chart, text: string): Promise<void> {
  await definitions.register({ ref: chart.ref, text, file: 'under-test.yaml' });
}
