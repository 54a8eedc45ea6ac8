import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE } from 'js-yaml';
import type { YamlNode } from './yaml-node.ts';

/** Keys that reach the prototype of a JavaScript object. No definition has a use for them. */
const forbidden = new Set(['__proto__', 'constructor', 'prototype']);
const lengthMax = 256;

/** The text of a key as it is written, so that `200:` and `true:` are keys too. None for a list or a mapping. */
export function keyText(yaml: string, node: YamlNode, event: Event | undefined): string | undefined {
  if (event?.type === EVENT_ID.SCALAR) return getScalarValue(yaml, event);
  if (event?.type === EVENT_ID.ALIAS && node.kind === 'scalar') return String(node.value);

  return undefined;
}

/** Why a key is refused, if it is. */
export function checkKey(
  text: string | undefined,
  event: Event | undefined,
): { readonly code: string; readonly message: string } | undefined {
  if (text === undefined)
    return { code: 'yaml.complex-key', message: 'a key must be text, not a list or a mapping' };
  const plain = event?.type === EVENT_ID.SCALAR && event.style === SCALAR_STYLE.PLAIN;
  if (plain && text === '') return { code: 'yaml.empty-key', message: 'a key is missing before the colon' };
  if (plain && text === '<<') {
    return { code: 'yaml.merge-key', message: 'merge keys (<<) are not supported; write the keys out' };
  }
  if (text.length > lengthMax)
    return { code: 'yaml.long-key', message: `a key of more than ${lengthMax} characters` };
  if (forbidden.has(text))
    return { code: 'yaml.forbidden-key', message: `"${text}" is not allowed as a key` };

  return undefined;
}
