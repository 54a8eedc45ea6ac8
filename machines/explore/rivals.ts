import { localId, parseAddress } from '../compile/address.ts';
import type { Chart } from '../compile/chart.ts';
import { downstreamOf } from '../compile/downstream.ts';
import type { Open } from './owing.ts';

/** With more of them side by side the ways multiply: what four show, more show again. */
const rivalsMax = 4;

/**
 * The open tasks of which it matters which ends first: those that lead to the same `join: any` (or N), and those that
 * lead to different ends of the run. The first of the open ones is among them.
 */
export function rivalsOf(chart: Chart, first: Open, open: readonly Open[]): readonly Open[] {
  const own = reachOf(chart, first);
  const seen = new Set([own.ends]);
  const rivals = open.filter((each) => {
    if (each === first) return true;
    const other = reachOf(chart, each);
    const meets = own.joins.some((join) => other.joins.includes(join));
    const isOther = !seen.has(other.ends);
    seen.add(other.ends);
    return meets || isOther;
  });

  return rivals.slice(0, rivalsMax);
}

/** The joins that one task is enough for, and which TERMINATE tasks, a task leads to. */
type Reach = { readonly joins: readonly string[]; readonly ends: string };

const known = new WeakMap<Chart, Map<string, Reach>>();

function reachOf(chart: Chart, { address }: Pick<Open, 'address'>): Reach {
  const reaches = known.get(chart) ?? new Map<string, Reach>();
  known.set(chart, reaches);
  const id = localId(address);
  const found = reaches.get(id) ?? reach(chart, address);
  reaches.set(id, found);

  return found;
}

/** What a task leads to beside it, and what each body that it is in leads to. */
function reach(chart: Chart, address: string): Reach {
  const levels = [...(parseAddress(address)?.owners ?? []).map(({ id }) => id), localId(address)];
  const after = levels.flatMap((id) => [...downstreamOf(chart, id)]);
  const tasks = after.flatMap((id) => chart.plan.get(id)?.task ?? []);
  const joins = tasks.filter(({ join }) => join !== 'all' && join !== 'all_done').map(({ id }) => id);
  const ends = tasks.filter(({ type }) => type === 'TERMINATE').map(({ id }) => id);

  return { joins, ends: [...new Set(ends)].sort().join(' ') };
}
