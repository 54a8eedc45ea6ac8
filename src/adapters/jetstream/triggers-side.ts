import type { AlertWire } from '../../ports/alert-feed.ts';
import type { EventInbox } from '../../ports/event-inbox.ts';
import type { EventOutcomes } from '../../ports/event-outcomes.ts';
import type { EventPublisher } from '../../ports/event-publisher.ts';
import type { TriggerMarks } from '../../ports/trigger-marks.ts';
import { createAlertWire } from './alert-wire.ts';
import { createJetStreamEventInbox, EVENT_SILENT_MS } from './event-inbox.ts';
import { createJetStreamEventOutcomes } from './event-outcomes.ts';
import { createJetStreamEventPublisher } from './event-publisher.ts';
import { ensureEventStream } from './event-stream.ts';
import type { Link } from './link.ts';
import type { Names } from './names.ts';
import { createTriggerMarks } from './trigger-marks.ts';

/** What starts and wakes runs, and what runs tell others. */
export type TriggersSide = {
  readonly events: EventPublisher;
  readonly inbox: EventInbox;
  readonly outcomes: EventOutcomes;
  readonly triggerMarks: TriggerMarks;
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
    triggerMarks: createTriggerMarks(source),
    alertWire: createAlertWire(source),
    openEvents: () => ensureEventStream(source),
  };
}
