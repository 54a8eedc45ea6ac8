import type { Json } from '../../events/canonical-json.ts';
import { TaskError } from '../ports/work/handler.ts';

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
