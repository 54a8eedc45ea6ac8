import { formatProblem, type Problem } from '../../../machines/language/problem.ts';
import type { ImportEntry, ImportedDefinition } from '../../ports/definitions/definition-import.ts';
import type { Paint } from '../../terminal/render/paint.ts';
import type { Target } from './write-definitions.ts';

/** What an import has come to, for programs. Adding keys is fine, changing them is not. */
export type ImportDocument = {
  readonly ok: boolean;
  readonly definitions: readonly {
    readonly name: string;
    readonly id: string;
    readonly version: number;
    readonly file?: string;
    readonly losses: number;
    readonly warnings: number;
    readonly entries: readonly ImportEntry[];
    readonly problems: readonly Problem[];
  }[];
};

export function importReport(
  definitions: readonly ImportedDefinition[],
  targets: readonly Target[],
): ImportDocument {
  return {
    ok: definitions.every(({ problems }) => problems.length === 0),
    definitions: definitions.map(({ name, id, version, entries, problems }, index) => {
      const file = targets[index]?.shown;
      const count = (severity: ImportEntry['severity']): number =>
        entries.filter((entry) => entry.severity === severity).length;
      return {
        ...{ name, id, version, ...(file === undefined ? {} : { file }) },
        ...{ losses: count('loss'), warnings: count('warning'), entries, problems },
      };
    }),
  };
}

/** Whether a definition cannot be started as it is, or says with `--strict` less than what it was made of. */
export function isRefused({ entries, problems }: ImportedDefinition, strict: boolean): boolean {
  return problems.length > 0 || (strict && entries.some(({ severity }) => severity === 'loss'));
}

/** The same for people: each definition with what is to be said about it. */
export function importReportText({ definitions }: ImportDocument, paint?: Paint): string {
  return definitions
    .map((definition) => {
      const { name, id, version, losses, warnings, entries, problems } = definition;
      const counts = [counted(losses, 'loss', 'losses'), counted(warnings, 'warning', 'warnings')].filter(
        Boolean,
      );
      const verdict = counts.length === 0 ? 'everything has an equivalent' : counts.join(', ');
      const glyph = paint?.glyph(problems.length > 0 ? 'FAILED' : losses > 0 ? 'PAUSED' : 'COMPLETED');
      const head = `${glyph === undefined ? '' : `${glyph} `}${name} -> ${id} v${version}: ${verdict}`;
      return [head, ...entries.map(entryText), ...problems.map(formatProblem)].join('\n');
    })
    .join('\n');
}

function entryText({ severity, task, path, construct, reason, became }: ImportEntry): string {
  const about = task === undefined ? construct : `${task}: ${construct}`;
  const instead = became === undefined ? '' : ` -> ${became}`;

  return `  ${severity.padEnd(7)} ${about}: ${reason}${instead}  (${path === '' ? '/' : path})`;
}

function counted(count: number, one: string, many: string): string {
  return count === 0 ? '' : `${count} ${count === 1 ? one : many}`;
}
