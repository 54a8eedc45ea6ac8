import { JournalUnavailable } from '../../../ports/runs/journal.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { isPassing } from '../connection/retry.ts';
import { type StreamInfo, streamInfo } from '../connection/streams.ts';
import { closedBy, generationIn } from './generation-state.ts';

/** The streams that hold the journal: one, or two while it is carried over. */
export type FoundJournal = {
  /** The one to read. Undefined where there is none at all. */
  readonly current: StreamInfo | undefined;
  /** One that is being filled, or was left. */
  readonly next: StreamInfo | undefined;
  /** One whose messages are all in the current one. */
  readonly old: StreamInfo | undefined;
  /** Whether nobody answers for the stream that may be filled: where the current one is closed, that is not known. */
  readonly isSilent: boolean;
};

/**
 * Looks at both places where the journal may be. As long as the generation before is there and open, it is the one that
 * counts, whatever is said of the other.
 */
export async function findJournal(link: Link, names: Names): Promise<FoundJournal> {
  const places = [names.journalStream, names.secondJournalStream];
  const looked = await Promise.allSettled(places.map((stream) => streamInfo(link, stream)));
  const failed = looked.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  const there = looked.flatMap((each) =>
    each.status === 'fulfilled' && each.value !== undefined ? [each.value] : [],
  );
  const [one, other] = there;
  if (failed.length > 0) {
    const known = one !== undefined && generationIn(one.config)?.phase === undefined;
    if (!known || failed.some((error) => !isPassing(error))) throw failed[0];

    return { current: one, next: undefined, old: undefined, isSilent: true };
  }
  if (one === undefined || other === undefined) return alone(one);

  return generationIn(one.config)?.phase === undefined ? ordered(one, other) : ordered(other, one);
}

function alone(current: StreamInfo | undefined): FoundJournal {
  if (current !== undefined && generationIn(current.config)?.phase === 'carrying')
    throw new JournalUnavailable(
      `the stream ${current.config.name} holds only a part of the journal, and the stream that held all of it is gone; ` +
        'bring back a backup: docs/backup.md',
    );

  return { current, next: undefined, old: undefined, isSilent: false };
}

function ordered(before: StreamInfo, after: StreamInfo): FoundJournal {
  const said = generationIn(after.config);
  const isWhole = said?.phase === 'whole' && closedBy(before.config) === said.carrier;

  return isWhole
    ? { current: after, next: undefined, old: before, isSilent: false }
    : { current: before, next: after, old: undefined, isSilent: false };
}

/** Whether the journal is being carried over, by somebody who may be gone. */
export function isMoving({ current, next, old, isSilent }: FoundJournal): boolean {
  if (next !== undefined || old !== undefined) return true;
  if (current === undefined) return false;
  if (isSilent) return closedBy(current.config) !== undefined;

  return (closedBy(current.config) ?? generationIn(current.config)?.phase) !== undefined;
}

/** Who carries the journal over, or did. */
export function carrierOf({ current, next }: FoundJournal): string | undefined {
  if (next !== undefined) return generationIn(next.config)?.carrier;
  if (current === undefined) return undefined;

  return closedBy(current.config) ?? generationIn(current.config)?.carrier;
}
