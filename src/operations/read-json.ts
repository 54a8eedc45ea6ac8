import type { Json } from '../../events/canonical-json.ts';
import { InexactNumber, parseJsonText } from '../../events/json-text.ts';
import { isTooDeep, valueDepthMax } from '../../machines/expressions/evaluate/json-size.ts';
import { messageOf } from '../lib/text.ts';
import { RequestRefused } from './use-case.ts';

/**
 * Reads what a program has sent, by HTTP or stdin. `what`: how it is called in messages. Throws RequestRefused on what
 * is no JSON, holds numbers that would change, or is nested too deep to be kept.
 */
export function readJson(text: string, what: string): Json {
  const value = parsed(text, what);
  if (!isTooDeep(value)) return value;
  const message = `${what} is nested deeper than ${valueDepthMax} levels`;

  throw new RequestRefused({ code: 'http.json', message });
}

function parsed(text: string, what: string): Json {
  try {
    return parseJsonText(text);
  } catch (error) {
    if (error instanceof InexactNumber)
      throw new RequestRefused({ code: error.code, message: `in ${what}, ${error.message}` });
    throw new RequestRefused({ code: 'http.json', message: `${what} is no JSON: ${messageOf(error)}` });
  }
}
