import type { Run } from '../../../machines/run/run.ts';
import type { DefinitionStore } from '../../ports/definitions/definition-store.ts';
import type { Journal } from '../../ports/runs/journal.ts';
import type { Snapshots } from '../../ports/runs/snapshots.ts';
import type { Slots } from '../../ports/work/slots.ts';
import type { AttemptsDeps } from '../attempts/attempt-entry.ts';
import type { Charts } from '../run-reader/charts.ts';
import type { RunReader } from '../run-reader/run-reader.ts';
import type { OtherRuns } from './failure-runs.ts';
import type { RunContextDeps } from './run-context.ts';

/** What an engine is made of. */
export type EngineDeps = AttemptsDeps &
  RunContextDeps & {
    readonly journal: Journal;
    readonly definitions: DefinitionStore;
    /** Compiled definitions that are shared with others; its own, without. */
    readonly charts?: Charts;
    /** That of this process; its own, without. */
    readonly reader?: RunReader;
    readonly slots: Slots;
    /** Where folds may begin; without, each begins at the first event of its run. */
    readonly snapshots?: Snapshots;
    /** A snapshot of a run is kept after so many events; 500 unless said otherwise. */
    readonly snapshotEvery?: number;
    /** Starts runs and asks of them, whichever engine they belong to. */
    readonly otherRuns: OtherRuns;
    /** Called after every event of a run in this process. */
    readonly onChange: (run: Run) => void;
    /** Since when this engine could hear the workers of the run, without a break; always, without. */
    readonly freshSinceMs?: (run: string) => number;
  };
