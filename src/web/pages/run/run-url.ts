import type { TasksOrStates } from '../../../api/run-parts.ts';

/** The tabs of a run in their order: the keys 1 to 7. */
export const tabs = ['timeline', 'graph', 'events', 'context', 'agents', 'logs', 'json'] as const;
export type Tab = (typeof tabs)[number];

/** What of the page of a run stands in its address. */
export type RunUrl = {
  readonly tab: Tab;
  /** The run as it was after this event; undefined: as it is now. */
  readonly at: number | undefined;
  /** What the graph shows. */
  readonly view: TasksOrStates;
  /** The task that is shown beside. */
  readonly task: string | undefined;
  /** The event that is shown in full. */
  readonly event: number | undefined;
};

/** Reads what it knows of an address, and takes what it does not for the usual. */
export function runUrl(search: URLSearchParams): RunUrl {
  return {
    tab: oneOf(tabs, search.get('tab')) ?? 'timeline',
    at: eventNumber(search.get('at')),
    view: search.get('view') === 'states' ? 'states' : 'tasks',
    task: search.get('task') ?? undefined,
    event: eventNumber(search.get('event')),
  };
}

/** The search part with the changes; what is as usual is left out, what it does not know is kept. */
export function withRunUrl(search: URLSearchParams, changes: Partial<RunUrl>): URLSearchParams {
  const next = new URLSearchParams(search);
  const url = { ...runUrl(search), ...changes };
  put(next, { tab: url.tab === 'timeline' ? undefined : url.tab, at: url.at, task: url.task });
  put(next, { event: url.event, view: url.view === 'tasks' ? undefined : url.view });

  return next;
}

function put(search: URLSearchParams, values: Readonly<Record<string, string | number | undefined>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) search.delete(name);
    else search.set(name, String(value));
  }
}

function oneOf<T extends string>(known: readonly T[], text: string | null): T | undefined {
  return known.find((one) => one === text);
}

function eventNumber(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}
