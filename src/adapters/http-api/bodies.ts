import type { Context, MiddlewareHandler } from 'hono';
import type { Json } from '../../../events/canonical-json.ts';
import { depthMax, isTooDeep } from '../../../machines/json-depth.ts';
import { messageOf } from '../../ports/message-of.ts';
import { type ApiEnv, RequestRefused } from './api.ts';

const kibibyte = 1024;
const bytesMax = 1024 * kibibyte;
const definitionBytesMax = 512 * kibibyte;
const definitionPath = /^\/api\/v1\/definitions\//;
const shownMax = 100;
const jsonType = /^application\/([\w.+-]+\+)?json *(;|$)/i;

/** Takes the body of a request in: no more than fits, and nothing under `/api/` but JSON that is not too deep. */
export function takeBody(): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    if (!hasBody(c)) return next();
    const { req } = c;
    if (req.header('content-encoding') !== undefined) throw notJson('a body that is compressed is not taken');
    const isApi = req.path.startsWith('/api/');
    // A form of another site can send other types without being asked first.
    if (isApi) refuseUnlessJson(req.header('content-type') ?? '');
    const body = await wholeBody(c, definitionPath.test(req.path) ? definitionBytesMax : bytesMax);
    // Handlers read it from here: hono keeps promises in it, whatever its types say.
    Object.assign(req.bodyCache, { arrayBuffer: Promise.resolve(body) });
    if (isApi) refuseTooDeep(await req.text());

    return next();
  };
}

function hasBody({ req }: Context<ApiEnv>): boolean {
  const length = req.header('content-length');

  return (length !== undefined && length !== '0') || req.header('transfer-encoding') !== undefined;
}

/** However it comes: what is said of its length beforehand may be left out, or be untrue. */
async function wholeBody({ req }: Context<ApiEnv>, bytesLimit: number): Promise<ArrayBuffer> {
  if (Number(req.header('content-length') ?? 0) > bytesLimit) throw tooLarge(bytesLimit);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of partsOf(req.raw)) {
    bytes += part.length;
    if (bytes > bytesLimit) throw tooLarge(bytesLimit);
    parts.push(part);
  }
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }

  return whole.buffer;
}

/** Whoever sends it may leave before its end: that is no trouble of ours. */
async function* partsOf({ body }: Request): AsyncGenerator<Uint8Array> {
  try {
    yield* body ?? [];
  } catch (error) {
    throw new RequestRefused({
      code: 'http.cut-off',
      message: `the body ended before it was whole: ${messageOf(error)}`,
    });
  }
}

function refuseUnlessJson(type: string): void {
  if (jsonType.test(type)) return;
  const shown = JSON.stringify(type.slice(0, shownMax));

  throw notJson(`a body has to be JSON, with "Content-Type: application/json", and not ${shown}`);
}

function refuseTooDeep(text: string): void {
  if (!isTooDeep(parsed(text))) return;
  const message = `the body is nested deeper than ${depthMax} levels`;

  throw new RequestRefused({ code: 'http.json', message });
}

function tooLarge(bytesLimit: number): RequestRefused {
  const message = `the body is larger than ${bytesLimit / kibibyte} KiB, which is as much as is taken here`;

  return new RequestRefused({ code: 'http.too-large', message });
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new RequestRefused({
      code: 'http.json',
      message: `the body is no JSON: ${(error as Error).message}`,
    });
  }
}

function notJson(message: string): RequestRefused {
  return new RequestRefused({ code: 'http.media-type', message });
}
