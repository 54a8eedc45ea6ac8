import type { EventLine, EventPage } from '../../api/run-parts.ts';
import type { BookRow } from '../insights/book-row.ts';

/** Which events of a run are wanted. */
export type EventFilter = {
  /** Restricts the page to events before, or after, a number. */
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly limit: number;
  /** Types, or beginnings of types such as `task.*`. */
  readonly types?: readonly string[] | undefined;
  readonly task?: string | undefined;
  /** A text that stands somewhere in the line. */
  readonly q?: string | undefined;
  /** `desc`: the last of those that fit, else the first. They are told in the order of their numbers either way. */
  readonly order: 'desc' | 'asc';
};

export function eventPage(rows: readonly BookRow[], filter: EventFilter): EventPage {
  const fits = fitting(filter);
  const { before = Number.POSITIVE_INFINITY, after = 0, limit, order } = filter;
  const types: Record<string, number> = {};
  const found: EventLine[] = [];
  let matching = 0;
  for (const { line } of rows) {
    types[line.type] = (types[line.type] ?? 0) + 1;
    if (!fits(line)) continue;
    matching++;
    if (line.sequence > after && line.sequence < before) found.push(line);
  }
  const events = order === 'desc' ? found.slice(-limit) : found.slice(0, limit);

  return { events, matching, total: rows.length, types };
}

function fitting({ types, task, q }: EventFilter): (line: EventLine) => boolean {
  const wanted = q?.toLowerCase();
  const isOfType = (type: string): boolean =>
    types === undefined ||
    types.some((each) => (each.endsWith('*') ? type.startsWith(each.slice(0, -1)) : type === each));

  return (line) =>
    (task === undefined || line.task === task) &&
    isOfType(line.type) &&
    (wanted === undefined || textOf(line).includes(wanted));
}

function textOf({ type, task = '', actor, note }: EventLine): string {
  return `${type}\n${task}\n${actor}\n${note}`.toLowerCase();
}
