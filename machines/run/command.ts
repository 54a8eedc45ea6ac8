import type { Json } from '../../events/canonical-json.ts';
import type { ErrorData } from '../../events/error-data.ts';
import type { Timer } from './timers.ts';

type OfAttempt = { readonly task: string; readonly attempt: number };
/** Who carried the attempt out, and when that began (ISO 8601, UTC). */
type ByWorker = OfAttempt & { readonly worker: string; readonly startedAt: string };
type Answer = {
  readonly task: string;
  readonly by: string;
  readonly comment?: string | undefined;
  readonly data?: Json | undefined;
};

/** A request to a run. It may be refused; what it leads to is a fact. */
export type Command =
  | { readonly kind: 'startRun'; readonly run: string; readonly input: Readonly<Record<string, Json>> }
  /** `again`: the attempt had begun before, in an engine that is gone. */
  | ({ readonly kind: 'startTask'; readonly worker: string; readonly again?: boolean } & OfAttempt)
  | ({
      readonly kind: 'heartbeat';
      readonly progress?: { readonly percent?: number; readonly message?: string };
    } & OfAttempt)
  | ({ readonly kind: 'completeTask'; readonly output: Json } & ByWorker)
  | ({ readonly kind: 'failTask'; readonly error: ErrorData } & ByWorker)
  /** `tooLarge`: what came of it was larger than a record may be. */
  | { readonly kind: 'evaluate'; readonly task: string; readonly tooLarge?: boolean }
  | { readonly kind: 'conclude'; readonly tooLarge?: boolean }
  | { readonly kind: 'fireTimer'; readonly timer: Timer }
  | ({ readonly kind: 'approve' } & Answer)
  | ({ readonly kind: 'reject' } & Answer)
  | { readonly kind: 'pauseRun' | 'resumeRun' | 'terminateRun'; readonly reason?: string | undefined };

/** Why a command creates no event: a stable dotted `code` for programs, a sentence for people. */
export type Refusal = { readonly code: string; readonly message: string };
