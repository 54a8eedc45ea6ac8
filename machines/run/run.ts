import type { Json } from '../../events/canonical-json.ts';
import type { Chart } from '../chart/chart.ts';
import type { RunState } from '../chart/run/run-state.ts';

/** One execution of a definition, as far as its journal has been folded. */
export type Run = {
  readonly chart: Chart;
  readonly state: RunState;
  /** Events folded so far: the sequence of the last record, 0 before the first. */
  readonly sequence: number;
  /** The hash of the last record, '' before the first. */
  readonly hash: string;
  readonly aside: Aside;
};

/** What expressions may read and the journal does not hold. The shell brings it along. */
export type Aside = {
  /** The content of large values, by digest: the journal holds references to them. */
  readonly blobs: ReadonlyMap<string, Json>;
  /** The inputs that the definition marks as secret: the state shows `***` for them. */
  readonly secretInput: Readonly<Record<string, Json>>;
  /** What expressions see as `secrets`. */
  readonly secrets: Readonly<Record<string, Json>>;
  /** The texts that must not be recorded. */
  readonly hidden: readonly string[];
};

export const emptyAside: Aside = { blobs: new Map(), secretInput: {}, secrets: {}, hidden: [] };

/** A run before its first event. */
export function newRun(chart: Chart, aside: Aside = emptyAside): Run {
  return { chart, state: chart.initial, sequence: 0, hash: '', aside };
}
