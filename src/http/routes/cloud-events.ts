import type { Context } from 'hono';
import { z } from 'zod';
import { eventInHeaders } from '../../../events/binary-event.ts';
import type { Json } from '../../../events/canonical-json.ts';
import { IncomingEvent } from '../../../events/cloud-event.ts';
import { parseJsonText } from '../../../events/json-text.ts';
import type { LoadedOperation } from '../../operations/load-operations.ts';
import { RequestRefused } from '../../operations/use-case.ts';
import type { Api, ApiDeps, ApiEnv } from '../api.ts';
import type { ReadScope } from '../authorized-ports.ts';
import { whileStoring } from '../operation-routes.ts';

const path = '/api/v1/events';
const batchType = /^application\/cloudevents-batch\+json\s*(;|$)/i;
const batchMax = 100;
const shownMax = 80;
const problemsMax = 5;
/** Whole events: one without an id would be another one each time that the list is sent. */
const Batch = z.array(IncomingEvent).max(batchMax);

/** The modes of CloudEvents over HTTP besides one event as JSON: in headers, and several events as a list. */
export function addCloudEventModes(
  api: Api,
  { portsOf, storeTrouble }: Pick<ReadScope, 'portsOf'> & Pick<ApiDeps, 'storeTrouble'>,
  operations: readonly LoadedOperation[],
): void {
  const emit = operations.find(({ http }) => http?.path === path && http.method === 'post');
  api.post(path, async (c, next) => {
    if (c.req.header('ce-specversion') !== undefined) await toStructured(c);
    if (emit === undefined || !batchType.test(c.req.header('content-type') ?? '')) return next();
    const events = readBatch(await c.req.text());
    const caller = c.get('caller');
    const items: unknown[] = [];
    // In their order. What was taken before one that is refused stays taken: sent again, it is the same event.
    for (const event of events) {
      const carryOut = () => emit.useCase.carryOut(portsOf(caller), { event }, caller);
      items.push(await whileStoring(storeTrouble, carryOut));
    }

    return c.json({ items });
  });
}

function readBatch(text: string): z.output<typeof Batch> {
  if (text === '')
    throw new RequestRefused(
      { code: 'http.json', message: 'the body is empty, and has to be a list of CloudEvents' },
      'send [] where there are none',
    );
  const given = parseJsonText(text);
  const events = Batch.safeParse(given);
  if (events.success) return events.data;
  const problems = events.error.issues.slice(0, problemsMax).map(({ path, message }) => ({
    code: 'http.invalid',
    severity: 'error' as const,
    message: `${message}; it is ${shownAt(given, path)}`,
    path: path.map(String).join('.'),
  }));
  const told = problems.map(({ path: at, message }) => (at === '' ? message : `${at}: ${message}`));
  const message = `this is no list of at most ${batchMax} CloudEvents: ${told.join('; ')}`;

  throw new RequestRefused(
    { code: 'http.invalid', message, problems },
    'send whole CloudEvents, each with "specversion": "1.0", "id", "source" and "type"',
  );
}

function shownAt(given: Json, path: readonly PropertyKey[]): string {
  const found: unknown = path.reduce<unknown>(
    (value, key) => (value as Readonly<Record<PropertyKey, unknown>> | undefined)?.[key],
    given,
  );

  return found === undefined ? 'missing' : JSON.stringify(found).slice(0, shownMax);
}

/** An event in binary mode is read on as one in structured JSON. */
async function toStructured({ req }: Context<ApiEnv>): Promise<void> {
  const event = eventInHeaders(req.raw.headers, await req.text());
  if (event === undefined) return;
  const body = new TextEncoder().encode(JSON.stringify(event));
  // Whoever reads the body later takes it from here: hono keeps promises in it.
  for (const kind of Object.keys(req.bodyCache)) Reflect.deleteProperty(req.bodyCache, kind);
  Object.assign(req.bodyCache, { arrayBuffer: Promise.resolve(body.buffer) });
  // That of the data, of which there may be none.
  req.raw.headers.set('content-type', 'application/json');
}
