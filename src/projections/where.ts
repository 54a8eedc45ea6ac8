import { RunStatus } from '../../events/record.ts';
import { parseDuration } from '../../machines/language/duration.ts';
import { didYouMean } from '../../machines/language/suggest.ts';
import { asciiLower, fitsTerms, type RunTerm } from '../../machines/run/record/run-filter.ts';
import type { RunSummary } from '../ports/runs/run-index.ts';
import { WhereInvalid } from './where-invalid.ts';

const written = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

type Matches = (run: RunSummary) => boolean;

type Term = {
  readonly name: string;
  readonly operator: string;
  readonly value: string;
  readonly text: string;
};

/**
 * Reads the terms of `--where`, or of the field `where`: several in one text or each in its own. A run has to fit all.
 * Throws WhereInvalid.
 */
export function parseWhere(texts: readonly string[]): Matches {
  return fitsTerms(parseTerms(texts));
}

/** The same as terms that an index can be asked with. Throws WhereInvalid. */
export function parseTerms(texts: readonly string[]): readonly RunTerm[] {
  const terms = texts.flatMap((text) => text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? []);
  if (terms.length === 0) throw new WhereInvalid('usage.where', 'where needs a term, such as status=FAILED');

  return terms.map(parseTerm);
}

const readers: Readonly<Record<string, (term: Term) => RunTerm>> = {
  status: (term) => oneOf('status', { ...term, value: statusesIn(term.value, 'where').join(',') }),
  definition: (term) => oneOf('definition', term),
  key: (term) => (term.operator === '~' ? contains('key', term) : oneOf('key', term)),
  label: named,
  input: named,
  error: (term) => (term.operator === '~' ? contains('error', term) : oneOf('error', term)),
  group: (term) => oneOf('group', term),
  active: (term) => oneOf('active', term),
  agent: (term) => oneOf('agent', term),
  owner: (term) => oneOf('owner', term),
  trigger: (term) => oneOf('trigger', term),
  run: (term) => oneOf('run', term),
  archived: archivedTerm,
  started: startedTerm,
};

function parseTerm(text: string): RunTerm {
  const [, name = '', operator = '', value = ''] = /^([^=<>!~]*)(!=|<=|>=|=|<|>|~)(.*)$/s.exec(text) ?? [];
  const [field = '', ...more] = name.split('.');
  const isField =
    Object.hasOwn(readers, field) && (more.length === 0 || field === 'label' || field === 'input');
  const read = isField ? readers[field] : undefined;
  if (read === undefined) {
    const known = Object.keys(readers).map((each) => (isNamed(each) ? `${each}.<name>` : each));
    const written = name === '' ? text : name;
    const isStatus = RunStatus.safeParse(text.toUpperCase()).success;
    throw new WhereInvalid(
      'usage.where',
      `where: "${written}" is none of ${known.join(', ')}${didYouMean(written, known)}`,
      isStatus ? `status=${text}` : 'for example "status=FAILED definition=orders started>2026-01-31"',
    );
  }
  if (value === '' || value === '""')
    throw new WhereInvalid('usage.where', `where ${text}: a value is missing`);

  return read({ name, operator, value, text });
}

function isNamed(field: string): boolean {
  return field === 'label' || field === 'input';
}

type ValuesTerm = Exclude<
  Extract<RunTerm, { readonly values: readonly string[] }>,
  { readonly field: 'label' | 'input' }
>;

/** `=` or `!=` with one of several values, between commas. */
function oneOf(field: ValuesTerm['field'], term: Term): RunTerm {
  return { field, ...valuesOf(term, field === 'key' || field === 'error' ? '=, != and ~' : '= and !=') };
}

function valuesOf({ operator, value, text }: Term, possible = '= and !=') {
  if (operator !== '=' && operator !== '!=') {
    throw new WhereInvalid('usage.where', `where ${text}: only ${possible} are possible here`);
  }

  return { isNot: operator === '!=', values: valuesIn(value) };
}

/** Between commas; what stands in double quotes is one value, with its blanks and commas. */
function valuesIn(value: string): readonly string[] {
  const found = value.match(/(?:[^,"]|"[^"]*"?)+/g) ?? [];

  return found.map((each) => each.replaceAll('"', '')).filter((each) => each !== '');
}

/** `label.team=finance`, `input.order=42`. */
function named(term: Term): RunTerm {
  const [field = '', ...rest] = term.name.split('.');
  const name = rest.join('.');
  if (name === '') {
    const message = `where ${term.text}: of which ${field}? write ${field}.<name>${term.operator}${term.value}`;
    throw new WhereInvalid('usage.where', message);
  }

  return { field: field === 'label' ? 'label' : 'input', name, ...valuesOf(term) };
}

/** `error~text`: anywhere in it. */
function contains(place: 'error' | 'key', { value }: Term): RunTerm {
  return { field: 'contains', in: place, text: asciiLower(value.replaceAll('"', '')) };
}

function archivedTerm(term: Term): RunTerm {
  const read = oneOf('archived', term);
  if ('values' in read && read.values.every((each) => each === 'yes' || each === 'no')) return read;
  throw new WhereInvalid('usage.where', `where ${term.text}: archived is yes or no`);
}

const statuses: readonly string[] = [
  ...RunStatus.options,
  'QUARANTINED',
  'NEWER',
  'CANCELLED',
  'NEEDS_APPROVAL',
];

/** Statuses as they are written, between commas. `flag` is who asks. Throws WhereInvalid. */
export function statusesIn(text: string, flag: string): readonly string[] {
  return text
    .split(',')
    .map((each) => each.trim().toUpperCase().replaceAll('-', '_'))
    .map((name) => {
      if (statuses.includes(name)) return name;
      const known = statuses.join(', ');
      throw new WhereInvalid(
        'usage.status',
        `${flag}: "${name}" is none of ${known}${didYouMean(name, statuses)}`,
      );
    });
}

function startedTerm({ operator, value, text }: Term): RunTerm {
  const ms = writtenTimeMs(value);
  if (ms === undefined) {
    throw new WhereInvalid(
      'usage.where',
      `where ${text}: "${value}" is no time, such as 2026-01-31 or 2026-01-31T09:00:00Z`,
    );
  }
  if (operator === '=' || operator === '!=') {
    throw new WhereInvalid('usage.where', `where ${text}: started takes <, <=, > or >=`);
  }

  return { field: 'started', operator: operator as '<' | '<=' | '>' | '>=', at: new Date(ms).toISOString() };
}

/** A point in time in ms since 1970: without a zone it is in UTC, a date is its first moment. Undefined: no time. */
export function writtenTimeMs(text: string): number | undefined {
  const [, day, zone] = written.exec(text) ?? [];
  const ms = Date.parse(text.includes('T') && zone === undefined ? `${text}Z` : text);

  return day === undefined || Number.isNaN(ms) || !isDay(day) ? undefined : ms;
}

/** A point in time, or how long ago, such as `7d`, in ms since 1970. Undefined: neither. */
export function pastTimeMs(text: string, nowMs: number): number | undefined {
  const ago = parseDuration(text);

  return ago.ok ? nowMs - ago.ms : writtenTimeMs(text);
}

/** Whether the calendar has the day: Date.parse takes 2026-02-30 for the second of March. */
export function isDay(day: string): boolean {
  return new Date(`${day}T00:00Z`).toISOString().startsWith(day);
}
