import {
  boolCoreTag,
  floatCoreTag,
  getScalarValue,
  intCoreTag,
  NOT_RESOLVED,
  nullCoreTag,
  SCALAR_STYLE,
  type ScalarEvent,
} from 'js-yaml';
import type { Span } from './source-text.ts';

export type ScalarValue = null | boolean | number | string;
export type ReadScalar =
  | { readonly ok: true; readonly value: ScalarValue }
  | { readonly ok: false; readonly code: string; readonly message: string };

const coreTags = [nullCoreTag, boolCoreTag, intCoreTag, floatCoreTag];

/** The value of a scalar by the core schema of YAML 1.2: `yes` is text, `017` is 17, a date is text. */
export function readScalar(yaml: string, event: ScalarEvent, tag: string | undefined): ReadScalar {
  const text = getScalarValue(yaml, event);
  if (/[\0\ufffd]|\p{Surrogate}/u.test(text) && !yaml.includes('\ufffd')) {
    return refuse('yaml.bad-character', 'the text holds a character that no file or message can carry');
  }
  if (tag === 'str' || (tag === undefined && event.style !== SCALAR_STYLE.PLAIN))
    return { ok: true, value: text };
  if (tag !== undefined) return readTagged(text, tag);

  return implicit(text);
}

/** Where the scalar stands: with its quotes, and only the first line of a long one. */
export function scalarSpan(yaml: string, event: ScalarEvent, fallback: Span): Span {
  if (event.valueStart < 0) return fallback;
  const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
  const block = event.style === SCALAR_STYLE.LITERAL_BLOCK || event.style === SCALAR_STYLE.FOLDED_BLOCK;
  const start = event.valueStart - (quoted ? 1 : 0);
  const text = yaml.slice(start, event.valueEnd + (quoted ? 1 : 0));
  const indent = block ? text.length - text.trimStart().length : 0;
  const first = text.slice(indent).split('\n', 1)[0] ?? '';

  return { start: start + indent, end: start + indent + Math.max(1, first.trimEnd().length) };
}

function implicit(text: string): ReadScalar {
  for (const tag of coreTags) {
    const value = tag.resolve(text, false, tag.tagName);
    if (value !== NOT_RESOLVED) return checkedNumber(text, value, tag === intCoreTag);
  }

  // The parser takes a number that is too large for text; whoever wrote it did not.
  return /^[-+]?(\d+\.?\d*|\.\d+)e[-+]?\d+$/i.test(text)
    ? checkedNumber(text, Number(text), false)
    : { ok: true, value: text };
}

function readTagged(text: string, name: string): ReadScalar {
  const tag = coreTags.find((each) => each.tagName === `tag:yaml.org,2002:${name}`);
  const value = tag?.resolve(text, true, tag.tagName) ?? null;
  if (value === NOT_RESOLVED) return refuse('yaml.tag', `this is no value of the tag !!${name}`);

  return checkedNumber(text, value, tag === intCoreTag);
}

function checkedNumber(text: string, value: ScalarValue, integer: boolean): ReadScalar {
  if (typeof value !== 'number') return { ok: true, value };
  if (!Number.isFinite(value))
    return refuse('yaml.not-finite', `${text} is not a finite number; quote it to mean text`);
  if (integer && !Number.isSafeInteger(value)) {
    return refuse('yaml.unsafe-integer', `${text} is beyond 2^53 and would lose digits; quote it: "${text}"`);
  }

  return { ok: true, value };
}

function refuse(code: string, message: string): ReadScalar {
  return { ok: false, code, message };
}
