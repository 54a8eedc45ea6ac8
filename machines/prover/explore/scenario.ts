import type { Json } from '../../../events/canonical-json.ts';
import type { RunStatus, Transition } from '../../../events/record.ts';
import type { DefinitionRef, ErrorData } from '../../../events/run-events.ts';
import type { Command } from '../../run/decide/command.ts';

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

type OfAttempt = { readonly task: string; readonly attempt: number };

/**
 * Whether attempts take long enough for their starts to be recorded: with `quick` none is, with `slow` each is, as soon
 * as it is asked for.
 */
export type Pace = 'quick' | 'slow';

/** What people may do to a run at any time, whatever its definition says. */
export type Intervention =
  | Extract<Command, { kind: 'skipTask' | 'resolveTask' | 'delegateApproval' | 'requestChange' }>
  | {
      readonly kind: 'pauseRun' | 'resumeRun' | 'terminateRun' | 'cancelRun' | 'retryRun' | 'dropDeadLetter';
      readonly reason?: string | undefined;
    };

/**
 * What the world does next to a run: one choice of the explorer, one line of a scenario. Plain JSON. What follows from
 * expressions alone is no move: it happens by itself after each (see `settle`). Tasks are named by their addresses.
 */
export type Move =
  | { readonly type: 'start'; readonly input: Readonly<Record<string, Json>>; readonly pace: Pace }
  | ({ readonly type: 'complete'; readonly output: Json } & OfAttempt)
  | ({ readonly type: 'fail'; readonly error: ErrorData } & OfAttempt)
  /** Nobody will ever answer for the attempt, the approval, the wait or the child: only a timer can end it. */
  | ({ readonly type: 'silence' } & OfAttempt)
  | {
      readonly type: 'approve' | 'reject';
      readonly task: string;
      readonly by: string;
      readonly comment?: string;
      readonly data?: Json;
    }
  | { readonly type: 'signal'; readonly name: string; readonly data: Json }
  | ({
      readonly type: 'endChild';
      readonly status: string;
      readonly output?: Json;
      readonly error?: ErrorData;
    } & OfAttempt)
  /** Time passes until the first timer of the run is due. Every timer that is due then fires. */
  | { readonly type: 'pass' }
  | { readonly type: 'intervene'; readonly command: Intervention };
