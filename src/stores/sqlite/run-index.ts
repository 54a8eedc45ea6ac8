import { randomUUID } from 'node:crypto';
import type { Head } from '../../../events/record.ts';
import { localId } from '../../../machines/chart/task-at.ts';
import { statusOfDamaged } from '../../../machines/run/record/damage-text.ts';
import {
  type RunCount,
  type RunsFilter,
  searchTextOf,
  shownStatusOfLine,
} from '../../../machines/run/record/run-filter.ts';
import type { RunsWanted, SomeShards } from '../../../machines/run/record/run-lines.ts';
import { textHash } from '../../../machines/shard.ts';
import { triggerOf } from '../../../machines/triggers/trigger-of.ts';
import type { Damage } from '../../ports/runs/journal.ts';
import {
  type IndexedStream,
  type RunIndex,
  RunIndexCleared,
  type RunSummary,
} from '../../ports/runs/run-index.ts';
import { allOf, behindPlace, type Condition, conditionOf, orderBy } from './run-conditions.ts';
import type { Sqlite, SqliteRow, SqliteValue, Statement } from './sqlite.ts';

/** A file that was made by another schema is made anew. */
export const schemaVersion = 4;

const columns = {
  run: 'TEXT NOT NULL UNIQUE',
  run_hash: 'INTEGER NOT NULL',
  position: 'INTEGER NOT NULL',
  sequence: 'INTEGER NOT NULL',
  definition: 'TEXT NOT NULL',
  version: 'INTEGER NOT NULL',
  definition_hash: 'TEXT NOT NULL',
  head_status: 'TEXT NOT NULL',
  head_shown: 'TEXT NOT NULL',
  damage_status: 'TEXT',
  started_at: 'TEXT NOT NULL',
  updated_at: 'TEXT NOT NULL',
  ended_at: 'TEXT',
  due_at: 'TEXT',
  error: 'TEXT',
  parent: 'TEXT',
  started_by: 'TEXT NOT NULL',
  settled: 'INTEGER NOT NULL',
  tasks: 'INTEGER NOT NULL',
  active: 'TEXT NOT NULL',
  key: 'TEXT',
  owner: 'TEXT',
  agents: 'TEXT NOT NULL',
  error_group: 'TEXT',
  error_text: 'TEXT',
  terms: 'TEXT NOT NULL',
  search: 'TEXT NOT NULL',
  head: 'TEXT NOT NULL',
  damage: 'TEXT',
  archived: 'TEXT',
} as const;
type Column = keyof typeof columns;
const names = Object.keys(columns) as readonly Column[];

/** What is marked from outside of a row stays when the row is put anew. */
const marks = ['mark TEXT', 'mark_status TEXT'];
const computed = [
  'status TEXT GENERATED ALWAYS AS (coalesce(damage_status, mark_status, head_status)) VIRTUAL',
  'shown TEXT GENERATED ALWAYS AS (coalesce(damage_status, mark_status, head_shown)) VIRTUAL',
];

const counted = ['definition', 'version', 'definition_hash', 'status', 'shown'];

/** The row of `run_counts` of a row that comes or goes. */
function countOne(row: 'new' | 'old', by: 1 | -1): string {
  const values = [...counted.map((name) => `${row}.${name}`), `${row}.ended_at IS NOT NULL`].join(', ');
  const keys = [...counted, 'is_ended'].join(', ');

  return `INSERT INTO run_counts (${keys}, count) VALUES (${values}, ${by})
    ON CONFLICT (${keys}) DO UPDATE SET count = count + ${by};`;
}

/** The rows of `run_terms` of a row: its labels and searchable inputs by name and value. */
function termsOf(row: 'new' | 'old'): { readonly put: string; readonly drop: string } {
  const terms = `SELECT value ->> 0, value ->> 1, ${row}.id FROM json_each(${row}.terms)`;

  return {
    put: `INSERT OR IGNORE INTO run_terms ${terms};`,
    drop: `DELETE FROM run_terms WHERE (name, value, id) IN (${terms});`,
  };
}

export const schema = `
CREATE TABLE epochs (epoch TEXT NOT NULL);
INSERT INTO epochs VALUES (hex(randomblob(16)));
CREATE TABLE streams (stream TEXT PRIMARY KEY, created TEXT NOT NULL, position INTEGER NOT NULL,
  run TEXT NOT NULL, hash TEXT NOT NULL);
CREATE TABLE run_index (id INTEGER PRIMARY KEY,
  ${[...names.map((name) => `${name} ${columns[name]}`), ...marks, ...computed].join(',\n  ')});
CREATE INDEX runs_by_change ON run_index (position);
CREATE INDEX runs_by_update ON run_index (updated_at, run);
CREATE INDEX runs_by_start ON run_index (started_at, run);
CREATE INDEX runs_by_definition ON run_index (definition, started_at, run);
CREATE INDEX runs_by_definition_change ON run_index (definition, position);
CREATE INDEX runs_by_status ON run_index (shown, updated_at, run);
CREATE INDEX runs_under_way ON run_index (position) WHERE ended_at IS NULL;
CREATE INDEX runs_by_key ON run_index (key, updated_at, run) WHERE key IS NOT NULL;
CREATE INDEX runs_by_group ON run_index (error_group, updated_at, run) WHERE error_group IS NOT NULL;
CREATE VIEW runs AS SELECT run, key, definition, version, definition_hash, status, shown, started_by AS trigger_id,
  owner, parent, started_at, updated_at, ended_at, due_at, error, error_text, error_group, settled, tasks,
  head -> '$.labels' AS labels, head -> '$.searchable' AS inputs, head -> '$.agents' AS agents, sequence, position,
  archived FROM run_index;
CREATE TABLE run_terms (name TEXT NOT NULL, value TEXT NOT NULL, id INTEGER NOT NULL,
  PRIMARY KEY (name, value, id)) WITHOUT ROWID;
CREATE TRIGGER terms_come AFTER INSERT ON run_index WHEN new.terms <> '[]' BEGIN ${termsOf('new').put} END;
CREATE TRIGGER terms_go AFTER DELETE ON run_index WHEN old.terms <> '[]' BEGIN ${termsOf('old').drop} END;
CREATE TRIGGER terms_change AFTER UPDATE OF terms ON run_index WHEN old.terms <> new.terms
  BEGIN ${termsOf('old').drop} ${termsOf('new').put} END;
CREATE TABLE run_counts (${counted.map((name) => `${name} TEXT NOT NULL`).join(', ')}, is_ended INTEGER NOT NULL,
  count INTEGER NOT NULL, PRIMARY KEY (${[...counted, 'is_ended'].join(', ')})) WITHOUT ROWID;
CREATE TRIGGER run_comes AFTER INSERT ON run_index BEGIN ${countOne('new', 1)} END;
CREATE TRIGGER run_goes AFTER DELETE ON run_index BEGIN ${countOne('old', -1)} END;
CREATE TRIGGER run_changes AFTER UPDATE ON run_index
  WHEN ${[...counted, 'ended_at IS NULL'].map((name) => `(old.${name}) IS NOT (new.${name})`).join(' OR ')}
  BEGIN ${countOne('old', -1)} ${countOne('new', 1)} END;
PRAGMA user_version = ${schemaVersion};
`;

/** One statement for a whole batch, as a text: each that is given on to the library costs as much as its row. */
const put = `INSERT INTO run_index (${names.join(', ')})
  SELECT ${names.map((_, at) => `value ->> ${at}`).join(', ')} FROM json_each(?) WHERE true
  ON CONFLICT (run) DO UPDATE SET ${names
    .filter((name) => name !== 'run')
    .map((name) => `${name} = excluded.${name}`)
    .join(', ')} WHERE excluded.position > position
  OR (excluded.position = position AND excluded.archived IS NOT NULL AND archived IS NULL)`;
const putStream = `INSERT INTO streams (stream, created, position, run, hash) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (stream) DO UPDATE SET created = excluded.created, position = excluded.position, run = excluded.run,
  hash = excluded.hash WHERE excluded.created <> created OR excluded.position > position`;
const lineColumns = ['run', 'position', 'sequence', 'updated_at', 'head', 'damage', 'mark', 'archived'];

/** An index in a database that has the schema. */
export function createSqliteRunIndex(db: Sqlite): RunIndex {
  const linesWhere = async ({ sql, values }: Condition, more: string): Promise<readonly RunSummary[]> => {
    const query = `SELECT ${lineColumns.join(', ')} FROM run_index WHERE ${sql} ${more}`;

    return (await db.rows(query, lineColumns, values)).map(lineOf);
  };

  return {
    epoch: async () => String((await db.rows('SELECT epoch FROM epochs', ['epoch']))[0]?.[0]),
    cursor: async (stream, created) => {
      const query = 'SELECT position, run, hash FROM streams WHERE stream = ? AND created = ?';
      const [row] = await db.rows(query, ['position', 'run', 'hash'], [stream, created]);

      return row && { position: Number(row[0]), run: String(row[1]), hash: String(row[2]) };
    },
    put: (lines, read) =>
      db.transaction([
        ...(read === undefined ? [] : [isEpoch(read.epoch)]),
        ...(lines.length === 0 ? [] : [putStatement(lines)]),
        ...(read === undefined ? [] : [{ sql: putStream, values: streamRow(read) }]),
      ]),
    replace: (run, line) =>
      db.transaction([
        { sql: 'DELETE FROM run_index WHERE run = ?', values: [run] },
        ...(line === undefined ? [] : [putStatement([line])]),
      ]),
    mark: (damaged) =>
      db.transaction([
        { sql: 'UPDATE run_index SET mark = NULL, mark_status = NULL WHERE mark IS NOT NULL' },
        ...Array.from(damaged, ([run, damage]) => ({
          sql: 'UPDATE run_index SET mark = ?, mark_status = ? WHERE run = ?',
          values: [JSON.stringify(damage), statusOfDamaged(damage), run],
        })),
      ]),
    page: ({ filter = {}, order, after, limit }: RunsWanted) => {
      const behind = after === undefined ? [] : [behindPlace(order, after)];
      const by = orderBy(order, { isFew: filter.prefix !== undefined });

      return linesWhere(allOf([conditionOf(filter), ...behind]), `ORDER BY ${by} LIMIT ${limit}`);
    },
    counts: (filter = {}) => countsIn(db, filter),
    line: (run) => {
      const row = db.rowNow(`SELECT ${lineColumns.join(', ')} FROM run_index WHERE run = ?`, [run]);

      return row && lineOf(lineColumns.map((name) => row[name] ?? null));
    },
    neighbours: (run) =>
      [
        'max(run) AS found FROM run_index WHERE run < ?',
        'min(run) AS found FROM run_index WHERE run > ?',
      ].flatMap((query) => {
        const found = db.rowNow(`SELECT ${query}`, [run])?.['found'];
        return typeof found === 'string' ? [found] : [];
      }),
    durations: ({ id, hash }, limit) => durationsIn(db, { definition: id, hash, limit }),
    unfinishedRuns: (shards) => {
      const isLive = { sql: 'ended_at IS NULL', values: [] };
      // One that owns all shards needs none of their numbers looked at.
      const isOurs = shards === undefined || shards.of.length === shards.count ? [] : [isOfShards(shards)];

      return linesWhere(allOf([isLive, ...isOurs]), 'ORDER BY position DESC');
    },
    clear: async () => {
      const epoch = randomUUID();
      await db.transaction([
        ...['run_index', 'run_terms', 'run_counts', 'streams'].map((table) => ({
          sql: `DELETE FROM ${table}`,
        })),
        { sql: 'UPDATE epochs SET epoch = ?', values: [epoch] },
      ]);

      return epoch;
    },
    close: db.close,
  };
}

function putStatement(lines: readonly RunSummary[]): Statement {
  return { sql: put, values: [JSON.stringify(lines.map(rowOf))] };
}

function isEpoch(epoch: string): Statement {
  return {
    sql: 'SELECT epoch FROM epochs WHERE epoch = ?',
    values: [epoch],
    unlessFound: () => new RunIndexCleared(),
  };
}

function streamRow({ stream, created, cursor: { position, run, hash } }: IndexedStream): SqliteRow {
  return [stream, created, position, run, hash];
}

function isOfShards({ of, count }: SomeShards): Condition {
  return { sql: `run_hash % ${count} IN (${of.map(() => '?').join(', ')})`, values: of };
}

function durationsIn(
  db: Sqlite,
  {
    definition,
    hash,
    limit,
  }: { readonly definition: string; readonly hash: string | undefined; readonly limit: number },
): readonly number[] {
  const { sql, values } = conditionOf({
    definition,
    isEnded: true,
    ...(hash === undefined ? {} : { hashes: [hash] }),
  });
  const query = `SELECT json_group_array(json_array(started_at, ended_at)) AS found FROM (SELECT started_at, ended_at
    FROM run_index WHERE ${sql} AND head_status = 'COMPLETED' ORDER BY position DESC LIMIT ${limit})`;
  const rows = JSON.parse(
    String(db.rowNow(query, values)?.['found'] ?? '[]'),
  ) as readonly (readonly string[])[];

  return rows.map(([from = '', to = '']) => Math.max(0, Date.parse(to) - Date.parse(from)));
}

const countColumns = [...counted, 'is_ended', 'count'];

/** What depends on the definition and the status alone is counted already. */
async function countsIn(db: Sqlite, filter: RunsFilter): Promise<readonly RunCount[]> {
  const { terms = [], isEnded, definition, hashes, shown, ...others } = filter;
  const isCounted =
    terms.every(({ field }) => field === 'status' || field === 'definition') &&
    Object.values(others).every((value) => value === undefined || value === '');
  const { sql, values } = conditionOf(isCounted ? { terms, definition, hashes, shown } : filter);
  const keys = counted.join(', ');
  const ended = isCounted && isEnded !== undefined ? `AND is_ended = ${isEnded ? 1 : 0}` : '';
  const query = isCounted
    ? `SELECT ${keys}, is_ended, count FROM run_counts WHERE count > 0 AND (${sql}) ${ended}`
    : `SELECT ${keys}, ended_at IS NOT NULL AS is_ended, count(*) AS count FROM run_index WHERE ${sql} GROUP BY ${keys}, 6`;

  return (await db.rows(query, countColumns, values)).map(
    ([id, version, hash, status, shownStatus, hasEnded, count]) => ({
      definition: { id: String(id), version: Number(version), hash: String(hash) },
      status: String(status),
      shown: String(shownStatus),
      isEnded: hasEnded === 1,
      count: Number(count),
    }),
  );
}

function rowOf(line: RunSummary): SqliteRow {
  const { run, head, damage } = line;
  const { id, version, hash } = head.definition;
  const row: Readonly<Record<Column, SqliteValue | undefined>> = {
    run,
    run_hash: textHash(run),
    position: line.position,
    sequence: line.sequence,
    definition: id,
    version,
    definition_hash: hash,
    head_status: head.status,
    head_shown: shownStatusOfLine({ head }),
    damage_status: damage && statusOfDamaged(damage),
    started_at: head.startedAt,
    updated_at: line.updatedAt,
    ended_at: head.endedAt,
    due_at: head.dueAt,
    error: head.error,
    parent: head.parent,
    started_by: triggerOf(head),
    settled: head.settled,
    tasks: head.tasks,
    active: activeText(head),
    key: head.key,
    owner: head.owner,
    agents: linesText(head.agents ?? []),
    error_group: head.errorGroup,
    error_text: head.errorText,
    terms: JSON.stringify(termsIn(head)),
    search: searchTextOf(line),
    head: JSON.stringify(head),
    damage: damage && JSON.stringify(damage),
    archived: line.archived,
  };

  return names.map((name) => row[name] ?? null);
}

/** The addresses and ids of the active tasks, each between line ends. */
function activeText({ active }: Head): string {
  return linesText([...new Set(active.flatMap(({ task }) => [task, localId(task)]))]);
}

function linesText(names: readonly string[]): string {
  return names.length === 0 ? '' : `\n${names.join('\n')}\n`;
}

function termsIn({ labels = {}, searchable = {} }: Head): readonly (readonly [string, string])[] {
  return [
    ...Object.entries(labels).map(([name, value]) => [`label.${name}`, value] as const),
    ...Object.entries(searchable).map(([name, value]) => [`input.${name}`, value] as const),
  ];
}

/** A row by `lineColumns`. What was put is what comes back: it was read by whoever put it. */
function lineOf([run, position, sequence, updatedAt, head, own, mark, archived]: SqliteRow): RunSummary {
  const damage = own ?? mark ?? undefined;

  return {
    run: String(run),
    head: JSON.parse(String(head)) as Head,
    sequence: Number(sequence),
    position: Number(position),
    updatedAt: String(updatedAt),
    ...(archived === 'whole' || archived === 'head' ? { archived } : {}),
    ...(damage === undefined ? {} : { damage: JSON.parse(String(damage)) as Damage }),
  };
}
