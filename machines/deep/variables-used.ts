import type { Json } from '../../events/canonical-json.ts';
import type { Chart } from '../compile/chart.ts';
import { compileTemplate, type Reference } from '../expressions/template.ts';
import type { Task } from '../task.ts';

/** The variables that a task reads by itself, what is inside of it aside. */
export function variablesRead(chart: Chart, task: Task): ReadonlySet<string> {
  const { cases, ...templates } = chart.templates.get(task.id) ?? { cases: new Map() };
  const compiled = [...Object.values(templates), ...cases.values()] as readonly {
    readonly references: readonly Reference[];
  }[];
  const references = [...compiled.flatMap((each) => each.references), ...referencesIn(performing(task))];

  return new Set(
    references.flatMap(({ path: [root, member, name] }) => {
      if (root !== 'workflow' || (member !== undefined && member !== 'variables')) return [];
      // What reads all of them at once reads each.
      return name === undefined ? variablesOf(chart) : [name];
    }),
  );
}

function variablesOf({ definition, plan }: Chart): readonly string[] {
  const set = [...plan.values()].flatMap(({ task }) =>
    task.type === 'SET_VARIABLE' ? Object.keys(task.variables) : [],
  );

  return [...Object.keys(definition.variables), ...set];
}

/** What is rendered only when an attempt begins. */
function performing(task: Task): Json {
  if (task.type === 'HTTP') return task.request as unknown as Json;
  if (task.type === 'EVENT') return task.event as unknown as Json;

  return task.performer.kind === 'run' ? (task.performer.run as unknown as Json) : null;
}

function referencesIn(value: Json): readonly Reference[] {
  const compiled = compileTemplate(JSON.parse(JSON.stringify(value)));

  return compiled.ok ? compiled.template.references : [];
}
