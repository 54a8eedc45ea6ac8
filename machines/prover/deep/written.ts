import type { Outline } from '../../language/outline.ts';

/** What stands in the text of a definition, where its canonical form no longer tells a default from what was chosen. */
export type Written = {
  /** The keys that a task gives; of the workflow itself for an empty id. */
  readonly keysOf: (task: string) => ReadonlySet<string>;
};

export function writtenIn({ sites, workflow }: Pick<Outline, 'sites' | 'workflow'>): Written {
  const keys = new Map(sites.map(({ task, raw }) => [task.id, new Set(Object.keys(raw))]));
  keys.set('', new Set(Object.keys(workflow)));

  return { keysOf: (task) => keys.get(task) ?? new Set() };
}
