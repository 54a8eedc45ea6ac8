import type { Json } from '../../../events/canonical-json.ts';
import { compileCondition } from '../../../machines/expressions/condition.ts';
import { compileTemplate } from '../../../machines/expressions/template.ts';
import { literal } from './cel/make.ts';
import { print } from './cel/print.ts';
import type { Cel } from './cel/tree.ts';
import type { SourcePlace } from './context.ts';
import { resolve } from './references.ts';
import { isArray, isMap } from './source/parse-json.ts';
import { piecesOf } from './source/path.ts';
import { Untranslatable } from './untranslatable.ts';

/** A value of Conductor with its references as expressions of ours. */
export function toTemplate(value: Json, place: SourcePlace): Json {
  if (typeof value === 'string') return textTemplate(value, place);
  if (isArray(value)) return value.map((each) => toTemplate(each, place));
  if (!isMap(value)) return value;

  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toTemplate(each, place)]));
}

function textTemplate(text: string, place: SourcePlace): Json {
  const pieces = piecesOf(text);
  const [only] = pieces;
  if (pieces.length === 1 && only?.kind === 'reference')
    return guarded(() => celTemplate(resolve(only.text, place)), text, place);

  return pieces
    .map((piece) => {
      if (piece.kind === 'text') return escaped(piece.text);
      return String(guarded(() => inText(resolve(piece.text, place)), piece.text, place));
    })
    .join('');
}

/** In a text nothing stands for what is missing. */
function inText(cel: Cel): string {
  if (cel.kind === 'literal') return cel.value === null ? '' : escaped(String(cel.value));
  const safe: Cel =
    cel.kind === 'member' && cel.safe ? { kind: 'or-value', of: cel, value: literal('') } : cel;

  return checked(`\${${print(safe)}}`);
}

function guarded(make: () => Json, text: string, place: SourcePlace): Json {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof Untranslatable)) throw error;
    place.say.loss(text, error.message, { became: 'null', path: place.pointer });
    return null;
  }
}

/** An expression as a value of YAML: what is written out in it stays written out. */
export function celTemplate(cel: Cel): Json {
  if (cel.kind === 'literal') return typeof cel.value === 'string' ? escaped(cel.value) : cel.value;
  if (cel.kind === 'list') return cel.items.map(celTemplate);
  const names =
    cel.kind === 'map'
      ? cel.entries.map(([key]) => (key.kind === 'literal' ? String(key.value) : undefined))
      : [];
  if (cel.kind === 'map' && names.every((name) => name !== undefined && name !== '__proto__')) {
    return Object.fromEntries(
      cel.entries.map(([, value], index) => [names[index] ?? '', celTemplate(value)]),
    );
  }

  return checked(`\${${print(cel)}}`);
}

/** An expression as the text of a condition. Throws Untranslatable where it is beyond what one may be. */
export function conditionText(cel: Cel): string {
  const text = print(cel);
  const compiled = compileCondition(text);
  if (compiled.ok) return text;

  throw new Untranslatable(compiled.problems[0]?.message ?? 'the expression is refused');
}

/** A text that only looks like an expression of ours. */
export function escaped(text: string): string {
  return text.split('${').join('$${');
}

function checked(text: string): string {
  const compiled = compileTemplate(text);
  if (compiled.ok) return text;

  throw new Untranslatable(compiled.problems[0]?.message ?? 'the expression is refused');
}
