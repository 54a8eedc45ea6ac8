import { z } from 'zod';
import { messageOf } from '../../../lib/text.ts';
import type { Alert, AlertWire } from '../../../ports/events/alert-delivery.ts';
import type { EventInbox } from '../../../ports/events/event-inbox.ts';
import { type EventPublisher, EventsUnavailable } from '../../../ports/events/event-publisher.ts';
import type { EventOutcomes } from '../../../ports/events/outcome-filter.ts';
import type { MarkStore } from '../../../ports/mark-store.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { readMessage } from '../journal/journal-read.ts';
import { type Bucket, createBucket } from '../kv/bucket.ts';
import { createMarkStore } from '../kv/mark-store.ts';
import { createJetStreamEventInbox, ensureEventStream } from './event-inbox.ts';
import { createJetStreamEventOutcomes } from './event-outcomes.ts';
import { createJetStreamEventPublisher } from './event-publisher.ts';

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
  readonly events: EventPublisher;
  readonly inbox: EventInbox;
  readonly outcomes: EventOutcomes;
  readonly triggerMarks: MarkStore;
  readonly alertWire: AlertWire;
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
    triggerMarks: createMarkStore(createTriggersBucket(source), { leaves: 'nothing' }),
    alertWire: createAlertWire(source),
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
