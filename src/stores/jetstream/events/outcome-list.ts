import { EventOutcome } from '../../../../events/event-outcome.ts';
import { isWanted } from '../../../../machines/triggers/kept-outcome.ts';
import { messageOf } from '../../../lib/text.ts';
import { EventsUnavailable } from '../../../ports/events/event-publisher.ts';
import type { OutcomeFilter } from '../../../ports/events/outcome-filter.ts';
import { refusedByServer } from '../connection/jetstream-errors.ts';
import type { LazyStream } from '../connection/lazy-stream.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import type { StoredMessage } from '../connection/stored-message.ts';
import { readMessage } from '../journal/journal-read.ts';
import { type TailOptions, tail } from '../journal/tail-session.ts';

type Source = { readonly link: Link; readonly names: Names; readonly stream: LazyStream };
type Span = { readonly filter: string; readonly from: number; readonly until: number };

const FIRST_SPAN_MIN = 64;
const GROWTH = 8;
/** The most that the clocks of two engines may differ. */
const SKEW_MS_MAX = 10 * 60_000;

/**
 * The latest outcomes that are wanted, the latest first. A stream is read forwards only, so that its end is read, and
 * then a longer span before that, until there are enough.
 */
export async function latestOutcomes(
  source: Source,
  wanted: OutcomeFilter,
): Promise<readonly EventOutcome[]> {
  const { limit, sinceMs = Number.NEGATIVE_INFINITY } = wanted;
  const filter = source.names.outcomeSubject(wanted);
  const last = await source.stream.last(filter);
  const found = new Map<number, EventOutcome>();
  let until = last?.seq ?? 0;
  for (let span = Math.max(limit, FIRST_SPAN_MIN); until > 0 && found.size < limit; span *= GROWTH) {
    const from = Math.max(1, until - span + 1);
    const outcomes = await outcomesBetween(source, { filter, from, until });
    for (const outcome of outcomes.toReversed()) {
      const isNew = isWanted(outcome, wanted) && !found.has(outcome.position);
      if (isNew && found.size < limit) found.set(outcome.position, outcome);
    }
    const [oldest] = outcomes;
    if (oldest !== undefined && Date.parse(oldest.at) < sinceMs - SKEW_MS_MAX) break;
    until = from - 1;
  }

  return [...found.values()];
}

async function outcomesBetween(
  { link, names }: Source,
  { filter, from: seq, until }: Span,
): Promise<EventOutcome[]> {
  const from = { kind: 'position', seq } as const;
  const options = { stream: names.outcomesStream, filter, from, current: true, givesUp: true };
  const outcomes: EventOutcome[] = [];
  try {
    for await (const { seq: at, body } of storedBy(link, options)) {
      if (at > until) break;
      const outcome = readMessage(EventOutcome, body);
      if (outcome !== undefined) outcomes.push(outcome);
      if (at === until) break;
    }
  } catch (error) {
    throw refusedByServer(link.user, error) ?? unavailable(error);
  }

  return outcomes;
}

/** The messages that were there when reading began. */
async function* storedBy(link: Link, options: TailOptions): AsyncGenerator<StoredMessage, void, undefined> {
  for await (const item of tail(link, options)) {
    if (item.kind === 'caught-up') return;
    if (item.kind === 'message') yield item.message;
  }
}

function unavailable(cause: unknown): EventsUnavailable {
  return new EventsUnavailable(`what became of events cannot be read: ${messageOf(cause)}`, { cause });
}
