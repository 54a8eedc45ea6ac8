import type { RunList } from '../../../api/run.ts';
import { useUrlState } from '../../parts/use-url-state.ts';

/** What the list is narrowed to; all of it stands in the address of the page. */
export type RunFilter = {
  readonly q: string;
  readonly where: string;
  /** Shown statuses, comma separated; empty: all. */
  readonly status: string;
  readonly sort: string;
};

export type RunFilterState = RunFilter & {
  readonly set: (name: keyof RunFilter, value: string) => void;
  readonly clear: () => void;
};

/** The filter in the address, and how to change it. */
export function useRunFilter(): RunFilterState {
  const [q, setQ] = useUrlState('q');
  const [where, setWhere] = useUrlState('where');
  const [status, setStatus] = useUrlState('status');
  const [sort, setSort] = useUrlState('sort', 'updated');
  const setters = { q: setQ, where: setWhere, status: setStatus, sort: setSort };

  return {
    q,
    where,
    status,
    sort,
    set: (name, value) => setters[name](value),
    clear: () => {
      setQ('');
      setWhere('');
      setStatus('');
    },
  };
}

/** Whether anything is left out. */
export function isNarrowed({ q, where, status }: RunFilter): boolean {
  return q !== '' || where !== '' || status !== '';
}

/** The filter in words, for what is about to be done to all that match. */
export function filterText({ q, where, status }: RunFilter): string {
  const parts = [
    status === '' ? '' : `status ${status.replaceAll(',', ' or ')}`,
    where,
    q === '' ? '' : `text "${q}"`,
  ].filter((part) => part !== '');

  return parts.length === 0 ? 'every run there is' : parts.join(', ');
}

/** The statuses that are chosen once one more is pressed, as they stand in the address. */
export function toggledStatus(status: string, pressed: string): string {
  const chosen = status.split(',').filter((one) => one !== '');

  return (chosen.includes(pressed) ? chosen.filter((one) => one !== pressed) : [...chosen, pressed]).join(
    ',',
  );
}

/** The statuses there is a button for: those that occur, and those that are chosen. */
export function statusChips(counts: RunList['counts'], status: string): readonly string[] {
  const chosen = status.split(',').filter((one) => one !== '');
  const known = order.filter((one) => (counts[one] ?? 0) > 0 || chosen.includes(one));
  const others = [...Object.keys(counts), ...chosen].filter((one) => !order.includes(one));

  return [...known, ...new Set(others)];
}

const order = [
  'NEEDS_APPROVAL',
  'RUNNING',
  'PAUSED',
  'CANCELLING',
  'COMPENSATING',
  'FAILED',
  'TIMED_OUT',
  'QUARANTINED',
  'NEWER',
  'COMPLETED',
  'CANCELLED',
  'TERMINATED',
];
