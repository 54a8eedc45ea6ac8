import type { JournalRecord } from '../../../../events/record.ts';
import type { RunView } from '../../../ports/workflows.ts';

/** What a person sees while a run is followed. */
export type Display = {
  /** A record landed. */
  readonly record: (record: JournalRecord) => void;
  /** Shows the last state and gives the terminal back. */
  readonly end: (view: RunView | undefined) => void;
};

/** Shows nothing: `--quiet` and `--json`. */
export const silentDisplay: Display = { record: () => {}, end: () => {} };
