import {
  type RunOrder,
  type RunPlace,
  type RunsFilter,
  type RunTerm,
  shortIdLength,
} from '../../../machines/run/record/run-filter.ts';
/** A part of a statement, and the values of its question marks in order. */
export type Condition = { readonly sql: string; readonly values: readonly (string | number)[] };

/** What a filter asks of the rows of `run_index`; `fitsFilter` says the same of runs in memory. */
export function conditionOf(filter: RunsFilter): Condition {
  const { terms = [], text = '', shown, hashes, within } = filter;

  return allOf([
    ...terms.map(termCondition),
    ...(text === '' ? [] : [textCondition(text)]),
    ...(shown === undefined ? [] : [isIn('shown', shown)]),
    ...(hashes === undefined ? [] : [isIn('definition_hash', hashes)]),
    ...(within === undefined ? [] : [spanCondition(within)]),
    ...plainConditions(filter),
  ]);
}

function plainConditions(filter: RunsFilter): readonly Condition[] {
  const { isEnded, isDamaged, isPart, isArchived, definition, prefix, startedFrom, updatedFrom, behind } =
    filter;

  return [
    ...(isEnded === undefined ? [] : [isThere('ended_at', isEnded)]),
    ...(isDamaged === undefined ? [] : [isThere('coalesce(damage, mark)', isDamaged)]),
    ...(isPart === undefined ? [] : [isThere('parent', isPart)]),
    ...(isArchived === undefined ? [] : [isThere('archived', isArchived)]),
    ...(definition === undefined ? [] : [{ sql: 'definition = ?', values: [definition] }]),
    ...(prefix === undefined ? [] : [beginsWith('run', prefix)]),
    ...(startedFrom === undefined ? [] : [{ sql: 'started_at >= ?', values: [startedFrom] }]),
    ...(updatedFrom === undefined ? [] : [{ sql: 'updated_at >= ?', values: [updatedFrom] }]),
    ...(behind === undefined ? [] : [{ sql: 'position > ?', values: [behind] }]),
  ];
}

export function allOf(conditions: readonly Condition[]): Condition {
  if (conditions.length === 0) return { sql: 'true', values: [] };

  return {
    sql: conditions.map(({ sql }) => `(${sql})`).join(' AND '),
    values: conditions.flatMap(({ values }) => values),
  };
}

function anyOf(conditions: readonly Condition[]): Condition {
  if (conditions.length === 0) return { sql: 'false', values: [] };

  return {
    sql: conditions.map(({ sql }) => `(${sql})`).join(' OR '),
    values: conditions.flatMap(({ values }) => values),
  };
}

function isIn(column: string, values: readonly (string | number)[]): Condition {
  return { sql: `${column} IN (${values.map(() => '?').join(', ')})`, values };
}

function isThere(column: string, isSo: boolean): Condition {
  return { sql: `${column} IS ${isSo ? 'NOT ' : ''}NULL`, values: [] };
}

/** As a range, which an index answers. No character of an id or a code comes behind the last one. */
function beginsWith(column: string, prefix: string): Condition {
  return { sql: `${column} >= ? AND ${column} < ?`, values: [prefix, `${prefix}\u{10ffff}`] };
}

function textCondition(text: string): Condition {
  return { sql: 'instr(search, ?) > 0', values: [text] };
}

/** Was started before the end of the span, and has not ended before its beginning. */
function spanCondition({ from, to }: NonNullable<RunsFilter['within']>): Condition {
  return { sql: 'started_at < ? AND (ended_at IS NULL OR ended_at >= ?)', values: [to, from] };
}

function termCondition(term: RunTerm): Condition {
  if (term.field === 'started') return { sql: `started_at ${term.operator} ?`, values: [term.at] };
  if (term.field === 'contains') return containsCondition(term);
  const { sql, values } =
    'name' in term ? namedCondition(term) : anyOf(term.values.map(valueConditions[term.field]));

  return term.isNot ? { sql: `(${sql}) IS NOT TRUE`, values } : { sql, values };
}

function containsCondition({ in: place, text }: Extract<RunTerm, { field: 'contains' }>): Condition {
  const columns = place === 'key' ? ['key'] : ['error', 'error_text'];

  return anyOf(columns.map((column) => ({ sql: `instr(lower(${column}), ?) > 0`, values: [text] })));
}

function namedCondition({ field, name, values }: Extract<RunTerm, { name: string }>): Condition {
  const found = isIn('value', values);

  return {
    sql: `id IN (SELECT id FROM run_terms WHERE name = ? AND ${found.sql})`,
    values: [`${field}.${name}`, ...found.values],
  };
}

type ValuesField = Exclude<RunTerm['field'], 'started' | 'contains' | 'label' | 'input'>;

const valueConditions: Readonly<Record<ValuesField, (value: string) => Condition>> = {
  status: (value) => ({ sql: 'status = ? OR shown = ?', values: [value, value] }),
  definition: (value) =>
    value.includes('@')
      ? { sql: "definition || '@' || version = ?", values: [value] }
      : { sql: 'definition = ?', values: [value] },
  error: (value) =>
    value.endsWith('.*')
      ? { sql: "substr(coalesce(error, ''), 1, ?) = ?", values: [value.length - 1, value.slice(0, -1)] }
      : { sql: "coalesce(error, '') = ?", values: [value] },
  active: (value) => ({ sql: 'instr(active, ?) > 0', values: [`\n${value}\n`] }),
  trigger: (value) => ({ sql: 'started_by = ?', values: [value] }),
  run: (value) =>
    value.length >= shortIdLength ? beginsWith('run', value) : { sql: 'run = ?', values: [value] },
  key: (value) => ({ sql: 'key = ?', values: [value] }),
  owner: (value) => ({ sql: 'owner = ?', values: [value] }),
  // Only runs under way have any, and these have an index.
  agent: (value) => ({ sql: 'ended_at IS NULL AND instr(agents, ?) > 0', values: [`\n${value}\n`] }),
  group: (value) => ({ sql: 'error_group = ?', values: [value] }),
  archived: (value) => isThere('archived', value === 'yes'),
};

type Part = { readonly column: string; readonly isDescending: boolean };

const orders: Readonly<Record<RunOrder, readonly Part[]>> = {
  updated: [down('updated_at'), down('run')],
  changed: [down('position')],
  started: [down('started_at'), down('run')],
  definition: [up('definition'), down('started_at'), down('run')],
  status: [up('shown'), down('updated_at'), down('run')],
  ended: [down("coalesce(ended_at, '')"), down('run')],
};

function up(column: string): Part {
  return { column, isDescending: false };
}

function down(column: string): Part {
  return { column, isDescending: true };
}

/** `isFew`: few runs fit, and are found by another index than the one that has this order. */
export function orderBy(order: RunOrder, { isFew }: { readonly isFew: boolean }): string {
  return orders[order]
    .map(({ column, isDescending }) => `${isFew ? '+' : ''}${column} ${isDescending ? 'DESC' : 'ASC'}`)
    .join(', ');
}

/** What comes behind a place of an order. */
export function behindPlace(order: RunOrder, place: RunPlace): Condition {
  const [[first, ...others], values] = [orders[order], place];
  if (first === undefined) return allOf([]);
  const [value = ''] = values;
  const beyond = first.isDescending ? '<' : '>';
  if (others.length === 0) return { sql: `${first.column} ${beyond} ?`, values: [value] };
  // The others all go down. The first alone bounds what an index has to look at.
  const names = others.map(({ column }) => column).join(', ');
  const marks = others.map(() => '?').join(', ');
  const rest = values.slice(1);

  return {
    sql: `${first.column} ${beyond}= ? AND (${first.column} ${beyond} ? OR (${names}) < (${marks}))`,
    values: [value, value, ...rest],
  };
}
