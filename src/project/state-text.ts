import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';

/** A run as it stands in the file: its text, and what is needed to order and compare it. */
export type FileRun = {
  readonly id: string;
  readonly sequence: number;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly text: string;
};

export const stateFilePath = '.3ox/workflow.state.yaml';
const fileBytesMax = 16 * 1024 * 1024;

/** The text of one run. */
export function runText(id: string, entry: Readonly<Record<string, unknown>>): FileRun {
  const { sequence, created_at_iso: createdAt } = entry;

  return {
    id,
    sequence: typeof sequence === 'number' ? sequence : 0,
    createdAt: typeof createdAt === 'string' ? createdAt : '',
    text: dump({ [id]: entry }, { noRefs: true, lineWidth: -1, quoteStyle: 'double', forceQuotes: true }),
  };
}

/**
 * The runs in the file. A file that is missing, damaged or not of this shape holds none: it is only a copy, and what
 * is known is written again. Runs whose entry is `known` as it is are not made into text again.
 */
export async function readStateFile(
  projectDir: string,
  known: ReadonlyMap<string, FileRun>,
): Promise<ReadonlyMap<string, FileRun>> {
  let entries: unknown;
  try {
    const path = join(projectDir, stateFilePath);
    if ((await stat(path)).size > fileBytesMax) return new Map();
    const text = await readFile(path, 'utf8');
    if (text === [...known.values()].map((run) => run.text).join('\n')) return known;
    entries = load(text);
  } catch {
    return new Map();
  }
  if (typeof entries !== 'object' || entries === null || Array.isArray(entries)) return new Map();

  return new Map(
    Object.entries(entries).flatMap(([id, entry]) => (isEntry(entry) ? [[id, runText(id, entry)]] : [])),
  );
}

function isEntry(entry: unknown): entry is Readonly<Record<string, unknown>> {
  return typeof entry === 'object' && entry !== null && !Array.isArray(entry) && 'created_at_iso' in entry;
}
