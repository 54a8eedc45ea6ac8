import type { Chart } from '../compile/chart.ts';
import type { Reference } from '../expressions/outcome.ts';
import type { Task } from '../task.ts';

type Compiled = { readonly references: readonly Reference[] };
/** A name as an expression of the task (of the run: '') reads it. */
type Read = { readonly task: string; readonly name: string };

/** Follows what is read back to what comes from outside: in the words of `examples:`, each once. */
export function originsOf(chart: Chart, task: string, references: readonly Reference[]): readonly string[] {
  const found = new Set<string>();
  const seen = new Map<string, Read>();
  const read = (by: string, all: readonly Reference[]) => {
    for (const each of all) {
      const name = nameOf(each);
      seen.set(chart.plan.has(name) ? name : `${by} ${name}`, { task: by, name });
    }
  };
  read(task, references);
  // Grows while it is walked: a Map visits what is added on the way.
  for (const { task: by, name } of seen.values()) {
    const source = sourceOf(chart, by, name);
    if (source === undefined) read(...behind(chart, by, name));
    else found.add(source);
  }

  return [...found];
}

function nameOf({ path: [root = '', second = ''] }: Reference): string {
  return root === 'workflow' || root === 'tasks' ? second : root;
}

function sourceOf({ plan }: Chart, by: string, name: string): string | undefined {
  if (name === 'input') return '`input`';
  if (name === 'signal') return fromOutside(plan.get(by)?.task);

  return fromOutside(plan.get(name)?.task);
}

function fromOutside(task: Task | undefined): string | undefined {
  switch (task?.type) {
    case 'SIMPLE':
    case 'HTTP':
    case 'EVENT':
    case 'SUB_WORKFLOW':
      return `\`results: ${task.id}\``;
    case 'HUMAN':
      return `\`answers: ${task.id}\``;
    case 'WAIT':
      return task.signal === undefined ? undefined : `\`signals: ${task.signal}\``;
    default:
      return undefined;
  }
}

/** What a value of the run itself is made of, and who makes it. */
function behind(chart: Chart, by: string, name: string): readonly [string, readonly Reference[]] {
  if (name === 'variables') {
    const sets = [...chart.templates.values()].flatMap(({ variables }) => variables?.references ?? []);
    return [by, [...chart.variables.references, ...sets]];
  }
  if (chart.plan.has(name)) return [name, ofTask(chart, name)];
  const owner = chart.plan.get(by)?.owner;

  // What no task is called is the item of a pass, or counts passes.
  return owner === undefined ? [by, []] : [owner, chart.templates.get(owner)?.list?.references ?? []];
}

function ofTask({ templates, plan }: Chart, id: string): readonly Reference[] {
  const { cases, ...others } = templates.get(id) ?? { cases: new Map<string, Compiled>() };
  const inside = [...plan.values()].flatMap(({ task, owner, branch }) =>
    owner === id || branch?.of === id ? [{ references: [{ path: [task.id], expression: task.id }] }] : [],
  );

  return [...Object.values(others), ...cases.values(), ...inside].flatMap((each) => each?.references ?? []);
}
