// The books of the runs that golden journals hold: real ones, recorded by the engine of a release.
import { join } from 'node:path';
import type { JournalRecord } from '../../events/record.ts';
import type { Definition } from '../../machines/definition.ts';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { parseStored } from '../../machines/run/record/stored-record.ts';
import { createRunBook, type RunBook } from '../../src/projections/run/run-book.ts';
import { bodiesIn, definitionIn, namesIn } from '../golden/golden-files.ts';

const folder = join(import.meta.dirname, '../golden');
const release = '0.1.0';

export type GoldenRun = {
  /** The name of the journal, and of its run. */
  readonly name: string;
  readonly book: RunBook;
  readonly records: readonly JournalRecord[];
  readonly definition: Definition;
};

/** Every run of every golden journal. */
export function goldenRuns(): readonly GoldenRun[] {
  return namesIn(folder, release).flatMap((name) => runsOf(name));
}

/** The first run of one golden journal. */
export function goldenRun(name: string): GoldenRun {
  const [first] = runsOf(name);
  if (first === undefined) throw new Error(`the journal ${name} is empty`);

  return first;
}

function runsOf(name: string): readonly GoldenRun[] {
  const books = new Map<string, { readonly book: RunBook; readonly records: JournalRecord[] }>();
  for (const [index, body] of bodiesIn(folder, release, name).entries()) {
    const run = String(JSON.parse(body).id).split('/')[0] ?? '';
    const stored = parseStored({ run, position: index + 1, body });
    if (stored.kind === 'foreign') throw new Error(stored.reason);
    const { book, records } = books.get(run) ?? { book: createRunBook(), records: [] };
    book.add(stored);
    records.push(stored.record);
    books.set(run, { book, records });
  }

  return [...books].map(([run, { book, records }]) => ({
    name: `${name} ${run}`,
    book,
    records,
    definition: definitionOf(records),
  }));
}

function definitionOf(records: readonly JournalRecord[]): Definition {
  const ref = records.at(-1)?.data.head.definition;
  if (ref === undefined) throw new Error('a run has records');
  const content = definitionIn(folder, release, ref);
  const result = loadDefinition({ file: `${ref.id}.yaml`, content });
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'));

  return result.loaded.definition;
}

/** The texts of the records of the first run of one golden journal. */
export function goldenBodies(name: string): { readonly run: string; readonly bodies: readonly string[] } {
  const bodies = bodiesIn(folder, release, name);
  const runOf = (body: string): string => String(JSON.parse(body).id).split('/')[0] ?? '';
  const run = runOf(bodies[0] ?? '');

  return { run, bodies: bodies.filter((body) => runOf(body) === run) };
}
