import type { ImportEntry } from '../../ports/definitions/definition-import.ts';
import type { ConductorTask } from './source/task.ts';

/** What the import has to say so far. The same thing is said once. */
export type ConversionNotes = {
  readonly add: (entry: ImportEntry) => void;
  readonly entries: () => readonly ImportEntry[];
};

const rank = { loss: 0, warning: 1, info: 2 } as const;

export function createReport(): ConversionNotes {
  const kept = new Map<string, ImportEntry>();

  return {
    add: (entry) => {
      const key = JSON.stringify(entry);
      if (!kept.has(key)) kept.set(key, entry);
    },
    entries: () => [...kept.values()].sort((left, right) => rank[left.severity] - rank[right.severity]),
  };
}

export type Say = (
  construct: string,
  reason: string,
  more?: { readonly became?: string; readonly path?: string },
) => void;

/** Speaks about one task, or about the workflow itself. */
export function speaker(
  report: ConversionNotes,
  about: { readonly task?: ConductorTask; readonly pointer: string },
): Readonly<Record<ImportEntry['severity'], Say>> {
  const say =
    (severity: ImportEntry['severity']): Say =>
    (construct, reason, { became, path } = {}) =>
      report.add({
        severity,
        ...(about.task === undefined ? {} : { task: about.task.ref }),
        path: path ?? about.pointer,
        construct,
        reason,
        ...(became === undefined ? {} : { became }),
      });

  return { info: say('info'), warning: say('warning'), loss: say('loss') };
}
