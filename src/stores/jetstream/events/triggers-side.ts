import { z } from 'zod';
import { EventOutcome } from '../../../../events/event-outcome.ts';
import { fittingOutcome, isWanted } from '../../../../machines/triggers/kept-outcome.ts';
import { messageOf } from '../../../lib/text.ts';
import type { Alert, AlertWire } from '../../../ports/events/alert-delivery.ts';
import type { EventInbox } from '../../../ports/events/event-inbox.ts';
import {
  type EventAudience,
  type EventPublisher,
  EventsUnavailable,
} from '../../../ports/events/event-publisher.ts';
import type { EventOutcomes, NotedOutcome, OutcomeFilter } from '../../../ports/events/outcome-filter.ts';
import type { MarkStore } from '../../../ports/mark-store.ts';
import type { KpiRecords } from '../../../ports/runs/kpi-records.ts';
import type { LiveOutput } from '../../../ports/work/live-output.ts';
import { refusedByServer } from '../connection/jetstream-errors.ts';
import { createLazyStream, type LazyStream } from '../connection/lazy-stream.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import type { StoredMessage } from '../connection/stored-message.ts';
import type { StreamSettings } from '../connection/streams.ts';
import { readMessage } from '../journal/journal-read.ts';
import { createJetStreamKpiRecords } from '../journal/kpi-records.ts';
import { type TailOptions, tail } from '../journal/tail-session.ts';
import { type Bucket, createBucket } from '../kv/bucket.ts';
import { createMarkStore } from '../kv/mark-store.ts';
import { createJetStreamEventInbox, ensureEventStream } from './event-inbox.ts';
import { createJetStreamEventPublisher } from './event-publisher.ts';
import { createLiveOutput } from './live-output.ts';

/** The time without a heartbeat after which the server gives an event to another engine. */
const EVENT_SILENT_MS = 10_000;

const Told = z.object({
  id: z.string(),
  rule: z.string(),
  on: z.string(),
  subject: z.string(),
  text: z.string(),
  at: z.string(),
  run: z.string().optional(),
  link: z.string().optional(),
});

/** What starts and wakes runs, and what runs tell others. */
export type TriggersSide = {
  readonly events: EventPublisher & EventAudience;
  readonly inbox: EventInbox;
  readonly outcomes: EventOutcomes;
  readonly triggerMarks: MarkStore;
  readonly alertWire: AlertWire;
  readonly live: LiveOutput;
  readonly kpis: KpiRecords;
  /** From then on events are kept, whoever publishes them. Rejects with EventsUnavailable, StreamMisconfigured. */
  openEvents(): Promise<void>;
};

export function createTriggersSide(source: {
  readonly link: Link;
  readonly names: Names;
  readonly replicas: number;
  readonly eventSilentMs?: number | undefined;
}): TriggersSide {
  const { eventSilentMs: silentMs = EVENT_SILENT_MS } = source;
  const outcomes = createJetStreamEventOutcomes(source);

  return {
    events: createJetStreamEventPublisher(source),
    inbox: createJetStreamEventInbox({ ...source, silentMs, outcomes }),
    outcomes,
    kpis: createJetStreamKpiRecords(source),
    triggerMarks: createMarkStore(createTriggersBucket(source), { leaves: 'nothing' }),
    alertWire: createAlertWire(source),
    live: createLiveOutput(source),
    openEvents: () => ensureEventStream(source),
  };
}

function createTriggersBucket({ link, names, replicas }: Parameters<typeof createTriggersSide>[0]): Bucket {
  return createBucket({
    ...{ link, replicas, bucket: names.triggersBucket },
    giveUp: (reason, cause) =>
      new EventsUnavailable(
        `what is kept about triggers cannot be read or changed: ${reason}; run \`workflow doctor\``,
        { cause },
      ),
  });
}

/** Alerts as plain messages that nobody stores: whoever is not there hears nothing of them. */
function createAlertWire({ link, names }: { readonly link: Link; readonly names: Names }): AlertWire {
  const subject = names.alertSubject;
  const listeners = new Set<(alert: Alert) => void>();
  let stop: (() => void) | undefined;

  function subscribe(): () => void {
    const subscription = link.connection.subscribe(subject, {
      callback: (error, message) => {
        const alert = error === null ? alertIn(message.string()) : undefined;
        if (alert !== undefined) for (const listener of [...listeners]) listener(alert);
      },
    });

    return () => subscription.unsubscribe();
  }

  return {
    send: (alert) => {
      try {
        if (link.isUp()) link.connection.publish(subject, JSON.stringify(alert));
      } catch (error) {
        link.tell(`an alert could not be told to other engines: ${messageOf(error)}`);
      }
    },
    onAlert: (listener) => {
      listeners.add(listener);
      stop ??= subscribe();

      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        stop?.();
        stop = undefined;
      };
    },
  };
}

/** An engine of another version may say more, or what is no alert to us. */
function alertIn(text: string): Alert | undefined {
  const told = readMessage(Told, text);
  if (told === undefined) return undefined;
  const { run, link, ...alert } = told;

  return { ...alert, ...(run === undefined ? {} : { run }), ...(link === undefined ? {} : { link }) };
}

type Source = { readonly link: Link; readonly names: Names; readonly replicas: number };

const SECOND_NANOS = 1_000_000_000;
const KEPT_NANOS = 30 * 24 * 60 * 60 * SECOND_NANOS;
const OUTCOMES_MAX = 1_000_000;
/** Retention is left to the operator of the server. */
const RETENTION: ReadonlySet<string> = new Set(['max_age', 'max_msgs', 'max_bytes']);

/** Outcomes on a stream, one subject each, which says the status, the type and the position. */
function createJetStreamEventOutcomes(source: Source): EventOutcomes {
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

type Opened = Pick<Source, 'link' | 'names'> & { readonly stream: LazyStream };
type Span = { readonly filter: string; readonly from: number; readonly until: number };

const FIRST_SPAN_MIN = 64;
const GROWTH = 8;
/** The most that the clocks of two engines may differ. */
const SKEW_MS_MAX = 10 * 60_000;

/**
 * The latest outcomes that are wanted, the latest first. A stream is read forwards only, so that its end is read, and
 * then a longer span before that, until there are enough.
 */
async function latestOutcomes(source: Opened, wanted: OutcomeFilter): Promise<readonly NotedOutcome[]> {
  const { limit, sinceMs = Number.NEGATIVE_INFINITY, before = Number.POSITIVE_INFINITY } = wanted;
  const filter = source.names.outcomeSubject(wanted);
  const last = await source.stream.last(filter);
  const found = new Map<number, NotedOutcome>();
  let until = Math.min(last?.seq ?? 0, before - 1);
  for (let span = Math.max(limit, FIRST_SPAN_MIN); until > 0 && found.size < limit; span *= GROWTH) {
    const from = Math.max(1, until - span + 1);
    const outcomes = await outcomesBetween(source, { filter, from, until });
    for (const noted of outcomes.toReversed()) {
      const { position } = noted.outcome;
      const isNew = isWanted(noted.outcome, wanted) && !found.has(position);
      if (isNew && found.size < limit) found.set(position, noted);
    }
    const [oldest] = outcomes;
    if (oldest !== undefined && Date.parse(oldest.outcome.at) < sinceMs - SKEW_MS_MAX) break;
    until = from - 1;
  }

  return [...found.values()];
}

async function outcomesBetween(
  { link, names }: Opened,
  { filter, from: seq, until }: Span,
): Promise<NotedOutcome[]> {
  const from = { kind: 'position', seq } as const;
  const options = { stream: names.outcomesStream, filter, from, current: true, givesUp: true };
  const outcomes: NotedOutcome[] = [];
  try {
    for await (const { seq: at, body } of storedBy(link, options)) {
      if (at > until) break;
      const outcome = readMessage(EventOutcome, body);
      if (outcome !== undefined) outcomes.push({ place: at, outcome });
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
