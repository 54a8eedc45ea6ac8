import { z } from 'zod';
import type { Clock } from '../../ports/clock.ts';
import type { PauseMark } from '../../ports/events/trigger-admin.ts';
import type { TriggerMarks } from '../../ports/events/trigger-marks.ts';

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

const Mark = z.object({ by: z.string(), at: z.string(), reason: z.string().optional() });

/** The key of the mark that a trigger is paused. One that holds no PauseMark, such as null, counts for none. */
export function pausedKey(definition: string, trigger: string): string {
  return `paused/${definition}/${trigger}`;
}

/** The pause that the value of a mark stands for. */
export function pauseIn(value: unknown): PauseMark | undefined {
  const { data } = Mark.safeParse(value);
  if (data === undefined) return undefined;
  const { by, at, reason } = data;

  return { by, at, ...(reason === undefined ? {} : { reason }) };
}

/** `onTrouble` is told once when the marks cannot be read, until they can be again. What was known of them counts. */
export function createPausedTriggers({
  marks,
  clock,
  onTrouble,
}: {
  readonly marks: Pick<TriggerMarks, 'all'>;
  readonly clock: Clock;
  readonly onTrouble: (error: unknown) => void;
}): PausedTriggers {
  const listeners = new Set<() => void>();
  let paused: ReadonlyMap<string, PauseMark> = new Map();
  let cancel = (): void => undefined;
  let isTold = false;
  let closed = false;
  let becomeReady = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    becomeReady = resolve;
  });

  async function look(): Promise<void> {
    try {
      const before = textOf(paused);
      paused = pausesIn(await marks.all('paused'));
      isTold = false;
      becomeReady();
      if (textOf(paused) !== before && !closed) for (const listener of [...listeners]) listener();
    } catch (error) {
      if (!isTold && !closed) onTrouble(error);
      isTold = true;
    }
    if (!closed) cancel = clock.after(marksEveryMs, () => void look());
  }
  void look();

  return {
    ready,
    of: (definition, trigger) => paused.get(pausedKey(definition, trigger)),
    onChange: (listener) => {
      listeners.add(listener);

      return () => void listeners.delete(listener);
    },
    close: () => {
      closed = true;
      cancel();
      listeners.clear();
    },
  };
}

function pausesIn(found: Awaited<ReturnType<TriggerMarks['all']>>): ReadonlyMap<string, PauseMark> {
  return new Map(
    [...found].flatMap(([key, { value }]) => {
      const pause = pauseIn(value);
      return pause === undefined ? [] : [[key, pause] as const];
    }),
  );
}

function textOf(paused: ReadonlyMap<string, PauseMark>): string {
  return JSON.stringify([...paused].sort(([a], [b]) => (a < b ? -1 : 1)));
}
