import { z } from 'zod';
import { defined } from '../../../../machines/language/defined.ts';
import { createAsyncQueue } from '../../../lib/async-queue.ts';
import { messageOf } from '../../../lib/text.ts';
import type { LiveOutput, PrintedLines } from '../../../ports/work/live-output.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { readMessage } from '../journal/journal-read.ts';

const Told = z.object({
  task: z.string(),
  attempt: z.int(),
  stream: z.enum(['stdout', 'stderr']),
  time: z.string(),
  first: z.int().nonnegative(),
  lines: z.array(z.string()),
  count: z.int().nonnegative().optional(),
});

/** Plain messages on a subject of each run, which nobody stores. */
export function createLiveOutput({
  link,
  names,
}: {
  readonly link: Link;
  readonly names: Names;
}): LiveOutput {
  return {
    tell: (run, printed) => {
      try {
        if (link.isUp()) link.connection.publish(names.liveSubject(run), JSON.stringify(printed));
      } catch (error) {
        link.tell(`what an attempt prints could not be told: ${messageOf(error)}`);
      }
    },
    printing: (run, signal) => printing({ link, names }, run, signal),
  };
}

/** A user of a server whose permissions are older hears nothing. */
async function* printing(
  { link, names }: { readonly link: Link; readonly names: Names },
  run: string,
  signal: AbortSignal,
): AsyncGenerator<PrintedLines, void, undefined> {
  const queue = createAsyncQueue<PrintedLines>();
  const subscription = link.connection.subscribe(names.liveSubject(run), {
    callback: (error, message) => {
      const told = error === null ? readMessage(Told, message.string()) : undefined;
      if (told !== undefined) queue.push(defined(told));
    },
  });
  signal.addEventListener('abort', queue.end, { once: true });
  if (signal.aborted) queue.end();
  try {
    yield* queue.items();
  } finally {
    signal.removeEventListener('abort', queue.end);
    subscription.unsubscribe();
  }
}
