import type { Json } from '../../../events/canonical-json.ts';

type Layout = { readonly indent: number; readonly width: number };

const plainKey = /^[A-Za-z_$][\w$]*$/;

/**
 * A value as a person would write it in TypeScript: on one line where that fits into `width`, else a member per line,
 * the members indented by two more than `indent`.
 */
export function writtenValue(value: Json, layout: Layout): string {
  const flat = flatValue(value);

  return layout.indent + flat.length <= layout.width ? flat : spreadValue(value, layout);
}

/** A value with a member per line, where it has members. */
export function spreadValue(value: Json, { indent, width }: Layout): string {
  if (!isNested(value)) return flatValue(value);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const inner = ' '.repeat(indent + 2);
  const layout = { indent: indent + 2, width };
  const members = Array.isArray(value)
    ? value.map((each) => writtenValue(each, layout))
    : Object.entries(value).map(([key, each]) => `${writtenKey(key)}: ${writtenValue(each, layout)}`);

  return [open, ...members.map((member) => `${inner}${member},`), `${' '.repeat(indent)}${close}`].join('\n');
}

/** A text between single quotes, or between double ones where it holds single quotes only. */
export function writtenText(text: string): string {
  const quoted = JSON.stringify(text).replace(/[\u2028\u2029]/g, escaped);
  if (text.includes("'")) return quoted;

  return `'${quoted.slice(1, -1).replaceAll('\\"', '"')}'`;
}

function isNested(value: Json): value is Json[] | { [key: string]: Json } {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function flatValue(value: Json): string {
  if (typeof value === 'string') return writtenText(value);
  if (Array.isArray(value)) return `[${value.map(flatValue).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, each]) => `${writtenKey(key)}: ${flatValue(each)}`);

  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

/** Written plainly, `__proto__` would set the prototype in place of a member. */
function writtenKey(key: string): string {
  if (key === '__proto__') return "['__proto__']";

  return plainKey.test(key) ? key : writtenText(key);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16)}`;
}
