import type { Journal } from '../ports/journal.ts';
import type { HistoryEntry } from '../ports/workflows.ts';
import type { Charts } from './charts.ts';
import { type Checked, checked } from './quarantine.ts';

/** What happened in a run, and what is wrong with its journal. */
export async function* history(journal: Journal, charts: Charts, id: string): AsyncIterable<HistoryEntry> {
  for await (const each of checked(journal.read(id), charts)) {
    const { stored } = each;
    // That the definition is gone says nothing against the records.
    const undefinedAlone = each.kind === 'damaged' && each.damage.code === 'definition.missing';
    if (undefinedAlone && stored.kind === 'record')
      yield { position: stored.position, record: stored.record };
    else yield entryOf(each);
  }
}

/** The same, and then every message as it lands, until the signal aborts. */
export async function* follow(
  journal: Journal,
  charts: Charts,
  { run, signal }: { readonly run: string; readonly signal: AbortSignal },
): AsyncIterable<HistoryEntry> {
  for await (const each of checked(journal.watch({ run, after: 0, signal }), charts)) yield entryOf(each);
}

function entryOf(each: Checked): HistoryEntry {
  const { position } = each.stored;
  if (each.kind === 'sound') return { position, record: each.stored.record };
  const { damage } = each;
  const problem =
    damage.position === position
      ? damage.message
      : `it stands behind event ${damage.sequence}, which is damaged`;

  return { position, problem, damage };
}
