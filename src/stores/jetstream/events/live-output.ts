import { PermissionViolationError } from '@nats-io/transport-node';
import { z } from 'zod';
import { defined } from '../../../../machines/language/defined.ts';
import { liveRate } from '../../../../machines/run/record/live-lines.ts';
import { createAsyncQueue } from '../../../lib/async-queue.ts';
import { createRateLimit } from '../../../lib/rate-limit.ts';
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
  leftOut: z.int().nonnegative().optional(),
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
  const budget = createRateLimit({ steady: () => performance.now() }, liveRate);

  return {
    tell: (run, printed) => {
      const text = JSON.stringify(printed);
      // What says only how much there was is always told: it is small, and comes once.
      if (printed.lines.length > 0 && budget.take('told', text.length) !== undefined) return false;
      try {
        if (link.isUp()) link.connection.publish(names.liveSubject(run), text);
      } catch (error) {
        link.tell(`cannot show what an attempt prints: ${messageOf(error)}`);
      }

      return true;
    },
    printing: (run, signal) => printing({ link, names }, run, signal),
  };
}

/** Said where the permissions of the server were written by an earlier release. */
const UNHEARD =
  'output is not shown while it is printed: this user may not listen to it; write the permissions of the server ' +
  'again with `workflow nats-config`';

async function* printing(
  { link, names }: { readonly link: Link; readonly names: Names },
  run: string,
  signal: AbortSignal,
): AsyncGenerator<PrintedLines, void, undefined> {
  const queue = createAsyncQueue<PrintedLines>();
  const subscription = link.connection.subscribe(names.liveSubject(run), {
    callback: (error, message) => {
      if (error instanceof PermissionViolationError) link.tell(UNHEARD);
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
