import type { Json } from '../../../events/canonical-json.ts';
import type { ErrorData } from '../../../events/error-data.ts';
import type { RunStatus, Transition } from '../../../events/record.ts';
import type { DefinitionRef } from '../../../events/run-events.ts';
import type { Move } from './move.ts';

/** What a record of the journal must say: all of it but the times, the hashes, and who carried an attempt out. */
export type ExpectedRecord = {
  readonly type: string;
  /** The data of the fact without `startedAt` and `worker`. */
  readonly fact: Json;
  readonly transitions: readonly Transition[];
};

/** One move, and the records that it must lead to, in order. */
export type ScenarioPart = { readonly move: Move; readonly records: readonly ExpectedRecord[] };

/** A way through a definition, from the first event of a run on, and what the journal must hold then. Plain JSON. */
export type Scenario = {
  /** In plain words, unique within its definition: `validate is retried, then fails`. */
  readonly name: string;
  readonly definition: DefinitionRef;
  readonly parts: readonly ScenarioPart[];
  readonly end: {
    readonly status: RunStatus;
    readonly output?: Json;
    readonly error?: ErrorData;
    /** The states of the tasks by their ids. */
    readonly tasks: Readonly<Record<string, string>>;
  };
};

/** Every scenario is about this run, begun at this time, so that what is derived from both is known beforehand. */
export const scenarioRun = 'scenario';
export const scenarioStart = '2026-01-01T00:00:00.000Z';
