import type { Run } from '../../machines/run/run.ts';
import type { DefinitionStore } from '../ports/definition-store.ts';
import type { Journal } from '../ports/journal.ts';
import type { AttemptsDeps } from './attempt-entry.ts';

/** What an engine is made of. */
export type EngineDeps = AttemptsDeps & {
  readonly journal: Journal;
  readonly definitions: DefinitionStore;
  /** Called after every event of a run in this process. */
  readonly onChange: (run: Run) => void;
  /** Called when something goes wrong that no command can be answered with. */
  readonly onTrouble: (run: string, error: unknown) => void;
};
