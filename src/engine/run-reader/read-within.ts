import { resultWithin, type Timer } from '../../lib/deadline.ts';
import { type Journal, JournalUnavailable, type Stored } from '../../ports/runs/journal.ts';

/** A cluster elects a leader within 4 to 8 s. */
const answerMsMax = 10_000;

/**
 * A journal of which every message comes within 10 s, or it rejects with JournalUnavailable: what moves is waited for
 * however long it takes, and what does not is not.
 */
export function readWithin(journal: Journal, timer: Timer, limitMs: number = answerMsMax): Journal {
  async function inTime<Answer>(what: string, answer: Promise<Answer>): Promise<Answer> {
    // Wrapped, because an answer may be undefined as well.
    const wrapped = answer.then((value) => ({ value }));
    const answered = await resultWithin(timer, limitMs, wrapped);
    if (answered === undefined)
      throw new JournalUnavailable(
        `the journal gave no answer within ${limitMs / 1000} s when ${what} was read`,
      );

    return answered.value;
  }

  async function* eachInTime(what: string, messages: AsyncIterable<Stored>): AsyncGenerator<Stored> {
    const iterator = messages[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await inTime(what, iterator.next());
        if (done === true) return;
        yield value;
      }
    } finally {
      // Nobody waits for what hangs.
      iterator.return?.().catch(() => undefined);
    }
  }

  return {
    ...journal,
    read: (run, options) => eachInTime(`run ${run}`, journal.read(run, options)),
    last: (run) => inTime(`the last event of ${run}`, journal.last(run)),
    end: () => inTime('its end', journal.end()),
    lastOfEach: () => eachInTime('the list of runs', journal.lastOfEach()),
  };
}
