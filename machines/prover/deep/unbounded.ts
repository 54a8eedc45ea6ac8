import type { Json } from '../../../events/canonical-json.ts';
import type { Chart } from '../../chart/chart.ts';
import { localId } from '../../chart/task-at.ts';
import type { Reference } from '../../expressions/outcome.ts';
import { compileTemplate } from '../../expressions/template.ts';
import { breaksOf, type DoWhileTask } from '../../task.ts';
import type { Edge, Explored } from '../explore/explore.ts';
import { cutOff } from '../explore/moves.ts';
import { isDisturbed } from './early-termination.ts';
import { happenings, isCut, leadingTo } from './explored-graph.ts';
import type { Found } from './standstill.ts';
import { isContested, isTriedOut, settersOf } from './value-coverage.ts';
import type { Written } from './written.ts';

/** Loops that only their highest number of iterations ends, and where that is not written. */
export function unbounded(chart: Chart, explored: Explored, written: Written): readonly Found[] {
  const loops = [...chart.plan.values()].flatMap(({ task }) =>
    task.type === 'DO_WHILE' && task.loopCondition !== undefined ? [task] : [],
  );
  const seen = loopsSeen(explored);

  return loops.flatMap((loop) => {
    const passes = seen.get(loop.id);
    return passes === undefined ? [] : endless(loop, passes, { chart, explored, written });
  });
}

/** What a condition said in some run, and where it held after the most iterations. */
type Passes = { readonly endsSomewhere: boolean; readonly longest: Longest | undefined };
type Longest = { readonly iteration: number; readonly edge: Edge };

function loopsSeen(explored: Explored): ReadonlyMap<string, Passes> {
  const seen = new Map<string, Passes>();
  for (const { event, edge } of happenings(explored)) {
    if (event.fact.type !== 'loop.evaluated') continue;
    const { task, iteration, result } = event.fact.data;
    const { endsSomewhere = false, longest } = seen.get(localId(task)) ?? {};
    const isLonger = result && iteration > (longest?.iteration ?? 0);
    seen.set(localId(task), {
      endsSomewhere: endsSomewhere || !result,
      longest: isLonger ? { iteration, edge } : longest,
    });
  }

  return seen;
}

type Context = { readonly chart: Chart; readonly explored: Explored; readonly written: Written };

function endless(
  loop: DoWhileTask,
  { endsSomewhere, longest }: Passes,
  { chart, explored, written }: Context,
): readonly Found[] {
  if (longest === undefined) return [];
  const { id, maxIterations } = loop;
  const shown = { tasks: [id], key: 'loop_condition', scene: longest.edge.from, moves: [longest.edge.move] };
  if (!endsSomewhere && loop.items === undefined && breaksOf(loop).length === 0) {
    return [{ code: 'deep.unbounded', ...alwaysHolding(loop, longest, { chart, explored }), ...shown }];
  }
  if (written.keysOf(id).has('max_iterations') || !isEndless(explored, loop, longest)) return [];
  const message = `${id} may go round as often as results make its condition hold, until max_iterations fails it, which is ${maxIterations} unless it is written; write how often is enough`;

  return [{ code: 'deep.unbounded', severity: 'warning', message, ...shown }];
}

/** A condition that held on every way. That it always does is proven where nothing from outside has a say in it. */
function alwaysHolding(
  { id, maxIterations, loopCondition = '' }: DoWhileTask,
  { iteration, edge }: Longest,
  { chart, explored }: Pick<Context, 'chart' | 'explored'>,
): Pick<Found, 'severity' | 'message'> {
  const isAtEnd = iteration >= maxIterations;
  const isSure =
    !isCut(explored) &&
    !isDisturbed(chart, explored, id) &&
    (isTriedOut(chart, explored, id) || (isAtEnd && isOwnDoing(chart, explored, id)));
  const after = explored.scenes.get(edge.to)?.scene;
  if (!isSure && !isAtEnd && after !== undefined && cutOff(after) !== undefined) {
    const message = `${id} was not followed far enough to see whether its condition ends it before max_iterations (${maxIterations}): ${loopCondition} held ${iteration} times`;
    return { severity: 'note', message };
  }
  const doubt = isSure ? '' : ' in what was explored; if it can become false, give a result under examples';
  const message = `${id} never ends by its condition, which always holds: ${loopCondition}; only max_iterations (${maxIterations}) ends it, by failing it${doubt}`;

  return { severity: isSure ? 'error' : 'warning', message };
}

/** Whether it came to its limit, was followed no further, or came back to where it had been. */
function isEndless(
  explored: Explored,
  { maxIterations }: DoWhileTask,
  { iteration, edge }: Longest,
): boolean {
  const before = explored.scenes.get(edge.from);
  const after = explored.scenes.get(edge.to);
  if (before === undefined || after === undefined) return false;
  if (iteration >= maxIterations || cutOff(after.scene) !== undefined) return true;

  return leadingTo(explored, [before]).has(after.key);
}

/**
 * Whether the run alone makes what the condition of a loop reads: constants, counts, and variables made of them that
 * were set on some way. Then what the loop did, for as often as it may, is all that it can do.
 */
function isOwnDoing(chart: Chart, explored: Explored, loop: string): boolean {
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
