import { compileExpression } from '../expressions/condition.ts';
import type { Reference } from '../expressions/outcome.ts';
import { compileTemplate } from '../expressions/template.ts';
import type { ExpressionText } from './expression-sites.ts';

/** What an expression reads of a task: one name of its output, or all of it. */
export type Read = { readonly task: string; readonly output: string | undefined };

/** What the names in a text read; nothing when it is no expression. */
export function referencesIn({ kind, text }: ExpressionText): readonly Reference[] {
  if (kind === 'template') {
    const compiled = compileTemplate(text);
    return compiled.ok ? compiled.template.references : [];
  }
  const compiled = compileExpression(text);

  return compiled.ok ? compiled.expression.references : [];
}

/** The task whose output a reference reads, if it reads one. */
export function readOf({ path }: Reference): Read | undefined {
  const [task, member, output] = path[0] === 'tasks' ? path.slice(1) : path;
  if (task === undefined || (member !== undefined && member !== 'output')) return undefined;

  return { task, output: member === undefined ? undefined : output };
}
