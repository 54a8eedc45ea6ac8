import { isUtf8 } from 'node:buffer';
import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import { TaskError } from '../../ports/handler.ts';
import { decodeText, isJsonType, isTextType } from './media-type.ts';

const BODY_BYTES_MAX = 10 * 1024 * 1024;
const EXCERPT_BYTES_MAX = 2 * 1024;

/**
 * The body of an answer: JSON where its content type says so, text where it is text, else
 * `{ base64, bytes }`; null when it is empty. Never holds more than 10 MiB, unpacked, in memory.
 */
export async function readBody(response: Response, onProgress: () => void): Promise<Json> {
  // The answer to HEAD tells the length of what it leaves out.
  if (response.body === null) return null;
  const declared = Number(response.headers.get('content-length'));
  if (declared > BODY_BYTES_MAX) throw tooLarge(`${declared} bytes`);

  const bytes = await firstBytes(response, BODY_BYTES_MAX, onProgress);
  if (bytes.length > BODY_BYTES_MAX) throw tooLarge('more bytes than that');

  return bytes.length === 0 ? null : decode(bytes, response.headers.get('content-type'));
}

/** The beginning of a body as text, for people. */
export async function readExcerpt(response: Response): Promise<string> {
  const bytes = await firstBytes(response, EXCERPT_BYTES_MAX, () => undefined);

  // `stream`: a character that was cut in two is left out.
  return new TextDecoder().decode(bytes.subarray(0, EXCERPT_BYTES_MAX), { stream: true }).trim();
}

/** The body, or a little more than `bytesMax` of it: then the rest is not received. */
async function firstBytes(response: Response, bytesMax: number, onProgress: () => void): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    onProgress();
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > bytesMax) break;
  }

  return Buffer.concat(chunks);
}

/** Bytes that are not the text that the content type promises are handed on unchanged, like those that are no text. */
function decode(bytes: Buffer, contentType: string | null): Json {
  const type = contentType ?? '';
  if (isJsonType(type)) return parseJson(decodeText(bytes, type));
  const isText = isTextType(type) || (contentType === null && isUtf8(bytes));

  return (
    (isText ? decodeText(bytes, type) : undefined) ?? {
      base64: bytes.toString('base64'),
      bytes: bytes.length,
    }
  );
}

/** JSON text can say more than a journal can hold: 1e400 is infinite, and nesting may be deeper than any stack. */
function parseJson(text: string | undefined): Json {
  if (text === undefined) throw badAnswer('its bytes are no text');
  try {
    const value = JSON.parse(text) as Json;
    canonicalJson(value);

    return value;
  } catch (cause) {
    throw badAnswer(String(cause), cause);
  }
}

function badAnswer(reason: string, cause?: unknown): TaskError {
  return new TaskError('http.bad-answer', `the answer says that it is JSON and is not: ${reason}`, { cause });
}

function tooLarge(found: string): TaskError {
  return new TaskError(
    'http.too-large',
    `the answer may have ${BODY_BYTES_MAX} bytes and has ${found}; ask for less, or fetch it with a command`,
    { details: { bytes_max: BODY_BYTES_MAX } },
  );
}
