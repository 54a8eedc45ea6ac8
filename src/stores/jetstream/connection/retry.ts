import {
  ClosedConnectionError,
  NoRespondersError,
  PermissionViolationError,
  RequestError,
  TimeoutError,
} from '@nats-io/transport-node';
import { backoffMs, retryUntilDone } from '../../../lib/retry.ts';
import { messageOf } from '../../../lib/text.ts';
import { JournalUnavailable } from '../../../ports/runs/journal.ts';
import { ApiRefusal, TooFewServers } from './jetstream-errors.ts';
import type { Link } from './link.ts';

/** The time limit for an operation on the journal. A cluster elects a leader within 4 to 8 s. */
export const PATIENCE_MS = 30_000;

const PAUSES = { firstMs: 10, mostMs: 250 };

/** Tries again while the failure may pass by itself, for 30 s; then rejects with what `giveUp` makes of it. */
export async function patiently<Result>(
  link: Link,
  action: () => Promise<Result>,
  giveUp: (error: unknown, problem?: string) => Error = unavailable,
): Promise<Result> {
  const since = performance.now();

  return retryUntilDone(
    () => whileUp(link, action),
    (error, failuresBefore) => {
      if (!isPassing(error) || performance.now() - since > PATIENCE_MS) {
        throw giveUp(error, link.lastProblem());
      }

      return pause(failuresBefore);
    },
  );
}

/** A request that is made while the connection is down is thrown away by the client, and waited for in vain. */
async function whileUp<Result>(link: Link, action: () => Promise<Result>): Promise<Result> {
  if (link.isUp()) return action();
  if (link.connection.isClosed()) throw new ClosedConnectionError();

  throw new RequestError('the connection is down');
}

/** Waits a little longer each time, and never as long as another who waits. */
export function pause(failuresBefore: number): Promise<void> {
  const delayMs = backoffMs(PAUSES, failuresBefore) * (0.5 + Math.random());

  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

/** Whether trying again may help: no answer, an election, an overloaded server. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ApiRefusal) return error.status >= 500;
  if (error instanceof TooFewServers) return error.mayPass;
  if (error instanceof RequestError) return !(error.cause instanceof PermissionViolationError);

  return error instanceof TimeoutError || error instanceof NoRespondersError;
}

/** The error for reading that failed for good. */
export function unavailable(reason: unknown, problem?: string): JournalUnavailable {
  const more = problem === undefined ? '' : ` (the server said: ${problem})`;

  return new JournalUnavailable(
    `the journal cannot be read: ${messageOf(reason)}${more}; run \`workflow doctor\``,
    {
      cause: reason,
    },
  );
}
