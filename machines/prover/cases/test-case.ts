import type { Json } from '../../../events/canonical-json.ts';
import type { ErrorData } from '../../../events/run-events.ts';

/** What an attempt of a task gives in a case. */
export type Outcome =
  | { readonly kind: 'give'; readonly value: Json }
  | { readonly kind: 'fail'; readonly error: ErrorData }
  | { readonly kind: 'silence' };

/** What becomes of an approval: `by` is one of those who are asked, without. */
export type Answer =
  | {
      readonly kind: 'approve' | 'reject';
      readonly by?: string | undefined;
      readonly data?: Json | undefined;
    }
  | { readonly kind: 'change'; readonly by?: string | undefined; readonly comment?: string | undefined }
  | { readonly kind: 'silence' };

/** How the run of a SUB_WORKFLOW ends. */
export type ChildEnd =
  | {
      readonly kind: 'end';
      readonly status: string;
      readonly output?: Json | undefined;
      readonly error?: ErrorData | undefined;
    }
  | { readonly kind: 'silence' };

/** What comes with a signal, or that it never comes. */
export type SignalData = { readonly kind: 'give'; readonly value: Json } | { readonly kind: 'silence' };

type Named<Value> = Readonly<Record<string, Value>>;

/** What a person expects of a run: what is not named may be anything. */
export type Expectation = {
  readonly status?: string | undefined;
  /** These complete in this order; others may between. */
  readonly path?: readonly string[] | undefined;
  /** The statuses of tasks. */
  readonly tasks?: Named<string> | undefined;
  readonly output?: Json | undefined;
  readonly error?: Named<Json> | undefined;
};

/**
 * One case of a `*.test.yaml`: what comes from outside, and what is expected then. Results and children go by the ids
 * of their tasks, or by their addresses; where there are several the last one counts for every further attempt.
 */
export type TestCase = {
  readonly name: string;
  /** Where it is in its file, from 1. */
  readonly line: number;
  readonly input: Named<Json>;
  readonly results: Named<readonly Outcome[]>;
  readonly answers: Named<readonly Answer[]>;
  readonly signals: Named<SignalData>;
  readonly children: Named<readonly ChildEnd[]>;
  readonly expect: Expectation;
};

/** What came of a case; `problems` says in words why it is not `ok`. */
export type CaseResult = {
  readonly name: string;
  readonly line: number;
  readonly ok: boolean;
  readonly problems: readonly string[];
};
