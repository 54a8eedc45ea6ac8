import type { Json } from '../../../events/canonical-json.ts';
import type { Head } from '../../../events/record.ts';
import type { DefinitionRef } from '../../../events/run-events.ts';
import type { RunTerm } from '../../../machines/run/record/run-filter.ts';

/** One run as a line of the record of executions. */
export type Execution = {
  /** The place of its first event in the journal of all runs: it never changes, and later starts have larger ones. */
  readonly position: number;
  readonly run: string;
  readonly definition: DefinitionRef;
  /** See `triggerOf`. */
  readonly trigger: string;
  /** The agents that began a task of it, in the order in which they first did. */
  readonly agents: readonly string[];
  readonly status: Head['status'] | 'NEWER' | 'QUARANTINED';
  /** How a person reads the status, where that is another word. */
  readonly shown?: NonNullable<Head['shown']>;
  /** Its output. Absent where it has none yet, or never will. */
  readonly result?: Json;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt?: string;
};

export type ExecutionFilter = {
  /** A name as `triggerOf` gives it, of any definition, or `<definition>/<name>`. */
  readonly trigger?: string | undefined;
  readonly definition?: string | undefined;
  /** Only what was started at this time (ms since 1970) or later. */
  readonly sinceMs?: number | undefined;
  /** Only runs that fit all of these. */
  readonly terms?: readonly RunTerm[] | undefined;
  readonly limit?: number | undefined;
  /** The id of a run: only those that come behind it. Rejects with RunNotFound where there is none. */
  readonly after?: string | undefined;
};

/** The record of what was carried out, made from the journal when it is asked for. */
export interface Executions {
  /** The latest start first, one after another: there may be more than fit into memory at once. */
  executions(filter: ExecutionFilter): AsyncIterable<Execution>;
}
