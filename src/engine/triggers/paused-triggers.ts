import { z } from 'zod';
import type { Clock } from '../../ports/clock.ts';
import type { FloodMark, PauseMark } from '../../ports/events/trigger-admin.ts';
import type { MarkStore } from '../../ports/mark-store.ts';
import { createMarks, type Marks, watchMarks } from '../marks.ts';

/** Which triggers somebody has paused, as of a moment ago. */
export type PausedTriggers = {
  /** Resolves once it is known at all. */
  readonly ready: Promise<void>;
  readonly of: (definition: string, trigger: string) => PauseMark | undefined;
  /** Calls back whenever one was paused or resumed, until the returned function is called. */
  readonly onChange: (listener: () => void) => () => void;
  readonly close: () => void;
};

/** A mark that somebody makes in another process counts here after so long at the latest. */
const marksEveryMs = 1_000;

const Mark = z.object({ by: z.string(), at: z.string(), reason: z.string().exactOptional() });

/** The key of the mark that a trigger is paused. */
export function pausedKey(definition: string, trigger: string): string {
  return `paused/${definition}/${trigger}`;
}

/** Which triggers are paused. A mark that holds no pause, such as null, is that of one that was resumed. */
export function createPauseMarks(store: MarkStore): Marks<PauseMark> {
  return createMarks(store, Mark);
}

const Flood = z.object({ at: z.string(), message: z.string() });

/** The key of the mark that a trigger got more events than its rate limit allows. */
export function floodedKey(trigger: string): string {
  return `flooded/${trigger}`;
}

/** When triggers began to refuse events the last time, by their keys, and why. */
export function createFloodMarks(store: MarkStore): Marks<FloodMark> {
  return createMarks(store, Flood);
}

/** Notes that a trigger, as `definition/trigger`, began to refuse events. */
export async function noteFlood(store: MarkStore, trigger: string, value: FloodMark): Promise<void> {
  await createFloodMarks(store).change(floodedKey(trigger), () => ({ to: { value }, result: undefined }));
}

/** `onTrouble` is told once when the marks cannot be read, until they can be again. What was known of them counts. */
export function createPausedTriggers({
  marks,
  clock,
  onTrouble,
}: {
  readonly marks: MarkStore;
  readonly clock: Clock;
  readonly onTrouble: (error: unknown) => void;
}): PausedTriggers {
  const listeners = new Set<() => void>();
  let paused: ReadonlyMap<string, PauseMark> = new Map();
  const pauses = createPauseMarks(marks);
  const watch = watchMarks({
    read: () => pauses.values('paused'),
    everyMs: marksEveryMs,
    clock,
    onTrouble,
    onChange: (found) => {
      paused = found;
      for (const listener of [...listeners]) listener();
    },
  });

  return {
    ready: watch.known,
    of: (definition, trigger) => paused.get(pausedKey(definition, trigger)),
    onChange: (listener) => {
      listeners.add(listener);

      return () => void listeners.delete(listener);
    },
    close: () => {
      watch.close();
      listeners.clear();
    },
  };
}
