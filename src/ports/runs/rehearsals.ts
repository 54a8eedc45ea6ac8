import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import type { ExpectedRecord, Scenario } from '../../../machines/prover/explore/scenario.ts';

/** What came of a scenario on a real engine. `part` is the index of the move after which it went another way. */
export type Rehearsed =
  | { readonly ok: true; readonly records: number }
  | {
      readonly ok: false;
      readonly part: number;
      readonly expected: ExpectedRecord | undefined;
      readonly found: ExpectedRecord | undefined;
      /** In words: what differs. */
      readonly message: string;
    };

/** Plays scenarios on a real engine whose agents follow the script and whose clock is set by it. */
export interface Rehearsals {
  play(definition: LoadedDefinition, scenario: Scenario): Promise<Rehearsed>;
}
