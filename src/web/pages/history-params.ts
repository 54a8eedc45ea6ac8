import type { Params } from '../api/client.ts';

/** What ended runs are searched by; empty texts search for nothing. */
export type HistoryFilter = { readonly q: string; readonly definition: string; readonly status: string };

const PAGE_SIZE = 50;

/** The statuses that a run ends with. */
export const endedStatuses: readonly string[] = [
  'COMPLETED',
  'FAILED',
  'TIMED_OUT',
  'CANCELLED',
  'TERMINATED',
];

/** The search as parameters of the list of runs. */
export function historyParams({ q, definition, status }: HistoryFilter): Params {
  return {
    status: endedStatuses.includes(status) ? status : endedStatuses.join(','),
    limit: PAGE_SIZE,
    q: q.trim(),
    where: definition === '' ? '' : `definition=${definition}`,
  };
}
