import type { Json } from '../../../events/canonical-json.ts';
import { TaskError } from '../../ports/handler.ts';
import { isJsonType, mediaType } from './media-type.ts';

const FORM = 'application/x-www-form-urlencoded';

/**
 * The text that is sent: text as it is, null not at all, everything else as JSON, or as a form where `content-type`
 * says so. Sets `content-type` where the request has none.
 */
export function requestBody(body: Json, headers: Headers): string | null {
  if (body === null) return null;
  const type = headers.get('content-type');
  if (typeof body === 'string') {
    if (type === null) headers.set('content-type', 'text/plain; charset=utf-8');
    return body;
  }
  if (type === null) headers.set('content-type', 'application/json');
  if (type === null || isJsonType(type)) return JSON.stringify(body);
  if (mediaType(type) === FORM) return formText(body);

  throw bad(`a body that is no text cannot be sent as ${mediaType(type)}; give it as text`);
}

function formText(body: Json): string {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw bad('a form is a mapping of names');
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(body)) {
    if (value === null) continue;
    if (typeof value === 'object') throw bad(`field ${JSON.stringify(name)} of the form is no single value`);
    form.append(name, String(value));
  }

  return form.toString();
}

function bad(reason: string): TaskError {
  return new TaskError('http.bad-body', `the request has a body that cannot be sent: ${reason}`);
}
