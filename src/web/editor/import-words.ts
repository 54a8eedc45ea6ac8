import type { ImportReport } from '../../api/definition-import.ts';

export type Imported = ImportReport['definitions'][number];

/** The losses of an import in one sentence. */
export function importVerdict({ entries, problems }: Pick<Imported, 'entries' | 'problems'>): string {
  const count = (severity: Imported['entries'][number]['severity']) =>
    entries.filter((entry) => entry.severity === severity).length;
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const parts = [
    counted(count('loss'), 'loss', 'losses'),
    counted(count('warning'), 'warning', 'warnings'),
    counted(errors, 'error of our checker', 'errors of our checker'),
  ].filter((part) => part !== '');

  return parts.length === 0 ? 'Everything has an equivalent.' : `${parts.join(', ')}.`;
}

function counted(count: number, one: string, many: string): string {
  return count === 0 ? '' : `${count} ${count === 1 ? one : many}`;
}
