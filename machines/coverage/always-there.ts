import type { Chart } from '../compile/chart.ts';
import type { Place } from '../compile/plan.ts';
import type { InputProperty } from '../definition.ts';
import type { Reference } from '../expressions/outcome.ts';

const scalars: readonly unknown[] = ['string', 'number', 'integer', 'boolean'];

/**
 * Whether what is read is there in every run, of a kind that the state can work with. What tasks give is not: people
 * may complete them by hand, with any output.
 */
export function isAlwaysThere(
  { definition, plan }: Chart,
  { task, path, state }: { readonly task: string; readonly path: Reference['path']; readonly state: string },
): boolean {
  const [root = '', second = '', third = ''] = path;
  const place = plan.get(task);
  if (root === 'workflow' && second === 'input' && path.length === 3) {
    const input = Object.hasOwn(definition.input, third) ? definition.input[third] : undefined;
    return input !== undefined && isGiven(input) && fits(input, state);
  }
  if (handsOn.has(state)) {
    if (root === 'workflow') return path.length === 2 && always.has(second);
    if (root === 'item') return path.length === 1 && place !== undefined && hasItems(plan, place);
    return plan.has(root) && path.length === 2 && ofTasks.has(second);
  }

  return false;
}

const always: ReadonlySet<string> = new Set(['id', 'version', 'name', 'run_id', 'started_at', 'input']);
const ofTasks: ReadonlySet<string> = new Set(['status', 'attempt', 'output', 'error']);
/** States in which a value of any kind will do. */
const handsOn: ReadonlySet<string> = new Set(['scheduled', 'shaping']);

function isGiven({ required, default: usual }: InputProperty): boolean {
  return required || usual !== undefined;
}

function fits({ type, secret }: InputProperty, state: string): boolean {
  if (secret) return false;
  if (state === 'listing') return type === 'array';
  if (state === 'conditional' || state === 'looping' || state === 'awaiting') return type === 'boolean';

  return state === 'deciding' ? scalars.includes(type) : state !== 'arming';
}

function hasItems(plan: ReadonlyMap<string, Place>, { owner }: Place): boolean {
  const around = owner === undefined ? undefined : plan.get(owner)?.task;

  return (
    (around?.type === 'FORK' && around.forEach !== undefined) ||
    (around?.type === 'DO_WHILE' && around.items !== undefined)
  );
}
