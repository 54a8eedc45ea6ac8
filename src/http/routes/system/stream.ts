import { createRoute, z } from '@hono/zod-openapi';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import { StreamMessage } from '../../../api/stream.ts';
import { RequestRefused } from '../../../operations/use-case.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Api, Visitor } from '../../api.ts';
import type { ReadScope } from '../../authorized-ports.ts';
import { createFeed, type FeedDeps } from '../../live/feed.ts';

const position = z.coerce.number().int().nonnegative();

const stream = createRoute({
  method: 'get',
  path: '/api/v1/stream',
  tags: ['stream'],
  summary: 'What happens in all runs, as it happens: server-sent events, whose ids are places in the journal',
  description:
    'With `Last-Event-ID`, or `after`, everything behind that place is told first, each once and in order. A header ' +
    'that is no such place is refused: `http.last-event-id`. A first message of the kind `snapshot` says that what is shown must be read anew from that place on.',
  request: {
    query: z.object({
      run: z.string().max(64).optional(),
      after: position.optional(),
      printed: z
        .literal('true')
        .optional()
        .describe('With `run`: also the lines that its attempts print, as they come. They have no position.'),
    }),
    headers: z.object({ 'last-event-id': z.string().optional() }),
  },
  responses: {
    200: {
      description: 'The events',
      content: { 'text/event-stream': { schema: StreamMessage } },
    },
  },
});

/**
 * A client that read nothing since the last heartbeat is disconnected, and reconnects if it is still there. So is one
 * whose token is no longer valid.
 */
const heartbeatMs = 15_000;

const shownMax = 40;

type Serving = {
  readonly wish: Parameters<ReturnType<typeof createFeed>['follow']>[1];
  readonly isLetIn: () => Promise<boolean>;
};

/** Route of the event stream. */
export function addStreamRoutes(api: Api, deps: FeedDeps & Pick<ReadScope, 'boundsOf' | 'portsOf'>): void {
  const feed = createFeed(deps);

  api.openapi(stream, (c) => {
    const { run, after, printed } = c.req.valid('query');
    const last = lastRead(c.req.valid('header')['last-event-id']);
    // A buffering proxy would hold the stream back for ever.
    c.header('X-Accel-Buffering', 'no');

    // There is no visitor where the routes are used without the server, as in tests.
    const visitor: Visitor | undefined = c.get('visitor');
    const isLetIn = async () => visitor === undefined || visitor.isStillLetIn();

    const caller = c.get('caller');
    const printing = printed === 'true' ? deps.portsOf(caller).workflows.printing : undefined;
    const wish = { run, after: last ?? after, printing, ...deps.boundsOf(caller) };

    return streamSSE(c, (sse) => serve(sse, { wish, isLetIn }));
  });

  async function serve(sse: SSEStreamingApi, { wish, isLetIn }: Serving): Promise<void> {
    const over = new AbortController();
    sse.onAbort(() => over.abort());
    let unread = 0;
    /** Messages taken since the last heartbeat. */
    let read = 0;
    const write = async (text: string): Promise<void> => {
      unread++;
      await sse.write(text);
      unread--;
      read++;
    };
    const beat = async (): Promise<void> => {
      // On a busy stream some message is always unread: only a client that took none at all is stuck.
      const isStuck = unread > 0 && read === 0;
      read = 0;
      if (isStuck || !(await isLetIn().catch(() => false))) sse.abort();
      else if (unread === 0) await write(': alive\n\n');
    };
    const stopBeating = every(deps.clock, heartbeatMs, () => void beat());
    try {
      await feed.follow({ write, signal: over.signal }, wish);
    } finally {
      stopBeating();
    }
  }
}

/** The position to resume after. Throws RequestRefused: a position that is misread would lose events. */
function lastRead(id = ''): number | undefined {
  if (id === '') return undefined;
  if (/^\d{1,15}$/.test(id)) return Number(id);
  const message = `the header Last-Event-ID is ${JSON.stringify(id.slice(0, shownMax))}, and no id of this stream`;

  throw new RequestRefused(
    { code: 'http.last-event-id', message },
    'send the id of the last message, a whole number, or leave the header out to begin anew',
  );
}

function every(clock: Clock, delayMs: number, act: () => void): () => void {
  let cancel = (): void => {};
  const again = (): void => {
    cancel = clock.after(delayMs, () => {
      again();
      act();
    });
  };
  again();

  return () => cancel();
}
