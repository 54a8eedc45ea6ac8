// Questions in SQL. Nothing interrupts one call of a function of SQLite, and its limit of memory counts for the whole
// process: so each is answered by a process of its own, which can be killed.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import AsyncDatabase from 'libsql/promise';
import { resultWithin, type Timer } from '../../lib/deadline.ts';
import { createLimit } from '../../lib/limit.ts';
import { messageOf } from '../../lib/text.ts';
import {
  type RunSql,
  SqlRefused,
  type SqlRows,
  type SqlTable,
  type SqlValue,
} from '../../ports/runs/run-sql.ts';

/** What the process is told: the file of an index, and the question without anything behind its end. */
type SqlAsked = {
  readonly path: string;
  readonly sql: string;
  readonly rowsMax: number;
  readonly tables?: readonly SqlTable[] | undefined;
};

/** What it says, once. */
type SqlAnswered = { readonly rows: SqlRows } | { readonly refused: Pick<SqlRefused, 'code' | 'message'> };

/** This file is also what the process begins with. */
const thisProgram = fileURLToPath(import.meta.url);

/** Each is a process, which may take a whole core while it works. */
const atOnce = createLimit(2);

/** No text fits it in two ways: one that does not fit would be tried in all of them. */
const reading = /^(?:\s|--[^\n]*\n|\/\*(?:[^*]|\*(?!\/))*\*\/)*(?:select|with|values)\b/i;

/** Answers questions from the file of an index, each in a process that is killed when its time is over. */
export function createRunSql(path: string, timer: Timer): RunSql {
  return {
    query: async (sql, limits) => {
      const text = withoutEnd(sql);
      if (!reading.test(`${text}\n`))
        throw new SqlRefused(
          'query.read-only',
          'only SELECT, WITH and VALUES can be asked: nothing is written here',
        );
      return inTurn(() => askProcess({ path, sql: text }, { ...limits, timer }));
    },
  };
}

function inTurn<Answer>(act: () => Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    void atOnce.begin(() => act().then(resolve, reject));
  });
}

/** The question without the semicolons and blanks at its end. */
function withoutEnd(sql: string): string {
  let end = sql.length;
  while (/[;\s]/.test(sql.charAt(end - 1))) end--;

  return sql.slice(0, end);
}

type Limits = Parameters<RunSql['query']>[1] & { readonly timer: Timer };

async function askProcess(
  asked: { readonly path: string; readonly sql: string },
  { rowsMax, msMax, tables, timer }: Limits,
): Promise<SqlRows> {
  // It needs none of our credentials.
  const child = fork(thisProgram, [], { env: {}, stdio: 'ignore' });
  try {
    const answering = answerOf(child);
    answering.catch(() => undefined);
    send(child, { ...asked, rowsMax, tables });
    const answer = await resultWithin(timer, msMax, answering);
    if (answer === undefined)
      throw new SqlRefused('query.too-long', `no answer within ${msMax / 1_000} s: ask for less`);
    if ('refused' in answer) throw new SqlRefused(answer.refused.code, answer.refused.message);

    return answer.rows;
  } finally {
    child.kill('SIGKILL');
  }
}

/** One that could not be made for want of file descriptors has no way to be asked anything. */
function send(child: ChildProcess, asked: object): void {
  try {
    child.send(asked);
  } catch (error) {
    throw unavailableFor(error);
  }
}

function unavailableFor(cause: unknown): SqlRefused {
  return new SqlRefused('query.unavailable', `nothing answers questions now: ${messageOf(cause)}`, { cause });
}

function answerOf(child: ChildProcess): Promise<SqlAnswered> {
  return new Promise((resolve, reject) => {
    child.once('message', (answer: SqlAnswered) => resolve(answer));
    // One that cannot be made may tell so more than once.
    child.on('error', (error) => reject(unavailableFor(error)));
    // Whoever answers does not end by itself: it has taken more memory than there is.
    child.once('exit', (code, signal) =>
      reject(
        new SqlRefused(
          'query.too-large',
          `the process that answers has ended (${signal ?? code}): ask for less`,
        ),
      ),
    );
  });
}

type Prepared = {
  readonly columns: () => readonly { readonly name: string }[];
  readonly all: (values: readonly SqlValue[]) => Promise<readonly Readonly<Record<string, string>>[]>;
};
type Connection = {
  readonly prepare: (sql: string) => Promise<Prepared>;
  readonly exec: (sql: string) => Promise<void>;
  readonly close: () => void;
};

/** What SQLite may take of memory for a question that gathers too much; it is refused then. */
const bytesMax = 256 * 1024 * 1024;

/** Whoever asked reads the answer as a whole, and does nothing else meanwhile. */
const answerCharsMax = 8 * 1024 * 1024;

/**
 * The library brings functions that read and write files, and tables that are the folders of this machine. So a
 * question may use these functions alone, and no table that is made by a program.
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

/** On a connection that cannot write. Rejects with SqlRefused. */
export async function answerSql({ path, sql, rowsMax, tables = [] }: SqlAsked): Promise<SqlRows> {
  const connection: Connection = new AsyncDatabase(`${pathToFileURL(path).href}?mode=ro`, {});
  try {
    // What is sorted stays in memory, where it is bounded: a disk may be small.
    await connection.exec(`PRAGMA temp_store = memory; PRAGMA hard_heap_limit = ${bytesMax}`);
    for (const table of tables) await fill(connection, table);
    await connection.exec('PRAGMA query_only = 1');
    return await ask(connection, { sql, rowsMax });
  } catch (error) {
    if (error instanceof SqlRefused) throw error;
    throw new SqlRefused('query.invalid', `the question cannot be answered: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    connection.close();
  }
}

/** Rows that are put with one statement. */
const batchMax = 1_000;

/** In memory, and gone with the connection: the file cannot be written. */
async function fill(connection: Connection, { name, columns: named, rows }: SqlTable): Promise<void> {
  await connection.exec(`CREATE TEMP TABLE ${name} (${named.join(', ')})`);
  const values = named.map((_, at) => `value ->> ${at}`).join(', ');
  const put = await connection.prepare(`INSERT INTO temp.${name} SELECT ${values} FROM json_each(?)`);
  for (let from = 0; from < rows.length; from += batchMax)
    await put.all([JSON.stringify(rows.slice(from, from + batchMax))]);
}

async function ask(
  connection: Connection,
  { sql, rowsMax }: Pick<SqlAsked, 'sql' | 'rowsMax'>,
): Promise<SqlRows> {
  const columns = (await connection.prepare(sql)).columns().map(({ name }) => name);
  const names = columns.map((_, at) => `c${at}`);
  // As one row, which a thread of the library makes: this one still hears that nobody waits any more.
  const whole = `WITH asked (${names.join(', ')}) AS (\n${sql}\n)
    SELECT json_group_array(json_array(${names.join(', ')})) AS found FROM (SELECT * FROM asked LIMIT ${rowsMax + 1})`;
  await refuseUnlessHarmless(connection, whole);
  const [row] = await (await connection.prepare(whole)).all([]);
  const found = row?.['found'] ?? '[]';
  if (found.length > answerCharsMax)
    throw new SqlRefused(
      'query.too-large',
      `the answer is longer than ${answerCharsMax} characters: ask for less`,
    );
  const rows = JSON.parse(found) as SqlRows['rows'];

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

async function answered(asked: SqlAsked): Promise<SqlAnswered> {
  try {
    return { rows: await answerSql(asked) };
  } catch (error) {
    const { code, message } =
      error instanceof SqlRefused ? error : new SqlRefused('query.invalid', messageOf(error));

    return { refused: { code, message } };
  }
}

/** It ends with the channel to whoever asked, also while a thread of the library works. */
function listen(): void {
  process.once('message', (asked: SqlAsked) => void answered(asked).then((answer) => process.send?.(answer)));
}

if (process.argv[1] === thisProgram) listen();
