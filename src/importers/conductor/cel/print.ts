import { Untranslatable } from '../untranslatable.ts';
import type { Cel } from './tree.ts';

const levels: Readonly<Record<string, number>> = {
  '||': 2,
  '&&': 3,
  '==': 4,
  '!=': 4,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  in: 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
};
const [choiceLevel, unaryLevel, postfixLevel] = [1, 7, 8];
const reserved = new Set(
  (
    'true false null in as break const continue else for function if import let loop package namespace return var void ' +
    'while __proto__ constructor prototype'
  ).split(' '),
);
const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

/** The text of an expression. */
export function print(cel: Cel): string {
  return printed(cel, 0);
}

function printed(cel: Cel, level: number): string {
  const own = levelOf(cel);
  const text = write(cel, own);

  return own < level ? `(${text})` : text;
}

function levelOf(cel: Cel): number {
  if (cel.kind === 'choice') return choiceLevel;
  if (cel.kind === 'binary') return levels[cel.operator] ?? 0;
  if (cel.kind === 'unary') return unaryLevel;

  return cel.kind === 'literal' && typeof cel.value === 'number' && cel.value < 0 ? unaryLevel : postfixLevel;
}

function write(cel: Cel, own: number): string {
  switch (cel.kind) {
    case 'literal':
      return typeof cel.value === 'string' ? quoted(cel.value) : JSON.stringify(cel.value);
    case 'name':
      return cel.name;
    case 'member':
      return isSafe(cel) ? `${chain(cel)}.orValue(null)` : chain(cel);
    case 'or-value':
      return isSafe(cel.of) ? `${chain(cel.of)}.orValue(${printed(cel.value, 0)})` : printed(cel.of, own);
    case 'either':
      return either(cel.options);
    case 'list':
      return `[${list(cel.items)}]`;
    case 'map':
      return `{${cel.entries.map(([key, value]) => `${keyText(key)}: ${printed(value, 0)}`).join(', ')}}`;
    case 'unary':
      return `${cel.operator}${printed(cel.of, own)}`;
    case 'binary':
      return `${printed(cel.left, own)} ${cel.operator} ${printed(cel.right, own + 1)}`;
    case 'choice':
      return `${printed(cel.when, own + 1)} ? ${printed(cel.yes, own + 1)} : ${printed(cel.no, own)}`;
    case 'call':
      return `${cel.name}(${list(cel.args)})`;
    case 'method':
      return `${printed(cel.on, postfixLevel)}.${cel.name}(${list(cel.args)})`;
    case 'loop':
      return `${printed(cel.over, postfixLevel)}.${cel.loop}(${cel.variable}, ${printed(cel.body, 0)})`;
  }
}

/** Members one after another, without the value for what is missing. */
function chain(cel: Cel): string {
  if (cel.kind !== 'member') return printed(cel, postfixLevel);
  const { key, safe } = cel;
  const of = chain(cel.of);
  const mark = safe ? '?' : '';
  if (key.kind === 'literal' && typeof key.value === 'string') {
    refuseForbidden(key.value);
    if (/^[A-Za-z_]\w*$/.test(key.value) && !reserved.has(key.value)) return `${of}.${mark}${key.value}`;
  }

  return `${of}[${mark}${printed(key, 0)}]`;
}

function isSafe(cel: Cel): boolean {
  return cel.kind === 'member' && (cel.safe || isSafe(cel.of));
}

function either(options: readonly Cel[]): string {
  const safe = options.filter(isSafe);
  const [first, ...rest] = safe;
  if (first === undefined) return options[0] === undefined ? 'null' : printed(options[0], postfixLevel);

  return `${rest.reduce((text, each) => `${text}.or(${chain(each)})`, chain(first))}.orValue(null)`;
}

function keyText(key: Cel): string {
  if (key.kind === 'literal' && typeof key.value === 'string') refuseForbidden(key.value);

  return printed(key, 0);
}

function refuseForbidden(key: string): void {
  if (forbidden.has(key)) throw new Untranslatable(`the name "${key}" is not allowed in an expression`);
}

function list(items: readonly Cel[]): string {
  return items.map((item) => printed(item, 0)).join(', ');
}

/** In a text of ours `${` begins an expression, in a literal too, so it is put together. */
function quoted(text: string): string {
  if (!text.includes('${')) return JSON.stringify(text);
  const parts = text.split('${').map((part) => JSON.stringify(part));

  return `(${parts.join(' + "$" + "{" + ')})`;
}
