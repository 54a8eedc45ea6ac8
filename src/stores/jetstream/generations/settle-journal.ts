import { setTimeout as delay } from 'node:timers/promises';
import { NoRespondersError, RequestError } from '@nats-io/transport-node';
import { fenced, fenceIn } from '../connection/fence.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import type { StreamInfo, StreamSettings } from '../connection/streams.ts';
import { removeStream, updateStream } from './change-stream.ts';
import { carrierOf, type FoundJournal, findJournal, isMoving } from './find-journal.ts';
import { closedBy, generationIn, reopened, withGeneration } from './generation-state.ts';

/** Whether somebody is there is asked for so long. */
const ANSWER_MS_MAX = 2_000;
/** Longer than it takes a carrier to look and then to remove the old generation. */
const LEFT_MS = 3_000;

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
 * The carrier looks once more at what it has made before it removes the old generation, at once; and who goes back says
 * so first, and looks whether it came too late.
 */
async function settle(link: Link, names: Names, found: FoundJournal): Promise<void> {
  const carrier = carrierOf(found);
  if (carrier === undefined) return;
  // Nobody answers for the next one. As long as the one before is there the next one is not in use, and it counts no
  // more once the one before is open again.
  if (found.isSilent) return goBack(link, names, found, carrier);
  if (found.next === undefined) return goForward(link, names, found);
  await updateStream(link, found.next.config.name, (settings) => {
    const said = generationIn(settings);
    return said?.carrier === carrier ? withGeneration(settings, { ...said, phase: 'left' }) : undefined;
  });
  await delay(LEFT_MS);
  const later = await findJournal(link, names);
  // Somebody else may have settled it meanwhile, and another carrier have begun.
  if (!isMoving(later) || carrierOf(later) !== carrier) return;
  await (later.next === undefined ? goForward(link, names, later) : goBack(link, names, later, carrier));
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

/** The next generation of this carrier is not whole: the old one goes on. */
export async function goBack(
  link: Link,
  names: Names,
  { current, next }: Pick<FoundJournal, 'current' | 'next'>,
  carrier: string,
): Promise<void> {
  if (next !== undefined)
    await removeStream(link, next.config.name, (settings) => {
      const said = generationIn(settings);
      return said?.carrier === carrier && said.phase !== undefined;
    });
  if (current !== undefined)
    await updateStream(link, current.config.name, (settings) =>
      closedBy(settings) === carrier ? reopened(settings, names) : undefined,
    );
}

/**
 * The current generation is whole: the old one goes, and the current one takes what is appended, unless the site was
 * fenced off meanwhile.
 */
export async function goForward(
  link: Link,
  names: Names,
  { current, old }: Pick<FoundJournal, 'current' | 'old'>,
): Promise<void> {
  if (current === undefined) return;
  const carrier = generationIn(current.config)?.carrier ?? closedBy(current.config);
  if (old !== undefined)
    await removeStream(link, old.config.name, (settings) => closedBy(settings) === carrier);
  await updateStream(link, current.config.name, (settings) => {
    const mine = generationIn(settings)?.carrier ?? closedBy(settings);
    return mine === carrier ? inUse(settings, names, old) : undefined;
  });
}

/** With the subjects of a journal, and nothing that changes where messages are stored. */
function inUse(settings: StreamSettings, names: Names, old: StreamInfo | undefined): StreamSettings {
  const { subject_transform: _, ...open } = reopened(settings, names);
  const state = generationIn(settings);
  const { phase: __, ...rest } = state ?? {};
  const used = state === undefined ? open : withGeneration(open, rest as typeof state);
  const fence = fenceIn(settings) === undefined ? fenceIn(old?.config) : undefined;

  return fence === undefined ? used : fenced(used, fence);
}
