import type { CloudEvent } from '../../../events/cloud-event.ts';

export type PublishOptions = {
  /** Who publishes, which the server vouches for where users have their own rights; engines publish as nobody. */
  readonly as?: string;
  /** False: it may be there twice after a lost answer, and costs the server no memory of its id. */
  readonly once?: boolean;
};

/** False: an event with its source and id had been stored before, and nothing new was. */
export type Published = { readonly stored: boolean };

/** Publishes events of runs for whoever listens: triggers of other definitions, other programs. */
export interface EventPublisher {
  /**
   * Resolves when the event is stored durably. An event whose source and id were published in the last ten minutes is
   * not published again, so that trying once more after a lost answer is safe. Tries for 30 s while the broker cannot
   * be reached; what an earlier try of the same call stored counts as stored now. Rejects with EventTooLarge,
   * EventsUnavailable, or RangeError for a type that `isEventType` refuses.
   */
  publish(event: CloudEvent, options?: PublishOptions): Promise<Published>;
}

/** Whoever listens to events besides the engines. */
export interface EventAudience {
  /** Whether anybody has a consumer of events. Rejects where that cannot be told now. */
  isHeard(): Promise<boolean>;
}

/** The event is larger than one message may be. The reaction: fail the task; publish a reference to the data. */
export class EventTooLarge extends Error {
  override readonly name = 'EventTooLarge';
  readonly code = 'event.too-large';

  constructor(id: string, bytes: number, bytesMax: number) {
    super(
      `event ${id} has ${bytes} bytes, more than the ${bytesMax} that one message holds; ` +
        'publish where its data can be found in place of the data',
    );
  }
}

/** The broker could not be reached for as long as an event is tried, or does not take it. The reaction: try later. */
export class EventsUnavailable extends Error {
  override readonly name = 'EventsUnavailable';
  readonly code = 'event.unavailable';
}
