import type { Json } from '../../../events/canonical-json.ts';
import { renderedCharactersMax } from '../limits.ts';
import type { ExpressionProblem, Reference, Rendered, Scope } from '../outcome.ts';
import { compileProgram, type Program } from '../program.ts';
import { closingBrace } from '../scan.ts';

type Found = {
  readonly problems: ExpressionProblem[];
  readonly references: Reference[];
  readonly path: readonly (string | number)[];
};
type Piece = string | Program;
type CompiledText =
  | { readonly constant: true; readonly value: string }
  | { readonly constant: false; readonly render: (scope: Scope) => Rendered };

/** Compiles one text of a template: its expressions and problems go to `found`. */
export function compileText(text: string, found: Found): CompiledText {
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
