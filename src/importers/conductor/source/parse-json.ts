import type { Json } from '../../../../events/canonical-json.ts';
import { messageOf } from '../../../lib/text.ts';

/** Reads JSON text, or says where it stops being JSON. */
export function parseJson(
  text: string,
): { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly message: string } {
  const json = text.replace(/^\uFEFF/, '');
  if (json.trim() === '') return { ok: false, message: 'the text is empty' };
  try {
    const value = JSON.parse(json) as Json;
    const fits = isShallow(value, depthMax);
    return fits ? { ok: true, value } : { ok: false, message: `it nests deeper than ${depthMax}` };
  } catch (error) {
    const reason = messageOf(error);
    return { ok: false, message: placed(reason, json) };
  }
}

/** Node says the offset for some mistakes, and for others quotes what stands around them. */
function placed(reason: string, text: string): string {
  const position = /position (\d+)/.exec(reason)?.[1];
  if (position !== undefined) {
    return `${placeOf(text, Number(position))}: ${reason.replace(/ in JSON at position[\s\S]*$/, '')}`;
  }
  const quoted = /, (?:\.{3})?"([\s\S]*)"(?:\.{3})? is not valid JSON$/.exec(reason);
  const around = quoted?.[1] ?? '';
  const at = around === '' ? -1 : text.indexOf(around);
  if (at === -1) return reason;

  return `line ${text.slice(0, at).split('\n').length}, at or after ${JSON.stringify(around)}: ${reason.slice(0, quoted?.index)}`;
}

const depthMax = 128;

function isShallow(value: Json, left: number): boolean {
  if (typeof value !== 'object' || value === null) return true;

  return left > 0 && Object.values(value).every((each: Json) => isShallow(each, left - 1));
}

function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');

  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
