// An engine on the in-memory journal whose attempts are answered by the test: a stage for one engine at a time.
import type { Json } from '../../events/canonical-json.ts';
import type { Chart } from '../../machines/compile/chart.ts';
import type { Run } from '../../machines/run/run.ts';
import { createMemoryDefinitionStore } from '../../src/adapters/memory/definition-store.ts';
import { createMemoryJournal, type MemoryJournal } from '../../src/adapters/memory/journal.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import type { DefinitionStore } from '../../src/ports/definition-store.ts';
import { type Attempt, TaskError } from '../../src/ports/handler.ts';
import type { Journal } from '../../src/ports/journal.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';

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
  /** The attempts that are under way, by `task#attempt`. Waits until there is one. */
  readonly attempt: (key: string) => Promise<OpenAttempt>;
  readonly begun: readonly string[];
  /** The latest state of the run, as the engine told it. */
  readonly latest: () => Run | undefined;
  /** Resolves when the engine tells of a state of the run that fits. */
  readonly until: (fits: (run: Run) => boolean) => Promise<Run>;
  readonly troubles: readonly unknown[];
  /** What went to files, in order. */
  readonly written: readonly (readonly [string, Json])[];
};

export type StageOptions = {
  readonly journal?: MemoryJournal;
  /** Puts itself between the engine and the journal. */
  readonly wrap?: (journal: Journal) => Journal;
  readonly definitions?: DefinitionStore;
  readonly clock?: ManualClock;
  readonly concurrencyMax?: number;
};

export function createStage(options: StageOptions = {}): Stage {
  const { journal = createMemoryJournal(), clock = createManualClock() } = options;
  const { definitions = createMemoryDefinitionStore(), wrap = (same) => same } = options;
  const open = new Map<string, OpenAttempt>();
  const begun: string[] = [];
  const troubles: unknown[] = [];
  const written: (readonly [string, Json])[] = [];
  const listeners = new Set<() => void>();
  let latest: Run | undefined;
  const tell = () => {
    for (const listener of [...listeners]) listener();
  };

  const engine = createEngine({
    journal: wrap(journal),
    definitions,
    clock,
    performers: {
      find: () => ({
        worker: 'stage',
        handler: (attempt) =>
          new Promise((resolve, reject) => {
            const key = `${attempt.task}#${attempt.attempt}`;
            begun.push(key);
            open.set(key, {
              attempt,
              complete: (result = {}) => resolve(result),
              fail: (code = 'stage.failed', retryable = true) =>
                reject(new TaskError(code, 'failed', { retryable })),
            });
            tell();
          }),
      }),
    },
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
    clock,
    begun,
    troubles,
    written,
    latest: () => latest,
    attempt: (key) => when(() => open.get(key)),
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
