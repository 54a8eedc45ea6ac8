import type { Json } from '../../events/canonical-json.ts';
import { measureJson } from './evaluate/json-size.ts';
import { jsonDepthMax, renderedCharactersMax } from './limits.ts';
import type { ExpressionProblem, Reference, Rendered, Scope } from './outcome.ts';
import { compileProgram, type Program } from './program.ts';
import { closingBrace } from './scan.ts';

export type { ExpressionError, ExpressionProblem, Reference, Rendered, Scope } from './outcome.ts';

/** A value whose texts may hold `${...}`. */
export type CompiledTemplate = {
  readonly source: Json;
  readonly references: readonly Reference[];
  /** Whether it holds no expression, so that it renders to the same value in every scope. */
  readonly constant: boolean;
  readonly render: (scope: Scope) => Rendered;
};

/**
 * Compiles a value with expressions in its texts, however deep; keys are taken as they are. A text that is exactly one
 * `${...}` keeps the type of its value. In a mixed text, texts go in as they are, numbers, true, false and null as
 * JSON writes them, lists and maps as JSON. `$${` is a literal `${`. What an expression gives is data: a `${` in it is
 * never evaluated.
 */
export function compileTemplate(
  source: Json,
):
  | { readonly ok: true; readonly template: CompiledTemplate }
  | { readonly ok: false; readonly problems: readonly ExpressionProblem[] } {
  const found: Found = { problems: [], references: [], path: [] };
  const part = compileValue(source, found);
  if (found.problems.length > 0) return { ok: false, problems: found.problems };

  const { references } = found;
  return { ok: true, template: { source, references, constant: part.constant, render: rendererOf(part) } };
}

type Found = {
  readonly problems: ExpressionProblem[];
  readonly references: Reference[];
  /** Where in the value the walk is. */
  readonly path: (string | number)[];
};

/** A compiled value: the same in every scope, or not. */
type Part =
  | { readonly constant: true; readonly value: Json }
  | { readonly constant: false; readonly render: (scope: Scope) => Rendered };

function compileValue(source: Json, found: Found): Part {
  if (typeof source === 'string') return compileText(source, found);
  if (typeof source !== 'object' || source === null) return { constant: true, value: source };
  if (found.path.length === jsonDepthMax) {
    const message = `the value nests deeper than ${jsonDepthMax}`;
    found.problems.push({ message, path: [...found.path], offset: 0, expression: '' });
    return { constant: true, value: null };
  }

  const isList = Array.isArray(source);
  const keys = Object.keys(source);
  const members = isList ? [...source] : Object.values(source);
  const parts = members.map((member, index) => {
    found.path.push(isList ? index : (keys[index] ?? ''));
    const part = compileValue(member, found);
    found.path.pop();
    return part;
  });

  return gathered(parts, (values) =>
    isList ? values : Object.fromEntries(keys.map((key, index) => [key, values[index] ?? null])),
  );
}

function gathered(parts: readonly Part[], gather: (values: readonly Json[]) => Json): Part {
  const constants = parts.flatMap((part) => (part.constant ? [part.value] : []));
  if (constants.length === parts.length) return { constant: true, value: gather(constants) };

  return {
    constant: false,
    render: (scope) => {
      const values: Json[] = [];
      for (const part of parts) {
        const rendered: Rendered = part.constant ? { ok: true, value: part.value } : part.render(scope);
        if (!rendered.ok) return rendered;
        values.push(rendered.value);
      }
      return { ok: true, value: gather(values) };
    },
  };
}

function rendererOf(part: Part): CompiledTemplate['render'] {
  if (part.constant) return () => ({ ok: true, value: part.value });

  return (scope) => {
    const rendered = part.render(scope);
    if (!rendered.ok || measureJson(rendered.value, renderedCharactersMax).kind === 'fits') return rendered;
    const message = `the value is larger than ${renderedCharactersMax} characters of JSON or deeper than ${jsonDepthMax}`;
    return { ok: false, error: { code: 'expression.limit', message, expression: '', values: {} } };
  };
}

type Piece = string | Program;
type CompiledText =
  | { readonly constant: true; readonly value: string }
  | { readonly constant: false; readonly render: (scope: Scope) => Rendered };

/** Compiles one text of a template: its expressions and problems go to `found`. */
function compileText(text: string, found: Found): CompiledText {
  if (!text.includes('${')) return { constant: true, value: text };

  const pieces = piecesOf(text, found);
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined && typeof only !== 'string') {
    return { constant: false, render: only.run };
  }
  const literals = pieces.filter((piece) => typeof piece === 'string');
  if (literals.length === pieces.length) return { constant: true, value: literals.join('') };

  return { constant: false, render: (scope) => interpolate(pieces, scope) };
}

/** The text cut at its expressions, with `$${` as a literal `${`. Stops at the first `${` that is never closed. */
function piecesOf(text: string, found: Found): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (let at = text.indexOf('${'); at !== -1; at = text.indexOf('${', from)) {
    if (text[at - 1] === '$') {
      pieces.push(text.slice(from, at - 1), '${');
      from = at + 2;
    } else {
      const { program, end } = expressionAt(text, at, found);
      pieces.push(text.slice(from, at), program ?? '');
      from = end;
    }
  }

  return [...pieces, text.slice(from)].filter((piece) => piece !== '');
}

function expressionAt(
  text: string,
  at: number,
  found: Found,
): { readonly program?: Program; readonly end: number } {
  const start = at + 2;
  const close = closingBrace(text, start);
  const path = [...found.path];
  if (close === -1) {
    const message = `"\${" without its "}"; "$\${" writes a literal one`;
    found.problems.push({ message, path, offset: at, expression: text.slice(start) });
    return { end: text.length };
  }

  const source = text.slice(start, close);
  const compiled = compileProgram(source, `\${${source.trim()}}`);
  if (compiled.ok) {
    found.references.push(...compiled.program.references);
    return { program: compiled.program, end: close + 1 };
  }
  const { message, offset } = compiled;
  found.problems.push({ message, path, offset: start + offset, expression: source.trim() });

  return { end: close + 1 };
}

function interpolate(pieces: readonly Piece[], scope: Scope): Rendered {
  let text = '';
  for (const piece of pieces) {
    const rendered: Rendered = typeof piece === 'string' ? { ok: true, value: piece } : piece.run(scope);
    if (!rendered.ok) return rendered;
    text += asText(rendered.value);
    if (text.length > renderedCharactersMax) {
      const message = `the text is larger than ${renderedCharactersMax} characters`;
      return { ok: false, error: { code: 'expression.limit', message, expression: '', values: {} } };
    }
  }

  return { ok: true, value: text };
}

function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
