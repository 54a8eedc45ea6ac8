import { pathToFileURL } from 'node:url';
import AsyncDatabase from 'libsql/promise';
import { resultWithin, type Timer } from '../../lib/deadline.ts';
import { createLimit } from '../../lib/limit.ts';
import { messageOf } from '../../lib/text.ts';
import { type RunSql, SqlRefused, type SqlRows } from '../../ports/runs/run-sql.ts';

type Prepared = {
  readonly columns: () => readonly { readonly name: string }[];
  readonly all: (values: readonly never[]) => Promise<readonly Readonly<Record<string, string>>[]>;
};
type Connection = {
  readonly prepare: (sql: string) => Promise<Prepared>;
  readonly exec: (sql: string) => Promise<void>;
  readonly interrupt: () => void;
  readonly close: () => void;
};

/** Each holds a thread of the library, and of a function that has begun nothing can stop it. */
const atOnce = createLimit(2);

/**
 * What SQLite may take of memory for a question that gathers too much; it is refused then. It counts for the whole
 * process: what else it asks of SQLite takes far less.
 */
const bytesMax = 256 * 1024 * 1024;

/**
 * The library brings functions that read and write files, and tables that are the folders of this machine. So a
 * question may use these functions alone, and no table that is made by a program. None of them makes a huge text out of
 * a short one, as `printf` and `replace` do: to search in that cannot be interrupted.
 */
const functions: ReadonlySet<string> = new Set(
  [
    'abs avg ceil ceiling char coalesce concat concat_ws count cume_dist date datetime dense_rank exp first_value floor',
    'glob group_concat hex ifnull iif instr json json_array json_array_length json_extract json_group_array',
    'json_group_object json_object json_quote json_type json_valid julianday lag last_value lead length like likely ln',
    'log log10 lower ltrim max min mod nth_value ntile nullif octet_length percent_rank pow power quote rank',
    'round row_number rtrim sign sqrt strftime string_agg substr substring sum time timediff total trim trunc',
    'typeof unicode unixepoch unlikely upper -> ->>',
  ].flatMap((line) => line.split(' ')),
);

/** No text fits it in two ways: one that does not fit would be tried in all of them. */
const reading = /^(?:\s|--[^\n]*\n|\/\*(?:[^*]|\*(?!\/))*\*\/)*(?:select|with|values)\b/i;

/** Answers questions from the file of an index, on connections of their own that cannot write. */
export function createRunSql(path: string, timer: Timer): RunSql {
  return {
    query: async (sql, limits) => {
      const text = withoutEnd(sql);
      if (!reading.test(`${text}\n`))
        throw new SqlRefused(
          'query.read-only',
          'only SELECT, WITH and VALUES can be asked: nothing is written here',
        );
      return inTurn(() => askFile(path, text, { ...limits, timer }));
    },
  };
}

function inTurn<Answer>(act: () => Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    void atOnce.begin(() => act().then(resolve, reject));
  });
}

async function askFile(path: string, sql: string, limits: Limits): Promise<SqlRows> {
  const connection: Connection = new AsyncDatabase(`${pathToFileURL(path).href}?mode=ro`, {});
  try {
    return await ask(connection, sql, limits);
  } finally {
    connection.close();
  }
}

/** The question without the semicolons and blanks at its end. */
function withoutEnd(sql: string): string {
  let end = sql.length;
  while (/[;\s]/.test(sql.charAt(end - 1))) end--;

  return sql.slice(0, end);
}

type Limits = Parameters<RunSql['query']>[1] & { readonly timer: Timer };

async function ask(connection: Connection, sql: string, { rowsMax, msMax, timer }: Limits): Promise<SqlRows> {
  const refused = (error: unknown): never => {
    throw new SqlRefused('query.invalid', `the question cannot be answered: ${messageOf(error)}`, {
      cause: error,
    });
  };
  await connection.exec(`PRAGMA query_only = 1; PRAGMA hard_heap_limit = ${bytesMax}`);
  const columns = (await connection.prepare(sql).catch(refused)).columns().map(({ name }) => name);
  const names = columns.map((_, at) => `c${at}`);
  // As one row, which a thread of the library makes: it can be interrupted, and nothing waits for it.
  const whole = `WITH asked (${names.join(', ')}) AS (\n${sql}\n)
    SELECT json_group_array(json_array(${names.join(', ')})) AS found FROM (SELECT * FROM asked LIMIT ${rowsMax + 1})`;
  await refuseUnlessHarmless(connection, whole).catch((error) =>
    error instanceof SqlRefused ? Promise.reject(error) : refused(error),
  );
  const statement = await connection.prepare(whole).catch(refused);
  const answer = statement.all([]);
  const found = await resultWithin(timer, msMax, answer).catch(refused);
  if (found === undefined) {
    connection.interrupt();
    await answer.catch(() => undefined);
    throw new SqlRefused('query.too-long', `no answer within ${msMax / 1_000} s: ask for less`);
  }
  const rows = JSON.parse(found[0]?.['found'] ?? '[]') as SqlRows['rows'];

  return { columns, rows: rows.slice(0, rowsMax), isCut: rows.length > rowsMax };
}

/** Looks at what SQLite would do: that names every function, however it is written. */
async function refuseUnlessHarmless(connection: Connection, sql: string): Promise<void> {
  const opcodes = await (await connection.prepare(`EXPLAIN ${sql}`)).all([]);
  for (const { opcode = '', p4 } of opcodes) {
    if (/^V[A-Z]/.test(opcode))
      throw new SqlRefused('query.invalid', 'only tables and views of the index can be asked');
    const [, name] = /^(.+)\(-?\d+\)$/.exec(p4 ?? '') ?? [];
    if (/^(?:PureFunc|Func|Agg)/.test(opcode) && (name === undefined || !functions.has(name)))
      throw new SqlRefused('query.invalid', `the function ${name ?? ''} cannot be used here`);
  }
}
