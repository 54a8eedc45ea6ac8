import type { Json } from '../../../../events/canonical-json.ts';
import { Untranslatable } from '../untranslatable.ts';
import { type Cel, isList, isText, isTruth, type LoopName, type Operator } from './tree.ts';

export const nothing: Cel = { kind: 'literal', value: null };

export function literal(value: string | number | boolean | null): Cel {
  return { kind: 'literal', value };
}

export function named(name: string): Cel {
  return { kind: 'name', name };
}

export function listOf(items: readonly Cel[]): Cel {
  return { kind: 'list', items };
}

export function mapOf(entries: readonly (readonly [string, Cel])[]): Cel {
  return { kind: 'map', entries: entries.map(([key, value]) => [literal(key), value] as const) };
}

export function call(name: string, ...args: readonly Cel[]): Cel {
  return { kind: 'call', name, args };
}

export function method(on: Cel, name: string, ...args: readonly Cel[]): Cel {
  return { kind: 'method', on, name, args };
}

export function binary(operator: Operator, left: Cel, right: Cel): Cel {
  return { kind: 'binary', operator, left, right };
}

/** A comparison that converts nothing in the script either. */
export function same(left: Cel, right: Cel, operator: '==' | '!=' = '=='): Cel {
  return { kind: 'binary', operator, left, right, strict: true };
}

export function choice(when: Cel, yes: Cel, no: Cel): Cel {
  if (when.kind === 'literal') return when.value === true ? yes : no;
  const isItself =
    yes.kind === 'literal' && yes.value === true && no.kind === 'literal' && no.value === false;

  return isItself && isTruth(when) ? when : { kind: 'choice', when, yes, no };
}

export function not(of: Cel): Cel {
  if (of.kind === 'literal' && typeof of.value === 'boolean') return literal(!of.value);

  return of.kind === 'unary' && of.operator === '!' ? of.of : { kind: 'unary', operator: '!', of };
}

export function loopOver(options: {
  readonly loop: LoopName;
  readonly over: Cel;
  readonly variable: string;
  readonly body: Cel;
}): Cel {
  return { kind: 'loop', ...options, over: orEmpty(options.over) };
}

/** `of.key`: a member that must be there. */
export function plainMember(of: Cel, key: string): Cel {
  return { kind: 'member', of, key: literal(key), safe: false };
}

/** `of.?key`: null when it is not there. What is known before the run is taken out at once. */
export function member(of: Cel, key: string | number | Cel): Cel {
  const at = typeof key === 'object' ? key : literal(key);
  if (of.kind === 'either') return { kind: 'either', options: of.options.map((each) => member(each, at)) };
  const known = at.kind === 'literal' ? knownMember(of, at.value) : undefined;

  return known ?? { kind: 'member', of, key: at, safe: true };
}

function knownMember(of: Cel, key: string | number | boolean | null): Cel | undefined {
  if (of.kind === 'map') {
    const found = of.entries.find(([name]) => name.kind === 'literal' && name.value === key);
    if (found !== undefined) return found[1];
    return of.entries.every(([name]) => name.kind === 'literal') ? nothing : undefined;
  }
  if (of.kind === 'list' && typeof key === 'number') return of.items[key] ?? nothing;

  return of.kind === 'literal' ? nothing : undefined;
}

/** A safe member where an empty list stands for what is missing, so that a loop and size() have something to walk. */
export function orEmpty(of: Cel): Cel {
  return of.kind === 'member' && of.safe ? { kind: 'or-value', of, value: listOf([]) } : of;
}

/** What JavaScript takes for true: everything but null, false, 0 and the empty text. */
export function truthOf(of: Cel): Cel {
  if (isTruth(of)) return of;
  if (of.kind === 'literal') return literal(Boolean(of.value));
  if (of.kind === 'list' || of.kind === 'map') return literal(true);

  return not(binary('in', of, listOf([nothing, literal(false), literal(0), literal('')])));
}

/** The text of a value, for putting texts together. */
export function textOf(of: Cel): Cel {
  if (isText(of)) return of;
  if (of.kind === 'literal') return literal(String(of.value));
  if (isList(of) || of.kind === 'map') return call('json', of);

  return call('string', of.kind === 'member' && of.safe ? { kind: 'or-value', of, value: literal('') } : of);
}

/** Texts one after another, neighbouring literals as one. */
export function concatenated(parts: readonly Cel[]): Cel {
  const merged: Cel[] = [];
  for (const part of parts.map(textOf)) {
    const last = merged.at(-1);
    if (last?.kind === 'literal' && part.kind === 'literal') {
      merged[merged.length - 1] = literal(`${last.value}${part.value}`);
    } else if (!(part.kind === 'literal' && part.value === '')) merged.push(part);
  }
  const [first = literal(''), ...rest] = merged;

  return rest.reduce((left, right) => binary('+', left, right), first);
}

/** A JSON value as an expression; texts are given by `text`. */
export function fromJson(value: Json, text: (value: string) => Cel = literal): Cel {
  if (typeof value === 'string') return text(value);
  if (typeof value !== 'object' || value === null) return literal(value);
  if (Array.isArray(value)) return listOf((value as readonly Json[]).map((each) => fromJson(each, text)));

  return mapOf(Object.entries(value).map(([key, each]) => [key, fromJson(each, text)] as const));
}

/** Whether a list or a text of unknown kind holds an item or a part: our own functions know only one kind each. */
export function holds(whole: Cel, part: Cel): Cel {
  if (isList(whole)) return binary('in', part, whole);
  if (isText(whole)) return method(whole, 'contains', part);
  if (whole.kind === 'literal') throw new Untranslatable('a search in what is neither a list nor a text');

  return choice(
    method(call('json', whole), 'startsWith', literal('[')),
    binary('in', part, whole),
    method(whole, 'contains', textOf(part)),
  );
}

/** The items of a list as one text; null is the empty text, numbers and truth values are written out. */
export function joinedText(list: Cel, separator: Cel): Cel {
  const part = named('part');
  const body = choice(binary('==', part, nothing), literal(''), call('string', part));

  return method(loopOver({ loop: 'map', over: list, variable: 'part', body }), 'join', separator);
}

/** Any value as text: a text stays as it is, all else is written as JSON. */
export function writtenOut(of: Cel): Cel {
  if (of.kind === 'literal' || isText(of)) return textOf(of);
  const json = call('json', of);

  return choice(method(json, 'startsWith', literal('"')), call('string', of), json);
}
