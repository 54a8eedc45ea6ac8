import { type AuditProblem, quoted } from './audit-problem.ts';
import { auditFormat, exportText, RunExport } from './export-format.ts';

/** An export as it was read. `problems` is not empty where its text is not the one text of what it holds. */
export type ReadExport =
  | { readonly ok: true; readonly document: RunExport; readonly problems: readonly AuditProblem[] }
  | { readonly ok: false; readonly problems: readonly AuditProblem[] };

/** Reads the text of an export; what is in it is not verified yet. Never throws. */
export function readExport(text: string): ReadExport {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return unreadable(`the file is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
  if (typeof format === 'string' && format !== auditFormat) {
    return unreadable(`the file has the format ${quoted(format)}, this program reads ${quoted(auditFormat)}`);
  }
  const checked = RunExport.safeParse(value);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    const where = issue?.path.join('.') || 'the whole';
    return unreadable(`the file is no export of a run: ${where}: ${issue?.message ?? 'invalid'}`);
  }

  return { ok: true, document: checked.data, problems: rewritten(text, exportText(checked.data)) };
}

function unreadable(message: string): ReadExport {
  return { ok: false, problems: [{ code: 'audit.format', message }] };
}

/** Two texts may hold the same, but an export is written in one way, so that nothing can hide in the others. */
function rewritten(found: string, expected: string): readonly AuditProblem[] {
  if (found === expected) return [];
  let at = 0;
  while (at < found.length && found[at] === expected[at]) at += 1;
  const line = found.slice(0, at).split('\n').length;
  const message = `the file was written anew: from line ${line} on it is not the text that an export has, although it may say the same`;

  return [{ code: 'audit.rewritten', message }];
}
