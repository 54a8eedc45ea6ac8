import type { Json } from '../../events/canonical-json.ts';
import { localId } from '../compile/address.ts';
import type { Chart } from '../compile/chart.ts';
import type { Explored } from '../explore/explore.ts';
import type { Reference } from '../expressions/outcome.ts';
import { compileTemplate } from '../expressions/template.ts';
import { happenings } from './explored-graph.ts';
import { isContested, settersOf } from './variable-setters.ts';

/**
 * Whether the run alone makes what the condition of a loop reads: constants, counts, and variables made of them that
 * were set on some way. Then what the loop did, for as often as it may, is all that it can do.
 */
export function isOwnDoing(chart: Chart, explored: Explored, loop: string): boolean {
  const condition = chart.plan.get(loop)?.task;
  if (condition?.type !== 'DO_WHILE' || condition.loopCondition === undefined) return false;
  const variables = new Set<string>();
  if (!areOwn(referencesIn(`\${${condition.loopCondition}}`), variables)) return false;
  const set = settingTasks(explored);
  // Grows while it is walked: a Set visits what is added on the way.
  for (const name of variables) {
    if (isContested(chart, loop, name)) return false;
    const initial = chart.definition.variables[name] ?? null;
    const setters = settersOf(chart, name);
    if (!setters.every(({ id }) => set.has(id))) return false;
    if (
      ![initial, ...setters.map(({ value }) => value)].every((value) =>
        areOwn(referencesIn(value), variables),
      )
    )
      return false;
  }

  return true;
}

/** Adds the variables that are read to those known. */
function areOwn(references: readonly Reference[] | undefined, variables: Set<string>): boolean {
  return (
    references?.every(({ path: [root, member, name] }) => {
      if (root === 'loop') return member === 'iteration';
      if (root !== 'workflow' || member !== 'variables' || name === undefined) return false;
      variables.add(name);

      return true;
    }) ?? false
  );
}

function settingTasks(explored: Explored): ReadonlySet<string> {
  const set = new Set<string>();
  for (const { event } of happenings(explored))
    if (event.fact.type === 'variables.set') set.add(localId(event.fact.data.task));

  return set;
}

function referencesIn(value: Json): readonly Reference[] | undefined {
  const compiled = compileTemplate(value);

  return compiled.ok ? compiled.template.references : undefined;
}
