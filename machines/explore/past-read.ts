import type { Chart } from '../compile/chart.ts';
import type { TaskTemplates } from '../compile/templates.ts';
import type { Reference } from '../expressions/template.ts';

const known = new WeakMap<Chart, ReadonlySet<string>>();
const past: ReadonlySet<string> = new Set(['attempt', 'error']);

/** The tasks of which some expression reads how often they were tried, or with what error. */
export function pastRead(chart: Chart): ReadonlySet<string> {
  const found = known.get(chart) ?? new Set(referencesIn(chart).flatMap(taskOfPast));
  known.set(chart, found);

  return found;
}

function referencesIn({ templates, output }: Chart): readonly Reference[] {
  return [...[...templates.values()].flatMap(referencesOf), ...(output?.references ?? [])];
}

function referencesOf({ cases, ...parts }: TaskTemplates): readonly Reference[] {
  return [...Object.values(parts), ...cases.values()].flatMap(({ references }) => references);
}

/** `pay.error.code`, `tasks["pay"].attempt`; the whole of `pay` holds both. */
function taskOfPast({ path }: Reference): readonly string[] {
  const [task, member] = path[0] === 'tasks' ? path.slice(1) : path;

  return task !== undefined && (member === undefined || past.has(member)) ? [task] : [];
}
