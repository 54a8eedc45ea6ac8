import { EventOutcome } from '../../../../events/event-outcome.ts';
import { fittingOutcome } from '../../../../machines/triggers/kept-outcome.ts';
import { EventsUnavailable } from '../../../ports/events/event-publisher.ts';
import type { EventOutcomes } from '../../../ports/events/outcome-filter.ts';
import { createLazyStream, type LazyStream } from '../connection/lazy-stream.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import type { StreamSettings } from '../connection/streams.ts';
import { readMessage } from '../journal/journal-read.ts';
import { latestOutcomes } from './outcome-list.ts';

type Source = { readonly link: Link; readonly names: Names; readonly replicas: number };

const SECOND_NANOS = 1_000_000_000;
const KEPT_NANOS = 30 * 24 * 60 * 60 * SECOND_NANOS;
const OUTCOMES_MAX = 1_000_000;
/** Retention is left to the operator of the server. */
const RETENTION: ReadonlySet<string> = new Set(['max_age', 'max_msgs', 'max_bytes']);

/** Outcomes on a stream, one subject each, which says the status, the type and the position. */
export function createJetStreamEventOutcomes(source: Source): EventOutcomes {
  const { link, names, replicas } = source;
  const stream = createLazyStream({
    link,
    settings: outcomeSettings(names, replicas),
    open: RETENTION,
    giveUp: (reason, cause) =>
      new EventsUnavailable(
        `what became of events cannot be read or noted: ${reason}; run \`workflow doctor\``,
        { cause },
      ),
  });

  return {
    note: (outcome) => note(source, stream, fittingOutcome(outcome)),
    list: (filter) => latestOutcomes({ link, names, stream }, filter),
    of: async (position) => {
      const last = await stream.last(names.outcomeSubject({ position }));

      return last && readMessage(EventOutcome, last.body);
    },
  };
}

function outcomeSettings(names: Names, replicas: number): StreamSettings {
  return {
    name: names.outcomesStream,
    subjects: [names.outcomeSubjects],
    storage: 'file',
    retention: 'limits',
    discard: 'old',
    max_age: KEPT_NANOS,
    max_msgs: OUTCOMES_MAX,
    max_msgs_per_subject: 1,
    // What is noted again is taken out where it was.
    deny_purge: false,
    allow_direct: false,
    // Message ids are never sent, so there is nothing to remember.
    duplicate_window: SECOND_NANOS,
    num_replicas: replicas,
  };
}

async function note({ link, names }: Source, stream: LazyStream, outcome: EventOutcome): Promise<void> {
  const subject = names.outcomeSubject(outcome);
  const ofPosition = names.outcomeSubject({ position: outcome.position });
  const body = JSON.stringify(outcome);
  const header = { 'Nats-Expected-Last-Subject-Sequence-Subject': ofPosition };
  if ((await stream.store({ subject, body, after: 0, header })) !== undefined) return;

  // The position was noted before, perhaps with another status and so on another subject.
  const seq = await stream.store({ subject, body });
  await stream.use(() => link.api(`STREAM.PURGE.${names.outcomesStream}`, { filter: ofPosition, seq }));
}
