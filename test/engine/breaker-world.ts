// What the tests of circuit breakers share: a journal in memory into which outcomes of attempts are planted, and a
// clock that the test moves.
import { createMemoryJournal, type MemoryJournal } from '../../src/stores/memory/journal.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';
import { recordBody } from '../support/records.ts';

export const circuitBreaker = { failures: 2, windowMs: 10_000, openForMs: 60_000, halfOpen: 2 };
export const pay = { id: 'pay', circuitBreaker };
export const ship = { id: 'ship', circuitBreaker };

export type Fact = {
  readonly type?: string;
  readonly task?: string;
  readonly attempt?: number;
  readonly timer?: string;
};
export type Where = { readonly run?: string; readonly definition?: string; readonly moves?: boolean };

const error = { code: 'broke', message: 'it broke', retryable: true };

export type BreakerWorld = {
  readonly clock: ManualClock;
  readonly journal: MemoryJournal;
  /** Plants a record of now, by default of a failed attempt at `pay`, and lets happen what follows from it. */
  readonly record: (fact?: Fact, where?: Where) => Promise<void>;
};

export function createBreakerWorld(): BreakerWorld {
  const clock = createManualClock();
  const journal = createMemoryJournal(clock);

  async function record({ type = 'task.failed', ...fact }: Fact = {}, where: Where = {}): Promise<void> {
    const time = new Date(clock.now()).toISOString();
    const { run = 'run-1', definition = 'shop', moves = true } = where;
    const head = { definition: { id: definition, version: 1, hash: '0' }, status: 'RUNNING', startedAt: '' };
    const data = {
      // Each type takes what it needs of it.
      fact: { task: 'pay', attempt: 1, worker: 'w', output: null, error, dueAt: time, ...fact },
      transitions: moves ? [{ task: 'pay', from: 'in_progress', to: 'failed' }] : [],
      head: { ...head, settled: 0, tasks: 1, active: [] },
    };
    journal.plant({ run, body: recordBody(run, { type, time, data }) });
    await letHappen();
  }

  return { clock, journal, record };
}

/** Everything in memory that waits for nothing else has happened by then. */
export const letHappen = () => new Promise<void>((resolve) => setImmediate(resolve));
