import Database from 'libsql';
import AsyncDatabase from 'libsql/promise';
import { createSerialQueue } from '../../lib/serial-queue.ts';
import { RunIndexBroken } from '../../ports/runs/run-index.ts';

export type SqliteValue = string | number | null;
/** The values of a row in the order of its columns. */
export type SqliteRow = readonly SqliteValue[];

/**
 * A database. What is asked and written is done by threads of the library: nothing here waits for it, and it may wait
 * for another process that writes. Each throws RunIndexBroken.
 */
export type Sqlite = {
  /** The rows of a query, by these columns of it. */
  readonly rows: (
    query: string,
    columns: readonly string[],
    values?: SqliteRow,
  ) => Promise<readonly SqliteRow[]>;
  /** The first row, at once: for what one look into a tree answers. */
  readonly rowNow: (query: string, values: SqliteRow) => NamedRow | undefined;
  /** All of it or nothing, one after the other. */
  readonly transaction: (statements: readonly Statement[]) => Promise<void>;
  readonly close: () => void;
};

export type Statement = {
  readonly sql: string;
  readonly values?: SqliteRow;
  /** What ends the transaction where the statement finds no row. */
  readonly unlessFound?: () => Error;
};

/** What is used of a connection: the library gives it no types. */
type Connection = {
  readonly prepare: (sql: string) => Promise<Prepared>;
  readonly exec: (sql: string) => Promise<void>;
  readonly close: () => void;
};
type NamedRow = Readonly<Record<string, SqliteValue>>;
/** Of the ways to ask a statement this one alone is not waited for here, up to its first row. */
type Prepared = { readonly all: (values: SqliteRow) => Promise<readonly NamedRow[]> };

/** So long another process may write. */
const busyMs = 10_000;
/** Statements that are kept ready. Terms of filters make others. */
const preparedMax = 100;

/** Opens a file of SQLite, or makes one. */
export async function openSqlite(path: string): Promise<Sqlite> {
  const [reader, writer] = [connect(path), connect(path)];
  const now = unbroken(() => new Database(path, { timeout: busyMs }));
  // Asked for first: to change it, nobody else may have the file open.
  const { journal_mode: mode } = (await writer.first('PRAGMA journal_mode')) ?? {};
  if (mode !== 'wal') await writer.exec('PRAGMA journal_mode = wal');
  await writer.exec('PRAGMA synchronous = normal');
  const prepared = new Map<string, Database.Statement>();
  const turns = createSerialQueue();

  return {
    rows: async (query, columns, values = []) => {
      // As one text: a row for each would be waited for here.
      const sql = `SELECT json_group_array(json_array(${columns.join(', ')})) AS found FROM (${query})`;
      const { found } = (await reader.first(sql, values)) ?? {};
      if (typeof found !== 'string')
        throw new RunIndexBroken('a question to the index came without an answer');

      return JSON.parse(found) as readonly SqliteRow[];
    },
    rowNow: (query, values) =>
      unbroken(() => {
        const statement = kept(prepared, query, () => now.prepare(query));
        return statement.get([...values]) as NamedRow | undefined;
      }),
    transaction: (statements) => turns.post(() => inTransaction(writer, statements)),
    close: () => {
      for (const each of [reader, writer, now]) each.close();
    },
  };
}

async function inTransaction(
  writer: ReturnType<typeof connect>,
  statements: readonly Statement[],
): Promise<void> {
  await writer.exec('BEGIN IMMEDIATE');
  try {
    for (const { sql, values, unlessFound } of statements) {
      if (values === undefined) await writer.exec(sql);
      else if ((await writer.first(sql, values)) === undefined && unlessFound !== undefined)
        throw unlessFound();
    }
    await writer.exec('COMMIT');
  } catch (error) {
    // What went wrong is told, and not that there was nothing left to undo.
    await writer.exec('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

function connect(path: string) {
  const connection: Connection = unbroken(() => new AsyncDatabase(path, { timeout: busyMs }));
  const statements = new Map<string, Prepared>();
  // A statement takes its values at once and reads its row later, on a thread: who asks it meanwhile takes that away.
  const turns = createSerialQueue();
  const firstOf = async (sql: string, values: SqliteRow): Promise<NamedRow | undefined> => {
    const known = statements.get(sql) ?? (await connection.prepare(sql));
    const [row] = await kept(statements, sql, () => known).all(values);

    return row;
  };

  return {
    first: (sql: string, values: SqliteRow = []): Promise<NamedRow | undefined> =>
      turns.post(() => firstOf(sql, values)).catch(broken),
    exec: (sql: string): Promise<void> => connection.exec(sql).catch(broken),
    close: () => {
      statements.clear();
      connection.close();
    },
  };
}

function kept<Value>(known: Map<string, Value>, sql: string, make: () => Value): Value {
  const value = known.get(sql) ?? make();
  if (known.size >= preparedMax) known.clear();
  known.set(sql, value);

  return value;
}

function unbroken<Result>(act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    return broken(error);
  }
}

function broken(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = error instanceof Error ? error.message : String(error);

  throw new RunIndexBroken(code === '' ? message : `${message} [${code}]`, {
    cause: error,
    reason: reasonOf(code),
  });
}

/** A file that is busy, or that could not be opened because there are too many, is well. */
function reasonOf(code: string): RunIndexBroken['reason'] {
  if (/^SQLITE_(?:NOTADB|CORRUPT)/.test(code)) return 'damaged';

  return /^SQLITE_(?:FULL|READONLY|IOERR)/.test(code) ? 'unusable' : 'other';
}
