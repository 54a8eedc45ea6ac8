import type { z } from 'zod';
import type { RunsFilter } from '../../../machines/run/record/run-filter.ts';
import type { SqlAnswer, SqlQuestion } from '../../api/run-requests.ts';
import { listReadsMax, mapAtOnce } from '../../lib/limit.ts';
import type { BoardLine } from '../../ports/runs/board.ts';
import type { Stored } from '../../ports/runs/journal.ts';
import { SqlRefused, type SqlRows, type SqlTable } from '../../ports/runs/run-sql.ts';
import { executionRow } from '../../projections/insights/executions.ts';
import { createRunBook } from '../../projections/run/run-book.ts';
import {
  attemptRows,
  type DetailRow,
  type DetailTable,
  detailColumns,
  eventRows,
  executionRowOf,
  type ReadRun,
  taskRowsOf,
} from '../../projections/run/run-tables.ts';
import { parseTerms } from '../../projections/where.ts';
import { knownDefinitionsOf } from '../definitions/known-definitions.ts';
import { type OperationPorts, RequestRefused } from '../use-case.ts';
import { sumOf } from './run-lines.ts';

/** Nobody who asks in SQL is answered later. */
const queryMsMax = 10_000;
/** So many runs are read for one question, and of so many characters of records. */
const runsReadMax = 1_000;
const charactersMax = 32 * 1024 * 1024;

type Question = z.output<typeof SqlQuestion>;

/** What the index does not hold is read for the question alone: no engine pays for it while nobody asks. */
export async function queryRuns(ports: OperationPorts, asked: Question): Promise<SqlAnswer> {
  const { board, sql } = ports;
  const wanted = tablesIn(asked.sql);
  const filter = filterOf(asked, wanted);
  await board.ready;
  // What landed is in the index once it has counted.
  const of = sumOf(await board.counts(filter));
  const read = wanted.length === 0 ? undefined : await readTables(ports, { filter, wanted });
  const limits = { rowsMax: asked.limit, msMax: queryMsMax, tables: read?.tables };
  const { columns, rows, isCut } = await answered(sql.query(asked.sql, limits));
  const details = read === undefined ? {} : { details: { runs: read.runs, of } };

  return { columns: [...columns], rows: rows.map((row) => [...row]), isCut, ...details };
}

/** The tables that are named in a question: one too many costs time, and nothing else. */
function tablesIn(sql: string): readonly DetailTable[] {
  const all = Object.keys(detailColumns) as readonly DetailTable[];

  return all.filter((name) => new RegExp(`\\b${name}\\b`, 'i').test(sql));
}

function filterOf({ where }: Question, wanted: readonly DetailTable[]): RunsFilter {
  if (where === undefined) return {};
  if (wanted.length > 0) return { terms: parseTerms([where]) };
  const message = `where says whose ${Object.keys(detailColumns).join(', ')} are asked, and the question names none of these`;

  throw new RequestRefused({ code: 'usage.where', message }, 'write conditions on `runs` into the question');
}

type Wanted = { readonly filter: RunsFilter; readonly wanted: readonly DetailTable[] };
type Tables = { readonly tables: readonly SqlTable[]; readonly runs: number };

/** Of the runs that were started last. */
async function readTables(ports: OperationPorts, { filter, wanted }: Wanted): Promise<Tables> {
  const rows = new Map<DetailTable, DetailRow[]>(wanted.map((name) => [name, []]));
  const ofRuns = wanted.filter((name) => name !== 'workflow_executions');
  const lines = await ports.board.page({ filter, order: 'started', limit: runsReadMax });
  let left = charactersMax;
  let runs = 0;
  for (let from = 0; from < lines.length && left > 0; from += listReadsMax) {
    const some = lines.slice(from, from + listReadsMax);
    const read =
      ofRuns.length === 0 ? [] : await mapAtOnce(some, listReadsMax, (line) => readRun(ports, line));
    for (const each of read) {
      for (const name of ofRuns) rows.get(name)?.push(...rowsOf[name](each));
      left -= each.stored.reduce((sum, { body }) => sum + body.length, 0);
    }
    runs += some.length;
  }
  const executions = rows.get('workflow_executions');
  if (executions !== undefined)
    for await (const each of ports.workflows.executions({ terms: filter.terms, limit: runs }))
      executions.push(executionRowOf(executionRow(each)));

  return {
    runs,
    tables: [...rows].map(([name, found]) => ({ name, columns: detailColumns[name], rows: found })),
  };
}

const rowsOf: Readonly<
  Record<Exclude<DetailTable, 'workflow_executions'>, (run: ReadRun) => readonly DetailRow[]>
> = {
  tasks: taskRowsOf,
  attempts: attemptRows,
  events: eventRows,
};

/** Of a run whose events are gone there is nothing to read. */
async function readRun(ports: OperationPorts, { run, head, archived }: BoardLine): Promise<ReadRun> {
  const book = createRunBook();
  const stored: Stored[] = [];
  if (archived !== 'head')
    for await (const message of ports.rows.entries(run, { after: 0 })) {
      book.add(message);
      stored.push(message);
    }
  const loaded = await knownDefinitionsOf(ports).byHash(head.definition.hash);

  return { run, stored, rows: book.rows, definition: loaded?.definition };
}

async function answered(asked: Promise<SqlRows>): Promise<SqlRows> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof SqlRefused)) throw error;
    throw new RequestRefused({ code: error.code, message: error.message });
  }
}
