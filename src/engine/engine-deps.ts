import type { Run } from '../../machines/run/run.ts';
import type { Clock } from '../ports/clock.ts';
import type { DefinitionStore } from '../ports/definition-store.ts';
import type { Performers } from '../ports/handler.ts';
import type { Journal } from '../ports/journal.ts';
import type { OutputFiles } from '../ports/output-files.ts';

/** What an engine is made of. */
export type EngineDeps = {
  readonly journal: Journal;
  readonly definitions: DefinitionStore;
  readonly clock: Clock;
  readonly performers: Performers;
  readonly outputs: OutputFiles;
  readonly projectDir: string;
  /** Attempts carried out at the same time. */
  readonly concurrencyMax: number;
  /** See AttemptsDeps. */
  readonly startNoticeMs: number;
  /** Called after every event of a run in this process. */
  readonly onChange: (run: Run) => void;
  /** Called when something goes wrong that no command can be answered with. */
  readonly onTrouble: (run: string, error: unknown) => void;
};
