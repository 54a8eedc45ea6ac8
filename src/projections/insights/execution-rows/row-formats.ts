import type { Json } from '../../../../events/canonical-json.ts';
import { apiVersion } from '../../api-version.ts';
import type { ExecutionRow } from '../executions.ts';

/** One JSON document, like those of the other commands, with an execution on each line. */
export const jsonRows: RowWriter = {
  head: `{"apiVersion":${JSON.stringify(apiVersion)},"kind":"ExecutionList","items":[\n`,
  row: (row, index) => `${index === 0 ? '' : ',\n'}${JSON.stringify(row)}`,
  tail: (count) => `\n],"total":${count}}\n`,
};

/** One execution on each line, and nothing else. */
export const jsonLines: RowWriter = {
  head: '',
  row: (row) => `${JSON.stringify(row)}\n`,
  tail: () => '',
};

const columns = [
  'id',
  'workflow_id',
  'trigger_id',
  'agents_involved',
  'execution_status',
  'result',
  'timestamp',
] as const;

/** RFC 4180, with a line of names first. */
export const csvRows: RowWriter = {
  head: lineOf(columns),
  row: ({ agents_involved, result, ...row }) => {
    const texts = {
      ...row,
      agents_involved: JSON.stringify(agents_involved),
      result: result === null ? '' : JSON.stringify(result),
    };
    return lineOf(columns.map((name) => String(texts[name])));
  },
  tail: () => '',
};

/**
 * SQL that SQLite (from 3.24 on) and PostgreSQL (from 9.5 on) take as it is. Loaded again it brings the rows up to
 * date, and a file that was cut off changes nothing: the end of the transaction is missing.
 */
export const sqlRows: RowWriter = {
  head: `BEGIN;
CREATE TABLE IF NOT EXISTS workflow_executions (
  id BIGINT PRIMARY KEY,
  workflow_id TEXT NOT NULL,
  trigger_id TEXT NOT NULL,
  agents_involved TEXT NOT NULL,
  execution_status TEXT NOT NULL,
  result JSON,
  timestamp TIMESTAMP NOT NULL
);
`,
  row: (row) => {
    const values = [
      String(row.id),
      textOf(row.workflow_id),
      textOf(row.trigger_id),
      jsonOf(row.agents_involved),
      textOf(row.execution_status),
      row.result === null ? 'NULL' : jsonOf(row.result),
      textOf(timeOf(row.timestamp)),
    ];
    return `${insert} (${values.join(', ')}) ${update};\n`;
  },
  tail: () => 'COMMIT;\n',
};

const changing = ['workflow_id', 'trigger_id', 'agents_involved', 'execution_status', 'result', 'timestamp'];

const insert = `INSERT INTO workflow_executions (id, ${changing.join(', ')}) VALUES`;

const update = `ON CONFLICT (id) DO UPDATE SET ${changing.map((name) => `${name} = excluded.${name}`).join(', ')}`;

/** A standard string: a backslash is no more than a backslash in it. */
function textOf(text: string): string {
  return `'${storableText(text).replaceAll("'", "''")}'`;
}

/** What cannot be stored goes before the JSON is written: there it would be an escape that PostgreSQL refuses. */
function jsonOf(value: Json): string {
  return textOf(JSON.stringify(storable(value)));
}

function storable(value: Json): Json {
  if (typeof value === 'string') return storableText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(storable);

  return Object.fromEntries(
    Object.entries(value).map(([key, member]): [string, Json] => [storableText(key), storable(member)]),
  );
}

/** Both know times without a zone in this form; it is UTC. */
function timeOf(iso: string): string {
  return new Date(iso).toISOString().replace('T', ' ').replace('Z', '');
}

function lineOf(cells: readonly string[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`;
}

function cellOf(text: string): string {
  const safe = harmless(storableText(text));

  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A spreadsheet would take what begins like a formula for one, and carry it out. A number is no more than a number. */
function harmless(text: string): string {
  return /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? `'${text}` : text;
}

/** Writes executions one after another, so that no more than one has to be in memory. */
export type RowWriter = {
  readonly head: string;
  /** `index` counts from 0. */
  readonly row: (row: ExecutionRow, index: number) => string;
  /** `count` is how many there were. */
  readonly tail: (count: number) => string;
};

/** Without what databases and spreadsheets cannot hold: NUL, and halves of characters. */
function storableText(text: string): string {
  return text.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\uFFFD');
}
