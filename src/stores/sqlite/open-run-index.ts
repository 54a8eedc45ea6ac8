import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { type RunIndex, RunIndexBroken } from '../../ports/runs/run-index.ts';
import { createSqliteRunIndex, schema, schemaVersion } from './run-index.ts';
import { openSqlite, type Sqlite, type SqliteValue } from './sqlite.ts';

/** The file that this schema has: an engine of another version goes on with its own. */
export function schemaFile(path: string): string {
  return `${path}.v${schemaVersion}.db`;
}

/**
 * Opens the index of runs in a file, or makes one. A file of another schema, or one that is damaged, is made anew: it
 * is empty then, and `onTrouble` is told of the damage. Throws RunIndexBroken where there can be no file, or not now.
 */
export async function openRunIndex(path: string, onTrouble: (message: string) => void): Promise<RunIndex> {
  try {
    return await open(path);
  } catch (error) {
    if (!(error instanceof RunIndexBroken) || error.reason !== 'damaged') throw error;

    return makeRunIndexAnew(path, error, onTrouble);
  }
}

/** In the place of a file that turned out to be damaged. */
export function makeRunIndexAnew(
  path: string,
  damage: Error,
  onTrouble: (message: string) => void,
): Promise<RunIndex> {
  onTrouble(`the index of runs ${path} cannot be used and is made anew: ${damage.message}`);
  for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });

  return open(path);
}

async function open(path: string): Promise<RunIndex> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const db = await openSqlite(path);
  try {
    if (versionIn(db) !== schemaVersion) {
      chmodSync(path, 0o600);
      await makeAnew(db);
    }
  } catch (error) {
    db.close();
    throw error;
  }

  return createSqliteRunIndex(db);
}

function versionIn(db: Sqlite): SqliteValue | undefined {
  return db.rowNow('PRAGMA user_version', [])?.['user_version'];
}

async function makeAnew(db: Sqlite): Promise<void> {
  const query =
    "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'";
  const all = await db.rows(query, ['type', 'name']);
  const drops = all.map(([type, name]) => ({ sql: `DROP ${String(type)} IF EXISTS "${String(name)}"` }));
  try {
    await db.transaction([...drops, { sql: schema }]);
  } catch (error) {
    // Another process may have made it meanwhile.
    if (versionIn(db) !== schemaVersion) throw error;
  }
}
