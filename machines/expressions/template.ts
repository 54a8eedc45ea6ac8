import type { Json } from '../../events/canonical-json.ts';
import { measureJson } from './evaluate/json-size.ts';
import { compileText } from './evaluate/text.ts';
import { jsonDepthMax, renderedCharactersMax } from './limits.ts';
import type { ExpressionProblem, Reference, Rendered, Scope } from './outcome.ts';

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
