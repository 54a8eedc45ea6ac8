// Databases that load what we write: SQLite through Python's own module, and a PostgreSQL server of its own where one
// is installed. What a query finds comes back as JSON.
import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Rows = readonly (readonly unknown[])[];

export type Database = {
  /** Loads the text as a file is loaded. Throws with what the database says is wrong with it. */
  readonly load: (sql: string) => void;
  /** The rows of a query, by their columns. */
  readonly rows: (query: string) => Rows;
  readonly stop: () => void;
};

const sqliteProgram = `
import json, sqlite3, sys
database = sqlite3.connect(sys.argv[1])
text = sys.stdin.read()
if sys.argv[2] == 'load':
    database.executescript(text)
else:
    print(json.dumps(database.execute(text).fetchall()))
`;

export function openSqlite(): Database {
  const folder = mkdtempSync(join(tmpdir(), 'workflow-sqlite-'));
  const ask = (what: string, text: string): string =>
    ran('python3', ['-c', sqliteProgram, join(folder, 'db'), what], { input: text });

  return {
    load: (sql) => void ask('load', sql),
    rows: (query) => JSON.parse(ask('query', query)) as Rows,
    stop: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const installed = '/usr/lib/postgresql';

/** The programs of the newest PostgreSQL of this machine; undefined where there is none. */
export function postgresPrograms(): string | undefined {
  if (!existsSync(installed)) return undefined;
  const newest = readdirSync(installed)
    .sort((a, b) => Number(b) - Number(a))
    .find((version) => existsSync(join(installed, version, 'bin', 'initdb')));

  return newest === undefined ? undefined : join(installed, newest, 'bin');
}

/** PostgreSQL refuses to run as root. */
const nobody = 65_534;
const user = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};

export function openPostgres(programs: string): Database {
  const folder = mkdtempSync(join(tmpdir(), 'workflow-postgres-'));
  if ('uid' in user) chownSync(folder, nobody, nobody);
  const data = join(folder, 'data');
  const options = { ...user, cwd: folder };
  const program = (name: string, args: readonly string[], input = ''): string =>
    ran(join(programs, name), args, { ...options, input });
  program('initdb', ['-D', data, '-U', 'tester', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']);
  const log = ['-l', join(folder, 'log')];
  program('pg_ctl', ['-D', data, '-w', ...log, '-o', `-c listen_addresses='' -k ${folder} -F`, 'start']);
  const psql = ['-X', '-q', '-h', folder, '-U', 'tester', '-d', 'postgres', '-v', 'ON_ERROR_STOP=1'];

  return {
    load: (sql) => {
      const file = join(folder, 'load.sql');
      writeFileSync(file, sql);
      program('psql', [...psql, '-f', file]);
    },
    rows: (query) => {
      const found = `SELECT coalesce(json_agg(found), '[]') FROM (${query}) AS found`;
      const members = JSON.parse(program('psql', [...psql, '-At', '-f', '-'], found)) as readonly object[];
      return members.map((each) => Object.values(each));
    },
    stop: () => {
      program('pg_ctl', ['-D', data, '-m', 'immediate', 'stop']);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type RunOptions = {
  readonly input: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly cwd?: string;
};

function ran(program: string, args: readonly string[], options: RunOptions): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { ...options, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${error?.message ?? stderr}`);

  return stdout;
}
