// The Conductor definitions that the tests of the import work on: our own, and those of Netflix.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { importConductor } from '../../../src/importers/conductor/import-conductor.ts';
import type { ImportedDefinition } from '../../../src/ports/definitions/definition-import.ts';

export const fixtureFolder = fileURLToPath(new URL('./fixtures/', import.meta.url));
export const netflixFolder = `${fixtureFolder}netflix/`;

/** The JSON files of a folder, in order. */
export function jsonFiles(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort();
}

export function readFixture(file: string, folder = fixtureFolder): string {
  return readFileSync(`${folder}${file}`, 'utf8');
}

/** What becomes of a text; fails the test when it is refused. */
export function imported(text: string, tasks?: string): readonly ImportedDefinition[] {
  const outcome = importConductor({
    text,
    file: 'given.json',
    ...(tasks === undefined ? {} : { tasks: { text: tasks, file: 'tasks.json' } }),
  });
  if (!outcome.ok) throw new Error(outcome.message);

  return outcome.definitions;
}

/** What becomes of a workflow with the given tasks. */
export function importedTasks(tasks: readonly object[], more: object = {}): ImportedDefinition {
  const [first] = imported(
    JSON.stringify({ name: 'under_test', version: 1, schemaVersion: 2, tasks, ...more }),
  );
  if (first === undefined) throw new Error('nothing was imported');

  return first;
}
