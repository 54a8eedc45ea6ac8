import type { Json } from '../../events/canonical-json.ts';
import { TaskError } from '../ports/work/handler.ts';

const TEXT =
  /^(text\/.+|application\/(xml|yaml|x-yaml|toml|javascript|graphql|sql|x-www-form-urlencoded|x-ndjson|.+\+(xml|yaml)))$/;

const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;

const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** They frame the message or the connection: a wrong one makes two requests of one. Node sets them. */
const FRAMING: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The headers of a request. Throws TaskError on one that could say more than one header; values are never told. */
export function requestHeaders(rendered: readonly (readonly [name: string, value: Json])[]): Headers {
  const headers = new Headers();
  for (const [name, value] of rendered) {
    if (!NAME.test(name)) throw bad(name, 'its name holds a character that no header may have');
    if (FRAMING.has(name.toLowerCase())) throw bad(name, 'it belongs to the connection; leave it out');
    if (value === null || typeof value === 'object')
      throw bad(name, 'its value is not text, a number or true or false');
    // Checked here because Headers cuts line breaks off the ends without a word.
    if (!VALUE.test(String(value)))
      throw bad(name, 'its value holds a line break or another character that no header may have');
    headers.append(name, String(value));
  }

  return headers;
}

function bad(name: string, reason: string): TaskError {
  return new TaskError(
    'http.bad-header',
    `header ${JSON.stringify(name.slice(0, 80))} is refused: ${reason}`,
  );
}

/** `text/html` of `Text/HTML; charset=utf-8`. */
export function mediaType(contentType: string): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase();
}

export function isJsonType(contentType: string): boolean {
  return /^(application|text)\/(.+\+)?json$/.test(mediaType(contentType));
}

export function isTextType(contentType: string): boolean {
  return TEXT.test(mediaType(contentType));
}

/** The text of bytes in the charset that the content type names, else UTF-8; undefined where they are no such text. */
export function decodeText(bytes: Uint8Array, contentType: string): string | undefined {
  const label = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  try {
    return decoder(label).decode(bytes);
  } catch {
    return undefined;
  }
}

/** A charset that nobody knows is taken for UTF-8: most of what is called otherwise is. */
function decoder(label: string) {
  try {
    return new TextDecoder(label, { fatal: true });
  } catch {
    return new TextDecoder('utf-8', { fatal: true });
  }
}
