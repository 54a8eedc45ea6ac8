import type { Context } from 'hono';
import { z } from 'zod';
import type { Json } from '../../../events/canonical-json.ts';
import { parseJsonText } from '../../../events/json-text.ts';
import { EmittedEvent } from '../../api/people.ts';
import type { LoadedOperation } from '../../operations/load-operations.ts';
import { RequestRefused } from '../../operations/use-case.ts';
import type { Api, ApiEnv } from '../api.ts';
import type { ReadScope } from '../authorized-ports.ts';

const path = '/api/v1/events';
const batchType = /^application\/cloudevents-batch\+json\s*(;|$)/i;
const batchMax = 100;
const Batch = z.array(EmittedEvent.shape.event).max(batchMax);

/** The modes of CloudEvents over HTTP besides one event as JSON: in headers, and several events as a list. */
export function addCloudEventModes(
  api: Api,
  { portsOf }: Pick<ReadScope, 'portsOf'>,
  operations: readonly LoadedOperation[],
): void {
  const emit = operations.find(({ http }) => http?.path === path && http.method === 'post');
  api.post(path, async (c, next) => {
    if (c.req.header('ce-specversion') !== undefined) await toStructured(c);
    if (emit === undefined || !batchType.test(c.req.header('content-type') ?? '')) return next();
    const events = Batch.safeParse(await c.req.json());
    if (!events.success)
      throw new RequestRefused({
        code: 'http.invalid',
        message: `this is no list of at most ${batchMax} CloudEvents: ${z.prettifyError(events.error)}`,
      });
    const caller = c.get('caller');
    const items: unknown[] = [];
    // In their order. What was taken before one that is refused stays taken: sent again, it is the same event.
    for (const event of events.data) {
      items.push(await emit.useCase.carryOut(portsOf(caller), { event }, caller));
    }

    return c.json({ items });
  });
}

/** The attributes of an event in binary mode stand in headers, and the body is its data. */
async function toStructured({ req }: Context<ApiEnv>): Promise<void> {
  const attributes = [...req.raw.headers].flatMap(([name, value]) =>
    name.startsWith('ce-') && name !== 'ce-hops' ? [[name.slice(3), decoded(value)] as const] : [],
  );
  const text = await req.text();
  const event: Json = {
    ...Object.fromEntries(attributes),
    ...(text === '' ? {} : { datacontenttype: 'application/json', data: parseJsonText(text) }),
  };
  const body = new TextEncoder().encode(JSON.stringify(event));
  // Whoever reads the body later takes it from here: hono keeps promises in it.
  for (const kind of Object.keys(req.bodyCache)) Reflect.deleteProperty(req.bodyCache, kind);
  Object.assign(req.bodyCache, { arrayBuffer: Promise.resolve(body.buffer) });
}

/** Headers hold ASCII: other letters are written as their bytes. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
