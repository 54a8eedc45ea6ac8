import { compileExpression } from '../../expressions/condition.ts';
import type { ExpressionProblem, Reference } from '../../expressions/outcome.ts';
import { compileTemplate } from '../../expressions/template.ts';
import type { Path } from './yaml-node.ts';

/** A text of the definition that holds expressions: a whole one (`condition`), or `${}` within it (`template`). */
export type ExpressionText = {
  readonly kind: 'condition' | 'template';
  readonly text: string;
  readonly path: Path;
  /** The key of the language whose whole value it is; absent for a text further inside, under a name of the user's. */
  readonly key?: string;
};

/** What a text with expressions reads, or why it is none. */
export type ReadText =
  | { readonly ok: true; readonly references: readonly Reference[] }
  | { readonly ok: false; readonly problems: readonly ExpressionProblem[] };

/** What an expression reads of a task: one name of its output, or all of it. */
export type OutputRead = { readonly task: string; readonly output: string | undefined };

/** Reads texts with expressions, each text once: several checks ask for the same ones. */
export function createTextReader(): (text: Pick<ExpressionText, 'kind' | 'text'>) => ReadText {
  const known = new Map<string, ReadText>();

  return ({ kind, text }) => {
    const key = `${kind} ${text}`;
    const read = known.get(key) ?? (kind === 'template' ? readTemplate(text) : readExpression(text));
    known.set(key, read);

    return read;
  };
}

/** The output that a reference reads, if it reads one. */
export function outputRead({ path }: Reference): OutputRead | undefined {
  const [task, member, output] = path[0] === 'tasks' ? path.slice(1) : path;
  if (task === undefined || (member !== undefined && member !== 'output')) return undefined;

  return { task, output: member === undefined ? undefined : output };
}

function readTemplate(text: string): ReadText {
  const compiled = compileTemplate(text);

  return compiled.ok ? { ok: true, references: compiled.template.references } : compiled;
}

function readExpression(text: string): ReadText {
  const compiled = compileExpression(text);

  return compiled.ok ? { ok: true, references: compiled.expression.references } : compiled;
}
