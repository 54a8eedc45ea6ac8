import type { Stored } from '../../ports/journal.ts';
import { within } from '../../ports/within.ts';
import { mayBeTold } from './outbound-of.ts';
import { pausing } from './pausing.ts';
import { createRelayLanes, type RelayLanesDeps } from './relay-lanes.ts';
import type { RelayMark } from './relay-mark.ts';
import { createRelayProgress } from './relay-progress.ts';

/** So many messages are told of at a time, each of another run. */
const atOnceMax = 256;
const markEveryMs = 1_000;
/** What is under way when it is to stop may take so long, and the mark as well. */
const stopMs = 1_000;

/**
 * Tells other programs what the journal holds behind the mark, until the signal aborts, and moves the mark. What was
 * told behind the mark is told again by whoever begins there: with the same ids, and still in order.
 */
export async function relay(
  deps: RelayLanesDeps,
  about: { readonly messages: AsyncIterable<Stored>; readonly mark: RelayMark; readonly signal: AbortSignal },
): Promise<void> {
  const { clock, onTrouble } = deps;
  const { messages, mark, signal } = about;
  const progress = createRelayProgress(mark.position, atOnceMax);
  const lanes = createRelayLanes(deps, signal);
  let marked = mark.position;

  async function moveMark(): Promise<void> {
    const done = progress.done();
    if (done <= marked) return;
    await mark.moveTo(done);
    marked = done;
  }

  async function keepMark(): Promise<void> {
    let isDown = false;
    while (!signal.aborted) {
      await pausing(clock, markEveryMs, signal);
      await moveMark().then(
        () => {
          isDown = false;
        },
        (error: unknown) => {
          if (!isDown) onTrouble(error);
          isDown = true;
        },
      );
    }
  }

  const keeping = keepMark();
  for await (const stored of messages) {
    if (mayBeTold(stored)) {
      await progress.room(signal);
      progress.begin(stored.position);
      // Rejected, it was not told: the mark stays before it.
      lanes.tell(stored).then(() => progress.end(stored.position), nothing);
    }
    progress.seen(stored.position);
  }
  await within(clock, stopMs, lanes.idle());
  await within(clock, stopMs, keeping.then(moveMark));
}

function nothing(): void {}
