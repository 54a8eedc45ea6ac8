import { setTimeout as delay } from 'node:timers/promises';
import { NoRespondersError, RequestError } from '@nats-io/transport-node';
import { ApiRefusal } from '../connection/jetstream-errors.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { patiently } from '../connection/retry.ts';
import { STREAM_NOT_FOUND, type StreamInfo, type StreamSettings, streamInfo } from '../connection/streams.ts';
import { closedBy, generationIn, reopened, withGeneration } from './generation-state.ts';

/** Whether somebody is there is asked for so long. */
const ANSWER_MS_MAX = 2_000;
/** Longer than it takes a carrier to look and then to remove the old generation. */
const LEFT_MS = 3_000;

/** The streams that hold the journal: one, or two while it is carried over. */
export type FoundJournal = {
  /** The one to read. Undefined where there is none at all. */
  readonly current: StreamInfo | undefined;
  /** One that is being filled. */
  readonly next: StreamInfo | undefined;
  /** One whose messages are all in the current one. */
  readonly old: StreamInfo | undefined;
};

/** Looks at both places where the journal may be. */
export async function findJournal(link: Link, names: Names): Promise<FoundJournal> {
  const there = await Promise.all(
    [names.journalStream, names.secondJournalStream].map((stream) => streamInfo(link, stream)),
  );
  const found = there.filter((info) => info !== undefined);
  const phaseOf = ({ config }: StreamInfo) => generationIn(config)?.phase;
  const whole = found.find((info) => phaseOf(info) === 'whole');
  const open = whole ?? found.find((info) => phaseOf(info) === undefined);
  // Only one that was whole can be without the one before, whatever somebody said of it since.
  const current = open ?? found[0];
  const other = found.find((info) => info !== current);

  return whole === undefined
    ? { current, next: other, old: undefined }
    : { current, next: undefined, old: other };
}

/** Whether the journal is being carried over, by somebody who may be gone. */
export function isMoving({ current, next, old }: FoundJournal): boolean {
  if (next !== undefined || old !== undefined) return true;

  return (
    current !== undefined && (closedBy(current.config) ?? generationIn(current.config)?.phase) !== undefined
  );
}

/**
 * Ends what a carrier that is gone has left: goes back while the next generation is not whole, and forward once it is.
 * Does nothing while the carrier is there, and for users that may not make streams. Resolves with how it is now.
 */
export async function settleJournal(link: Link, names: Names): Promise<FoundJournal> {
  const found = await findJournal(link, names);
  const carrier = carrierOf(found);
  if (!link.mayLead || !isMoving(found)) return found;
  if (carrier !== undefined && (await isThere(link, names.carrierSubject(carrier)))) return found;
  await settle(link, names, await findJournal(link, names));

  return findJournal(link, names);
}

/**
 * No request to the server is made on a condition. So the carrier looks once more at what it has made before it removes
 * the old generation, at once; and who goes back says so first, and looks whether it came too late.
 */
async function settle(link: Link, names: Names, { current, next, old }: FoundJournal): Promise<void> {
  if (next === undefined) return goForward(link, names, { current, old });
  const said = generationIn(next.config);
  if (said === undefined) return;
  await updateStream(link, withGeneration(next.config, { ...said, phase: 'left' }));
  await delay(LEFT_MS);
  const later = await findJournal(link, names);
  const left = later.next && generationIn(later.next.config);
  // Somebody else may have settled it meanwhile, and another carrier have begun.
  if (left?.phase === 'left' && left.carrier === said.carrier) return goBack(link, names, later);
  const whole = later.current && generationIn(later.current.config);
  if (whole?.phase !== undefined && whole.carrier === said.carrier) await goForward(link, names, later);
}

function carrierOf({ current, next }: FoundJournal): string | undefined {
  if (next !== undefined) return generationIn(next.config)?.carrier;
  if (current === undefined) return undefined;

  return closedBy(current.config) ?? generationIn(current.config)?.carrier;
}

/** Where nobody answers because nobody listens, it is gone. Everything else leaves it open. */
async function isThere(link: Link, subject: string): Promise<boolean> {
  try {
    await link.connection.request(subject, '', { timeout: ANSWER_MS_MAX });
    return true;
  } catch (error) {
    const isNobody =
      error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders());

    return !isNobody;
  }
}

/** The next generation is not whole: the old one goes on. */
export async function goBack(
  link: Link,
  names: Names,
  { current, next }: Pick<FoundJournal, 'current' | 'next'>,
): Promise<void> {
  if (next !== undefined) await removeStream(link, next.config.name);
  if (current !== undefined && closedBy(current.config) !== undefined)
    await updateStream(link, reopened(current.config, names));
}

/** The current generation is whole: the old one goes, and the current one takes what is appended. */
export async function goForward(
  link: Link,
  names: Names,
  { current, old }: Pick<FoundJournal, 'current' | 'old'>,
): Promise<void> {
  if (old !== undefined) await removeStream(link, old.config.name);
  if (current !== undefined) await updateStream(link, inUse(current.config, names));
}

/** With the subjects of a journal, and nothing that changes where messages are stored. */
function inUse(settings: StreamSettings, names: Names): StreamSettings {
  const { subject_transform: _, ...open } = reopened(settings, names);
  const state = generationIn(settings);
  if (state === undefined) return open;
  const { phase: __, ...rest } = state;

  return withGeneration(open, rest);
}

export function updateStream(link: Link, settings: StreamSettings): Promise<StreamInfo> {
  return patiently(link, () => link.api<StreamInfo>(`STREAM.UPDATE.${settings.name}`, settings));
}

/** Resolves also where it is gone already. */
export async function removeStream(link: Link, stream: string): Promise<void> {
  await patiently(link, async () => {
    try {
      await link.api(`STREAM.DELETE.${stream}`, {});
    } catch (error) {
      if (!(error instanceof ApiRefusal && error.errCode === STREAM_NOT_FOUND)) throw error;
    }
  });
}
